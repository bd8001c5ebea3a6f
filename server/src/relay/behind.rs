//! The WebSocket to the remote server that is behind that of a viewer.

use super::errors::{refused, token_refused};
use axum::{body::Body, extract::Request, http::StatusCode};
use execdeck_client::Client;
use execdeck_wire::{ApiError, ErrorCode, SUBPROTOCOL};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::client::generate_key,
        protocol::{Role, WebSocketConfig},
    },
};
use uuid::Uuid;

/// The largest message, in bytes: a process with long arguments can take more than any frame of output.
const MAX_MESSAGE: usize = 64 << 20;
/// How long the remote server may take to close after a viewer has.
pub(super) const CLOSING: Duration = Duration::from_secs(5);

pub(super) type Behind = WebSocketStream<TokioIo<Upgraded>>;

/// Opens the stream of a process. `query`: as the viewer has sent it.
pub(super) async fn open(client: &Client, id: Uuid, query: &str) -> Result<Behind, ApiError> {
    let unavailable = |message: String| ApiError::new(ErrorCode::Unavailable, message);
    let request = Request::get(format!("/api/processes/{id}/stream?{query}"))
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", generate_key())
        .header("sec-websocket-protocol", SUBPROTOCOL)
        .body(Body::empty())
        .map_err(|error| ApiError::new(ErrorCode::BadRequest, error.to_string()))?;
    let answer = client.forward(request).await.map_err(refused)?;
    if answer.status() == StatusCode::UNAUTHORIZED {
        return Err(token_refused());
    }
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(unavailable(format!("The remote Execdeck answers {}.", answer.status())));
    }
    let upgraded = hyper::upgrade::on(answer).await.map_err(|error| {
        tracing::warn!(%error, "the remote Execdeck opens no stream");
        unavailable("The remote Execdeck cannot be reached. Try again in a few seconds.".into())
    })?;
    let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    Ok(WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, Some(config)).await)
}
