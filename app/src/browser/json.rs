//! JSON, read by the browser itself: `serde_json` would be a tenth of all that a page loads.

use serde::de::DeserializeOwned;

/// Reads a value. The error is for people.
///
/// The browser's numbers have 53 bits, which is more than any size, time or offset on the wire needs.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let value = js_sys::JSON::parse(text).map_err(|error| String::from(js_sys::Error::from(error).message()))?;
    serde_wasm_bindgen::from_value(value).map_err(|error| error.to_string())
}
