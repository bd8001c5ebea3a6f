//! Errors as answers.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use execdeck_wire::{ApiError, ErrorCode};

/// An error that knows its status.
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

/// The id in a path. What is not an id is no process.
pub(crate) fn parse_id(id: &str) -> Result<uuid::Uuid, Failure> {
    id.parse().map_err(|_| Failure::new(ErrorCode::NotFound, format!("There is no process {id:?}.")))
}
