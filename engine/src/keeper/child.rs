//! Starting the program, and the keeper's ends of its pipes or terminal.

use super::{
    confine::{self, cgroup::Cgroup, early::EarlySignals},
    sys,
};
use crate::{
    bubblewrap::BWRAP_PROCESSES,
    confinement::{Account, Confinement, VARIABLE},
    system_error, tree, umask,
};
use execdeck_wire::{Limits, ProcessSpec, Stream, TerminalSize};
use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
    pty::OpenptFlags,
    termios::Winsize,
};
use std::{
    ffi::CString,
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
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
    /// The pid is that of bwrap, and the program is below it.
    sandboxed: bool,
    /// For the program, which bwrap has not started yet.
    early: EarlySignals,
    /// If its limits need one.
    cgroup: Option<Cgroup>,
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
    pub(crate) fn start(
        spec: &ProcessSpec,
        marker: (&str, &str),
        open_files: Option<u64>,
        confinement: &Confinement,
    ) -> Result<Self, String> {
        let account = confinement.account.as_ref();
        if account.is_none() {
            enter_folder(spec)?;
        }
        let mut command = Command::new(&spec.program);
        command.args(&spec.args);
        if spec.terminal.is_some() {
            command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor");
        }
        command.env_remove(super::setup::OPEN_FILES).env_remove(super::setup::CALM_AFTER).env_remove(VARIABLE);
        if let Some(account) = account {
            confine::user::set_variables(&mut command, account);
        }
        command.envs(&spec.env).envs(&spec.secret_env).env(marker.0, marker.1);
        let cwd = folder_of(spec, account);
        let wrapped = match (&spec.sandbox, &confinement.bubblewrap) {
            (Some(sandbox), Some(bubblewrap)) => {
                let cwd = confine::sandbox::folder(spec.cwd.as_deref(), &cwd, sandbox, bubblewrap)?;
                Some(confine::sandbox::wrap(&command, cwd, sandbox, bubblewrap, marker)?)
            }
            _ => None,
        };
        let sandboxed = wrapped.is_some();
        let mut options = None;
        if let Some(wrapped) = wrapped {
            (command, options) = (wrapped.command, Some(wrapped.options));
        }
        let stdio = match spec.terminal {
            Some(size) => StdioEnds::terminal(&mut command, size, account),
            None => StdioEnds::pipes(&mut command, spec.stdin, account),
        };
        let stdio = stdio.map_err(|error| format!("The program's pipes or terminal could not be created: {error}"))?;
        let more = if sandboxed { BWRAP_PROCESSES } else { 0 };
        let cgroup = confinement.cgroup.as_ref().map(|folder| Cgroup::create(folder, &spec.limits, more)).transpose()?;
        let setup = sys::ChildSetup {
            terminal: spec.terminal.is_some(),
            open_files: sys::OpenFiles::new(spec.limits.open_files, open_files),
            user: account.map(|account| user_of(account, spec)).transpose()?,
            // bwrap does it itself, after it has made the sandbox.
            no_new_privs: spec.no_new_privs && !sandboxed,
            kept: options,
            cgroup: cgroup.as_ref().map(Cgroup::entrance).transpose()?,
        };
        sys::prepare_child(&mut command, setup);
        let child = umask::spawn(&mut command).map_err(|error| describe(&error, spec));
        // The command holds the child's ends of the pipes; they would never close.
        drop(command);
        // A keeper that waits for the next attempt keeps no folder in use.
        let _ = rustix::process::chdir("/");
        let mut child = child?;
        let pid = Pid::from_child(&child);
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| {
            // It counts as not started, so it must not keep running.
            let _ = child.kill();
            let _ = child.wait();
            format!("pidfd_open: {error}")
        })?;
        let (early, StdioEnds { outputs, input, terminal }) = (EarlySignals::default(), stdio);
        Ok(Self { pid, pidfd, sandboxed, early, cgroup, outputs, input, terminal })
    }

    /// Sends a signal to the leader alone. It is our child and not reaped, so the descriptor is its own. In a sandbox that is still
    /// being made, the signal waits for the program.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<(), Errno> {
        if !self.sandboxed {
            return pidfd_send_signal(&self.pidfd, signal);
        }
        self.early.push(signal);
        self.deliver_signals();
        Ok(())
    }

    /// When signals that wait for the program are to be delivered.
    pub(crate) fn signals_due(&self) -> Option<Instant> {
        self.early.due()
    }

    /// Delivers the signals that wait for the program, if it is there.
    pub(crate) fn deliver_signals(&mut self) {
        self.early.deliver(confine::sandbox::program(self.pid.as_raw_nonzero().get()), tree::signal_member);
    }

    /// Sends a signal to the whole tree, of which bwrap is no part: it would end at once, and all that is in the sandbox with it.
    pub(crate) fn signal_tree(&self, signal: Signal) {
        let inside = self.sandboxed.then(|| confine::sandbox::program(self.pid.as_raw_nonzero().get())).flatten();
        let first = inside.and_then(|_| confine::sandbox::first_process(self.pid.as_raw_nonzero().get()));
        tree::signal_descendants(first.map_or(std::process::id() as i32, |first| first.pid), signal);
    }

    /// Kills the whole tree. The first time, quickly, which is enough but for one that forks faster than that; see
    /// [`tree::kill_listed`] and [`tree::kill_descendants`].
    pub(crate) fn kill_tree(&self, first_time: bool) -> Vec<tree::Member> {
        if let Some(cgroup) = &self.cgroup {
            cgroup.kill();
        }
        let keeper = std::process::id() as i32;
        let killed = if first_time { tree::kill_listed(keeper) } else { None };
        killed.unwrap_or_else(|| tree::kill_descendants(keeper))
    }

    /// Removes the control group, which is empty once the tree is gone.
    pub(crate) fn leave_group(&mut self) {
        self.cgroup = None;
    }

    /// The limit that has struck, by its name in the spec, as far as the kernel enforces it.
    pub(crate) fn limit_hit(&self, limits: &Limits) -> Option<&'static str> {
        self.cgroup.as_ref()?.limit_hit(limits)
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
    fn pipes(command: &mut Command, stdin: bool, account: Option<&Account>) -> io::Result<Self> {
        let mut outputs = Vec::new();
        let mut output = |stream| -> io::Result<Stdio> {
            let (reader, writer) = io::pipe()?;
            // Fails when the user's pipes exceed their limit; the default size works too.
            let _ = rustix::pipe::fcntl_setpipe_size(&reader, PIPE_BYTES);
            confine::user::hand_over(&writer, account)?;
            outputs.push(Output { stream, file: nonblocking(reader.into())? });
            Ok(writer.into())
        };
        command.stdout(output(Stream::Stdout)?).stderr(output(Stream::Stderr)?);
        let mut input = None;
        if stdin {
            let (reader, writer) = io::pipe()?;
            confine::user::hand_over(&reader, account)?;
            command.stdin(reader);
            input = Some(nonblocking(writer.into())?);
        } else {
            command.stdin(Stdio::null());
        }
        Ok(Self { outputs, input, terminal: None })
    }

    fn terminal(command: &mut Command, size: TerminalSize, account: Option<&Account>) -> io::Result<Self> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let slave = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        rustix::termios::tcsetwinsize(&slave, window(size))?;
        confine::user::hand_over(&slave, account)?;
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
        Some(cwd) => {
            std::env::set_current_dir(cwd).map_err(|error| format!("{}: {cwd} (working directory)", system_error::message(&error)))
        }
        None => std::env::set_current_dir(home).or_else(|_| std::env::set_current_dir("/")).map_err(|error| system_error::message(&error)),
    }
}

/// The folder to run in.
fn folder_of(spec: &ProcessSpec, account: Option<&Account>) -> PathBuf {
    match (&spec.cwd, account) {
        (Some(cwd), _) => cwd.into(),
        (None, Some(account)) => Some(PathBuf::from(&account.home)).filter(|home| home.is_dir()).unwrap_or_else(|| "/".into()),
        // It has been entered already.
        (None, None) => std::env::current_dir().unwrap_or_else(|_| "/".into()),
    }
}

/// The user to become, and the folder to enter as that user, which may not enter all that the keeper may.
fn user_of(account: &Account, spec: &ProcessSpec) -> Result<sys::ChildUser, String> {
    let text = |text: &str| CString::new(text).map_err(|error| error.to_string());
    Ok(sys::ChildUser {
        uid: account.uid,
        gid: account.gid,
        folder: text(spec.cwd.as_ref().unwrap_or(&account.home))?,
        or_root: spec.cwd.is_none(),
    })
}

fn describe(error: &io::Error, spec: &ProcessSpec) -> String {
    let program = &spec.program;
    if let Some(error) = sys::in_folder(error) {
        return format!("{}: {} (working directory)", system_error::message(&error), spec.cwd.as_deref().unwrap_or("/"));
    }
    if let Some(error) = sys::in_user(error) {
        return format!("{}: {} (user)", system_error::message(&error), spec.run_as.as_deref().unwrap_or_default());
    }
    let reason = system_error::message(error);
    match error.raw_os_error() {
        // A script with a missing interpreter fails with the same error as a missing script.
        Some(libc::ENOENT) if std::path::Path::new(program).is_file() => format!("{reason}: the interpreter of {program}"),
        Some(libc::ENOEXEC) => format!("{reason}: {program} (a script needs a first line such as #!/bin/sh)"),
        Some(libc::EAGAIN) => format!("{reason}: the system's process limit has been reached"),
        _ => format!("{reason}: {program}"),
    }
}
