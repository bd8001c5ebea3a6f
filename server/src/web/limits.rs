//! How much a request may send, and for how long. No route needs a streamed body, so bodies are received here, once, before
//! any route.

use super::error::{Failure, MAX_BODY, too_large};
use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use execdeck_wire::ErrorCode;
use std::time::Duration;
use tokio::time::timeout;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) async fn receive(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY as u64) {
        return too_large().into_response();
    }
    let (parts, body) = request.into_parts();
    match timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => too_large().into_response(),
        Err(_) => {
            let message = format!("The body did not arrive within {} seconds.", BODY_TIMEOUT.as_secs());
            let mut response = Failure::new(ErrorCode::BadRequest, message).into_response();
            // Otherwise the rest of the body would be read as the next request.
            response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
            response
        }
    }
}
