//! How much a request may send, and for how long. No route needs a streamed body, so bodies are received here, once, before
//! any route.

use super::{
    error::{Failure, MAX_BODY, too_large},
    signed::Signed,
};
use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use execdeck_wire::ErrorCode;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::timeout;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest body of somebody who is not signed in, in bytes: they have nothing to send but a name and a password.
const STRANGERS_BODY: usize = 64 << 10;

/// How long the rest of a body that is too large is read and dropped, so that its sender gets to read the answer.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) async fn receive(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, mut body) = request.into_parts();
    let most = if parts.extensions.get::<Signed>().is_some() { MAX_BODY } else { STRANGERS_BODY };
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let received = if announced.is_some_and(|length| length > most as u64) {
        Err(too_large(most))
    } else {
        timeout(BODY_TIMEOUT, read(&mut body, most)).await.unwrap_or_else(|_| {
            let message = format!("The body did not arrive within {} seconds.", BODY_TIMEOUT.as_secs());
            Err(Failure::new(ErrorCode::BadRequest, message))
        })
    };
    match received {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(failure) => {
            if failure.status() == StatusCode::PAYLOAD_TOO_LARGE {
                let _ = timeout(DRAIN_TIMEOUT, async { while let Some(Ok(_)) = body.frame().await {} }).await;
            }
            let mut response = failure.into_response();
            // Otherwise the rest of the body would be read as the next request.
            response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
            response
        }
    }
}

async fn read(body: &mut Body, most: usize) -> Result<Bytes, Failure> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let broken = |_| Failure::new(ErrorCode::BadRequest, "The body is incomplete or malformed.");
        if let Ok(data) = frame.map_err(broken)?.into_data() {
            if bytes.len() + data.len() > most {
                return Err(too_large(most));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}
