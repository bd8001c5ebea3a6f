//! One run of the program: its start, its end, and what the status says of it.

use super::{
    Keeper, Starter,
    child::Child,
    confine,
    masking::Masking,
    secrets,
    serving::greeting,
    setup,
    stopping::{describe_exit, read_rest},
    transfer::{record, record_rest},
};
use crate::tree::MARKER;
use execdeck_wire::{Attempt, Exit, OutputRange, ProcessState, Timestamp};
use std::time::{Duration, Instant};

/// What [`Attempt::limit_hit`] says of a timeout.
const TIMEOUT: &str = "timeout_seconds";

impl Keeper {
    /// Greets the first server and starts the first attempt. Returns false if it could not be started, after recording why.
    pub(super) fn start(&mut self) -> bool {
        for connection in &mut self.connections {
            connection.send(&greeting(&self.status, None));
        }
        let first = self.connections.first_mut().map(|connection| &mut connection.stream);
        let server = if self.starter == Starter::Ticket { Ok(()) } else { setup::check_server(first.as_deref()) };
        let secrets =
            server.and_then(|()| secrets::receive(&mut self.spec, first).map_err(|error| format!("Its secrets did not arrive: {error}")));
        self.masking = Masking::new(self.spec.secret_env.values().map(String::as_str));
        let started = secrets.and_then(|()| self.start_attempt());
        if !self.has_policy() {
            self.spec.secret_env.clear();
        }
        match started {
            Ok(()) => {
                self.started = self.attempt_started;
                self.status.started_at = self.status.attempts.last().and_then(|first| first.started_at);
                self.publish();
                true
            }
            Err(error) => {
                self.status.state = ProcessState::Failed;
                self.status.exit = Some(Exit::Error(self.masked(&error)));
                self.status.ended_at = Some(Timestamp::now());
                self.publish();
                false
            }
        }
    }

    /// Starts the program, or explains why it cannot be started.
    pub(super) fn start_attempt(&mut self) -> Result<(), String> {
        // The terminal may have been resized since the last attempt.
        self.spec.terminal = self.spec.terminal.map(|size| self.status.terminal.unwrap_or(size));
        if let Some(size) = self.spec.terminal.filter(|_| self.status.attempts.is_empty()) {
            self.record_size(size);
        }
        let id = self.folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let confinement = confine::received(&self.spec)?;
        let mut child = Child::start(&self.spec, (MARKER, &id), setup::open_files(), &confinement)?;
        self.attempt_started = Instant::now();
        self.timeout = self.spec.timeout_seconds.and_then(|seconds| self.attempt_started.checked_add(Duration::from_secs(seconds)));
        self.outputs = std::mem::take(&mut child.outputs);
        self.tree_is_gone = false;
        self.status.state = ProcessState::Running;
        self.status.pid = Some(child.pid.as_raw_nonzero().get() as u32);
        let attempt = Attempt { pid: self.status.pid, started_at: Some(Timestamp::now()), ..self.empty_attempt() };
        self.status.add_attempt(attempt);
        self.child = Some(child);
        Ok(())
    }

    /// An attempt that has not printed anything yet.
    pub(super) fn empty_attempt(&self) -> Attempt {
        let end = self.log.range().end;
        let output = OutputRange { start: end, end };
        Attempt { pid: None, started_at: None, ended_at: None, exit: None, output, limit_hit: None }
    }

    /// Reads what is still in the pipes, and enters the end of the attempt.
    pub(super) fn end_attempt(&mut self) {
        // When the machine goes down, the leader may be told to end a moment before its keeper is.
        self.handle_signals();
        self.ended = (Instant::now(), Timestamp::now());
        let limit_hit = self.limit_hit();
        let Some(mut child) = self.child.take() else { return };
        // The tree is gone, so this is all that it wrote. A process outside the tree that was handed the other end
        // of a pipe is not waited for.
        child.close_terminal();
        for mut output in std::mem::take(&mut self.outputs) {
            let buffer = self.buffer.bytes();
            read_rest(&mut output, buffer, |stream, bytes| record(&mut self.log, &mut self.masking, stream, bytes));
            record_rest(&mut self.log, &mut self.masking, output.stream);
        }
        child.leave_group();
        let (exit, end) = (self.leader_exit.take().map(describe_exit), self.log.range().end);
        if let Some(attempt) = self.status.running_attempt() {
            attempt.ended_at = Some(self.ended.1);
            attempt.exit = exit;
            attempt.limit_hit = limit_hit;
            attempt.output.end = end;
        }
        // Nothing of it reaches the next attempt.
        self.input.clear();
        (self.close_input, self.stop, self.timeout) = (false, None, None);
    }

    /// The limit that has struck, by its name in the spec.
    pub(super) fn limit_hit(&self) -> Option<String> {
        let timeout = self.stop.as_ref().filter(|stop| stop.timed_out).map(|_| TIMEOUT);
        let struck = || self.child.as_ref().and_then(|child| child.limit_hit(&self.spec.limits));
        timeout.or_else(struck).map(str::to_owned)
    }

    /// Records the end of the process, which is that of its last attempt.
    pub(super) fn finish(&mut self) {
        self.spec.secret_env.clear();
        self.let_viewers_catch_up();
        self.log.finish();
        let last = self.status.attempts.last().cloned().unwrap_or_else(|| self.empty_attempt());
        self.status.state = match &last.exit {
            _ if last.limit_hit.as_deref() == Some(TIMEOUT) => ProcessState::TimedOut,
            Some(Exit::Signal(_)) => ProcessState::Killed,
            Some(Exit::Error(_)) => ProcessState::Failed,
            Some(Exit::Code(_)) | None => ProcessState::Exited,
        };
        (self.status.pid, self.status.exit, self.status.limit_hit) = (last.pid, last.exit, last.limit_hit);
        self.status.next_start_at = None;
        self.status.ended_at = Some(self.ended.1);
        self.status.duration_ms = Some(self.ended.0.duration_since(self.started).as_millis() as u64);
        self.status.usage = Some(self.sampler.finish());
        self.publish();
    }

    /// A text without the secrets of the process.
    pub(super) fn masked(&self, text: &str) -> String {
        self.masking.as_ref().map_or_else(|| text.to_owned(), |masking| masking.mask(text))
    }
}
