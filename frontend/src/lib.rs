//! The browser's entry: takes over the pages that the server has sent.
#![cfg(target_arch = "wasm32")]

use execdeck_app::App;
use leptos::prelude::document;

/// Called by the page once its WebAssembly is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let page = leptos::mount::hydrate_from_async(body(), App).await;
        page.forget();
        // Says that buttons do now what they do with JavaScript.
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-ready", "");
        }
    });
}

fn body() -> leptos::web_sys::HtmlElement {
    document().body().expect("a document that is being hydrated has a body")
}
