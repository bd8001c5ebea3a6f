//! The server functions over HTTP: Leptos runs them; this makes their requests strict and their errors plain.

use super::{MAX_BODY, error::Failure};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use execdeck_app::{
    api::PATHS,
    wire::{ApiError, ErrorCode},
};
use serde_json::{Map, Value};

/// Stands before the routes that Leptos makes of the server functions.
pub(crate) async fn strict(request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    match checked(request).await {
        Ok(request) => with_status(next.run(request).await).await,
        Err(failure) => failure.into_response(),
    }
}

/// Refuses what Leptos would let pass: unknown functions and arguments, bodies that are not JSON.
async fn checked(request: Request) -> Result<Request, Failure> {
    let bad = |message: String| Failure::new(ErrorCode::BadRequest, message);
    let path = request.uri().path().to_owned();
    let Some((_, arguments)) = PATHS.iter().find(|(known, _)| *known == path) else {
        return Err(Failure::new(ErrorCode::NotFound, format!("There is no function {path}.")));
    };
    let (parts, body) = request.into_parts();
    let is_json = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !is_json {
        return Err(bad("Send the arguments as JSON, with Content-Type: application/json.".into()));
    }
    let body = to_bytes(body, MAX_BODY).await;
    let body = body.map_err(|_| Failure::new(ErrorCode::TooLarge, format!("A request is at most {MAX_BODY} bytes.")))?;
    let given: Map<String, Value> =
        serde_json::from_slice(&body).map_err(|error| bad(format!("The arguments are no JSON object: {error}")))?;
    if let Some(unknown) = given.keys().find(|name| !arguments.contains(&name.as_str())) {
        return Err(bad(format!("unknown argument {unknown:?}; {path} takes {}", arguments.join(", "))));
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Leptos answers every error with 500; the code inside knows better.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let body = to_bytes(response.into_body(), MAX_BODY).await.unwrap_or_default();
    match serde_json::from_slice::<ApiError>(&body) {
        Ok(error) => Failure(error).into_response(),
        Err(_) => Failure::new(ErrorCode::Unavailable, String::from_utf8_lossy(&body)).into_response(),
    }
}
