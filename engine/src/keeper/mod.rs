//! `execdeck keep DIR`: owns one process, independently of any server.
//!
//! Synchronous and single-threaded: one `poll(2)` over the process's output, its input while some is pending, the
//! servers' connections and the death of children. Nothing in it waits for a server, a viewer or the disk's space.

mod attempt;
mod buffer;
mod catch_up;
mod child;
mod confine;
mod connection;
#[cfg(all(feature = "host", any(test, feature = "fuzzing")))]
mod fuzzing;
mod input;
mod leaving;
mod mark;
mod masking;
mod restarting;
mod sampling;
mod secrets;
mod serving;
mod setup;
mod stopping;
pub(crate) mod sys;

#[cfg(all(feature = "host", any(test, feature = "fuzzing")))]
pub use fuzzing::fuzz_protocol;
#[cfg(feature = "host")]
pub use sys::return_large_buffers;
mod transfer;
mod trouble;

use crate::{
    folder::{Folder, Status},
    log::LogWriter,
};
use buffer::ReadBuffer;
use child::{Child, Output};
use connection::Connection;
use execdeck_wire::{ProcessSpec, ProcessState, Timestamp};
use input::InputQueue;
use masking::Masking;
use restarting::Restarts;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::WaitStatus,
};
use sampling::Sampler;
use serving::{Resize, TELL_AFTER};
use std::{
    io,
    os::{
        fd::OwnedFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::Path,
    time::Instant,
};
use stopping::Stop;
use trouble::TroubleNotice;

/// Runs a keeper until its process has ended. The process's folder must hold `spec.json` and `status.json`;
/// standard input, if it is a socket, is the first server's connection.
pub fn run(folder: &Path) -> io::Result<()> {
    let signals = setup::prepare()?;
    let first = setup::first_connection();
    let mut keeper = Keeper::new(Folder::at(folder), first, signals)?;
    if keeper.start() {
        loop {
            while !keeper.attempt_has_ended() {
                keeper.poll_once()?;
            }
            keeper.end_attempt();
            if !keeper.plan_restart() {
                break;
            }
            while keeper.waits_to_restart() {
                keeper.poll_once()?;
            }
            if !keeper.start_again() {
                break;
            }
        }
        keeper.finish();
    }
    keeper.shut_down()
}

/// What a keeper starts its process by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Starter {
    /// Its server, which must still be there.
    Server,
    /// The ticket of a queued process, which it has taken: no other keeper can start it, and every server knows that.
    Ticket,
}

struct Keeper {
    folder: Folder,
    spec: ProcessSpec,
    status: Status,
    starter: Starter,
    /// Why the last status could not be written to its file.
    unrecorded: Option<io::Error>,
    log: LogWriter,
    trouble: TroubleNotice,
    /// Between the output and the log, if the process has secrets.
    masking: Option<Masking>,
    listener: UnixListener,
    connections: Vec<Connection>,
    /// After a connection could not be taken in: when that is tried again.
    accept_again_at: Option<Instant>,
    signals: OwnedFd,
    child: Option<Child>,
    outputs: Vec<Output>,
    input: InputQueue,
    /// Standard input is closed once the queue is empty.
    close_input: bool,
    resize: Resize,
    /// How far the output reached when the servers were last told, and when that was.
    notified_end: u64,
    notified_at: Instant,
    /// Input has arrived since then, and somebody is waiting for the reaction to it.
    reply_expected: bool,
    /// How the leader ended, and when.
    leader_exit: Option<WaitStatus>,
    leader_exited_at: Option<Instant>,
    /// No child is left, and therefore nothing of the tree, since orphans become our children.
    tree_is_gone: bool,
    /// When the first attempt was started.
    started: Instant,
    /// When the present attempt was started.
    attempt_started: Instant,
    /// When the last attempt ended, or the wait for another one.
    ended: (Instant, Timestamp),
    restarts: Restarts,
    /// When the present attempt times out.
    timeout: Option<Instant>,
    stop: Option<Stop>,
    buffer: ReadBuffer,
    sampler: Sampler,
}

impl Keeper {
    fn new(folder: Folder, mut first: Option<UnixStream>, signals: OwnedFd) -> io::Result<Self> {
        let mut spec = folder.read_spec()?;
        let mut status = folder.read_status()?;
        let starter = match status.state {
            ProcessState::Starting => Starter::Server,
            ProcessState::Queued => Starter::Ticket,
            _ => return Err(io::Error::other("it has been started already")),
        };
        status.state = ProcessState::Starting;
        if starter == Starter::Ticket {
            // If its server is killed before it has sent them, the process stays queued.
            secrets::receive(&mut spec, first.as_mut())?;
        }
        let log = LogWriter::new(folder.output(), spec.limits.output_bytes);
        let sampler = Sampler::new(folder.usage());
        let listener = listen(&folder, starter)?;
        Ok(Self {
            folder,
            spec,
            status,
            starter,
            unrecorded: None,
            log,
            trouble: TroubleNotice::default(),
            masking: None,
            listener,
            connections: first.map(Connection::new).transpose()?.into_iter().collect(),
            accept_again_at: None,
            signals,
            child: None,
            outputs: Vec::new(),
            input: InputQueue::default(),
            close_input: false,
            resize: Resize::default(),
            notified_end: 0,
            notified_at: Instant::now(),
            reply_expected: true,
            leader_exit: None,
            leader_exited_at: None,
            tree_is_gone: false,
            started: Instant::now(),
            attempt_started: Instant::now(),
            ended: (Instant::now(), Timestamp::now()),
            restarts: Restarts::default(),
            timeout: None,
            stop: None,
            buffer: ReadBuffer::default(),
            sampler,
        })
    }

    /// Waits for something to happen and handles it.
    fn poll_once(&mut self) -> io::Result<()> {
        let unannounced = (self.notified_end != self.log.range().end).then(|| self.notified_at + TELL_AFTER);
        let held_back = self.masking.as_ref().and_then(Masking::due);
        let deadlines = [
            self.next_deadline(),
            unannounced,
            self.resize.due(),
            self.buffer.release_at(),
            self.accept_again_at,
            held_back,
            self.trouble.due(),
            Some(self.sampler.due()),
        ];
        let deadline = deadlines.into_iter().flatten().min();
        let wait = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let wait = wait.map(|wait| Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) });
        let input = self.child.as_ref().and_then(|child| child.input.as_ref()).filter(|_| !self.input.is_empty());
        let listen = if self.accepts() { PollFlags::IN } else { PollFlags::empty() };
        let mut fds = vec![PollFd::new(&self.signals, PollFlags::IN), PollFd::new(&self.listener, listen)];
        for connection in &self.connections {
            let unsent = if connection.has_unsent() { PollFlags::OUT } else { PollFlags::empty() };
            fds.push(PollFd::new(&connection.stream, PollFlags::IN | unsent));
        }
        fds.extend(self.outputs.iter().map(|output| PollFd::new(&output.file, PollFlags::IN)));
        fds.extend(input.map(|input| PollFd::new(input, PollFlags::OUT)));
        match poll(&mut fds, wait.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(fds);
        let (signalled, listener) = (ready[0], ready[1]);
        let (connections, rest) = ready[2..].split_at(self.connections.len());
        let (outputs, input) = rest.split_at(self.outputs.len());
        if signalled {
            self.handle_signals();
        }
        self.read_outputs(outputs);
        self.release_overdue_output();
        self.write_input(input.first().copied().unwrap_or(false));
        self.serve(connections);
        if listener {
            self.accept();
        }
        self.keep_time();
        self.sample_usage();
        self.resize_if_due();
        self.announce_extent();
        self.report_trouble();
        self.drop_broken_connections();
        Ok(())
    }
}

/// Takes the ticket, if there has to be one, and listens on the folder's socket. Nothing that may fail or take time is between the two:
/// whoever finds neither ticket nor socket takes the keeper for dead.
fn listen(folder: &Folder, starter: Starter) -> io::Result<UnixListener> {
    let (_open, socket) = folder.socket()?;
    let new = socket.with_extension(std::process::id().to_string());
    let _ = std::fs::remove_file(&new);
    let listener = UnixListener::bind(&new)?;
    listener.set_nonblocking(true)?;
    let taken = if starter == Starter::Ticket { folder.take_ticket() } else { Ok(()) };
    let named = taken.and_then(|()| std::fs::rename(&new, &socket));
    named.inspect_err(|_| drop(std::fs::remove_file(&new)))?;
    Ok(listener)
}
