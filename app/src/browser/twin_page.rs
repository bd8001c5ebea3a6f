//! On the server: the functions of the admin app's document, which do nothing.

use leptos::{
    html::{Div, Textarea},
    prelude::*,
};

pub(crate) fn reload() {}

pub(crate) fn forget_press() {}

pub(crate) fn page_shown(_: String) {}

pub(crate) fn focus_invalid() {}

pub(crate) fn focus_main() {}

pub(crate) fn keep_focus(_: NodeRef<Div>) {}

pub(crate) fn open_list(_: NodeRef<Div>) {}

pub(crate) fn after(_: u32, _: impl FnOnce() + 'static) {}

pub(crate) fn focus_first(_: NodeRef<Textarea>) {}

pub(crate) fn ignore_held_enter(_: leptos::ev::KeyboardEvent) {}

/// The text of a text area as it stands in the document. Leptos does not escape it, and browsers drop a line end right
/// after the tag, so there has to be one to drop.
pub(crate) fn textarea_text(text: &str) -> String {
    format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}
