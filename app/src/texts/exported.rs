//! What the macros for texts call, also in other crates.

use std::{borrow::Cow, fmt::Display};

/// The text in the language of the pages.
pub fn translate(text: &'static str) -> &'static str {
    super::translate(text)
}

/// The form of a text for the number.
pub fn plural_text(count: u64, one: &'static str, other: &'static str) -> Cow<'static, str> {
    super::plural_text(count, one, other)
}

/// Replaces each `{name}` of a text by the value of that name.
pub fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    super::fill(text, values)
}
