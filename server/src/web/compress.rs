//! Compression of pages and JSON. Everything else goes out as it is: output and events have to arrive at once, and the files
//! of the page are compressed when they are built.

use axum::http::{HeaderMap, HeaderValue, StatusCode, Version, header};
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, Predicate},
};

/// Smaller answers do not get any smaller, in bytes.
const SMALLEST: u64 = 512;

pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    // Made anew for each answer: quick before small.
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(is_worthwhile_for)
}

fn is_worthwhile_for(_: StatusCode, _: Version, headers: &HeaderMap, _: &axum::http::Extensions) -> bool {
    let text = |name| headers.get(name).map(HeaderValue::as_bytes);
    let is_text = text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with(b"text/html") || kind.starts_with(b"application/json"));
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    is_text && length.is_none_or(|length| length >= SMALLEST)
}
