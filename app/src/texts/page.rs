//! The catalogue of the page, which JavaScript holds (`app/js/texts.js`).

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};
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
    static IS_TRANSLATED: Cell<Option<bool>> = const { Cell::new(None) };
    /// English texts with their translations, which live as long as the page. It has a few hundred.
    static TRANSLATED: RefCell<Vec<(&'static str, &'static str)>> = const { RefCell::new(Vec::new()) };
}

fn in_english() -> bool {
    let known = IS_TRANSLATED.get().unwrap_or_else(is_translated);
    IS_TRANSLATED.set(Some(known));
    !known
}

/// The text in the language of the page.
pub(crate) fn translate(text: &'static str) -> &'static str {
    if in_english() { text } else { translated(text) }
}

fn translated(text: &'static str) -> &'static str {
    TRANSLATED.with_borrow_mut(|known| {
        if let Some((_, translated)) = known.iter().find(|(english, _)| std::ptr::eq(*english, text)) {
            return *translated;
        }
        let translated = text_of(text).map_or(text, |translated| &*translated.leak());
        known.push((text, translated));
        translated
    })
}

/// The form of a text for the number.
pub(crate) fn plural_text(count: u64, one: &'static str, other: &'static str) -> Cow<'static, str> {
    let form = if in_english() { None } else { form_of(other, count as f64) };
    form.map_or(if count == 1 { one } else { other }.into(), Cow::Owned)
}

/// Only the server renders `<html>`.
#[cfg(feature = "admin")]
pub(crate) const fn language() -> &'static str {
    "en"
}

/// Only the server renders `<html>`.
#[cfg(feature = "admin")]
pub(crate) const fn text_address(_: &crate::server::BasePath, _: &crate::server::ServerVersion) -> Option<String> {
    None
}
