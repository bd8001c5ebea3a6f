//! The files of the page: embedded in a release binary, read from the build folder otherwise.

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../target/site"]
pub(super) struct Site;

pub(crate) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let accepts = |name, what: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.split(',').any(|item| item.trim() == what))
    };
    let compressed = Site::get(&format!("{path}.br")).filter(|_| accepts(header::ACCEPT_ENCODING, "br"));
    let encoding = compressed.as_ref().map(|_| (header::CONTENT_ENCODING, "br"));
    let Some(file) = compressed.or_else(|| Site::get(path)) else { return StatusCode::NOT_FOUND.into_response() };
    let tag = tag(&file);
    // Checked each time, so that a page and its code are always of one version.
    let mut response = if accepts(header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type(path))], Body::from(file.data)).into_response()
    };
    let added = [(header::CACHE_CONTROL, "no-cache"), (header::VARY, "accept-encoding")].into_iter().chain(encoding);
    for (name, value) in added.chain([(header::ETAG, tag.as_str())]) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String =
        hash[..16].iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
    format!("\"{hex}\"")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
