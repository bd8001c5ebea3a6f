//! Reasons for closing a stream.

use super::MAX_MESSAGE;
use crate::{access::Lost, deck::EngineError};
use execdeck_wire::{ApiError, ErrorCode};

/// The code and reason of a close frame.
pub(crate) struct CloseReason {
    pub code: u16,
    pub reason: String,
}

impl CloseReason {
    /// All output has been sent.
    pub(crate) fn end() -> Self {
        Self { code: 1000, reason: String::new() }
    }

    /// The server is stopping; the process is not.
    pub(crate) fn restarting() -> Self {
        Self { code: 1012, reason: "restarting".into() }
    }

    pub(super) fn bad_request(reason: impl Into<String>) -> Self {
        Self { code: 4400, reason: reason.into() }
    }

    /// What the peer has sent cannot be read.
    pub(super) fn unreadable() -> Self {
        Self::bad_request(format!("A message was malformed or larger than {} MiB; nothing of it was taken.", MAX_MESSAGE >> 20))
    }

    /// The viewer may not read the output any more.
    pub(crate) fn lost(lost: Lost) -> Self {
        let reason = match lost {
            Lost::SignIn => "You are not signed in any more.",
            Lost::Right => "You may not read this output any more.",
        };
        Self { code: lost.close_code(), reason: reason.into() }
    }

    pub(crate) fn not_found() -> Self {
        Self { code: 4404, reason: "There is no such process.".into() }
    }
}

impl From<EngineError> for CloseReason {
    fn from(error: EngineError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<ApiError> for CloseReason {
    fn from(error: ApiError) -> Self {
        let code = match error.code {
            ErrorCode::BadRequest | ErrorCode::Conflict | ErrorCode::TooLarge => 4400,
            ErrorCode::Unauthorized => 4401,
            ErrorCode::Forbidden => 4403,
            ErrorCode::NotFound => 4404,
            ErrorCode::LimitReached => 4429,
            // The server's own fault (RFC 6455, section 7.4.1).
            ErrorCode::Unavailable | ErrorCode::Unknown => 1011,
        };
        Self { code, reason: error.message }
    }
}

/// The peer has closed, gone silent or become unreachable, so nobody is left to tell.
pub(super) struct PeerDisconnected;

/// How a session ends.
pub(crate) enum Ending {
    Close(CloseReason),
    PeerDisconnected,
}

impl From<CloseReason> for Ending {
    fn from(reason: CloseReason) -> Self {
        Self::Close(reason)
    }
}

impl From<PeerDisconnected> for Ending {
    fn from(PeerDisconnected: PeerDisconnected) -> Self {
        Self::PeerDisconnected
    }
}
