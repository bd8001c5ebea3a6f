//! What the server says of itself on each connection: its build and its clock.

use std::cell::Cell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/events.js")]
extern "C" {
    /// The server's build and its time in milliseconds; `""` and 0 when it cannot be reached.
    #[wasm_bindgen(js_name = askServer)]
    async fn ask_server(address: &str) -> JsValue;
}

thread_local! {
    /// How far the server's clock is ahead of this machine's, in milliseconds.
    static OFFSET: Cell<Option<i64>> = const { Cell::new(None) };
}

/// The server's time in milliseconds; this machine's until that is known.
pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now() as i64 + OFFSET.get().unwrap_or_default()
}

pub(crate) fn is_clock_known() -> bool {
    OFFSET.get().is_some()
}

/// Asks for the server's build at the address of `/healthz`, and sets the clock by its answer. None when it cannot be reached.
pub(crate) async fn ask_version(address: String) -> Option<String> {
    let answer: js_sys::Array = ask_server(&address).await.unchecked_into();
    let time = answer.get(1).as_f64().unwrap_or_default() as i64;
    if time == 0 {
        // The ages that this machine's clock gives are better than none.
        OFFSET.set(OFFSET.get().or(Some(0)));
        return None;
    }
    // The header counts whole seconds, and the answer took its time: less than that is no difference.
    let ahead = time - js_sys::Date::now() as i64;
    OFFSET.set(Some(if ahead.abs() < 3000 { 0 } else { ahead }));
    answer.get(0).as_string().filter(|version| !version.is_empty())
}
