//! The catalogue of the page, which JavaScript holds (`app/js/texts.js`).

use std::{borrow::Cow, cell::RefCell, collections::HashMap};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/texts.js")]
extern "C" {
    #[wasm_bindgen(js_name = isTranslated)]
    fn is_translated() -> bool;
    #[wasm_bindgen(js_name = textOf)]
    fn text_of(text: &str) -> Option<String>;
    #[wasm_bindgen(js_name = formOf)]
    fn form_of(text: &str, count: f64) -> Option<String>;
}

thread_local! {
    static IS_TRANSLATED: bool = is_translated();
    /// Texts that were translated, which live as long as the page.
    static TRANSLATED: RefCell<HashMap<&'static str, &'static str>> = RefCell::default();
}

/// The text in the language of the page.
pub(crate) fn translate(text: &'static str) -> &'static str {
    if IS_TRANSLATED.with(|is| *is) { translated(text) } else { text }
}

fn translated(text: &'static str) -> &'static str {
    let ask = || text_of(text).map_or(text, |translated| Box::leak(translated.into_boxed_str()));
    TRANSLATED.with_borrow_mut(|known| *known.entry(text).or_insert_with(ask))
}

/// The form of a text for the number.
pub(crate) fn plural_text(count: u64, one: &'static str, other: &'static str) -> Cow<'static, str> {
    let form = if IS_TRANSLATED.with(|is| *is) { form_of(other, count as f64) } else { None };
    form.map_or(if count == 1 { one } else { other }.into(), Cow::Owned)
}

/// The document comes from the server.
#[cfg(feature = "admin")]
pub(crate) const fn language() -> &'static str {
    "en"
}

/// The same.
#[cfg(feature = "admin")]
pub(crate) const fn text_address(_: &crate::server::BasePath, _: &crate::server::ServerVersion) -> Option<String> {
    None
}
