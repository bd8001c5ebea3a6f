//! The end of an attempt: by itself, by a stop, or by its timeout. Nothing of its tree outlives it.

use super::Keeper;
use crate::{
    keeper::child::{Child, Output, Reading},
    protocol::RESTARTING,
    signal, tree,
};
use execdeck_wire::{Exit, ProcessState, Stream};
use rustix::process::{Signal, WaitOptions, WaitStatus, wait};
use std::time::{Duration, Instant};

/// While processes are being killed, survivors are looked for after this pause. It doubles up to [`MAX_RETRY_INTERVAL`]
/// as long as only the same ones are found, which are in uninterruptible sleep and die when the kernel lets them.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);
const MAX_RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// More than a terminal holds.
const TERMINAL_BYTES: usize = 1 << 20;

/// A stop under way.
pub(super) struct Stop {
    /// When what is left is killed, the first time or again.
    kill_at: Instant,
    retry: KillRetry,
    /// The timeout is the reason.
    pub(super) timed_out: bool,
}

impl Keeper {
    /// Whether nothing of the attempt runs any more. One that could not be started is over as well.
    pub(super) fn attempt_has_ended(&self) -> bool {
        self.child.is_none() || self.leader_exit.is_some() && self.tree_is_gone
    }

    /// When [`keep_time`](Self::keep_time) has something to do.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let own = match &self.stop {
            Some(stop) => Some(stop.kill_at),
            None => self.timeout.or(self.restarts.due()),
        };
        let signals = self.child.as_ref().and_then(Child::signals_due);
        own.into_iter().chain(signals).min()
    }

    pub(super) fn keep_time(&mut self) {
        let now = Instant::now();
        if let Some(child) = self.child.as_mut().filter(|child| child.signals_due().is_some_and(|at| now >= at)) {
            child.deliver_signals();
        }
        match &mut self.stop {
            Some(stop) if now >= stop.kill_at && !(self.leader_exit.is_some() && self.tree_is_gone) => {
                let first_time = stop.retry.pause.is_none();
                let survivors = self.child.as_ref().map_or_else(Vec::new, |child| child.kill_tree(first_time));
                stop.kill_at = Instant::now() + stop.retry.pause_after(survivors);
                self.reap();
            }
            None if self.timeout.is_some_and(|at| now >= at) => self.begin_stop(true),
            _ => {}
        }
        self.publish_if_changed();
    }

    /// Carries out a server's request to stop or to send a signal.
    pub(super) fn kill(&mut self, signal: Option<&str>) -> Result<(), String> {
        match signal {
            None => {
                self.stop_for_good();
                Ok(())
            }
            Some("KILL") => {
                self.request_stop();
                if self.attempt_has_ended() {
                    return Ok(());
                }
                let timed_out = self.stop.as_ref().is_some_and(|stop| stop.timed_out);
                self.stop = Some(Stop { kill_at: Instant::now(), retry: KillRetry::default(), timed_out });
                self.keep_time();
                Ok(())
            }
            Some(name) => {
                let signal = signal::by_name(name).ok_or_else(|| format!("unknown signal {name}"))?;
                match &mut self.child {
                    Some(child) if self.leader_exit.is_none() => child.signal(signal).map_err(|error| error.to_string()),
                    None if self.restarts.due().is_some() => Err(RESTARTING.into()),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Starts nothing again, whatever the restart policy says.
    fn request_stop(&mut self) {
        self.restarts.end_wait();
        let known = std::mem::replace(&mut self.status.stop_requested, true);
        if !known && self.status.state == ProcessState::Stopping {
            self.publish();
        }
    }

    /// Stops what runs, and starts nothing again.
    fn stop_for_good(&mut self) {
        self.request_stop();
        if self.stop.is_none() && !self.attempt_has_ended() {
            self.begin_stop(false);
        }
    }

    /// Sends the stop signal to the whole tree and sets the time at which the rest is killed.
    fn begin_stop(&mut self, timed_out: bool) {
        let grace = Duration::from_secs(u64::from(self.spec.stop.grace_seconds));
        self.stop = Some(Stop { kill_at: Instant::now() + grace, retry: KillRetry::default(), timed_out });
        let signal = signal::by_name(&self.spec.stop.signal).unwrap_or(Signal::TERM);
        if let Some(child) = &self.child {
            child.signal_tree(signal);
            // A suspended process would not react to it.
            child.signal_tree(Signal::CONT);
        }
    }

    /// Reads the signals that have arrived: `SIGCHLD`, and `SIGTERM`, which stops the process as a server's stop does. The
    /// keeper then ends as usual, with the exit recorded; so processes are stopped properly when the machine shuts down.
    pub(super) fn handle_signals(&mut self) {
        if read_signals(&self.signals).contains(&Signal::TERM) {
            self.status.stopped_with_keeper |= self.would_keep_running();
            self.stop_for_good();
        }
        self.reap();
    }

    /// Reaps children: the leader, and orphans of which the keeper has become the parent.
    fn reap(&mut self) {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => {
                    if self.child.as_ref().is_some_and(|child| child.pid == pid) {
                        self.leader_exit = Some(status);
                        self.leader_exited_at = Some(Instant::now());
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
        let stops = match self.status.state {
            ProcessState::Running => self.stop.is_some(),
            ProcessState::Restarting => self.status.stop_requested,
            _ => false,
        };
        if stops {
            self.status.state = ProcessState::Stopping;
            self.status.next_start_at = None;
            self.publish();
        }
    }
}

/// Reads what is in a pipe or terminal now, and no more than one holds: whatever is behind that was written since, by a
/// process outside the tree, which may never stop.
pub(super) fn read_rest(output: &mut Output, buffer: &mut [u8], mut take: impl FnMut(Stream, &[u8])) {
    let mut left = rustix::pipe::fcntl_getpipe_size(&output.file).unwrap_or(TERMINAL_BYTES);
    while left > 0
        && let Reading::Bytes(read) = output.read(buffer)
    {
        left = left.saturating_sub(read);
        take(output.stream, &buffer[..read]);
    }
}

pub(super) fn describe_exit(status: WaitStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal::name_of(signal)),
        (None, None) => Exit::Error("unknown wait status".into()),
    }
}

/// The signals that wait in a `signalfd(2)`: records of 128 bytes, each of which begins with the signal's number.
fn read_signals(signals: &impl std::os::fd::AsFd) -> Vec<Signal> {
    let mut buffer = [0; 1024];
    let mut found = Vec::new();
    while let Ok(read @ 1..) = rustix::io::read(signals, &mut buffer) {
        let records = buffer[..read].chunks_exact(128);
        let numbers = records.filter_map(|record| Some(u32::from_ne_bytes(record.get(..4)?.try_into().ok()?)));
        found.extend(numbers.filter_map(|number| Signal::from_named_raw(number as i32)));
    }
    found
}

/// The pauses between attempts to kill what is left of a tree.
#[derive(Default)]
struct KillRetry {
    survivors: Vec<tree::Member>,
    pause: Option<Duration>,
}

impl KillRetry {
    fn pause_after(&mut self, survivors: Vec<tree::Member>) -> Duration {
        let nothing_new = survivors.iter().all(|survivor| self.survivors.contains(survivor));
        let longer = self.pause.filter(|_| nothing_new).map(|pause| (pause * 2).min(MAX_RETRY_INTERVAL));
        let pause = longer.unwrap_or(RETRY_INTERVAL);
        self.survivors = survivors;
        self.pause = Some(pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs::File, io::Write};

    #[test]
    fn an_outsider_that_never_stops_writing_does_not_hold_up_the_end() {
        let mut endless = Output { stream: Stream::Stdout, file: File::open("/dev/zero").unwrap() };
        let mut taken = 0;
        read_rest(&mut endless, &mut [0; 4096], |_, bytes| taken += bytes.len());
        assert_eq!(taken, TERMINAL_BYTES);
    }

    #[test]
    fn all_that_a_full_pipe_holds_is_read() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let size = rustix::pipe::fcntl_getpipe_size(&reader).unwrap();
        writer.write_all(&vec![1; size]).unwrap();
        let mut full = Output { stream: Stream::Stdout, file: File::from(std::os::fd::OwnedFd::from(reader)) };
        let mut taken = 0;
        read_rest(&mut full, &mut [0; 1000], |_, bytes| taken += bytes.len());
        assert_eq!(taken, size);
    }

    #[test]
    fn survivors_that_cannot_be_killed_are_looked_for_ever_less_often() {
        let stuck: Vec<_> = (1..3).map(|pid| tree::Member { pid, started: 7 }).collect();
        let mut retry = KillRetry::default();
        let pauses: Vec<_> = (0..20).map(|_| retry.pause_after(stuck.clone())).collect();
        assert_eq!(pauses[..3], [RETRY_INTERVAL, RETRY_INTERVAL * 2, RETRY_INTERVAL * 4]);
        assert_eq!(pauses[19], MAX_RETRY_INTERVAL);
        assert_eq!(retry.pause_after(stuck[..1].to_vec()), MAX_RETRY_INTERVAL);
        // One that was forked meanwhile.
        assert_eq!(retry.pause_after(stuck), RETRY_INTERVAL);
    }
}
