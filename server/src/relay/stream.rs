//! `GET /api/processes/{id}/stream`: the WebSocket of one viewer, and the one to the remote server behind it.
//!
//! Messages are passed on as they are, acknowledgements included, so that a slow viewer holds the remote server back and not
//! this one. What is typed is passed on only while the right to type holds.

use super::{
    forward::{token_refused, unreachable},
    rights::{require, require_on_process},
    state::{Remote, Sender},
    watch::lost,
};
use crate::{
    access::{Identity, ask_again},
    web::CloseReason,
};
use axum::{
    Extension,
    body::Body,
    extract::{
        Path, RawQuery, Request, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::Response,
};
use execdeck_wire::{ApiError, ClientMessage, ErrorCode, Right, SUBPROTOCOL};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, interval};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, handshake::client::generate_key, protocol::Role},
};
use uuid::Uuid;

/// The largest message of a viewer, in bytes.
const MAX_MESSAGE: usize = 1 << 20;
/// How often a viewer is pinged, and after how much silence it is dropped.
const PING: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(45);

type Behind = WebSocketStream<TokioIo<Upgraded>>;

pub(super) async fn stream(
    State(remote): State<Remote>,
    sender: Option<Extension<Sender>>,
    refused: Option<Extension<ApiError>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    // Browsers only see an error as a close code, so even invalid requests are upgraded first.
    upgrade.protocols([SUBPROTOCOL]).max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).on_upgrade(async move |mut socket| {
        let opened = match (sender, refused) {
            (Some(Extension(Sender(identity))), _) => open(&remote, &identity, &id, query).await.map(|opened| (opened, identity)),
            (None, Some(Extension(error))) => Err(error),
            (None, None) => Err(ApiError::new(ErrorCode::Unauthorized, "Sign in first.")),
        };
        let reason = match opened {
            Ok(((behind, may_type), identity)) => pass_on(&mut socket, behind, may_type, identity).await,
            Err(error) => Some(CloseReason::from(error)),
        };
        if let Some(CloseReason { code, reason }) = reason {
            let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
        }
    })
}

/// Opens the stream at the remote server. Returns with it whether its process is one that they may type into.
async fn open(remote: &Remote, identity: &Identity, id: &str, query: Option<String>) -> Result<(Behind, bool), ApiError> {
    require(identity, Right::ReadOutput)?;
    let id: Uuid = id.parse().map_err(|_| ApiError::new(ErrorCode::NotFound, "There is no such process."))?;
    let may_type = match require_on_process(&remote.client, identity, Right::Input, id).await {
        Ok(()) => true,
        Err(error) if error.code == ErrorCode::Forbidden => false,
        Err(error) => return Err(error),
    };
    let path = format!("/api/processes/{id}/stream?{}", query.unwrap_or_default());
    let request = Request::get(path)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", generate_key())
        .header("sec-websocket-protocol", SUBPROTOCOL)
        .body(Body::empty())
        .map_err(|error| ApiError::new(ErrorCode::BadRequest, error.to_string()))?;
    let answer = remote.client.forward(request).await.map_err(unreachable)?;
    if answer.status() == StatusCode::UNAUTHORIZED {
        return Err(token_refused());
    }
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(ApiError::new(ErrorCode::Unavailable, format!("The remote Execdeck answers {}.", answer.status())));
    }
    let upgraded = hyper::upgrade::on(answer).await;
    let upgraded =
        upgraded.map_err(|error| ApiError::new(ErrorCode::Unavailable, format!("The remote Execdeck cannot be reached: {error}.")))?;
    Ok((WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, None).await, may_type))
}

/// Passes messages on until one side closes. Returns why the viewer's socket is to be closed, if it is still there.
async fn pass_on(socket: &mut WebSocket, mut behind: Behind, may_type: bool, identity: Arc<Identity>) -> Option<CloseReason> {
    let mut over = Box::pin(lost(identity.clone(), Right::ReadOutput));
    let mut ping = interval(PING);
    let mut heard = Instant::now();
    let reason = loop {
        tokio::select! {
            message = socket.recv() => {
                heard = Instant::now();
                let message = match message {
                    Some(Ok(Message::Binary(bytes))) => tungstenite::Message::Binary(bytes),
                    Some(Ok(Message::Text(text))) => tungstenite::Message::text(text.as_str()),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break None,
                };
                if types(&message) && !(may_type && still_types(&identity).await) {
                    continue;
                }
                if behind.send(message).await.is_err() {
                    break Some(CloseReason::restarting());
                }
            }
            message = behind.next() => {
                let message = match message {
                    Some(Ok(tungstenite::Message::Binary(bytes))) => Message::Binary(bytes),
                    Some(Ok(tungstenite::Message::Text(text))) => Message::text(text.as_str()),
                    Some(Ok(tungstenite::Message::Close(frame))) => break Some(close_reason(frame)),
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => break Some(CloseReason::restarting()),
                };
                if socket.send(message).await.is_err() {
                    break None;
                }
            }
            lost = &mut over => break Some(CloseReason::lost(lost)),
            _ = ping.tick() => {
                if heard.elapsed() > SILENCE || socket.send(Message::Ping(axum::body::Bytes::new())).await.is_err() {
                    break None;
                }
            }
        }
    };
    let _ = behind.close(None).await;
    reason
}

/// Whether a message does something to the process.
fn types(message: &tungstenite::Message) -> bool {
    match message {
        tungstenite::Message::Text(text) => !matches!(serde_json::from_str(text), Ok(ClientMessage::Ack { .. })),
        _ => true,
    }
}

async fn still_types(identity: &Identity) -> bool {
    ask_again(identity).await.is_ok_and(|now| now.name == identity.name && now.may(Right::Input))
}

/// Why the remote server has closed. That this server's token is not valid any more is not the viewer's sign-in.
fn close_reason(frame: Option<tungstenite::protocol::CloseFrame>) -> CloseReason {
    match frame {
        Some(frame) if u16::from(frame.code) == 4401 => token_refused().into(),
        Some(frame) => CloseReason { code: frame.code.into(), reason: frame.reason.as_str().to_owned() },
        None => CloseReason::end(),
    }
}
