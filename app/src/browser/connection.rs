//! The WebSocket of a session: frames into the terminal, input and acknowledgements back.

use super::{
    ConnectionState, HeadCut, SessionOptions, SessionSignals,
    ffi::Terminal,
    handle::Outgoing,
    json::read_json,
    reconnect::{Lifecycle, LifecycleEvent},
};
use crate::{
    format, revision,
    server::BasePath,
    texts::t,
    wire::{ClientMessage, Frame, FrameError, GapReason, Process, SUBPROTOCOL, TerminalSize},
};
use futures_channel::mpsc;
use futures_util::{FutureExt, SinkExt, StreamExt, select_biased, stream::Fuse};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use std::collections::VecDeque;

/// Milliseconds without any message after which a connection counts as lost. The server sends one after 20 s of silence.
const SILENCE: u32 = 40_000;

/// Input in one message, in bytes: a server takes messages up to 1 MiB.
const MAX_INPUT: usize = 64 << 10;

/// How a connection ended.
pub(super) enum Outcome {
    /// It broke; another one goes on where it was.
    Lost,
    /// The page closed the session.
    Closed,
    /// Nothing more will come.
    Finished(ConnectionState),
}

enum Event {
    Received(Option<Result<Message, WebSocketError>>),
    Outgoing(Option<Outgoing>),
    Lifecycle(LifecycleEvent),
    /// Nothing may have come for too long.
    Silence,
}

/// A session's state, which outlives each of its connections.
pub(super) struct Connection<'a> {
    terminal: &'a Terminal,
    options: SessionOptions,
    signals: SessionSignals,
    /// The path below which the server is.
    base: BasePath,
    /// The offset of the next byte to show; none before the first.
    next: Option<u64>,
    /// Where the gap begins that was shown last, where it ends, and its reason; none if output came after it.
    gap: Option<(u64, u64, GapReason)>,
    /// The size that fits the widget, sent on each new connection.
    size: Option<TerminalSize>,
    /// Input that waits for an open connection.
    unsent: VecDeque<Message>,
    /// Whether anything has arrived on this connection.
    open: bool,
    /// Whether the process has ended and all of its output has been received.
    ended: bool,
    /// Whether the page shows all that it may of an output shown from its start.
    full: bool,
}

impl<'a> Connection<'a> {
    pub(super) fn new(terminal: &'a Terminal, options: SessionOptions, signals: SessionSignals, base: BasePath) -> Self {
        // Of a terminal that is still used, the server sends the screen: what was printed for another size would not fit.
        let has_screen = options.terminal.is_some() && signals.process.with_untracked(|process| process.state.is_active());
        let next = if terminal.asks_for_lines() {
            Some(signals.process.with_untracked(|process| process.output.end))
        } else {
            (options.head || (options.from_start && !has_screen)).then_some(0)
        };
        Self {
            terminal,
            options,
            signals,
            base,
            next,
            gap: None,
            size: None,
            unsent: VecDeque::new(),
            open: false,
            ended: false,
            full: false,
        }
    }

    /// Whether anything arrived on the last connection.
    pub(super) const fn received_anything(&self) -> bool {
        self.open
    }

    /// Connects, and serves the connection until it ends.
    pub(super) async fn run(&mut self, queue: &mut mpsc::UnboundedReceiver<Outgoing>, lifecycle: &mut Lifecycle) -> Outcome {
        self.open = false;
        let Ok(socket) = WebSocket::open_with_protocol(&self.address(), SUBPROTOCOL) else { return Outcome::Lost };
        let mut socket = socket.fuse();
        let mut heard = js_sys::Date::now();
        let mut silence = TimeoutFuture::new(SILENCE).fuse();
        loop {
            let event = {
                let mut lifecycle_event = Box::pin(lifecycle.next().fuse());
                // Output may flood in; what a person does comes first.
                select_biased! {
                    outgoing = queue.next() => Event::Outgoing(outgoing),
                    event = lifecycle_event => Event::Lifecycle(event),
                    () = silence => Event::Silence,
                    message = socket.next() => Event::Received(message),
                }
            };
            let outcome = match event {
                Event::Received(message) => {
                    heard = js_sys::Date::now();
                    self.receive(message, &mut socket).await
                }
                Event::Outgoing(Some(outgoing)) => self.send(outgoing, &mut socket).await,
                Event::Outgoing(None) => Some(Outcome::Closed),
                Event::Lifecycle(LifecycleEvent::Suspended | LifecycleEvent::Offline) if !self.ended => Some(Outcome::Lost),
                Event::Lifecycle(_) => None,
                Event::Silence => {
                    let left = f64::from(SILENCE) - (js_sys::Date::now() - heard);
                    silence = TimeoutFuture::new(left.max(0.0) as u32).fuse();
                    (left <= 0.0).then_some(Outcome::Lost)
                }
            };
            if let Some(outcome) = outcome {
                return outcome;
            }
        }
    }

    fn address(&self) -> String {
        let location = window().location();
        let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
        let host = location.host().unwrap_or_default();
        let path = self.base.join(&format!("/api/processes/{}/stream", self.options.id));
        let from = self.next.map_or("tail".into(), |offset| offset.to_string());
        let mode = if self.options.head { "full" } else { "live" };
        format!("{scheme}://{host}{path}?from={from}&mode={mode}&viewers=true")
    }

    async fn receive(&mut self, message: Option<Result<Message, WebSocketError>>, socket: &mut Fuse<WebSocket>) -> Option<Outcome> {
        match message {
            Some(Ok(Message::Bytes(bytes))) => {
                match Frame::decode_with(&bytes, read_json) {
                    Ok(frame) => self.show(frame),
                    // A newer server may send kinds of frames that this page does not know.
                    Err(FrameError::Kind(_)) => {}
                    Err(error) => leptos::logging::warn!("{error}"),
                }
                if !std::mem::replace(&mut self.open, true) {
                    self.catch_up(socket).await;
                }
                (self.full && self.process_ended()).then_some(Outcome::Finished(ConnectionState::Ended))
            }
            Some(Ok(Message::Text(_))) => None,
            Some(Err(WebSocketError::ConnectionClose(close))) if (4400..4500).contains(&close.code) => {
                Some(Outcome::Finished(ConnectionState::Refused(close.reason)))
            }
            _ if self.ended => Some(Outcome::Finished(ConnectionState::Ended)),
            _ => Some(Outcome::Lost),
        }
    }

    /// Sends what has waited for this connection.
    async fn catch_up(&mut self, socket: &mut Fuse<WebSocket>) {
        if let Some(size) = self.size {
            self.send_message(control(ClientMessage::resize(size)), socket).await;
        }
        for message in std::mem::take(&mut self.unsent) {
            self.send_input(message, socket).await;
        }
    }

    async fn send(&mut self, outgoing: Outgoing, socket: &mut Fuse<WebSocket>) -> Option<Outcome> {
        match outgoing {
            Outgoing::Input(bytes) => {
                for part in bytes.chunks(MAX_INPUT) {
                    self.send_input(Message::Bytes(part.to_vec()), socket).await;
                }
            }
            Outgoing::CloseStdin => self.send_input(control(ClientMessage::CloseStdin {}), socket).await,
            Outgoing::Acknowledge(offset) => self.send_message(control(ClientMessage::Ack { offset }), socket).await,
            // A viewer of the beginning has no say in the program's present size.
            Outgoing::Room(_) if self.options.head => {}
            Outgoing::Room(size) => {
                self.size = Some(size);
                self.send_message(control(ClientMessage::resize(size)), socket).await;
            }
            Outgoing::Message(json) => self.send_message(Message::Text(json), socket).await,
            Outgoing::Follow(follow) => self.terminal.set_follow(follow),
            Outgoing::ScreenReader(on) => self.terminal.set_screen_reader(on),
            Outgoing::Close => return Some(Outcome::Closed),
        }
        None
    }

    /// Sends input, or keeps it for the next connection.
    async fn send_input(&mut self, message: Message, socket: &mut Fuse<WebSocket>) {
        if self.ended {
            return;
        }
        let open = self.open && matches!(socket.get_ref().state(), State::Open);
        if !open || !self.unsent.is_empty() || socket.send(message.clone()).await.is_err() {
            self.unsent.push_back(message);
        }
    }

    /// Sends what matters to this connection alone.
    async fn send_message(&mut self, message: Message, socket: &mut Fuse<WebSocket>) {
        if self.open && !self.ended {
            let _ = socket.send(message).await;
        }
    }

    fn process_ended(&self) -> bool {
        self.signals.process.with_untracked(|process| !process.state.is_active())
    }

    fn show(&mut self, frame: Frame<'_>) {
        match frame {
            Frame::Output(..) | Frame::Gap(..) if self.full => {}
            Frame::Output(stream, offset, bytes) => {
                // The server sends nothing twice. If it ever did, the page must not show it twice.
                let seen = self.next.map_or(0, |next| next.saturating_sub(offset)) as usize;
                let Some(new) = bytes.get(seen..) else { return };
                self.gap = None;
                let end = offset + bytes.len() as u64;
                let shown = self.terminal.write(stream as u8, new, end as f64) as u64;
                self.next = Some(shown);
                if shown < end {
                    self.stop_at(shown);
                }
            }
            Frame::Gap(from, to, reason) => {
                // A process that prints little by little to a full disk leaves a single note.
                let before = self.gap.filter(|(_, end, last)| (*end, *last) == (from, reason)).map(|(begin, ..)| begin);
                let begin = before.unwrap_or(from);
                let size = format::size(to - begin);
                let note = match reason {
                    GapReason::Retention => t!("{size} no longer stored", size),
                    GapReason::Skipped => t!("{size} skipped to catch up; included in the download", size),
                    GapReason::NotWritten => t!("{size} not saved: the disk was full or failed", size),
                    GapReason::Damaged => t!("{size} damaged on the disk", size),
                };
                self.terminal.note(&note, to as f64, before.is_some());
                self.gap = Some((begin, to, reason));
                self.next = Some(to);
            }
            Frame::Screen(offset, size, bytes) => {
                self.gap = None;
                self.terminal.screen(bytes, size.cols, size.rows, offset as f64);
                self.next = Some(offset);
            }
            Frame::Process(process) => self.update(*process),
            Frame::Viewers(json) => self.terminal.viewers(json),
            Frame::End(_) => {
                self.ended = true;
                self.terminal.end();
            }
        }
    }

    fn update(&mut self, process: Process) {
        if !self.open {
            self.terminal.replay_until(process.output.end as f64);
        }
        self.signals.connection.set(ConnectionState::Live);
        revision::keep_newer(&self.signals.process, process);
        // Nothing reads what is typed while it waits to be started.
        let (takes_input, terminal) = self.signals.process.with_untracked(|process| {
            let state = process.state;
            (state.is_active() && !state.is_waiting(), process.terminal)
        });
        if let Some(size) = terminal {
            self.terminal.set_size(size.cols, size.rows);
        }
        self.terminal.set_active(takes_input && terminal.is_some() && !self.options.head);
    }

    /// The page holds all that it may. Later output is not acknowledged, so the server soon stops sending it; changes of
    /// the process still arrive.
    fn stop_at(&mut self, offset: u64) {
        self.full = true;
        self.terminal.end();
        self.signals.head.set(Some(HeadCut { lines: self.terminal.lines(), bytes: offset }));
    }
}

fn control(message: ClientMessage) -> Message {
    Message::Text(serde_json::to_string(&message).expect("a client message is always valid JSON"))
}
