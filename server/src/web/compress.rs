//! Compresses pages and JSON. Everything else is sent as it is: output and events must arrive without delay, and the files of
//! the page are compressed when they are built.

use axum::http::{HeaderMap, StatusCode, Version, header};
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, Predicate, predicate::SizeAbove},
};

/// Smaller answers are not worth compressing, in bytes.
const SMALLEST: u16 = 512;

/// How well pages are compressed, of 11: a third smaller than the fastest way makes them, and still within a millisecond or two.
const PAGES: i32 = 5;

/// Each answer is compressed on the fly. JSON may be long and is often asked for, so that speed matters more than size.
pub(super) fn layer() -> (CompressionLayer<impl Predicate>, CompressionLayer<impl Predicate>) {
    (
        CompressionLayer::new().quality(CompressionLevel::Precise(PAGES)).compress_when(SizeAbove::new(SMALLEST).and(is_page)),
        CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(SMALLEST).and(is_json)),
    )
}

fn is_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &axum::http::Extensions) -> bool {
    begins_with(headers, b"text/html")
}

fn is_json(_: StatusCode, _: Version, headers: &HeaderMap, _: &axum::http::Extensions) -> bool {
    begins_with(headers, b"application/json")
}

fn begins_with(headers: &HeaderMap, kind: &[u8]) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        Router,
        body::{Body, Bytes},
        extract::Request,
        response::Html,
        routing::get,
    };
    use futures_util::{StreamExt, stream};
    use std::{convert::Infallible, future::pending, time::Duration};
    use tower::ServiceExt;

    /// A page whose second part never comes.
    async fn unfinished() -> Html<Body> {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"<!doctype html><title>the first part</title>"))]);
        Html(Body::from_stream(first.chain(stream::once(pending()))))
    }

    #[tokio::test]
    async fn each_part_of_a_streamed_page_goes_out_without_waiting_for_the_next() {
        for encoding in ["br", "gzip"] {
            let routes = Router::new().route("/", get(unfinished)).layer(layer());
            let request = Request::builder().uri("/").header(header::ACCEPT_ENCODING, encoding).body(Body::empty()).unwrap();
            let response = routes.oneshot(request).await.unwrap();
            assert_eq!(response.headers()[header::CONTENT_ENCODING], encoding);
            let mut body = response.into_body().into_data_stream();
            let mut arrived = 0;
            // A compressor that holds the text back has sent its header at most.
            while arrived < 30 {
                let part = tokio::time::timeout(Duration::from_secs(10), body.next()).await;
                arrived += part.unwrap_or_else(|_| panic!("{encoding}: {arrived} bytes came")).unwrap().unwrap().len();
            }
        }
    }
}
