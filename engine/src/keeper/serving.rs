//! The keeper's side of the protocol: it greets servers, carries out their requests and notifies them.

use super::{Keeper, child::Child, connection::Connection};
use crate::{
    folder::Status,
    protocol::{self, Hello, Kill},
    sizes::SizeChange,
};
use execdeck_wire::{TerminalSize, Timestamp};
use std::{
    io,
    time::{Duration, Instant},
};

/// While output streams, servers are notified this often, or when there is this much of it. Output after a pause or in
/// answer to input is announced at once.
pub(super) const TELL_AFTER: Duration = Duration::from_millis(1);
const TELL_BYTES: u64 = 256 * 1024;

/// The first message on every connection. `output_error`: why output cannot be written.
pub(super) fn greeting(status: &Status, output_error: Option<String>) -> Vec<u8> {
    protocol::json_message(protocol::HELLO, &Hello { version: protocol::VERSION, status: status.clone(), output_error })
}

/// More servers than this wait until another one leaves.
const MAX_CONNECTIONS: usize = 16;
/// The pause after a connection could not be taken in, such as for lack of descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);

/// How often the terminal gets a new size: dragging a window makes hundreds of them.
const RESIZE_INTERVAL: Duration = Duration::from_millis(100);

/// A new size of the terminal.
#[derive(Default)]
pub(super) struct Resize {
    wanted: Option<TerminalSize>,
    last: Option<Instant>,
}

impl Resize {
    /// When the terminal gets it.
    pub(super) fn due(&self) -> Option<Instant> {
        self.wanted.map(|_| self.last.map_or_else(Instant::now, |last| last + RESIZE_INTERVAL))
    }
}

impl Keeper {
    /// Writes the status to its file and sends it to every server, even if the disk is full.
    pub(super) fn publish(&mut self) {
        self.status_with_output();
        self.unrecorded = self.folder.write_status(&self.status).err();
        let message = protocol::json_message(protocol::STATUS, &self.status);
        for connection in &mut self.connections {
            connection.send(&message);
        }
    }

    /// The status, brought up to date with how far the output reaches.
    fn status_with_output(&mut self) -> &Status {
        self.status.output = self.log.range();
        let end = self.status.output.end;
        if let Some(running) = self.status.running_attempt() {
            running.output.end = end;
        }
        &self.status
    }

    /// Tells the servers how far the output reaches, if it is time to.
    pub(super) fn announce_extent(&mut self) {
        let range = self.log.range();
        let new = range.end - self.notified_end;
        if new > 0 && (self.reply_expected || new >= TELL_BYTES || self.notified_at.elapsed() >= TELL_AFTER) {
            (self.notified_end, self.notified_at, self.reply_expected) = (range.end, Instant::now(), false);
        }
        if self.notified_end == range.end {
            self.connections.iter_mut().for_each(|connection| connection.announce_extent(range));
        }
    }

    /// Whether connections are taken in now. While they are not, the listener must not be waited for: it stays readable.
    pub(super) fn accepts(&self) -> bool {
        self.connections.len() < MAX_CONNECTIONS && self.accept_again_at.is_none_or(|at| at <= Instant::now())
    }

    pub(super) fn accept(&mut self) {
        while self.accepts() {
            self.accept_again_at = None;
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted) => continue,
                Err(_) => {
                    self.accept_again_at = Some(Instant::now() + ACCEPT_AGAIN);
                    return;
                }
            };
            let Ok(mut connection) = Connection::new(stream) else { continue };
            let error = self.trouble_text();
            connection.send(&greeting(self.status_with_output(), error));
            self.connections.push(connection);
        }
    }

    pub(super) fn serve(&mut self, ready: &[bool]) {
        let mut requests = Vec::new();
        for (at, connection) in self.connections.iter_mut().enumerate() {
            if !ready.get(at).copied().unwrap_or(false) {
                continue;
            }
            connection.flush();
            connection.receive(self.buffer.bytes());
            while let Some(message) = connection.next_message() {
                requests.push((at, message));
            }
        }
        for (at, (kind, body)) in requests {
            match (kind, protocol::parse_request(&body)) {
                (protocol::HOLD, _) => {
                    self.connections[at].hold = protocol::parse_u64(&body).filter(|offset| *offset != u64::MAX);
                }
                (protocol::REQUEST, Some((id, kind, body))) => {
                    let answer = self.handle_command(kind, body);
                    let answer =
                        answer.unwrap_or_else(|| format!("this keeper (version {}) does not know request {kind}", protocol::VERSION));
                    // The change that it caused is announced before the answer.
                    self.publish_if_changed();
                    self.connections[at].send(&protocol::reply_message(id, &answer));
                }
                (protocol::RESIZE, _) => {
                    self.resize.wanted = protocol::parse_resize(&body).or(self.resize.wanted);
                }
                _ => {
                    if let Some(answer) = self.handle_command(kind, &body) {
                        self.publish_if_changed();
                        self.connections[at].send(&protocol::message(protocol::ANSWER, answer.as_bytes()));
                    }
                }
            }
        }
        // A hold ends with its connection.
        let held = self.connections.iter().filter(|connection| !connection.broken).filter_map(|connection| connection.hold);
        self.log.hold_from(held.min());
    }

    /// Carries out a request. An empty answer means done, any other is the reason why not; an unknown request has none.
    fn handle_command(&mut self, kind: u8, body: &[u8]) -> Option<String> {
        let done = Some(String::new());
        match kind {
            protocol::INPUT => Some(self.queue_input(body).err().unwrap_or_default()),
            protocol::CLOSE_STDIN if self.restarts.due().is_some() => Some(protocol::RESTARTING.into()),
            protocol::CLOSE_STDIN => {
                self.close_stdin();
                done
            }
            protocol::KILL => match serde_json::from_slice::<Kill>(body) {
                Ok(kill) => Some(self.kill(kill.signal.as_deref()).err().unwrap_or_default()),
                Err(error) => Some(error.to_string()),
            },
            _ => None,
        }
    }

    fn queue_input(&mut self, body: &[u8]) -> Result<(), String> {
        if self.restarts.due().is_some() {
            return Err(protocol::RESTARTING.into());
        }
        if self.close_input || self.child.as_ref().is_none_or(|child| child.input.is_none()) {
            return Err("closed".into());
        }
        let idle = self.input.is_empty();
        if !self.input.push(body) {
            return Err("full".into());
        }
        self.reply_expected = true;
        // Written at once if the queue was empty, which saves a keystroke one round of the loop.
        if idle {
            self.write_input(true);
            if self.child.as_ref().is_none_or(|child| child.input.is_none()) {
                return Err("closed".into());
            }
        }
        Ok(())
    }

    /// Ends the program's input after what is queued: end of file on a pipe, Ctrl-D in a terminal.
    fn close_stdin(&mut self) {
        if self.child.as_ref().is_some_and(Child::has_terminal) {
            let _ = self.queue_input(b"\x04");
        } else {
            self.close_input = true;
            self.write_input(false);
        }
    }

    /// Resizes the terminal, or the one of the next attempt, if there is a new size and it is due. Servers and file hear of it before
    /// what the program prints for it.
    pub(super) fn resize_if_due(&mut self) {
        if self.resize.due().is_none_or(|due| due > Instant::now()) {
            return;
        }
        let Some(size) = self.resize.wanted.take().filter(|size| self.status.terminal.is_some_and(|now| now != *size)) else { return };
        if self.child.as_ref().map_or(self.restarts.due().is_some(), |child| child.resize(size)) {
            self.resize.last = Some(Instant::now());
            self.status.terminal = Some(size);
            self.record_size(size);
            self.publish();
        }
    }

    /// Records a size of the terminal, for whoever draws the output later.
    pub(super) fn record_size(&self, size: TerminalSize) {
        let time_us = Timestamp::now().as_micros() as i64;
        let change = SizeChange { offset: self.log.range().end, time_us, size };
        // A full disk is no reason to disturb the process.
        let _ = change.append(&self.folder.sizes());
    }

    pub(super) fn drop_broken_connections(&mut self) {
        self.connections.retain(|connection| !connection.broken);
    }
}
