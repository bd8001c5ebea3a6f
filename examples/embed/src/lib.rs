//! "Release console": an example of a Leptos app with pages, a sign-in and styles of its own, and Execdeck in it.
//!
//! # Layout
//! - [`app`]: the pages. [`person`]: who is signed in, and the page for that. [`templates`]: what can be started on them.
//! - `sign_in` (server only): who is who, for the console and for Execdeck. `main.rs` puts it all together.
//!
//! `make embed` runs it, and `docs/embedding.md` explains step by step how to get there.

pub mod app;
pub mod person;
#[cfg(feature = "ssr")]
pub mod sign_in;
pub mod templates;

/// Called by the page once its WebAssembly is loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
    // Says that buttons work now, for the tests.
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.set_attribute("data-ready", "");
    }
}
