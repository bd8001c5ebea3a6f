//! Why a template was not saved, found or filled in.

use super::sealing::SealingError;
use crate::database::DatabaseError;
use execdeck_wire::{ApiError, ErrorCode};

/// Why a template was not saved, found or filled in.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The request cannot be granted, for a reason that it says.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// Its secrets could not be encrypted or decrypted.
    #[error("the secrets of a template: {0}")]
    Sealing(#[from] SealingError),
    /// The database could not be read or written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<rusqlite::Error> for TemplateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// The server's own failures are logged here, once; callers learn only that there is one.
impl From<TemplateError> for ApiError {
    fn from(error: TemplateError) -> Self {
        let message = match &error {
            TemplateError::Refused(error) => return error.clone(),
            TemplateError::Sealing(_) => "Secrets cannot be stored or read now. The server's log says why.",
            TemplateError::Database(_) => "Templates cannot be read or written now. The server's log says why.",
        };
        tracing::error!(%error, "request failed");
        Self::new(ErrorCode::Unavailable, message)
    }
}

/// A refusal that names the field that is wrong.
pub(super) fn wrong(field: impl Into<String>, message: impl Into<String>) -> ApiError {
    ApiError { code: ErrorCode::BadRequest, message: message.into(), field: Some(field.into()) }
}
