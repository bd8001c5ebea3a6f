//! The last thing a keeper does: making sure that the end of its process is recorded or known to a server.

use super::Keeper;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io,
    time::{Duration, Instant},
};

/// How long the last messages may take to reach the servers.
const LAST_FLUSH: Duration = Duration::from_secs(2);
/// How long writing the end is retried.
const RECORD_FOR: Duration = Duration::from_mins(1);
/// The pause before the second attempt; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);

impl Keeper {
    /// Sends the servers what they have not read yet. If the end could not be written, it keeps trying for a while, and
    /// tells every server that comes: one that knows may die before its own disk has room. Once the end is recorded, it removes the
    /// socket: without one, a folder that still says `starting` is one whose program was never started.
    pub(super) fn shut_down(mut self) -> io::Result<()> {
        let give_up = Instant::now() + RECORD_FOR;
        let mut pause = FIRST_PAUSE;
        self.accept();
        self.flush_last();
        while self.is_unrecorded() && Instant::now() < give_up {
            let listen = if self.accepts() { PollFlags::IN } else { PollFlags::empty() };
            wait_for(&[PollFd::new(&self.listener, listen)], pause);
            pause = (pause * 2).min(MAX_PAUSE);
            self.unrecorded = self.folder.write_status(&self.status).err();
            self.accept();
            self.flush_last();
        }
        if self.is_unrecorded() {
            return Ok(());
        }
        let (_open, socket) = self.folder.socket()?;
        std::fs::remove_file(socket)
    }

    /// Whether the end is still to be written. A folder that is gone was removed, by somebody who knows that the process has ended;
    /// unless all folders are, since their disk is not there.
    fn is_unrecorded(&self) -> bool {
        let was_removed =
            |error: &io::Error| error.kind() == io::ErrorKind::NotFound && self.folder.path().parent().is_some_and(std::path::Path::exists);
        self.unrecorded.as_ref().is_some_and(|error| !was_removed(error))
    }

    /// Sends what is unsent, for a limited time, and hangs up.
    fn flush_last(&mut self) {
        let deadline = Instant::now() + LAST_FLUSH;
        while let Some(wait) = deadline.checked_duration_since(Instant::now()) {
            self.connections.retain_mut(|connection| {
                connection.flush();
                !connection.broken && connection.has_unsent()
            });
            if self.connections.is_empty() {
                break;
            }
            let fds: Vec<_> = self.connections.iter().map(|connection| PollFd::new(&connection.stream, PollFlags::OUT)).collect();
            wait_for(&fds, wait);
        }
        self.connections.clear();
    }
}

fn wait_for(fds: &[PollFd<'_>], wait: Duration) {
    let wait = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) };
    let _ = poll(&mut fds.to_vec(), Some(&wait));
}
