//! Why somebody was not let in, or something was not done.

use crate::database::DatabaseError;
use execdeck_wire::{ApiError, ErrorCode, Password};

/// Why somebody was not let in, or something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The request does not say who it comes from.
    #[error("Sign in first.")]
    NotSignedIn,
    /// It says so with something that is not valid, or not any more.
    #[error("Your sign-in has ended or is not valid; sign in again.")]
    Ended,
    /// The same of a request with a token.
    #[error("The token is not valid, or not any more.")]
    InvalidToken,
    /// The same answer for an unknown name, a wrong password, an account without one, and a disabled account.
    #[error("The name or the password is wrong.")]
    WrongPassword,
    /// The password is right, but not enough. The secret is for the cookie by which the browser is known when it comes with a
    /// passkey.
    #[error("The password alone is not enough for this account: sign in on the page /login, with a passkey.")]
    PasskeyNext(Password),
    /// A passkey is asked for, which the browser has not shown.
    #[error("This account also requires a passkey: sign in with one.")]
    AskedForPasskey,
    /// The same answer whatever is wrong with a passkey or the account that it is for.
    #[error("This passkey is not known here, or cannot be used.")]
    UnknownPasskey,
    /// Somebody vouches for a person whose account is disabled, or who has none.
    #[error("{0}")]
    KeptOut(String),
    /// Too many guesses; the next one is possible after so many seconds.
    #[error("Too many attempts; try again in {0} s.")]
    TooManyAttempts(u64),
    /// Somebody sends more requests than one person may; the next one is possible after so many seconds.
    #[error("You are sending too many requests; try again in {0} s.")]
    TooManyRequests(u64),
    /// More sign-ins at once than there is room for; the next one may succeed after so many seconds.
    #[error("Too many people are signing in right now; try again in {0} s.")]
    Busy(u64),
    /// The request cannot be granted, for a reason that it says.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// The server's own failure.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl AccessError {
    /// A refusal that names the field that is wrong.
    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Refused(ApiError { code: ErrorCode::BadRequest, message: message.into(), field: Some(field.to_owned()) })
    }

    /// A refusal of the given kind.
    pub(super) fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused(ApiError::new(code, message))
    }

    /// When to try again, in seconds (`Retry-After`), where waiting helps.
    pub const fn retry_seconds(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts(seconds) | Self::TooManyRequests(seconds) | Self::Busy(seconds) => Some(*seconds),
            _ => None,
        }
    }

    /// The kind, for programs.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotSignedIn
            | Self::Ended
            | Self::InvalidToken
            | Self::WrongPassword
            | Self::PasskeyNext(_)
            | Self::AskedForPasskey
            | Self::UnknownPasskey => ErrorCode::Unauthorized,
            Self::KeptOut(_) => ErrorCode::Forbidden,
            Self::TooManyAttempts(_) | Self::TooManyRequests(_) => ErrorCode::LimitReached,
            Self::Busy(_) | Self::Database(_) => ErrorCode::Unavailable,
            Self::Refused(error) => error.code,
        }
    }
}

impl From<rusqlite::Error> for AccessError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// The server's own failures are logged here, once; callers learn only that there is one.
impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        let code = error.code();
        match error {
            AccessError::Refused(error) => error,
            // What programs can tell it by.
            error @ AccessError::PasskeyNext(_) => Self { field: Some("passkey".into()), ..Self::new(code, error.to_string()) },
            AccessError::Database(error) => {
                tracing::error!(%error, "request failed");
                Self::new(code, "The server cannot read or write who may use it; its log says why.")
            }
            other => Self::new(code, other.to_string()),
        }
    }
}
