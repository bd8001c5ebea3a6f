//! A WebSocket to the server (RFC 6455): how it is opened, and what can go wrong on it.

use crate::{Client, ClientError, error::causes};
use bytes::Bytes;
use execdeck_wire::SUBPROTOCOL;
use futures_util::{SinkExt, StreamExt};
use http::StatusCode;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        error::ProtocolError,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};

/// The largest message, in bytes: a process with long arguments can take more than any frame of output.
const MAX_MESSAGE: usize = 64 << 20;
/// The server sends something at least every 20 seconds. A connection that is silent for this long is dead.
const SILENCE: Duration = Duration::from_mins(1);

pub(crate) struct Socket {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    /// What was opened, for errors.
    address: String,
}

impl Socket {
    /// Opens a WebSocket at a path below the base path.
    pub(crate) async fn open(client: &Client, path: &str) -> Result<Self, ClientError> {
        let key = generate_key();
        let headers = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", &key),
            ("sec-websocket-protocol", SUBPROTOCOL),
        ];
        let (address, response) = client.fetch(path, &headers).await?;
        let has = |name: &str, value: &str| response.headers().get(name).is_some_and(|found| found.as_bytes() == value.as_bytes());
        let is_ours = has("sec-websocket-accept", &derive_accept_key(key.as_bytes())) && has("sec-websocket-protocol", SUBPROTOCOL);
        if response.status() != StatusCode::SWITCHING_PROTOCOLS || !is_ours {
            let reason = "the answer opens no stream of Execdeck; does a proxy not pass WebSockets on?".into();
            return Err(ClientError::Protocol { address, reason });
        }
        let upgraded = client.http().in_time(&address, hyper::upgrade::on(response)).await?;
        let upgraded = upgraded.map_err(|error| ClientError::Unreachable { address: address.clone(), reason: causes(&error) })?;
        let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, Some(config)).await;
        Ok(Self { socket, address })
    }

    /// The next binary message; `None` when the server has closed because all was said. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        loop {
            match timeout(SILENCE, self.socket.next()).await {
                Ok(Some(Ok(Message::Binary(bytes)))) => return Ok(Some(bytes)),
                Ok(Some(Ok(Message::Close(frame)))) => {
                    // The answer to it is waiting to be sent.
                    let _ = self.socket.flush().await;
                    let (code, reason) = frame.map_or((1005, String::new()), |frame| (frame.code.into(), frame.reason.to_string()));
                    return if code == 1000 { Ok(None) } else { Err(ClientError::Closed { code, reason }) };
                }
                // Pings are answered by themselves.
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) => return Err(self.broken(&error)),
                Ok(None) => return Err(self.broken(&Error::ConnectionClosed)),
                Err(_) => {
                    let reason = format!("nothing was heard for {} seconds", SILENCE.as_secs());
                    return Err(ClientError::Unreachable { address: self.address.clone(), reason });
                }
            }
        }
    }

    /// Puts a message in line; it goes out when this is [flushed](Self::flush). A message that is put in line is never lost
    /// by dropping the future of a later call.
    pub(crate) async fn feed(&mut self, message: Message) -> Result<(), ClientError> {
        let fed = self.socket.feed(message).await;
        fed.map_err(|error| self.broken(&error))
    }

    pub(crate) async fn flush(&mut self) -> Result<(), ClientError> {
        let flushed = self.socket.flush().await;
        flushed.map_err(|error| self.broken(&error))
    }

    /// What was received makes no sense.
    pub(crate) fn nonsense(&self, reason: impl Into<String>) -> ClientError {
        ClientError::Protocol { address: self.address.clone(), reason: reason.into() }
    }

    fn broken(&self, error: &Error) -> ClientError {
        match error {
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing)
            | Error::ConnectionClosed
            | Error::AlreadyClosed => {
                ClientError::Unreachable { address: self.address.clone(), reason: "the connection was closed".into() }
            }
            Error::Protocol(_) | Error::Capacity(_) | Error::Utf8(_) => self.nonsense(error.to_string()),
            error => ClientError::Unreachable { address: self.address.clone(), reason: causes(error) },
        }
    }
}
