//! JSON, parsed by the browser: `serde_json`'s parser would add a tenth to the code of the list.

use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/json.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = parseJson)]
    fn parse_json(text: &str) -> Result<JsValue, js_sys::Error>;
}

/// Reads a value. The error is for people. Numbers beyond 53 bits are clamped to that.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let value = parse_json(text).map_err(|error| String::from(error.message()))?;
    serde_wasm_bindgen::from_value(value).map_err(|error| error.to_string())
}
