//! The theme of the document, and the cookie that remembers it.

use crate::{server::BasePath, theme::Theme};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// The theme of the document.
pub(crate) fn current_theme() -> Theme {
    let word = document().document_element().and_then(|root| root.get_attribute("data-theme"));
    word.map(|word| Theme::parse(&word)).unwrap_or_default()
}

fn show_theme(theme: Theme) {
    let _ = document().document_element().map(|root| root.set_attribute("data-theme", theme.as_str()));
}

/// Switches to the next theme after the document's, and remembers it.
pub(crate) fn change_theme() -> Theme {
    let system_is_dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches());
    let theme = current_theme().next(system_is_dark);
    show_theme(theme);
    let _ = document().unchecked_into::<HtmlDocument>().set_cookie(&theme.cookie(&BasePath::current()));
    theme
}

/// Takes over the theme that was chosen in another tab, once this one is looked at again.
pub(crate) fn follow_theme(theme: RwSignal<Theme>) {
    let handle = window_event_listener(leptos::ev::focus, move |_| {
        let cookies = document().unchecked_into::<HtmlDocument>().cookie().unwrap_or_default();
        // Where cookies are blocked, each tab keeps its own.
        let Some(chosen) = Theme::from_cookies(&cookies) else { return };
        if chosen != current_theme() {
            show_theme(chosen);
            theme.set(chosen);
        }
    });
    on_cleanup(move || handle.remove());
}
