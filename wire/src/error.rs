//! The one error that outside code sees.

use serde::{Deserialize, Serialize};

/// What kind of error it is; each goes with one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is malformed or says something impossible (400).
    BadRequest,
    /// Nobody is signed in (401).
    Unauthorized,
    /// The caller may not do this (403).
    Forbidden,
    /// There is no such thing (404).
    NotFound,
    /// The thing is in a state that forbids this (409).
    Conflict,
    /// More bytes than allowed (413).
    TooLarge,
    /// More things than allowed (429).
    LimitReached,
    /// The server cannot do it now (503).
    Unavailable,
    /// A code that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// The HTTP status that goes with the code.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::LimitReached => 429,
            Self::Unavailable => 503,
            Self::Unknown => 500,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::LimitReached | Self::Unavailable)
    }
}

/// An error as every route returns it: `{"code": "not_found", "message": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{message}")]
pub struct ApiError {
    /// The kind, for programs.
    pub code: ErrorCode,
    /// What is wrong and what to do about it, for people.
    pub message: String,
    /// The field of the request that is wrong, as a path such as `stop.signal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl ApiError {
    /// An error of the given kind.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }
}
