//! What can go wrong between a request and a process.

use crate::{queue::Refused, store::StoreError};
use execdeck_wire::{ApiError, ErrorCode, SpecError};
use std::{io, path::PathBuf};
use uuid::Uuid;

/// An error of the engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The spec cannot be run as it is.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The request says something impossible.
    #[error("{0}")]
    BadRequest(String),
    /// A field of the request is not allowed as it is; its name, and what is wrong.
    #[error("{1}")]
    Field(&'static str, String),
    /// The engine was closed meanwhile.
    #[error("The server is stopping. Try again when it is back.")]
    Closed,
    /// There is no such process.
    #[error("There is no process {0}. It may have been removed.")]
    NotFound(Uuid),
    /// The process is in a state that forbids this.
    #[error("{0}")]
    Conflict(String),
    /// The limit of active processes has been reached.
    #[error("The limit of active processes ({0}) has been reached. Stop one, or raise process.concurrent.")]
    TooMany(usize),
    /// As many processes wait for others to end as may.
    #[error("The queue is full ({}). Try again when some of them have been started, or raise process.queue.", number_of(*.0))]
    QueueFull(usize),
    /// The limit of active processes with a label has been reached; the label, and how many.
    #[error("The limit of active processes with the label {0} ({1}) has been reached. Stop one, or raise process.per_label.")]
    TooManyOf(String, usize),
    /// There is no file descriptor left for another process.
    #[error("The server has run out of file descriptors. Stop a process, or raise the limit of open files (ulimit -n, LimitNOFILE).")]
    TooFewDescriptors,
    /// Another limit has been reached.
    #[error("{0}")]
    LimitReached(String),
    /// Another server uses the data folder.
    #[error("{} is in use by another execdeck. Stop it, or choose another folder with data.folder.", .0.display())]
    InUse(PathBuf),
    /// A file could not be read or written.
    #[error("{}: {what} failed: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// How it failed.
        source: io::Error,
    },
    /// The history could not be read or written.
    #[error("the history in SQLite: {0}")]
    Store(#[from] StoreError),
    /// The key to the stored secrets cannot be used.
    #[error(transparent)]
    Vault(#[from] crate::vault::VaultError),
    /// The keeper could not be reached or refused.
    #[error("{0}")]
    Keeper(String),
}

impl Error {
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}

fn number_of(processes: usize) -> String {
    if processes == 1 { "1 process".into() } else { format!("{processes} processes") }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooMany(most) => Self::TooMany(most),
            Refused::TooManyOf(label, most) => Self::TooManyOf(label, most),
            Refused::QueueFull(most) => Self::QueueFull(most),
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Spec(_) | Error::BadRequest(_) | Error::Field(..) => ErrorCode::BadRequest,
            Error::NotFound(_) => ErrorCode::NotFound,
            Error::Conflict(_) => ErrorCode::Conflict,
            Error::TooMany(_) | Error::QueueFull(_) | Error::TooManyOf(..) | Error::TooFewDescriptors | Error::LimitReached(_) => {
                ErrorCode::LimitReached
            }
            Error::Closed | Error::InUse(_) | Error::Io { .. } | Error::Store(_) | Error::Vault(_) | Error::Keeper(_) => {
                ErrorCode::Unavailable
            }
        };
        let field = match &error {
            Error::Spec(spec) => Some(spec.field.to_owned()),
            Error::Field(field, _) => Some((*field).to_owned()),
            _ => None,
        };
        let message = match &error {
            // Its text is for the log: it names the server's own files.
            Error::Io { what, .. } => {
                format!("{what} failed. The server's log says why.").replacen(&what[..1], &what[..1].to_uppercase(), 1)
            }
            Error::InUse(_) => "The data folder is in use by another execdeck.".into(),
            Error::Vault(_) | Error::Store(StoreError::Vault(_)) => {
                "Secrets cannot be stored or read now. The server's log says why.".into()
            }
            Error::Store(_) => "The history cannot be read or written now. The server's log says why.".into(),
            _ => error.to_string(),
        };
        Self { field, ..Self::new(code, message) }
    }
}
