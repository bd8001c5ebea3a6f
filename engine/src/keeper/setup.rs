//! What a keeper takes over from its server, and how it sets itself up.

use super::sys;
use rustix::{
    fs,
    process::{self, DumpableBehavior},
    stdio,
};
use std::{
    env,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
};

/// Turns this process into a keeper: no inherited descriptors, a session of its own, the parent of every orphan
/// below it, and closed to debuggers and other processes of the same user (`PR_SET_DUMPABLE`). Returns the descriptor
/// that signals are read from.
pub(super) fn prepare() -> io::Result<OwnedFd> {
    crate::umask::restrict_umask();
    sys::close_inherited_fds();
    let signals = sys::signal_fd()?;
    process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // Fails for a session leader, such as a keeper that was started by hand from a shell with job control.
    let _ = process::setsid();
    process::set_child_subreaper(Some(process::getpid()))?;
    Ok(signals)
}

/// Takes the server's end from standard input, which becomes `/dev/null`.
pub(super) fn first_connection() -> Option<UnixStream> {
    let stdin = stdio::stdin();
    let stat = fs::fstat(stdin).ok()?;
    if fs::FileType::from_raw_mode(stat.st_mode) != fs::FileType::Socket {
        return None;
    }
    let socket: OwnedFd = rustix::io::fcntl_dupfd_cloexec(stdin, 3).ok()?;
    let null = File::open("/dev/null").ok()?;
    stdio::dup2_stdin(&null).ok()?;
    Some(UnixStream::from(socket))
}

/// The environment variable with which a server that has raised its own limit of open files hands down the soft limit
/// that it began with, for the keeper's child.
pub(super) const OPEN_FILES: &str = "EXECDECK_OPEN_FILES";

pub(super) fn open_files() -> Option<u64> {
    env::var(OPEN_FILES).ok()?.parse().ok()
}
