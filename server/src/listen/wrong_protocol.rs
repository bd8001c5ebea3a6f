//! The answer to plain HTTP where HTTPS is served.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use execdeck_wire::{ApiError, ErrorCode};
use http_body_util::BodyExt;
use hyper::{Request, body::Incoming};
use std::{convert::Infallible, time::Duration};
use tokio::time::timeout;

/// How long the body is read and dropped, so that its sender gets to read the answer.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Says which address is meant. Not a redirection: a client that sends a token would never learn that it sends it in the clear.
pub(super) async fn answer(mut request: Request<Incoming>) -> Result<Response, Infallible> {
    let answer = ApiError::new(ErrorCode::BadRequest, message(request.headers()));
    let _ = timeout(DRAIN_TIMEOUT, async { while let Some(Ok(_)) = request.body_mut().frame().await {} }).await;
    let headers = [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::BAD_REQUEST, headers, Json(answer)).into_response())
}

fn message(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_host = |host: &&str| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    match host.filter(is_host) {
        Some(host) => format!("This is HTTPS, but the request came over plain HTTP. Use https://{host} instead."),
        None => "This is HTTPS, but the request came over plain HTTP.".into(),
    }
}
