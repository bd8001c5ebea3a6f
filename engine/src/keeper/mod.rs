//! `execdeck keep DIR`: owns one process, independently of any server.
//!
//! Synchronous and single-threaded: one `poll(2)` over the process's output, its input while some is pending, the
//! servers' connections and the death of children. Nothing in it waits for a server, a viewer or the disk's space.

mod buffer;
mod catch_up;
mod child;
mod connection;
mod input;
mod leaving;
mod masking;
mod secrets;
mod serving;
mod setup;
mod stopping;
mod sys;

#[cfg(feature = "host")]
pub use sys::return_large_buffers;
mod transfer;

use crate::{
    folder::{Folder, Status},
    log::LogWriter,
    tree::MARKER,
};
use buffer::ReadBuffer;
use child::{Child, Output};
use connection::Connection;
use execdeck_wire::{Exit, ProcessSpec, ProcessState, Timestamp};
use input::InputQueue;
use masking::Masking;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::WaitStatus,
};
use serving::{ResizeNotice, TELL_AFTER, greeting};
use std::{
    io,
    os::{
        fd::OwnedFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::Path,
    time::{Duration, Instant},
};
use stopping::Stop;

/// Runs a keeper until its process has ended. The process's folder must hold `spec.json` and `status.json`;
/// standard input, if it is a socket, is the first server's connection.
pub fn run(folder: &Path) -> io::Result<()> {
    let signals = setup::prepare()?;
    let first = setup::first_connection();
    let mut keeper = Keeper::new(Folder::at(folder), first, signals)?;
    if keeper.start() {
        while !keeper.has_ended() {
            keeper.poll_once()?;
        }
        keeper.finish();
    }
    keeper.shut_down()
}

struct Keeper {
    folder: Folder,
    spec: ProcessSpec,
    status: Status,
    /// Why the last status could not be written to its file.
    unrecorded: Option<io::Error>,
    log: LogWriter,
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
    resize: ResizeNotice,
    /// How far the output reached when the servers were last told, and when that was.
    notified_end: u64,
    notified_at: Instant,
    /// Input has arrived since then, and somebody is waiting for the reaction to it.
    reply_expected: bool,
    /// How the leader ended.
    leader_exit: Option<WaitStatus>,
    /// No child is left, and therefore nothing of the tree, since orphans become our children.
    tree_is_gone: bool,
    started: Instant,
    timeout: Option<Instant>,
    stop: Option<Stop>,
    buffer: ReadBuffer,
}

impl Keeper {
    fn new(folder: Folder, first: Option<UnixStream>, signals: OwnedFd) -> io::Result<Self> {
        let spec = folder.read_spec()?;
        let status = folder.read_status()?;
        let log = LogWriter::new(folder.output(), spec.limits.output_bytes);
        let (_open, socket) = folder.socket()?;
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            folder,
            spec,
            status,
            unrecorded: None,
            log,
            masking: None,
            listener,
            connections: first.map(Connection::new).transpose()?.into_iter().collect(),
            accept_again_at: None,
            signals,
            child: None,
            outputs: Vec::new(),
            input: InputQueue::default(),
            close_input: false,
            resize: ResizeNotice::default(),
            notified_end: 0,
            notified_at: Instant::now(),
            reply_expected: true,
            leader_exit: None,
            tree_is_gone: false,
            started: Instant::now(),
            timeout: None,
            stop: None,
            buffer: ReadBuffer::default(),
        })
    }

    /// Starts the program. Returns false if it could not be started, after recording why.
    fn start(&mut self) -> bool {
        for connection in &mut self.connections {
            connection.send(&greeting(&self.status));
        }
        let id = self.folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let first = self.connections.first_mut().map(|connection| &mut connection.stream);
        let secrets = secrets::receive(&mut self.spec, first).map_err(|error| format!("Its secrets did not arrive: {error}"));
        self.masking = Masking::new(self.spec.secret_env.values().map(String::as_str));
        let started = secrets.and_then(|()| Child::start(&self.spec, (MARKER, &id), setup::open_files()));
        self.spec.secret_env.clear();
        match started {
            Ok(mut child) => {
                self.started = Instant::now();
                self.timeout = self.spec.timeout_seconds.and_then(|seconds| self.started.checked_add(Duration::from_secs(seconds)));
                self.outputs = std::mem::take(&mut child.outputs);
                self.status.state = ProcessState::Running;
                self.status.pid = Some(child.pid.as_raw_nonzero().get() as u32);
                self.status.started_at = Some(Timestamp::now());
                self.child = Some(child);
                self.publish();
                true
            }
            Err(error) => {
                self.status.state = ProcessState::Failed;
                let error = match &self.masking {
                    Some(masking) => masking.mask(&error),
                    None => error,
                };
                self.status.exit = Some(Exit::Error(error));
                self.status.ended_at = Some(Timestamp::now());
                self.publish();
                false
            }
        }
    }

    /// Waits for something to happen and handles it.
    fn poll_once(&mut self) -> io::Result<()> {
        let unannounced = (self.notified_end != self.log.range().end).then(|| self.notified_at + TELL_AFTER);
        let held_back = self.masking.as_ref().and_then(Masking::due);
        let deadlines = [self.next_deadline(), unannounced, self.resize.due(), self.buffer.release_at(), self.accept_again_at, held_back];
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
        self.publish_resize();
        self.announce_extent();
        self.drop_broken_connections();
        Ok(())
    }
}
