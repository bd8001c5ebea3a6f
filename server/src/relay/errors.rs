//! What people get to know of the remote server's errors; the log has the rest.

use execdeck_client::ClientError;
use execdeck_wire::{ApiError, ErrorCode};

/// Why the remote server has not done something.
pub(super) fn refused(error: ClientError) -> ApiError {
    match &error {
        error if error.code() == Some(ErrorCode::Unauthorized) => {
            tracing::error!("the remote Execdeck does not accept the token of this application");
        }
        ClientError::Api(_) => {}
        error => tracing::warn!(%error, "the remote Execdeck cannot be reached"),
    }
    error.into()
}

/// The same if it does not accept the token, which none of this server's users can do anything about.
pub(super) fn token_refused() -> ApiError {
    refused(ClientError::Api(ApiError::new(ErrorCode::Unauthorized, "The token is not valid.")))
}

/// The same if something else has answered in its place, such as a proxy in front of it.
pub(super) fn not_execdeck(status: axum::http::StatusCode) -> ApiError {
    tracing::warn!(%status, "what answers at the address of the remote Execdeck is not Execdeck");
    ApiError::new(ErrorCode::Unavailable, "The remote Execdeck cannot be reached. Try again in a few seconds.")
}
