//! A process's output as it comes, and its input, over one connection.

use crate::{Client, ClientError, socket::Socket};
use bytes::Bytes;
use execdeck_wire::{ClientMessage, Frame, FrameError, GapReason, Process, Stream, TerminalSize};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

/// The most input in one message, in bytes; the server takes twice as much.
const MAX_INPUT: usize = 512 << 10;

/// Where a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartAt {
    /// At this absolute offset; 0 is the first byte. If the output there was removed, the stream begins with a gap; an offset
    /// beyond the end is refused.
    Offset(u64),
    /// At a line near the end, up to 256 KiB before it. Of a terminal that is still used, the stream begins with its screen and goes on
    /// at the end.
    Tail,
}

/// What happens when the output comes faster than it is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The stream gets ahead by a gap when it is more than 8 MiB behind: for people who watch.
    Live,
    /// Every byte is sent, however long that takes: for programs that read.
    #[default]
    Full,
}

/// A stream of one process: what it prints, what becomes of it, and its input. Dropping it leaves the process as it is.
///
/// It breaks off when the connection does, and the server closes it if no frame is taken for 45 seconds; [`Client::follow`] goes
/// on by itself.
pub struct ProcessStream {
    socket: Socket,
    /// Where the next output begins, as soon as that is known.
    position: Option<u64>,
    /// What was taken and is not acknowledged yet.
    taken: Option<u64>,
    ended: bool,
    /// What the last frame was read from.
    bytes: Bytes,
}

/// A frame that owns its bytes.
pub(crate) enum Received {
    Output(Stream, u64, Bytes),
    Gap(u64, u64, GapReason),
    Process(Box<Process>),
    Screen(u64, TerminalSize, Bytes),
    End(u64),
}

impl Received {
    /// The frame, whose bytes are then in `bytes`.
    pub(crate) fn lend(self, bytes: &mut Bytes) -> Frame<'_> {
        match self {
            Self::Output(stream, offset, output) => {
                *bytes = output;
                Frame::Output(stream, offset, bytes)
            }
            Self::Gap(from, to, reason) => Frame::Gap(from, to, reason),
            Self::Process(process) => Frame::Process(process),
            Self::Screen(offset, size, codes) => {
                *bytes = codes;
                Frame::Screen(offset, size, bytes)
            }
            Self::End(offset) => Frame::End(offset),
        }
    }
}

impl Client {
    /// Opens a stream of a process. Fails with [`ClientError::Unreachable`] if that takes too long; whether the process exists
    /// and may be read shows with the first [`ProcessStream::next`].
    pub async fn stream(&self, id: Uuid, start: StartAt, mode: Mode) -> Result<ProcessStream, ClientError> {
        let (from, position) = match start {
            StartAt::Offset(offset) => (offset.to_string(), Some(offset)),
            StartAt::Tail => ("tail".into(), None),
        };
        let mode = match mode {
            Mode::Live => "live",
            Mode::Full => "full",
        };
        let socket = Socket::open(self, &format!("/api/processes/{id}/stream?from={from}&mode={mode}")).await?;
        Ok(ProcessStream { socket, position, taken: None, ended: false, bytes: Bytes::new() })
    }
}

impl ProcessStream {
    /// The next frame: the process, first and whenever it changes; output and gaps, in order and without a hole; and the end,
    /// after which there is `None`. Calling it acknowledges the frame before, so the server sends no more than is taken.
    ///
    /// Fails with [`ClientError::Closed`] if the server closes the stream: 4404 for a process that does not exist. Cancel-safe:
    /// it may be used in `tokio::select!`.
    pub async fn next(&mut self) -> Result<Option<Frame<'_>>, ClientError> {
        let received = self.advance().await?;
        Ok(received.map(|received| received.lend(&mut self.bytes)))
    }

    /// Where the next output begins: what a stream that goes on from here has to start at. `None` as long as a stream from the
    /// tail has had no output.
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    /// Sends bytes to the process's input, in order, after the input before. It needs `stdin` or a terminal in the spec. What
    /// cannot be delivered closes the stream; input to a process that has ended is dropped.
    ///
    /// Not cancel-safe: a part may have been sent.
    pub async fn send_input(&mut self, bytes: impl Into<Bytes>) -> Result<(), ClientError> {
        let mut bytes = bytes.into();
        while !bytes.is_empty() {
            let part = bytes.split_to(bytes.len().min(MAX_INPUT));
            self.socket.feed(Message::Binary(part)).await?;
        }
        self.socket.flush().await
    }

    /// Says that no more input will come. For a process with pipes.
    pub async fn close_stdin(&mut self) -> Result<(), ClientError> {
        self.send(ClientMessage::CloseStdin {}).await
    }

    /// Changes the size of the process's terminal: 1 to 1000 columns and rows.
    pub async fn resize(&mut self, cols: u16, rows: u16) -> Result<(), ClientError> {
        self.send(ClientMessage::Resize { cols, rows }).await
    }

    async fn send(&mut self, message: ClientMessage) -> Result<(), ClientError> {
        self.socket.feed(text(message)).await?;
        self.socket.flush().await
    }

    /// The same as [`next`](Self::next), with a frame of its own.
    pub(crate) async fn advance(&mut self) -> Result<Option<Received>, ClientError> {
        if self.ended {
            // The server closes; nothing that could go wrong matters any more.
            let _ = self.socket.next().await;
            return Ok(None);
        }
        if let Some(offset) = self.taken {
            self.socket.feed(text(ClientMessage::Ack { offset })).await?;
            self.taken = None;
        }
        // Also what a call that was dropped has left in line.
        self.socket.flush().await?;
        loop {
            let Some(message) = self.socket.next().await? else {
                return Err(self.socket.nonsense("the stream was closed without its end"));
            };
            let received = match Frame::decode(&message) {
                Ok(Frame::Output(stream, offset, output)) => {
                    let end = offset + output.len() as u64;
                    let output = message.slice_ref(output);
                    self.go_on(offset, end)?;
                    self.taken = Some(end);
                    Received::Output(stream, offset, output)
                }
                Ok(Frame::Gap(from, to, reason)) => {
                    self.go_on(from, to)?;
                    Received::Gap(from, to, reason)
                }
                Ok(Frame::Process(process)) => Received::Process(process),
                Ok(Frame::Screen(offset, size, codes)) => {
                    self.position = Some(offset);
                    Received::Screen(offset, size, message.slice_ref(codes))
                }
                Ok(Frame::End(offset)) => {
                    self.ended = true;
                    Received::End(offset)
                }
                // Not asked for, or a kind of frame of a newer server.
                Ok(Frame::Viewers(_)) | Err(FrameError::Kind(_)) => continue,
                Err(error) => return Err(self.socket.nonsense(error.to_string())),
            };
            return Ok(Some(received));
        }
    }

    /// Every byte is received once and in order, or the stream is of no use.
    fn go_on(&mut self, from: u64, to: u64) -> Result<(), ClientError> {
        match self.position.replace(to) {
            Some(position) if position != from => {
                Err(self.socket.nonsense(format!("the output goes on at {from}, but {position} would be next")))
            }
            _ => Ok(()),
        }
    }
}

fn text(message: ClientMessage) -> Message {
    Message::text(serde_json::to_string(&message).expect("a message is always valid JSON"))
}
