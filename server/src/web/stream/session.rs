//! One viewer's session, from the first frame to the last.

use super::{
    Mode, Opened,
    close::{CloseReason, Ending},
    frames::Frames,
    input::InputQueue,
    others::{self, Others},
    peer::{Peer, PeerEvent},
    window::Window,
};
use crate::{
    access::Identity,
    deck::{Chunk, Screen, Viewer},
    web::{per_person::OpenSocket, signed::Signed, state::AppState},
};
use axum::extract::ws::{Message, WebSocket};
use execdeck_wire::{ClientMessage, Frame, TerminalSize};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

pub(super) struct Session {
    app: AppState,
    signed: Signed,
    viewer: Viewer,
    mode: Mode,
    input: InputQueue,
    others: Others,
    window: Window,
    frames: Frames,
    /// The viewer wants the screen of a terminal, or the tail.
    from_tail: bool,
    /// The size of the terminal that the viewer knows.
    size: Option<TerminalSize>,
    /// Counted as one of the person's.
    _place: OpenSocket,
}

impl Session {
    pub(super) fn new(app: AppState, signed: Signed, opened: Opened) -> Self {
        let Opened { viewer, from_tail, place, id, mode, presence } = opened;
        app.viewers.fetch_add(1, Ordering::Relaxed);
        let input = InputQueue::start(app.deck.clone(), signed.0.clone(), id);
        let others = Others::new(presence, viewer.peek_process().terminal.is_some());
        let window = Window::new(app.config.stream.window_bytes);
        Self { app, signed, viewer, mode, input, others, window, frames: Frames::default(), from_tail, size: None, _place: place }
    }

    /// Serves the viewer until the output ends, the viewer leaves or the server stops.
    pub(super) async fn run(mut self, socket: WebSocket) {
        let mut peer = Peer::new(socket, Duration::from_secs(self.app.config.stream.ping_seconds));
        let ending = self.serve(&mut peer).await;
        // While the peer is closing, it no longer counts as a viewer.
        drop(self);
        match ending {
            Ending::Close(reason) => peer.close(reason).await,
            Ending::PeerDisconnected => peer.read_to_end().await,
        }
    }

    /// Serves until something ends it, which may be that the viewer loses the right to see the process or its output.
    async fn serve(&mut self, peer: &mut Peer) -> Ending {
        let process = self.viewer.process();
        let (labels, template) = (process.spec.labels, process.template);
        let mut watch = self.app.deck.access().watch(&self.signed.0.identity);
        let rights = self.others.rights();
        let may = |identity: &Identity| {
            if let Some(rights) = &rights {
                rights.renew(identity.rights);
            }
            identity.may_see(&labels, template) && identity.may_read(&labels, template)
        };
        let stopping = self.app.shutdown.token.clone();
        tokio::select! {
            biased;
            lost = watch.lost(may) => CloseReason::lost(lost).into(),
            // Also while a frame is being sent to a viewer that does not read.
            () = stopping.cancelled() => CloseReason::restarting().into(),
            served = self.try_serve(peer) => served.map_or_else(|ending| ending, |()| CloseReason::end().into()),
        }
    }

    async fn try_serve(&mut self, peer: &mut Peer) -> Result<(), Ending> {
        self.send_process(peer).await?;
        if self.from_tail {
            self.send_screen(peer).await?;
        }
        while !self.send_output(peer).await? {
            if self.viewer.process_changed() {
                self.send_process(peer).await?;
            }
            tokio::select! {
                event = peer.next(), if !self.input.is_full() => self.handle_event(event?, peer).await?,
                () = self.viewer.changed(self.window.room() > 0) => {}
                done = self.input.progress() => done.map_err(CloseReason::from)?,
                viewers = self.others.changed() => peer.send(others::frame(&viewers)).await?,
            }
        }
        Ok(())
    }

    /// Sends the screen of a terminal that is still used; of another process, or if that takes too long, the tail follows.
    async fn send_screen(&mut self, peer: &mut Peer) -> Result<(), Ending> {
        let Some(mut building) = self.viewer.begin_screen() else { return self.seek_tail().await };
        let screen = loop {
            tokio::select! {
                screen = building.finish() => break screen,
                event = peer.next(), if !self.input.is_full() => self.handle_event(event?, peer).await?,
                done = self.input.progress() => done.map_err(CloseReason::from)?,
            }
        };
        let Ok(Some(Screen { offset, size, bytes })) = screen else { return self.seek_tail().await };
        self.viewer.seek(offset);
        peer.send(Frame::Screen(offset, size, &bytes).encode()).await
    }

    async fn seek_tail(&mut self) -> Result<(), Ending> {
        Ok(self.viewer.seek_tail().await.map_err(CloseReason::from)?)
    }

    async fn handle_event(&mut self, event: PeerEvent, peer: &mut Peer) -> Result<(), Ending> {
        match event {
            PeerEvent::Message(message) => self.handle_message(message),
            PeerEvent::Silence => self.send_process(peer).await,
            PeerEvent::PingDue => {
                self.frames.release_buffer();
                peer.ping().await
            }
        }
    }

    /// Sends as much output as there is and the window allows. Returns whether that was the end.
    async fn send_output(&mut self, peer: &mut Peer) -> Result<bool, Ending> {
        let config = Arc::clone(&self.app.config);
        while self.window.room() > 0 {
            let extent = self.viewer.extent();
            // What is no longer stored is not behind: it is a gap of its own.
            let behind = extent.range.end.saturating_sub(self.viewer.position().max(extent.range.start));
            if self.mode == Mode::Live
                && behind > config.stream.skip_bytes
                && let Some(Chunk::Gap { from, to, reason }) = self.viewer.skip_to_tail().await.map_err(CloseReason::from)?
            {
                peer.send(Frame::Gap(from, to, reason).encode()).await?;
                continue;
            }
            let most = config.stream.frame_bytes.min(self.window.room() as usize);
            match self.frames.next(&mut self.viewer, most).await.map_err(CloseReason::from)? {
                Some((chunk, frame)) => {
                    // Send the new size before the output that was printed for it.
                    if self.viewer.process_changed() && self.viewer.peek_process().terminal != self.size {
                        self.send_process(peer).await?;
                    }
                    if let Chunk::Output { offset, length, .. } = chunk {
                        self.window.sent(offset + length as u64, length as u64);
                    }
                    peer.send(frame).await?;
                }
                None if extent.ended => {
                    self.send_process(peer).await?;
                    peer.send(Frame::End(extent.range.end).encode()).await?;
                    return Ok(true);
                }
                None => return Ok(false),
            }
        }
        Ok(false)
    }

    async fn send_process(&mut self, peer: &mut Peer) -> Result<(), Ending> {
        let process = Box::new(self.viewer.process());
        self.size = process.terminal;
        peer.send(Frame::Process(process).encode()).await
    }

    fn handle_message(&mut self, message: Message) -> Result<(), Ending> {
        match message {
            Message::Binary(bytes) => {
                if self.others.accepts_input() {
                    self.input.write(bytes);
                }
                Ok(())
            }
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(command) => Ok(self.handle_command(command)?),
                Err(error) => Err(CloseReason::bad_request(format!("message not understood: {error}")).into()),
            },
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(Ending::PeerDisconnected),
        }
    }

    fn handle_command(&mut self, command: ClientMessage) -> Result<(), CloseReason> {
        match command {
            ClientMessage::Ack { offset } => self.window.acknowledge(offset),
            ClientMessage::Resize { cols, rows } => {
                if !(1..=1000).contains(&cols) || !(1..=1000).contains(&rows) {
                    return Err(CloseReason::bad_request("a terminal has 1 to 1000 columns and rows"));
                }
                let size = TerminalSize { cols, rows };
                self.app.deck.resize(&self.signed.caller(), &self.viewer, size);
                self.others.resized(size);
            }
            ClientMessage::Reply { text } => {
                if self.others.accepts_reply() {
                    self.input.write(text.into());
                }
            }
            ClientMessage::CloseStdin {} => {
                if self.others.accepts_input() {
                    self.input.close();
                }
            }
            ClientMessage::TakeOver {} => self.others.present()?.take_over(),
            ClientMessage::AskToType {} => self.others.present()?.ask(),
            ClientMessage::AnswerAsk { viewer, accept } => self.others.present()?.answer(viewer, accept),
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.app.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}
