//! The styles of components in pages of other applications: `app/js/embed.js`.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/embed.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadStyles)]
    async fn load_styles_from(address: &str);
}

/// Adds the styles to the document, unless they are there, and waits for them, ten seconds at most.
pub(crate) async fn load_styles(address: String) {
    load_styles_from(&address).await;
}
