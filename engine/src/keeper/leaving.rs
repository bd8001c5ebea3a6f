//! The last thing a keeper does: making sure that the end of its process is recorded or known to a server.

use super::Keeper;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io,
    time::{Duration, Instant},
};

/// How long the last messages may take to reach the servers.
const LAST_FLUSH: Duration = Duration::from_secs(2);
/// How long writing the end is retried while no server knows it.
const RECORD_FOR: Duration = Duration::from_mins(1);
/// The pause before the second attempt; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);

impl Keeper {
    /// Sends the servers what they have not read yet. If the end could not be written and no server knows it either, it
    /// keeps trying both for a while. Then it removes the socket.
    pub(super) fn shut_down(mut self) -> io::Result<()> {
        let give_up = Instant::now() + RECORD_FOR;
        let mut pause = FIRST_PAUSE;
        self.accept();
        while !self.flush_last() && self.unrecorded.is_some() && Instant::now() < give_up {
            wait_for(&[PollFd::new(&self.listener, PollFlags::IN)], pause);
            pause = (pause * 2).min(MAX_PAUSE);
            self.unrecorded = self.folder.write_status(&self.status).err();
            self.accept();
        }
        let (_open, socket) = self.folder.socket()?;
        std::fs::remove_file(socket)
    }

    /// Sends what is unsent, for a limited time, and hangs up. Returns whether a server has all of it.
    fn flush_last(&mut self) -> bool {
        let mut told = false;
        let deadline = Instant::now() + LAST_FLUSH;
        while let Some(wait) = deadline.checked_duration_since(Instant::now()) {
            self.connections.retain_mut(|connection| {
                connection.flush();
                told |= !connection.broken && !connection.has_unsent();
                !connection.broken && connection.has_unsent()
            });
            if self.connections.is_empty() {
                break;
            }
            let fds: Vec<_> = self.connections.iter().map(|connection| PollFd::new(&connection.stream, PollFlags::OUT)).collect();
            wait_for(&fds, wait);
        }
        self.connections.clear();
        told
    }
}

fn wait_for(fds: &[PollFd<'_>], wait: Duration) {
    let wait = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) };
    let _ = poll(&mut fds.to_vec(), Some(&wait));
}
