//! How a process ends: by itself, when it is told to, or when its time is up. No part of its tree outlives it.

use super::{Child, Keeper, sys};
use crate::keeper::child::Reading;
use crate::tree;
use execdeck_wire::{Exit, ProcessState, Timestamp};
use rustix::process::{Signal, WaitOptions, WaitStatus, wait};
use std::{
    io,
    time::{Duration, Instant},
};

/// While processes are being killed, those forked meanwhile are looked for this often.
const KILL_AGAIN: Duration = Duration::from_millis(20);

/// A stop under way.
pub(super) struct Stop {
    /// When what is left is killed, and killed again.
    kill_at: Instant,
    /// Whether the timeout is the reason.
    timed_out: bool,
}

impl Keeper {
    pub(super) fn has_ended(&self) -> bool {
        self.leader_exit.is_some() && self.tree_is_gone
    }

    /// When time itself will have something to do.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match &self.stop {
            Some(stop) => Some(stop.kill_at),
            None => self.timeout,
        }
    }

    pub(super) fn keep_time(&mut self) {
        let now = Instant::now();
        match &mut self.stop {
            Some(stop) if now >= stop.kill_at && !(self.leader_exit.is_some() && self.tree_is_gone) => {
                stop.kill_at = now + KILL_AGAIN;
                Child::signal_tree(Signal::KILL);
                self.reap();
            }
            None if self.timeout.is_some_and(|at| now >= at) => self.begin_stop(true),
            _ => {}
        }
        self.publish_if_changed();
    }

    /// What a server's kill asks for.
    pub(super) fn kill(&mut self, signal: Option<&str>) -> Result<(), String> {
        match signal {
            None => {
                if self.stop.is_none() {
                    self.begin_stop(false);
                }
                Ok(())
            }
            Some("KILL") => {
                self.stop = Some(Stop { kill_at: Instant::now(), timed_out: self.stop.as_ref().is_some_and(|stop| stop.timed_out) });
                self.keep_time();
                Ok(())
            }
            Some(name) => {
                let signal = tree::signal_by_name(name).ok_or_else(|| format!("unknown signal {name}"))?;
                match &self.child {
                    Some(child) if self.leader_exit.is_none() => child.signal(signal).map_err(|error| error.to_string()),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Sends the stop signal to the whole tree and sets the time at which the rest is killed.
    fn begin_stop(&mut self, timed_out: bool) {
        let grace = Duration::from_secs(u64::from(self.spec.stop.grace_seconds));
        self.stop = Some(Stop { kill_at: Instant::now() + grace, timed_out });
        let signal = tree::signal_by_name(&self.spec.stop.signal).unwrap_or(Signal::TERM);
        Child::signal_tree(signal);
        // One that is suspended would sleep through it.
        Child::signal_tree(Signal::CONT);
    }

    /// Takes in the deaths of children: the leader's, and those of orphans that came to us.
    pub(super) fn reap(&mut self) {
        drain(&self.child_signals);
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => {
                    if self.child.as_ref().is_some_and(|child| child.pid == pid) {
                        self.leader_exit = Some(status);
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    self.tree_is_gone = true;
                    break;
                }
            }
        }
        if self.leader_exit.is_some() && !self.tree_is_gone && self.stop.is_none() {
            self.begin_stop(false);
        }
    }

    pub(super) fn publish_if_changed(&mut self) {
        if self.stop.is_some() && self.status.state == ProcessState::Running {
            self.status.state = ProcessState::Stopping;
            self.publish();
        }
    }

    /// Reads what is still in the pipes, and records how it all ended.
    pub(super) fn finish(&mut self) {
        // Every writer is gone, so what is there now is all there will be; whoever else was handed the other end
        // of a pipe is not waited for.
        for output in &mut self.outputs {
            while let Reading::Bytes(read) = output.read(&mut self.buffer) {
                self.log.append(output.stream, &self.buffer[..read]);
            }
        }
        self.let_viewers_catch_up();
        self.log.finish();
        let status = self.leader_exit.take();
        let exit = status.map(describe_exit);
        self.status.state = match &exit {
            _ if self.stop.as_ref().is_some_and(|stop| stop.timed_out) => ProcessState::TimedOut,
            Some(Exit::Signal(_)) => ProcessState::Killed,
            _ => ProcessState::Exited,
        };
        self.status.exit = exit;
        self.status.ended_at = Some(Timestamp::now());
        self.status.duration_ms = Some(self.started.elapsed().as_millis() as u64);
        self.status.usage = Some(sys::children_usage());
        self.publish();
    }
}

fn describe_exit(status: WaitStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(tree::signal_name(signal)),
        (None, None) => Exit::Error("it ended in a way that wait(2) does not name".into()),
    }
}

fn drain(signals: &impl std::os::fd::AsFd) {
    let mut buffer = [0; 1024];
    while let Ok(1..) = rustix::io::read(signals, &mut buffer).map_err(io::Error::from) {}
}
