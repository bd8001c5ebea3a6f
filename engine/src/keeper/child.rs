//! Starting the program, and the ends of its pipes or terminal that the keeper holds.

use super::sys;
use crate::{tree, umask};
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
    io::{self, Read, Write},
    os::fd::{AsFd, OwnedFd},
    process::{Command, Stdio},
};

/// A pipe takes this much before its writer waits; the kernel's default is a sixteenth.
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
            // A terminal whose last process is gone answers EIO.
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
    terminal: Option<File>,
}

impl Child {
    /// Starts the program, or says in words why it cannot be started.
    pub(crate) fn start(spec: &ProcessSpec, marker: (&str, &str)) -> Result<Self, String> {
        enter_folder(spec)?;
        let mut command = Command::new(&spec.program);
        command.args(&spec.args);
        if spec.terminal.is_some() {
            command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor");
        }
        command.envs(&spec.env).envs(&spec.secret_env).env(marker.0, marker.1);
        let ends = match spec.terminal {
            Some(size) => Ends::terminal(&mut command, size),
            None => Ends::pipes(&mut command, spec.stdin),
        };
        let ends = ends.map_err(|error| format!("The program's pipes or terminal could not be made: {error}"))?;
        sys::prepare_child(&mut command, spec.terminal.is_some(), spec.limits.open_files);
        let child = umask::spawn(&mut command).map_err(|error| describe(&error, &spec.program));
        // The command holds the child's ends; while we do, they never close.
        drop(command);
        let child = child?;
        let _ = rustix::process::chdir("/");
        let pid = Pid::from_child(&child);
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| format!("pidfd_open: {error}"))?;
        Ok(Self { pid, pidfd, outputs: ends.outputs, input: ends.input, terminal: ends.terminal })
    }

    /// Sends a signal to the leader alone. It is our child and not reaped, so the descriptor is its own.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Errno> {
        pidfd_send_signal(&self.pidfd, signal)
    }

    /// Sends a signal to every process of the tree; once more for those that were forked meanwhile.
    pub(crate) fn signal_tree(signal: Signal) {
        let keeper = std::process::id() as i32;
        let mut told = Vec::new();
        for _ in 0..5 {
            let new: Vec<_> = tree::descendants(keeper).into_iter().filter(|member| !told.contains(member)).collect();
            if new.is_empty() {
                return;
            }
            for member in &new {
                tree::signal_member(*member, signal);
            }
            told.extend(new);
        }
    }

    pub(crate) fn resize(&self, size: TerminalSize) -> bool {
        let window = window(size);
        self.terminal.as_ref().is_some_and(|terminal| rustix::termios::tcsetwinsize(terminal, window).is_ok())
    }

    /// Tells the program that no more input comes: end of file on a pipe, Ctrl-D in a terminal.
    pub(crate) fn close_input(&mut self) {
        if self.terminal.is_some() {
            if let Some(input) = &mut self.input {
                let _ = input.write_all(b"\x04");
            }
        } else {
            self.input = None;
        }
    }
}

/// Our ends of what the child reads and writes.
struct Ends {
    outputs: Vec<Output>,
    input: Option<File>,
    terminal: Option<File>,
}

impl Ends {
    fn pipes(command: &mut Command, stdin: bool) -> io::Result<Self> {
        let mut outputs = Vec::new();
        let mut output = |stream| -> io::Result<Stdio> {
            let (reader, writer) = io::pipe()?;
            // Refused when the user's pipes are over their limit; the default size works too.
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
        command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave);
        let master = nonblocking(master)?;
        Ok(Self {
            outputs: vec![Output { stream: Stream::Terminal, file: master.try_clone()? }],
            input: Some(master.try_clone()?),
            terminal: Some(master),
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

/// Goes to the folder first, so that what is wrong with it is not taken for something wrong with the program.
fn enter_folder(spec: &ProcessSpec) -> Result<(), String> {
    let home = std::env::var("HOME").unwrap_or_else(|_| "/".into());
    match &spec.cwd {
        Some(cwd) => std::env::set_current_dir(cwd).map_err(|error| format!("{}: {cwd} (the folder to run in)", reason(&error))),
        None => std::env::set_current_dir(home).or_else(|_| std::env::set_current_dir("/")).map_err(|error| reason(&error)),
    }
}

/// The system's words for an error, without Rust's number behind them.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

fn describe(error: &io::Error, program: &str) -> String {
    let reason = reason(error);
    match error.raw_os_error() {
        // A script whose interpreter is missing fails in the same words as a missing script.
        Some(libc::ENOENT) if std::path::Path::new(program).is_file() => format!("{reason}: the interpreter of {program}"),
        Some(libc::ENOEXEC) => format!("{reason}: {program} (a script needs a first line such as #!/bin/sh)"),
        Some(libc::EAGAIN) => format!("{reason}: no more processes can be started now"),
        _ => format!("{reason}: {program}"),
    }
}
