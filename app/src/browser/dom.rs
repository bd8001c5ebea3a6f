//! The document and the window, for pages of any application.

use leptos::{html::Form, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlFormElement};

/// Whether the page is visible.
pub(crate) fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// A moment in the time zone and format of the browser, with the zone.
pub(crate) fn local_time(ms: i64) -> Option<String> {
    let options = js_sys::Object::new();
    for (name, value) in [("dateStyle", "medium"), ("timeStyle", "long")] {
        js_sys::Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(ms as f64));
    let locales = js_sys::Array::new();
    js_sys::Intl::DateTimeFormat::new(&locales, &options).format().call1(&wasm_bindgen::JsValue::UNDEFINED, &date).ok()?.as_string()
}

/// The text in lower case. The browser has the tables for it; Rust's would be a tenth of the list's code.
pub(crate) fn lowercase(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

pub(crate) fn confirm(question: &str) -> bool {
    window().confirm_with_message(question).unwrap_or(false)
}

/// Sends the form of a field as its button would.
pub(crate) fn submit_form_of(event: &leptos::ev::KeyboardEvent) {
    let field = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let form = field.and_then(|field| field.closest("form").ok().flatten());
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        let _ = form.request_submit();
    }
}

/// Moves the focus to the first field of the form that is wrong, once its error is shown.
pub(crate) fn focus_invalid_in(form: NodeRef<Form>) {
    request_animation_frame(move || {
        let field = form.try_get_untracked().flatten().and_then(|form| form.query_selector("[aria-invalid=true]").ok().flatten());
        if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
}

/// Gives the fields of the form the values that they had at first.
pub(crate) fn reset_form(form: NodeRef<Form>) {
    if let Some(form) = form.try_get_untracked().flatten() {
        form.reset();
    }
}

/// The names and values of a submitted form, in the order of its fields.
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
