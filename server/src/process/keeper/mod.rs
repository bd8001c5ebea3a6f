//! `execdeck keep DIR`: owns one process, so that a server may come and go.
//!
//! Synchronous and single-threaded: one `poll(2)` over the process's output, its input while some is pending, the
//! servers' connections and the death of children. Nothing in it waits for a server, a viewer or the disk's space.

mod child;
mod connection;
mod stopping;
mod sys;
pub(crate) mod tree;

pub(crate) use sys::start_writeback;

use super::{
    folder::{Folder, Status},
    log::LogWriter,
    protocol::{self, Hello, Kill},
};
use child::{Child, Output, Reading};
use connection::Connection;
use execdeck_app::wire::{Exit, ProcessSpec, ProcessState, TerminalSize};
use jiff::Timestamp;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::WaitStatus,
};
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

/// The variable by which everything that a process starts can be told to belong to it.
pub(crate) const MARKER: &str = "EXECDECK_PROCESS_ID";
/// Output is read in pieces of this size: larger ones cost memory and gain nothing.
const READ_BYTES: usize = 64 * 1024;
/// After so many pieces of one stream the others have their turn.
const READS_IN_A_ROW: usize = 16;
/// Input that the program has not read yet; more is refused.
const MAX_PENDING_INPUT: usize = 1 << 20;
/// How long the last news may take to reach the servers; the files have them in any case.
const LAST_FLUSH: Duration = Duration::from_secs(2);

/// Runs a keeper until its process has ended. The process's folder must hold `spec.json` and `status.json`;
/// standard input, if it is a socket, is the first server's connection.
pub fn run(folder: &Path) -> io::Result<()> {
    sys::close_inherited_fds();
    let first = first_connection();
    // Already a session leader when started by hand from a shell with job control.
    let _ = rustix::process::setsid();
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let mut keeper = Keeper::new(Folder::at(folder), first)?;
    if keeper.start() {
        while !keeper.has_ended() {
            keeper.turn()?;
        }
        keeper.finish();
    }
    keeper.part()
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

    /// Writes the status down and tells it to every server. A full disk loses the file's news, not the servers'.
    fn publish(&mut self) {
        self.status.output = self.log.range();
        let _ = self.folder.write_status(&self.status);
        let message = protocol::json_message(protocol::STATUS, &self.status);
        for connection in &mut self.connections {
            connection.send(&message);
        }
    }

    /// Waits for something to happen and handles it.
    fn turn(&mut self) -> io::Result<()> {
        let wait = self.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
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
        let range = self.log.range();
        self.connections.retain_mut(|connection| {
            connection.tell_reach(range);
            !connection.broken
        });
        Ok(())
    }

    fn read_outputs(&mut self, ready: &[bool]) {
        let mut ready = ready.iter();
        let (log, buffer) = (&mut self.log, &mut self.buffer);
        self.outputs.retain_mut(|output| {
            if !ready.next().copied().unwrap_or(false) {
                return true;
            }
            for _ in 0..READS_IN_A_ROW {
                match output.read(buffer) {
                    Reading::Bytes(read) => {
                        log.append(output.stream, &buffer[..read]);
                        if read < buffer.len() / 2 {
                            break;
                        }
                    }
                    Reading::Empty => break,
                    Reading::Closed => return false,
                }
            }
            true
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

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            let Ok(mut connection) = Connection::new(stream) else { continue };
            self.status.output = self.log.range();
            let hello = Hello { version: protocol::VERSION, status: self.status.clone() };
            connection.send(&protocol::json_message(protocol::HELLO, &hello));
            self.connections.push(connection);
        }
    }

    fn serve(&mut self, ready: &[bool]) {
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
    fn handle(&mut self, kind: u8, body: &[u8]) -> Option<String> {
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

    fn take_input(&mut self, body: &[u8]) -> Result<(), String> {
        if self.close_input || self.child.as_ref().is_none_or(|child| child.input.is_none()) {
            return Err("closed".into());
        }
        if self.pending_input.len() + body.len() > MAX_PENDING_INPUT {
            return Err("full".into());
        }
        let idle = self.pending_input.is_empty();
        self.pending_input.extend_from_slice(body);
        // Straight away if nothing waits: a keystroke is not worth a turn.
        if idle {
            self.write_input(true);
        }
        Ok(())
    }

    fn resize(&mut self, size: TerminalSize) {
        if self.status.terminal.is_some_and(|now| now != size) && self.child.as_ref().is_some_and(|child| child.resize(size)) {
            self.status.terminal = Some(size);
            self.publish();
        }
    }

    /// Waits until the last news are with the servers, for a while, and takes the socket away.
    fn part(mut self) -> io::Result<()> {
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
