//! Without a server or a page, texts are in English.

use std::borrow::Cow;

/// The text itself.
pub(crate) const fn translate(text: &'static str) -> &'static str {
    text
}

/// The form of a text for the number.
pub(crate) const fn plural_text(count: u64, one: &'static str, other: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(if count == 1 { one } else { other })
}
