//! The keeper's dealings with servers: greeting them, doing what they ask, telling them what happens.

use super::{Keeper, connection::Connection};
use crate::protocol::{self, Hello, Kill};
use execdeck_wire::TerminalSize;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io,
    time::{Duration, Instant},
};

/// Input that the program has not read yet; more is refused.
const MAX_PENDING_INPUT: usize = 1 << 20;
/// How long the last news may take to reach the servers; the files have them in any case.
const LAST_FLUSH: Duration = Duration::from_secs(2);
/// While output streams, servers hear of it this often, or when there is this much of it. What comes after a pause or
/// in answer to input is told at once.
pub(super) const TELL_AFTER: Duration = Duration::from_millis(1);
const TELL_BYTES: u64 = 256 * 1024;

impl Keeper {
    /// Writes the status down and tells it to every server. A full disk loses the file's news, not the servers'.
    pub(super) fn publish(&mut self) {
        self.status.output = self.log.range();
        let _ = self.folder.write_status(&self.status);
        let message = protocol::json_message(protocol::STATUS, &self.status);
        for connection in &mut self.connections {
            connection.send(&message);
        }
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

    pub(super) fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            let Ok(mut connection) = Connection::new(stream) else { continue };
            self.status.output = self.log.range();
            let hello = Hello { version: protocol::VERSION, status: self.status.clone() };
            connection.send(&protocol::json_message(protocol::HELLO, &hello));
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
            connection.receive(&mut self.buffer);
            while let Some(message) = connection.next_message() {
                requests.push((at, message));
            }
        }
        for (at, (kind, body)) in requests {
            if kind == protocol::HOLD {
                self.connections[at].hold = protocol::parse_u64(&body).filter(|offset| *offset != u64::MAX);
            } else if let Some(answer) = self.handle(kind, &body) {
                // The news of what it led to goes before the answer.
                self.publish_if_changed();
                self.connections[at].send(&protocol::message(protocol::ANSWER, answer.as_bytes()));
            }
        }
        // A hold ends with its connection.
        let held = self.connections.iter().filter(|connection| !connection.broken).filter_map(|connection| connection.hold);
        self.log.hold_from(held.min());
    }

    /// Does what a server asks; the answer is empty when it is done.
    pub(super) fn handle(&mut self, kind: u8, body: &[u8]) -> Option<String> {
        let done = Some(String::new());
        match kind {
            protocol::INPUT => Some(self.take_input(body).err().unwrap_or_default()),
            protocol::CLOSE_STDIN => {
                self.close_input = true;
                self.write_input(false);
                done
            }
            protocol::KILL => match serde_json::from_slice::<Kill>(body) {
                Ok(kill) => Some(self.kill(kill.signal.as_deref()).err().unwrap_or_default()),
                Err(error) => Some(error.to_string()),
            },
            protocol::RESIZE => {
                if let Some(size) = protocol::parse_resize(body) {
                    self.resize(size);
                }
                None
            }
            // A newer server may ask for more than we know.
            _ => Some(format!("this keeper is of version {} and does not know request {kind}", protocol::VERSION)),
        }
    }

    pub(super) fn take_input(&mut self, body: &[u8]) -> Result<(), String> {
        if self.close_input || self.child.as_ref().is_none_or(|child| child.input.is_none()) {
            return Err("closed".into());
        }
        if self.pending_input.len() + body.len() > MAX_PENDING_INPUT {
            return Err("full".into());
        }
        self.reply_expected = true;
        let idle = self.pending_input.is_empty();
        self.pending_input.extend_from_slice(body);
        // Straight away if nothing waits: a keystroke is not worth a turn.
        if idle {
            self.write_input(true);
        }
        Ok(())
    }

    pub(super) fn resize(&mut self, size: TerminalSize) {
        if self.status.terminal.is_some_and(|now| now != size) && self.child.as_ref().is_some_and(|child| child.resize(size)) {
            self.status.terminal = Some(size);
            self.publish();
        }
    }

    /// Waits until the last news are with the servers, for a while, and takes the socket away.
    pub(super) fn shut_down(mut self) -> io::Result<()> {
        self.accept();
        let deadline = Instant::now() + LAST_FLUSH;
        while let Some(wait) = deadline.checked_duration_since(Instant::now()) {
            self.connections.retain_mut(|connection| {
                connection.flush();
                !connection.broken && connection.has_unsent()
            });
            if self.connections.is_empty() {
                break;
            }
            let mut fds: Vec<_> = self.connections.iter().map(|connection| PollFd::new(&connection.stream, PollFlags::OUT)).collect();
            let wait = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) };
            let _ = poll(&mut fds, Some(&wait));
        }
        let (_open, socket) = self.folder.socket()?;
        std::fs::remove_file(socket)
    }
}
