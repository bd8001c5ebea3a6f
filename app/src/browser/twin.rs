//! On the server: the same functions, which do nothing.
#![expect(clippy::unused_self, reason = "the signatures are those of the browser's")]

use super::{ConnectionState, ProcessEvent, SessionOptions, SessionSignals};
use leptos::{
    html::{Div, Form},
    prelude::*,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub(crate) fn now_ms() -> i64 {
    crate::wire::Timestamp::now().as_millis()
}

pub(crate) fn tick() -> Signal<i64> {
    let now = now_ms();
    Signal::derive(move || now)
}

pub(crate) fn follow_events(_: RwSignal<ConnectionState>, _: impl Fn(ProcessEvent) + 'static) {}

pub(crate) fn confirm(_: &str) -> bool {
    false
}

pub(crate) fn focus_invalid_in(_: NodeRef<Form>) {}

pub(crate) fn reset_form(_: NodeRef<Form>) {}

pub(crate) fn submit_form_of(_: &leptos::ev::KeyboardEvent) {}

pub(crate) async fn timeout<T>(_: u32, future: impl Future<Output = T>) -> Option<T> {
    Some(future.await)
}

#[expect(clippy::unused_async, reason = "the signature is the browser's")]
pub(crate) async fn sleep(_: u32) {}

#[expect(clippy::unused_async, reason = "the signature is the browser's")]
pub(crate) async fn sleep_unless_resumed(_: u32) {}

pub(crate) fn is_visible() -> bool {
    false
}

pub(crate) fn local_time(_: i64) -> Option<String> {
    None
}

/// Reads a value. The error is for people.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

pub(crate) fn lowercase(text: &str) -> String {
    text.to_lowercase()
}

#[expect(clippy::unused_async, reason = "the signature is the browser's")]
pub(crate) async fn load_styles(_: String) {}

#[expect(clippy::unused_async, reason = "the signature is the browser's")]
pub(crate) async fn ask_version(_: String) -> Option<String> {
    None
}

pub(crate) fn form_pairs(_: &leptos::ev::SubmitEvent) -> Vec<(String, String)> {
    Vec::new()
}

pub(crate) fn is_second_press(_: Uuid) -> bool {
    false
}

#[derive(Clone)]
pub(crate) struct Session;

impl Session {
    pub(crate) fn send_line(&self, _: &str) {}

    pub(crate) fn close_stdin(&self) {}

    pub(crate) fn set_follow(&self, _: bool) {}

    pub(crate) fn set_screen_reader(&self, _: bool) {}

    pub(crate) fn close(&self) {}
}

pub(crate) fn open_session(_: NodeRef<Div>, _: SessionOptions, _: SessionSignals) -> Session {
    Session
}

pub(crate) fn wants_screen_reader() -> bool {
    false
}
