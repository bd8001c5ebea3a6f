//! Errors as answers: each one is an [`ApiError`] with the status of its code.

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use execdeck_wire::{ApiError, ErrorCode};

/// An error as an answer, with its status.
pub(crate) struct Failure(pub ApiError);

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(ApiError::new(code, message))
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status(), Json(self.0)).into_response()
    }
}

/// The largest body of a request, in bytes: the most input that can be written at once, and as much again for JSON escapes.
pub(crate) const MAX_BODY: usize = 4 << 20;

/// The error for a body of more than so many bytes.
pub(crate) fn too_large(most: usize) -> Failure {
    Failure::new(ErrorCode::TooLarge, format!("The body of this request may have {} KiB at most.", most >> 10))
}

/// Reads the id in a path. Anything that is not an id names no process.
pub(crate) fn parse_id(id: &str) -> Result<uuid::Uuid, Failure> {
    id.parse().map_err(|_| Failure::new(ErrorCode::NotFound, format!("There is no process {id:?}.")))
}

/// Answers paths below `/api/` that are not routes.
pub(crate) async fn no_route(request: Request) -> Failure {
    Failure::new(ErrorCode::NotFound, format!("No such endpoint: {} {}.", request.method(), request.uri().path()))
}

/// Turns the router's and the extractors' own rejections, whose bodies are empty or plain text, into errors like all others.
pub(crate) async fn as_json(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_plain = kind.is_none_or(|kind| kind.starts_with(b"text/plain"));
    if !is_plain || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    if method == Method::OPTIONS && status == StatusCode::METHOD_NOT_ALLOWED {
        // The router has listed the supported methods in Allow (RFC 9110, section 9.3.7).
        let mut response = response;
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    let failure = match status {
        StatusCode::METHOD_NOT_ALLOWED => Failure::new(ErrorCode::BadRequest, format!("{path} does not support {method}.")),
        StatusCode::NOT_FOUND => Failure::new(ErrorCode::NotFound, format!("There is nothing at {path}.")),
        StatusCode::PAYLOAD_TOO_LARGE => too_large(MAX_BODY),
        status if status.is_client_error() => Failure::new(ErrorCode::BadRequest, format!("{method} {path}: {status}")),
        status => {
            tracing::error!(%method, path, %status, "a request failed without an error message");
            Failure::new(ErrorCode::Unavailable, "Internal server error; see the server log.")
        }
    };
    let allow: Option<HeaderValue> = response.headers().get(header::ALLOW).cloned();
    let mut answer = failure.into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED || status == StatusCode::UPGRADE_REQUIRED {
        *answer.status_mut() = status;
    }
    if let Some(allow) = allow {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    answer
}
