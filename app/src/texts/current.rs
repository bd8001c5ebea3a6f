//! The catalogue of this server.

use super::Catalogue;
#[cfg(feature = "admin")]
use crate::{
    assets::asset_folder,
    server::{BasePath, ServerVersion},
};
use std::{borrow::Cow, cell::Cell, sync::OnceLock};

static CURRENT: OnceLock<Catalogue> = OnceLock::new();

thread_local! {
    static IN_ENGLISH: Cell<bool> = const { Cell::new(false) };
}

/// Shows all pages of this program in the language of the catalogue from now on. Only the first call has an effect. A host that embeds
/// components names the file for its own document: `<html data-texts="…">`, below [`asset_folder`](crate::asset_folder).
pub fn install(catalogue: Catalogue) {
    let _ = CURRENT.set(catalogue);
}

/// The catalogue that was installed; none if the pages are in English.
pub fn current() -> Option<&'static Catalogue> {
    CURRENT.get()
}

/// What `make` returns, with all texts in English: for what is no page, such as what programs are told.
pub fn in_english<T>(make: impl FnOnce() -> T) -> T {
    let _restored = Restore(IN_ENGLISH.replace(true));
    make()
}

/// Sets it back, even after a panic.
struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        IN_ENGLISH.set(self.0);
    }
}

/// The catalogue, where texts are to be translated.
fn in_force() -> Option<&'static Catalogue> {
    current().filter(|_| !IN_ENGLISH.get())
}

/// The language of the pages, as in the attribute `lang`.
#[cfg(feature = "admin")]
pub(crate) fn language() -> &'static str {
    current().map_or("en", Catalogue::language)
}

/// Where browsers get the catalogue, if there is one.
#[cfg(feature = "admin")]
pub(crate) fn text_address(base: &BasePath, version: &ServerVersion) -> Option<String> {
    current().map(|catalogue| format!("{}/{}", asset_folder(base, version), catalogue.file_name()))
}

/// The text in the language of the pages.
pub(crate) fn translate(text: &'static str) -> &'static str {
    in_force().and_then(|catalogue| catalogue.text(text)).unwrap_or(text)
}

/// The form of a text for the number.
pub(crate) fn plural_text(count: u64, one: &'static str, other: &'static str) -> Cow<'static, str> {
    let english = if count == 1 { one } else { other };
    in_force().and_then(|catalogue| catalogue.form(other, count)).unwrap_or(english).into()
}
