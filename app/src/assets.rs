//! The files of the page: scripts, styles, WebAssembly. Each build has them under a path of its own, so that browsers may
//! keep them for good.

use crate::server::{BasePath, ServerVersion};
use std::{collections::HashMap, sync::Arc};

/// The folder of this build's files, as browsers ask for it: `/pkg/9f60b47a1c2d3e4f`, below the base path.
#[must_use]
pub fn asset_folder(base: &BasePath, version: &ServerVersion) -> String {
    base.join(&format!("/pkg/{}", version.0))
}

/// The modules of each page whose code loads on demand: file names without `.wasm`, by the name of the page's function.
/// The server puts it into the Leptos context, so that a document can name them.
#[derive(Clone, Debug, Default)]
pub struct LazyModules(pub Arc<HashMap<String, Vec<String>>>);

/// Has the document name the modules of a page, so that the browser asks for them before the page's script does. `view` is
/// the name of its function, without the hash that Leptos adds.
#[cfg(all(feature = "admin", feature = "ssr"))]
pub(crate) fn preload_modules(view: &str) {
    use leptos::prelude::*;
    use leptos_meta::Link;

    let modules = use_context::<LazyModules>().unwrap_or_default();
    let folder = asset_folder(&BasePath::current(), &ServerVersion::current());
    let is_hash = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    let files = modules.0.iter().filter(|(name, _)| name.strip_prefix(view).is_some_and(is_hash)).flat_map(|(_, files)| files);
    for file in files {
        // Rendered for its effect alone: it enters itself into the document's head.
        let _ = view! {
            <Link rel="preload" href=format!("{folder}/{file}.wasm") as_="fetch" type_="application/wasm" crossorigin="anonymous"/>
        }
        .to_html();
    }
}

/// The browser has its modules named by the document.
#[cfg(all(feature = "admin", not(feature = "ssr")))]
pub(crate) const fn preload_modules(_view: &str) {}
