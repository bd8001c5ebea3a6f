//! The files of the page. Their path names the build (`/pkg/<version>/<file>`), so a browser may keep them for good, and never mixes the files of
//! two builds.

use super::{embedded::Site, version::version};
use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use execdeck_app::{LazyModules, texts};
use std::sync::Arc;

const FOR_GOOD: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");

/// One file of this build, or the catalogue of texts. Those of other builds are not here: a page that asks for one is older than its server.
pub(crate) async fn file(Path((build, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if build != version() {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(catalogue) = texts::current().filter(|catalogue| catalogue.file_name() == name) {
        return ([(header::CONTENT_TYPE, "application/json"), FOR_GOOD], catalogue.json()).into_response();
    }
    let compressed = Site::get(&format!("{name}.br")).filter(|_| accepts_brotli(&headers));
    let is_compressed = compressed.is_some();
    let Some(file) = compressed.or_else(|| Site::get(&name)) else { return StatusCode::NOT_FOUND.into_response() };
    let fixed = [(header::CONTENT_TYPE, content_type(&name)), FOR_GOOD, (header::VARY, "accept-encoding")];
    let mut response = (fixed, Body::from(file.data)).into_response();
    if is_compressed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

/// The modules that each page loads on demand.
pub(super) fn lazy_modules() -> LazyModules {
    let modules = Site::get("preload.json").and_then(|file| serde_json::from_slice(&file.data).ok());
    LazyModules(Arc::new(modules.unwrap_or_default()))
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').filter_map(|item| item.split(';').next()).any(|coding| coding.trim() == "br")
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
