//! Why something did not work.

use execdeck_wire::{ApiError, ErrorCode};

/// Why there is no answer, or not the one that was hoped for. No text in it contains the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// What the client was given cannot be used, so nothing was sent.
    #[error("{0}")]
    Invalid(String),
    /// The server has refused; this is its answer.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The server has closed a stream before its end: 4400 bad request, 4401 not signed in, 4403 not allowed, 4404 no such
    /// process, 4429 too many streams; 1011 an error of the server, 1012 it restarts.
    #[error("the stream was closed with {code}: {reason}")]
    Closed {
        /// The code of the close frame (RFC 6455, section 7.4).
        code: u16,
        /// The reason in it.
        reason: String,
    },
    /// There was no answer, or it broke off.
    #[error("{address}: {reason}")]
    Unreachable {
        /// What was asked.
        address: String,
        /// What happened, in the words of the system.
        reason: String,
    },
    /// The answer is not one of an Execdeck server.
    #[error("{address}: {reason}")]
    Protocol {
        /// What was asked.
        address: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl ClientError {
    /// What kind of refusal it is, if it is one: the code of the answer, or the one that the stream was closed for.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api(error) => Some(error.code),
            Self::Closed { code, .. } => match code {
                4400 => Some(ErrorCode::BadRequest),
                4401 => Some(ErrorCode::Unauthorized),
                4403 => Some(ErrorCode::Forbidden),
                4404 => Some(ErrorCode::NotFound),
                4429 => Some(ErrorCode::LimitReached),
                _ => Some(ErrorCode::Unavailable),
            },
            Self::Invalid(_) | Self::Unreachable { .. } | Self::Protocol { .. } => None,
        }
    }

    /// Whether the same may succeed later without anybody changing anything. A call that was [`Unreachable`](Self::Unreachable)
    /// may have been done all the same.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable { .. }) || self.code().is_some_and(ErrorCode::is_temporary)
    }
}

/// For servers that pass the answer on. Their users cannot sign in for the owner of the token, and do not get to know where the remote
/// server is.
impl From<ClientError> for ApiError {
    fn from(error: ClientError) -> Self {
        let unavailable = |message: &str| Self::new(ErrorCode::Unavailable, message);
        if error.code() == Some(ErrorCode::Unauthorized) {
            return unavailable("The remote Execdeck does not accept the token of this application.");
        }
        match error {
            ClientError::Api(error) => error,
            ClientError::Closed { ref reason, .. } => Self::new(error.code().unwrap_or(ErrorCode::Unavailable), reason),
            ClientError::Invalid(message) => Self::new(ErrorCode::BadRequest, message),
            ClientError::Unreachable { .. } | ClientError::Protocol { .. } => {
                unavailable("The remote Execdeck cannot be reached. Try again in a few seconds.")
            }
        }
    }
}

/// An error with its causes on one line.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_say_whether_to_try_again() {
        for (code, kind, temporary) in [
            (4400, ErrorCode::BadRequest, false),
            (4401, ErrorCode::Unauthorized, false),
            (4403, ErrorCode::Forbidden, false),
            (4404, ErrorCode::NotFound, false),
            (4429, ErrorCode::LimitReached, true),
            (1012, ErrorCode::Unavailable, true),
        ] {
            let error = ClientError::Closed { code, reason: "r".into() };
            assert_eq!((error.code(), error.is_temporary()), (Some(kind), temporary), "{code}");
            if kind != ErrorCode::Unauthorized {
                assert_eq!(ApiError::from(error), ApiError::new(kind, "r"));
            }
        }
    }

    #[test]
    fn what_is_passed_on_names_no_address_and_asks_nobody_to_sign_in() {
        let (address, reason) = ("http://deck.internal/api/whoami".to_owned(), "10.0.0.7 refuses".to_owned());
        for (error, word) in [
            (ClientError::Api(ApiError::new(ErrorCode::Unauthorized, "Sign in.")), "token"),
            (ClientError::Closed { code: 4401, reason: reason.clone() }, "token"),
            (ClientError::Unreachable { address: address.clone(), reason: reason.clone() }, "reached"),
            (ClientError::Protocol { address, reason }, "reached"),
        ] {
            let ApiError { code, message, .. } = error.into();
            let is_safe = message.contains(word) && !message.contains("internal") && !message.contains("10.0.0.7");
            assert!(code == ErrorCode::Unavailable && is_safe, "{code:?} {message}");
        }
    }
}
