//! What a keeper takes over from its server, and how it sets itself up.

use super::sys;
use crate::protocol::SERVER_ENDED;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs,
    process::{self, DumpableBehavior},
    stdio,
};
use std::{
    env,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    time::Duration,
};

/// Turns this process into a keeper: no inherited descriptors, a session of its own, the parent of every orphan
/// below it, and closed to debuggers and other processes of the same user (`PR_SET_DUMPABLE`). Returns the descriptor
/// that signals are read from.
pub(super) fn prepare() -> io::Result<OwnedFd> {
    crate::umask::restrict_umask();
    sys::close_inherited_fds();
    let signals = sys::signal_fd()?;
    // Remembers what the kernel says of the machine, such as the length of a clock tick: before Linux 6.4 that is read from
    // `/proc/self/auxv`, which is closed to a process that is not dumpable.
    rustix::param::page_size();
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

/// Fails if the server that has started this keeper is gone. The next one may have looked for the keeper before it had its
/// socket, and have taken it for dead: then nothing may be started any more. One that looks after this check finds the socket.
pub(super) fn check_server(first: Option<&UnixStream>) -> Result<(), String> {
    let Some(stream) = first else { return Ok(()) };
    let mut fds = [PollFd::new(stream, PollFlags::empty())];
    let _ = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    if fds[0].revents().contains(PollFlags::HUP) { Err(SERVER_ENDED.into()) } else { Ok(()) }
}

/// The environment variable with which a server that has raised its own limit of open files hands down the soft limit
/// that it began with, for the keeper's child.
pub(super) const OPEN_FILES: &str = "EXECDECK_OPEN_FILES";

/// The environment variable with which a server sets how long an attempt has to last for the restart policy's count to begin
/// anew, in milliseconds; a minute by default.
pub(super) const CALM_AFTER: &str = "EXECDECK_CALM_MS";
/// The default of that.
const CALM: Duration = Duration::from_mins(1);

pub(super) fn calm_after() -> Duration {
    env::var(CALM_AFTER).ok().and_then(|text| text.parse().ok()).map_or(CALM, Duration::from_millis)
}

pub(super) fn open_files() -> Option<u64> {
    env::var(OPEN_FILES).ok()?.parse().ok()
}
