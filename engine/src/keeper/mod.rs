//! `execdeck keep DIR`: owns one process, so that a server may come and go.
//!
//! Synchronous and single-threaded: one `poll(2)` over the process's output, its input while some is pending, the
//! servers' connections and the death of children. Nothing in it waits for a server, a viewer or the disk's space.

mod catch_up;
mod child;
mod connection;
mod serving;
mod stopping;
mod sys;

use crate::{
    folder::{Folder, Status},
    log::LogWriter,
    tree::MARKER,
};
use child::{Child, Output, Reading};
use connection::Connection;
use execdeck_wire::{Exit, ProcessSpec, ProcessState, Stream, Timestamp};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::WaitStatus,
};
use serving::TELL_AFTER;
use std::{
    io::{self, Write},
    os::{
        fd::OwnedFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::Path,
    time::{Duration, Instant},
};
use stopping::Stop;

/// Output is read in pieces of this size. The memory is only touched as far as a piece reaches.
const READ_BYTES: usize = 256 * 1024;
/// After so many pieces of one stream the others have their turn.
const READS_IN_A_ROW: usize = 4;

/// Runs a keeper until its process has ended. The process's folder must hold `spec.json` and `status.json`;
/// standard input, if it is a socket, is the first server's connection.
pub fn run(folder: &Path) -> io::Result<()> {
    crate::umask::restrict_umask();
    sys::close_inherited_fds();
    let first = first_connection();
    // Already a session leader when started by hand from a shell with job control.
    let _ = rustix::process::setsid();
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let mut keeper = Keeper::new(Folder::at(folder), first)?;
    if keeper.start() {
        while !keeper.has_ended() {
            keeper.poll_once()?;
        }
        keeper.finish();
    }
    keeper.shut_down()
}

/// Takes the server's end from standard input, which is then empty.
fn first_connection() -> Option<UnixStream> {
    let stdin = rustix::stdio::stdin();
    let stat = rustix::fs::fstat(stdin).ok()?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::Socket {
        return None;
    }
    let socket: OwnedFd = rustix::io::fcntl_dupfd_cloexec(stdin, 3).ok()?;
    let null = std::fs::File::open("/dev/null").ok()?;
    rustix::stdio::dup2_stdin(&null).ok()?;
    Some(UnixStream::from(socket))
}

struct Keeper {
    folder: Folder,
    spec: ProcessSpec,
    status: Status,
    log: LogWriter,
    listener: UnixListener,
    connections: Vec<Connection>,
    child_signals: OwnedFd,
    child: Option<Child>,
    outputs: Vec<Output>,
    pending_input: Vec<u8>,
    close_input: bool,
    /// How far the output reached when the servers were last told, and when that was.
    notified_end: u64,
    notified_at: Instant,
    /// Input has come since then: somebody waits for what follows it.
    reply_expected: bool,
    /// How the leader ended.
    leader_exit: Option<WaitStatus>,
    /// No child is left, so nothing of the tree is: orphans become our children.
    tree_is_gone: bool,
    started: Instant,
    timeout: Option<Instant>,
    stop: Option<Stop>,
    buffer: Vec<u8>,
}

impl Keeper {
    fn new(folder: Folder, first: Option<UnixStream>) -> io::Result<Self> {
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
            log,
            listener,
            connections: first.map(Connection::new).transpose()?.into_iter().collect(),
            child_signals: sys::child_signal_fd()?,
            child: None,
            outputs: Vec::new(),
            pending_input: Vec::new(),
            close_input: false,
            notified_end: 0,
            notified_at: Instant::now(),
            reply_expected: true,
            leader_exit: None,
            tree_is_gone: false,
            started: Instant::now(),
            timeout: None,
            stop: None,
            buffer: vec![0; READ_BYTES],
        })
    }

    /// Starts the program; whether there is something to keep.
    fn start(&mut self) -> bool {
        let id = self.folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let started = Child::start(&self.spec, (MARKER, &id));
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
        let deadline = self.next_deadline().into_iter().chain(unannounced).min();
        let wait = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let wait = wait.map(|wait| Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) });
        let input = self.child.as_ref().and_then(|child| child.input.as_ref()).filter(|_| !self.pending_input.is_empty());
        let mut fds = vec![PollFd::new(&self.child_signals, PollFlags::IN), PollFd::new(&self.listener, PollFlags::IN)];
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
        let (children, listener) = (ready[0], ready[1]);
        let (connections, rest) = ready[2..].split_at(self.connections.len());
        let (outputs, input) = rest.split_at(self.outputs.len());
        if children {
            self.reap();
        }
        self.read_outputs(outputs);
        self.write_input(input.first().copied().unwrap_or(false));
        self.serve(connections);
        if listener {
            self.accept();
        }
        self.keep_time();
        self.announce_extent();
        self.connections.retain(|connection| !connection.broken);
        Ok(())
    }

    fn read_outputs(&mut self, ready: &[bool]) {
        let mut ready = ready.iter();
        let (log, buffer, reply_expected) = (&mut self.log, &mut self.buffer, self.reply_expected);
        self.outputs.retain_mut(|output| {
            if !ready.next().copied().unwrap_or(false) {
                return true;
            }
            let mut filled = 0;
            let mut open = true;
            let mut appended = 0;
            let mut yielded_at = None;
            let since = Instant::now();
            while appended < READS_IN_A_ROW {
                let room = buffer.len() - filled;
                match output.read(&mut buffer[filled..]) {
                    // A terminal gives little at a time, however much there is; what it gives is written in one piece.
                    // But not for ever: a program that trickles must not keep stops, input and timeouts waiting.
                    Reading::Bytes(read) if output.stream == Stream::Terminal && read < room && since.elapsed() < TELL_AFTER => {
                        filled += read;
                    }
                    Reading::Bytes(read) => {
                        log.append(output.stream, &buffer[..filled + read]);
                        filled = 0;
                        appended += 1;
                        if read < room {
                            break;
                        }
                    }
                    // The kernel hands a terminal's output over in the background: it gets its turn, as long as that helps.
                    Reading::Empty if filled > 0 && !reply_expected && yielded_at != Some(filled) => {
                        yielded_at = Some(filled);
                        std::thread::yield_now();
                    }
                    Reading::Empty => break,
                    Reading::Closed => {
                        open = false;
                        break;
                    }
                }
            }
            log.append(output.stream, &buffer[..filled]);
            open
        });
    }

    fn write_input(&mut self, ready: bool) {
        let Some(child) = &mut self.child else { return };
        if ready && let Some(input) = &mut child.input {
            match input.write(&self.pending_input) {
                Ok(written) => drop(self.pending_input.drain(..written)),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                Err(_) => {
                    // The program has closed its input.
                    child.input = None;
                    self.pending_input.clear();
                }
            }
            self.pending_input.shrink_to(READ_BYTES);
        }
        if self.close_input && self.pending_input.is_empty() {
            self.close_input = false;
            child.close_input();
        }
    }
}
