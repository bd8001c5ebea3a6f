//! The document of the admin app: where the focus goes.

use crate::address::href;
use leptos::{
    html::{Div, Textarea},
    prelude::*,
};
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use web_sys::Element;

#[wasm_bindgen(module = "/js/focus.js")]
extern "C" {
    #[wasm_bindgen(js_name = keepFocus)]
    fn keep_focus_in(container: &Element);
}

#[wasm_bindgen(module = "/js/list.js")]
extern "C" {
    #[wasm_bindgen(js_name = openList)]
    fn open_list_in(container: &Element);
}

/// Gives the focus to a control nearby when the one in the container that has it goes away.
pub(crate) fn keep_focus(container: NodeRef<Div>) {
    Effect::new(move |_| {
        if let Some(container) = container.get() {
            keep_focus_in(&container);
        }
    });
}

/// The same for the list of processes, whose rows get what needs no code of its own before somebody uses it.
pub(crate) fn open_list(container: NodeRef<Div>) {
    Effect::new(move |_| {
        if let Some(container) = container.get() {
            open_list_in(&container);
        }
    });
}

/// Loads the page again.
pub(crate) fn reload() {
    let _ = window().location().reload();
}

/// Moves the focus to the beginning of the new page after a navigation.
pub(crate) fn focus_main() {
    if let Some(main) = document().get_element_by_id("main") {
        // Nothing moves under the pointer while the page is still coming.
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = main.unchecked_into::<web_sys::HtmlElement>().focus_with_options(&options);
    }
}

/// Moves the focus to the first field that is wrong, once its error is shown.
pub(crate) fn focus_invalid() {
    request_animation_frame(|| {
        if let Ok(Some(field)) = document().query_selector("[aria-invalid=true]") {
            let _ = field.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    });
}

/// Notes in the document which page is shown, by its path below the base path; `modules.js` compares it with the address.
pub(crate) fn page_shown(path: String) {
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-page", &href(&path));
        }
    });
}

/// Moves the focus to a page's main field, unless something else has it. Browsers heed `autofocus` only when a document
/// is loaded.
pub(crate) fn focus_first(field: NodeRef<Textarea>) {
    // The field is not in the document yet.
    request_animation_frame(move || {
        let elsewhere = document().active_element().is_some_and(|active| active.tag_name() != "BODY" && active.id() != "main");
        if let Some(field) = field.try_get_untracked().flatten().filter(|_| !elsewhere) {
            let _ = field.focus();
        }
    });
}

/// A button is pressed once while Enter is held: it may have taken the place of another one.
pub(crate) fn ignore_held_enter(event: leptos::ev::KeyboardEvent) {
    if event.repeat() && event.key() == "Enter" {
        event.prevent_default();
    }
}

/// The text of a text area as it stands in the document.
pub(crate) fn textarea_text(text: &str) -> String {
    text.to_owned()
}
