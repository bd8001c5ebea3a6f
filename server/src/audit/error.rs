//! Why something could not be recorded.

use crate::database::DatabaseError;
use execdeck_wire::{ApiError, ErrorCode};
use std::{io, path::PathBuf};

/// Why something could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database cannot be read or written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A file of the audit cannot be opened.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The database cannot be written, as was found for an entry that came together with this one.
    #[error("the database cannot be written")]
    Unwritable,
    /// The thread that writes has ended.
    #[error("the thread that writes the audit has stopped")]
    Stopped,
}

impl AuditError {
    /// Whether no other entry can be written now, either.
    pub(super) fn concerns_all(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
        let Self::Database(DatabaseError::Sqlite(error)) = self else { return false };
        matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked | DiskFull | SystemIoFailure))
    }
}

impl From<rusqlite::Error> for AuditError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// The server's own failures are logged here, once; callers learn what it means for them.
impl From<AuditError> for ApiError {
    fn from(error: AuditError) -> Self {
        tracing::error!(%error, "an action was not done, since it cannot be recorded");
        let message = "This cannot be recorded in the audit, so it was not done. Is the disk full? The server's log says why.";
        Self::new(ErrorCode::Unavailable, message)
    }
}

impl From<std::io::Error> for AuditError {
    fn from(error: std::io::Error) -> Self {
        Self::File { path: "audit.reserve".into(), error }
    }
}
