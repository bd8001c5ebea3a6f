//! The document and the window.

use crate::theme::{COOKIE, Theme};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlDocument, HtmlFormElement};

pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The time, each second.
pub(crate) fn tick() -> Signal<i64> {
    let now = RwSignal::new(now_ms());
    let (task, stop) = futures_util::future::abortable(async move {
        loop {
            TimeoutFuture::new(1000).await;
            now.set(now_ms());
        }
    });
    leptos::task::spawn_local(async {
        let _ = task.await;
    });
    on_cleanup(move || stop.abort());
    now.into()
}

/// The theme that the document has, which the server took from the cookie.
pub(crate) fn theme() -> Theme {
    document().document_element().and_then(|root| root.get_attribute("data-theme")).map(|word| Theme::parse(&word)).unwrap_or_default()
}

pub(crate) fn set_theme(theme: Theme) {
    let document = document();
    if let Some(root) = document.document_element() {
        let _ = root.set_attribute("data-theme", theme.as_str());
    }
    let cookie = format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Strict", theme.as_str());
    let _ = document.unchecked_into::<HtmlDocument>().set_cookie(&cookie);
}

pub(crate) fn confirm(question: &str) -> bool {
    window().confirm_with_message(question).unwrap_or(false)
}

pub(crate) fn toggle_full_screen(id: &str) {
    let document = document();
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(element) = document.get_element_by_id(id) {
        let _ = element.request_fullscreen();
    }
}

/// Sends a form as its button would.
pub(crate) fn submit_form(id: &str) {
    if let Some(form) = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlFormElement>().ok()) {
        let _ = form.request_submit();
    }
}

/// The text of a text area as it stands in the document.
pub(crate) fn textarea_text(text: &str) -> String {
    text.to_owned()
}

pub(crate) fn close_dialog(id: &str) {
    if let Some(details) = document().get_element_by_id(id) {
        let _ = details.remove_attribute("open");
    }
}

/// What the submitted form says, in the order of its fields.
pub(crate) fn form_pairs(event: &leptos::ev::SubmitEvent) -> Vec<(String, String)> {
    let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    let Some(data) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return Vec::new() };
    let mut pairs = Vec::new();
    for entry in js_sys::try_iter(&data).ok().flatten().into_iter().flatten().flatten() {
        let entry: js_sys::Array = entry.unchecked_into();
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
            pairs.push((name, value));
        }
    }
    pairs
}

/// Calls back when the key is pressed by itself, and not typed into a field or the terminal.
pub(crate) fn on_key(key: &'static str, pressed: impl Fn() + 'static) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let typing = target.is_some_and(|target| {
            let active = target.closest(".term.active").ok().flatten().is_some();
            active
                || (matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
                    && !target.class_list().contains("xterm-helper-textarea"))
        });
        if event.key() == key && !event.ctrl_key() && !event.meta_key() && !event.alt_key() && !typing {
            pressed();
        }
    });
    on_cleanup(move || handle.remove());
}
