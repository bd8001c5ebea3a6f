//! Starting the program, and the keeper's ends of its pipes or terminal.

use super::sys;
use crate::umask;
use execdeck_wire::{ProcessSpec, Stream, TerminalSize};
use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
    pty::OpenptFlags,
    termios::Winsize,
};
use std::{
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
    process::{Command, Stdio},
};

/// The capacity of each output pipe; the kernel's default is a sixteenth of it.
const PIPE_BYTES: usize = 1 << 20;

/// An end that output is read from.
pub(crate) struct Output {
    pub stream: Stream,
    pub file: File,
}

/// What was read from an output.
pub(crate) enum Reading {
    Bytes(usize),
    /// Nothing now.
    Empty,
    /// All writers are gone.
    Closed,
}

impl Output {
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Reading {
        match self.file.read(buffer) {
            Ok(0) => Reading::Closed,
            Ok(read) => Reading::Bytes(read),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Reading::Empty,
            // EIO: every process has closed the terminal, which includes our own descriptor of it.
            Err(_) => Reading::Closed,
        }
    }
}

/// A started program.
pub(crate) struct Child {
    pub pid: Pid,
    pidfd: OwnedFd,
    pub outputs: Vec<Output>,
    pub input: Option<File>,
    terminal: Option<Terminal>,
}

/// A pseudoterminal.
struct Terminal {
    master: File,
    /// Kept open so that the master never reports a hangup: a process without any descriptor of its terminal may open
    /// `/dev/tty` again, and the master works on only as long as some process has the other side open.
    _slave: OwnedFd,
}

impl Child {
    /// Starts the program, or explains why it cannot be started. Its soft limit of open files becomes `open_files`,
    /// unless the spec has a limit of its own.
    pub(crate) fn start(spec: &ProcessSpec, marker: (&str, &str), open_files: Option<u64>) -> Result<Self, String> {
        enter_folder(spec)?;
        let mut command = Command::new(&spec.program);
        command.args(&spec.args);
        if spec.terminal.is_some() {
            command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor");
        }
        command.env_remove(super::setup::OPEN_FILES);
        command.envs(&spec.env).envs(&spec.secret_env).env(marker.0, marker.1);
        let stdio = match spec.terminal {
            Some(size) => StdioEnds::terminal(&mut command, size),
            None => StdioEnds::pipes(&mut command, spec.stdin),
        };
        let stdio = stdio.map_err(|error| format!("The program's pipes or terminal could not be created: {error}"))?;
        let limit = sys::OpenFiles::new(spec.limits.open_files, open_files);
        sys::prepare_child(&mut command, spec.terminal.is_some(), limit);
        let child = umask::spawn(&mut command).map_err(|error| describe(&error, &spec.program));
        // The command holds the child's ends of the pipes; they would never close.
        drop(command);
        let child = child?;
        let _ = rustix::process::chdir("/");
        let pid = Pid::from_child(&child);
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| format!("pidfd_open: {error}"))?;
        Ok(Self { pid, pidfd, outputs: stdio.outputs, input: stdio.input, terminal: stdio.terminal })
    }

    /// Sends a signal to the leader alone. It is our child and not reaped, so the descriptor is its own.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Errno> {
        pidfd_send_signal(&self.pidfd, signal)
    }

    pub(crate) fn resize(&self, size: TerminalSize) -> bool {
        let window = window(size);
        self.terminal.as_ref().is_some_and(|terminal| rustix::termios::tcsetwinsize(&terminal.master, window).is_ok())
    }

    pub(crate) fn has_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// Closes our side of the terminal, so that reading it ends once everything in it has been read.
    pub(crate) fn close_terminal(&mut self) {
        self.terminal = None;
    }
}

/// The keeper's ends of the child's standard input and outputs.
struct StdioEnds {
    outputs: Vec<Output>,
    input: Option<File>,
    terminal: Option<Terminal>,
}

impl StdioEnds {
    fn pipes(command: &mut Command, stdin: bool) -> io::Result<Self> {
        let mut outputs = Vec::new();
        let mut output = |stream| -> io::Result<Stdio> {
            let (reader, writer) = io::pipe()?;
            // Fails when the user's pipes exceed their limit; the default size works too.
            let _ = rustix::pipe::fcntl_setpipe_size(&reader, PIPE_BYTES);
            outputs.push(Output { stream, file: nonblocking(reader.into())? });
            Ok(writer.into())
        };
        command.stdout(output(Stream::Stdout)?).stderr(output(Stream::Stderr)?);
        let mut input = None;
        if stdin {
            let (reader, writer) = io::pipe()?;
            command.stdin(reader);
            input = Some(nonblocking(writer.into())?);
        } else {
            command.stdin(Stdio::null());
        }
        Ok(Self { outputs, input, terminal: None })
    }

    fn terminal(command: &mut Command, size: TerminalSize) -> io::Result<Self> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let slave = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        rustix::termios::tcsetwinsize(&slave, window(size))?;
        command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave.try_clone()?);
        let master = nonblocking(master)?;
        Ok(Self {
            outputs: vec![Output { stream: Stream::Terminal, file: master.try_clone()? }],
            input: Some(master.try_clone()?),
            terminal: Some(Terminal { master, _slave: slave }),
        })
    }
}

fn window(size: TerminalSize) -> Winsize {
    Winsize { ws_row: size.rows, ws_col: size.cols, ws_xpixel: 0, ws_ypixel: 0 }
}

fn nonblocking(fd: OwnedFd) -> io::Result<File> {
    let flags = rustix::fs::fcntl_getfl(fd.as_fd())?;
    rustix::fs::fcntl_setfl(&fd, flags | OFlags::NONBLOCK)?;
    Ok(File::from(fd))
}

/// Changes to the working directory before the program is started, so that the two errors can be told apart.
fn enter_folder(spec: &ProcessSpec) -> Result<(), String> {
    let home = std::env::var("HOME").unwrap_or_else(|_| "/".into());
    match &spec.cwd {
        Some(cwd) => std::env::set_current_dir(cwd).map_err(|error| format!("{}: {cwd} (working directory)", reason(&error))),
        None => std::env::set_current_dir(home).or_else(|_| std::env::set_current_dir("/")).map_err(|error| reason(&error)),
    }
}

/// The system's message for an error, without the number that Rust appends.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

fn describe(error: &io::Error, program: &str) -> String {
    let reason = reason(error);
    match error.raw_os_error() {
        // A script with a missing interpreter fails with the same error as a missing script.
        Some(libc::ENOENT) if std::path::Path::new(program).is_file() => format!("{reason}: the interpreter of {program}"),
        Some(libc::ENOEXEC) => format!("{reason}: {program} (a script needs a first line such as #!/bin/sh)"),
        Some(libc::EAGAIN) => format!("{reason}: the system's process limit has been reached"),
        _ => format!("{reason}: {program}"),
    }
}
