//! `GET /api/processes/{id}/stream`: the WebSocket of one viewer.
//!
//! One task per viewer reads the log at the viewer's pace. Acknowledgements bound what is on its way, so a viewer costs
//! a frame of memory here however slow it is, and nothing that it does is felt by the process or by other viewers.

use super::App;
use crate::deck::{Chunk, EngineError, Viewer};
use axum::{
    body::Bytes,
    extract::{
        Path, Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use execdeck_wire::{ApiError, ClientMessage, ErrorCode, Frame, SUBPROTOCOL, TerminalSize};
use frames::Frames;
use input::Typing;
use serde::Deserialize;
use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use uuid::Uuid;

mod frames;
mod input;

/// The largest message that a viewer may send.
const MAX_MESSAGE: usize = 1 << 20;
/// How long the peer may take to close after the end.
const CLOSING: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// May skip ahead.
    #[default]
    Live,
    /// Never skips.
    Full,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    from: Option<String>,
    #[serde(default)]
    mode: Mode,
}

/// Why a stream is closed.
struct Closed {
    code: u16,
    reason: String,
}

impl Closed {
    fn bad_request(reason: impl Into<String>) -> Self {
        Self { code: 4400, reason: reason.into() }
    }
}

impl From<EngineError> for Closed {
    fn from(error: EngineError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<ApiError> for Closed {
    fn from(error: ApiError) -> Self {
        let code = match error.code {
            ErrorCode::BadRequest | ErrorCode::Conflict | ErrorCode::TooLarge => 4400,
            ErrorCode::Unauthorized => 4401,
            ErrorCode::Forbidden => 4403,
            ErrorCode::NotFound => 4404,
            ErrorCode::LimitReached => 4429,
            ErrorCode::Unavailable | ErrorCode::Unknown => 1011,
        };
        Self { code, reason: error.message }
    }
}

/// The peer is gone; nobody is left to tell.
struct Gone;

pub(crate) async fn stream(
    State(app): State<App>,
    Path(id): Path<String>,
    parameters: Result<Query<Parameters>, axum::extract::rejection::QueryRejection>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (buffer, sockets) = (app.config.stream.frame_bytes, app.shutdown.sockets.clone());
    // A browser learns of an error only through a close code, so even a wrong request is upgraded first.
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * buffer)
        .on_upgrade(move |mut socket| {
            sockets.track_future(async move {
                let opened = async {
                    let Query(parameters) = parameters.map_err(|error| Closed::bad_request(error.body_text()))?;
                    let id: Uuid = id.parse().map_err(|_| Closed { code: 4404, reason: "There is no such process.".into() })?;
                    open(&app, id, parameters).await
                };
                let mut session = match opened.await {
                    Ok((viewer, id, mode)) => Session::new(app, socket, viewer, id, mode),
                    Err(closed) => return close(&mut socket, closed).await,
                };
                if let Ok(closed) = session.run().await {
                    close(&mut session.socket, closed).await;
                }
            })
        })
}

async fn open(app: &App, id: Uuid, parameters: Parameters) -> Result<(Viewer, Uuid, Mode), Closed> {
    let mut viewer = app.deck.view(&app.caller(), id).await?;
    match parameters.from.as_deref() {
        None | Some("tail") => viewer.seek_tail().await?,
        Some(offset) => {
            let offset: u64 = offset.parse().map_err(|_| Closed::bad_request("from is an offset or \"tail\""))?;
            let end = viewer.extent().range.end;
            if offset > end {
                return Err(Closed::bad_request(format!("from={offset} is beyond the end of the output, which is {end}")));
            }
            viewer.seek(offset);
        }
    }
    Ok((viewer, id, parameters.mode))
}

/// Sends Close and goes on reading until the peer has closed too: a socket dropped with unread messages is reset,
/// and a reset eats what is still on its way.
async fn close(socket: &mut WebSocket, closed: Closed) {
    let mut reason = closed.reason;
    // A close frame's reason has room for 123 bytes (RFC 6455, section 5.5).
    reason.truncate(reason.floor_char_boundary(123));
    let frame = CloseFrame { code: closed.code, reason: reason.into() };
    if socket.send(Message::Close(Some(frame))).await.is_ok() {
        let _ = timeout(CLOSING, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
}

struct Session {
    app: App,
    socket: WebSocket,
    viewer: Viewer,
    mode: Mode,
    typing: Typing,
    /// Ends of the frames on their way, oldest first, and their lengths.
    unacknowledged: VecDeque<(u64, u64)>,
    in_flight: u64,
    frames: Frames,
}

impl Session {
    fn new(app: App, socket: WebSocket, viewer: Viewer, id: Uuid, mode: Mode) -> Self {
        app.viewers.fetch_add(1, Ordering::Relaxed);
        let typing = Typing::start(app.deck.clone(), app.caller(), id);
        Self { app, socket, viewer, mode, typing, unacknowledged: VecDeque::new(), in_flight: 0, frames: Frames::default() }
    }

    /// Serves the viewer until the output has ended.
    async fn run(&mut self) -> Result<Closed, Gone> {
        let config = Arc::clone(&self.app.config);
        let every = Duration::from_secs(config.stream.ping_seconds);
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.send_process().await?;
        loop {
            match self.send_output().await {
                Ok(true) => return Ok(Closed { code: 1000, reason: String::new() }),
                Ok(false) => {}
                Err(Some(closed)) => return Ok(closed),
                Err(None) => return Err(Gone),
            }
            if self.viewer.process_changed() {
                self.send_process().await?;
            }
            let room = self.in_flight < config.stream.window_bytes;
            tokio::select! {
                message = self.socket.recv() => {
                    let message = message.ok_or(Gone)?.map_err(|_| Gone)?;
                    if let Some(closed) = self.take(message)? {
                        return Ok(closed);
                    }
                }
                () = self.viewer.changed(room) => {}
                _ = ping.tick() => {
                    self.frames.release_buffer();
                    self.send(Message::Ping(Bytes::new())).await?;
                }
            }
        }
    }

    /// Sends what there is and what the window allows; whether that was the end.
    async fn send_output(&mut self) -> Result<bool, Option<Closed>> {
        let config = Arc::clone(&self.app.config);
        let stream = &config.stream;
        while self.in_flight < stream.window_bytes {
            let extent = self.viewer.extent();
            let behind = extent.range.end.saturating_sub(self.viewer.position());
            if self.mode == Mode::Live
                && behind > stream.skip_bytes
                && let Some(Chunk::Gap { from, to, reason }) = self.viewer.skip_to_tail().await.map_err(|error| Some(error.into()))?
            {
                self.send(Frame::Gap(from, to, reason).encode()).await.map_err(|Gone| None)?;
                continue;
            }
            let most = stream.frame_bytes.min((stream.window_bytes - self.in_flight) as usize);
            match self.frames.next(&mut self.viewer, most).await.map_err(|error| Some(error.into()))? {
                Some((chunk, frame)) => {
                    if let Chunk::Output { offset, length, .. } = chunk {
                        self.in_flight += length as u64;
                        self.unacknowledged.push_back((offset + length as u64, length as u64));
                    }
                    self.send(frame).await.map_err(|Gone| None)?;
                }
                None if extent.ended => {
                    self.send_process().await.map_err(|Gone| None)?;
                    self.send(Frame::End(extent.range.end).encode()).await.map_err(|Gone| None)?;
                    return Ok(true);
                }
                None => return Ok(false),
            }
        }
        Ok(false)
    }

    async fn send_process(&mut self) -> Result<(), Gone> {
        let process = Box::new(self.viewer.process());
        self.send(Frame::Process(process).encode()).await
    }

    async fn send(&mut self, message: impl Into<Message>) -> Result<(), Gone> {
        self.socket.send(message.into()).await.map_err(|_| Gone)
    }

    /// Takes in what the viewer says.
    fn take(&mut self, message: Message) -> Result<Option<Closed>, Gone> {
        match message {
            Message::Binary(bytes) => Ok(self.typing.write(bytes).err().map(Closed::from)),
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(message) => Ok(self.obey(message).err()),
                Err(error) => Ok(Some(Closed::bad_request(format!("message not understood: {error}")))),
            },
            Message::Ping(_) | Message::Pong(_) => Ok(None),
            Message::Close(_) => Err(Gone),
        }
    }

    fn obey(&mut self, message: ClientMessage) -> Result<(), Closed> {
        match message {
            ClientMessage::Ack { offset } => {
                while let Some((_, length)) = self.unacknowledged.pop_front_if(|(end, _)| *end <= offset) {
                    self.in_flight -= length;
                }
                Ok(())
            }
            ClientMessage::Resize { cols, rows } => {
                if !(1..=1000).contains(&cols) || !(1..=1000).contains(&rows) {
                    return Err(Closed::bad_request("a terminal has 1 to 1000 columns and rows"));
                }
                self.viewer.resize(TerminalSize { cols, rows });
                Ok(())
            }
            ClientMessage::CloseStdin => {
                self.typing.close();
                Ok(())
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.app.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}
