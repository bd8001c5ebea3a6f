//! The browser's entry: takes over the pages that the server has sent.
#![cfg(target_arch = "wasm32")]

use execdeck_app::{App, BasePath};

/// Called by the page once its WebAssembly is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // Lives as long as the page, as its one user wants it.
    leptos::server_fn::client::set_server_url(String::leak(BasePath::current().0));
    leptos::mount::hydrate_body(App);
    // Says that buttons do now what they do with JavaScript.
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.set_attribute("data-ready", "");
    }
}
