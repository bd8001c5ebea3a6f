//! The stream of one process: from the WebSocket into the terminal, and back. Connects anew by itself, from the offset
//! that it has reached, so that nothing is shown twice or left out.

use super::{
    ConnectionState, SessionOptions,
    ffi::{Terminal, open_terminal},
    reconnect::{Lifecycle, LifecycleEvent},
};
use crate::{
    format,
    wire::{ClientMessage, Frame, GapReason, Process, SUBPROTOCOL, TerminalSize},
};
use futures_channel::mpsc;
use futures_util::{FutureExt, SinkExt, StreamExt, future::abortable, select};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use leptos::{html::Div, prelude::*};
use wasm_bindgen::{JsCast, prelude::Closure};

/// What the page may do with its session.
#[derive(Clone)]
pub(crate) struct Session {
    outgoing: mpsc::UnboundedSender<Outgoing>,
}

enum Outgoing {
    Message(Message),
    Acknowledge(u64),
    Room(TerminalSize),
    Follow(bool),
    Close,
}

fn text(message: ClientMessage) -> Message {
    Message::Text(serde_json::to_string(&message).unwrap_or_default())
}

impl Session {
    /// Types a line.
    pub(crate) fn send_line(&self, line: &str) {
        self.send(Outgoing::Message(Message::Bytes(format!("{line}\n").into_bytes())));
    }

    /// Says that no more input comes.
    pub(crate) fn close_stdin(&self) {
        self.send(Outgoing::Message(text(ClientMessage::CloseStdin)));
    }

    /// Goes to the tail and stays there, or stays where it is.
    pub(crate) fn set_follow(&self, follow: bool) {
        self.send(Outgoing::Follow(follow));
    }

    /// Ends the session; another one may open in the same place.
    pub(crate) fn close(&self) {
        self.send(Outgoing::Close);
    }

    fn send(&self, outgoing: Outgoing) {
        let _ = self.outgoing.unbounded_send(outgoing);
    }
}

/// Opens a session in the element, which lasts until it is closed or the calling component is gone.
pub(crate) fn open_session(
    element: NodeRef<Div>,
    options: SessionOptions,
    process: RwSignal<Process>,
    link: RwSignal<ConnectionState>,
    following: RwSignal<bool>,
) -> Session {
    let (outgoing, queue) = mpsc::unbounded();
    let session = Session { outgoing };
    let (task, stop) = abortable(run(element, options, process, link, following, session.clone(), queue));
    link.set(ConnectionState::Connecting);
    leptos::task::spawn_local(async {
        let _ = task.await;
    });
    on_cleanup(move || {
        stop.abort();
        link.try_set(ConnectionState::Idle);
    });
    session
}

struct DisposeOnDrop(Terminal);

impl Drop for DisposeOnDrop {
    fn drop(&mut self) {
        self.0.dispose();
    }
}

async fn run(
    element: NodeRef<Div>,
    options: SessionOptions,
    process: RwSignal<Process>,
    link: RwSignal<ConnectionState>,
    following: RwSignal<bool>,
    session: Session,
    mut queue: mpsc::UnboundedReceiver<Outgoing>,
) {
    let Some(element) = element.get_untracked() else { return };
    let [shown, typed, room] = [session.clone(), session.clone(), session];
    let shown = Closure::<dyn FnMut(f64)>::new(move |offset: f64| shown.send(Outgoing::Acknowledge(offset as u64)));
    let typed = Closure::<dyn FnMut(Vec<u8>)>::new(move |bytes| typed.send(Outgoing::Message(Message::Bytes(bytes))));
    let room = Closure::<dyn FnMut(u16, u16)>::new(move |cols, rows| room.send(Outgoing::Room(TerminalSize { cols, rows })));
    let follow = Closure::<dyn FnMut(bool)>::new(move |follow| {
        let _ = following.try_set(follow);
    });
    let terminal = match open_terminal(&element, options.terminal.is_some(), &shown, &typed, &room, &follow).await {
        Ok(terminal) => DisposeOnDrop(terminal.unchecked_into()),
        Err(_) => return link.set(ConnectionState::Refused("The terminal could not be loaded. Reload the page.".into())),
    };
    let mut stream = Stream {
        terminal: &terminal.0,
        process,
        link,
        next: options.from_start.then_some(0),
        full: options.full,
        size: None,
        shown: false,
    };
    if let Some(size) = options.terminal {
        stream.terminal.set_size(size.cols, size.rows);
    }
    let mut lifecycle = Lifecycle::new();
    let mut attempt = 0;
    loop {
        match stream.connect(options.id, &mut queue, &mut lifecycle).await {
            Next::Done(state) => {
                link.set(state);
                break;
            }
            Next::Close => return,
            Next::Again => {}
        }
        if std::mem::take(&mut stream.shown) {
            attempt = 0;
        }
        link.set(ConnectionState::Lost);
        stream.terminal.set_active(false);
        lifecycle.pause(attempt).await;
        attempt += 1;
    }
    stream.terminal.set_active(false);
    // The terminal stays as it is, to be read; what is still asked of it concerns nobody else.
    while let Some(outgoing) = queue.next().await {
        match outgoing {
            Outgoing::Follow(follow) => stream.terminal.set_follow(follow),
            Outgoing::Close => return,
            _ => {}
        }
    }
}

/// What follows a connection.
enum Next {
    Again,
    Close,
    Done(ConnectionState),
}

struct Stream<'a> {
    terminal: &'a Terminal,
    process: RwSignal<Process>,
    link: RwSignal<ConnectionState>,
    /// The offset of the next byte to show; none before the first.
    next: Option<u64>,
    full: bool,
    /// The widget's room, to be told to each new connection.
    size: Option<TerminalSize>,
    /// Whether the connection brought anything.
    shown: bool,
}

impl Stream<'_> {
    async fn connect(&mut self, id: uuid::Uuid, queue: &mut mpsc::UnboundedReceiver<Outgoing>, lifecycle: &mut Lifecycle) -> Next {
        let location = window().location();
        let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
        let host = location.host().unwrap_or_default();
        let from = self.next.map_or("tail".into(), |offset| offset.to_string());
        let mode = if self.full { "full" } else { "live" };
        let address = format!("{scheme}://{host}/api/processes/{id}/stream?from={from}&mode={mode}");
        let Ok(socket) = WebSocket::open_with_protocol(&address, SUBPROTOCOL) else { return Next::Again };
        let (mut sink, stream) = socket.split();
        let mut stream = stream.fuse();
        let mut ended = false;
        if let Some(size) = self.size {
            let _ = sink.send(text(ClientMessage::resize(size))).await;
        }
        loop {
            let mut lifecycle_event = Box::pin(lifecycle.next().fuse());
            select! {
                message = stream.next() => match message {
                    Some(Ok(Message::Bytes(bytes))) => match Frame::decode(&bytes) {
                        Ok(frame) => ended |= self.take(frame),
                        // A newer server may have more kinds of frames than this page knows.
                        Err(error) => leptos::logging::warn!("{error}"),
                    },
                    Some(Ok(Message::Text(_))) => {}
                    Some(Err(WebSocketError::ConnectionClose(close))) if (4400..4500).contains(&close.code) => {
                        return Next::Done(ConnectionState::Refused(close.reason));
                    }
                    _ if ended => return Next::Done(ConnectionState::Ended),
                    _ => return Next::Again,
                },
                outgoing = queue.next() => match outgoing {
                    // Nobody listens any more; what is still shown needs no acknowledgement.
                    Some(Outgoing::Message(_) | Outgoing::Acknowledge(_) | Outgoing::Room(_)) if ended => {}
                    Some(Outgoing::Message(message)) => drop(sink.send(message).await),
                    Some(Outgoing::Acknowledge(offset)) => drop(sink.send(text(ClientMessage::Ack { offset })).await),
                    Some(Outgoing::Room(size)) => {
                        self.size = Some(size);
                        let _ = sink.send(text(ClientMessage::resize(size))).await;
                    }
                    Some(Outgoing::Follow(follow)) => self.terminal.set_follow(follow),
                    Some(Outgoing::Close) | None => return Next::Close,
                },
                event = lifecycle_event => if event == LifecycleEvent::Suspended && !ended { return Next::Again },
            }
        }
    }

    /// Shows a frame; whether it was the last.
    fn take(&mut self, frame: Frame<'_>) -> bool {
        match frame {
            Frame::Output(stream, offset, bytes) => {
                // After a reconnect nothing comes twice, but a page that would show it twice is worse than a check.
                let seen = self.next.map_or(0, |next| next.saturating_sub(offset)) as usize;
                if let Some(new) = bytes.get(seen..) {
                    let end = offset + bytes.len() as u64;
                    self.terminal.write(stream as u8, new, end as f64);
                    self.next = Some(end);
                    self.shown = true;
                }
            }
            Frame::Gap(from, to, reason) => {
                let why = match reason {
                    GapReason::Retention => "no longer kept",
                    GapReason::Skipped => "skipped to keep up; the download has it",
                    GapReason::NotWritten => "could not be written to the disk",
                };
                self.terminal.note(&format!("{} {why}", format::size(to - from)), to as f64);
                self.next = Some(to);
            }
            Frame::Process(process) => {
                if !self.shown {
                    self.terminal.replay_until(process.output.end as f64);
                    self.shown = true;
                }
                self.link.set(ConnectionState::Live);
                if let Some(size) = process.terminal {
                    self.terminal.set_size(size.cols, size.rows);
                }
                self.terminal.set_active(process.state.is_active() && process.terminal.is_some());
                self.process.set(*process);
            }
            Frame::End(_) => return true,
        }
        false
    }
}
