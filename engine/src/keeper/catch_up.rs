//! Output beyond the cap that viewers still want when the process has ended.

use super::Keeper;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::time::{Duration, Instant};

/// A viewer that reads nothing for this long is not waited for.
const STALLED: Duration = Duration::from_secs(1);
/// Nor is one that reads for longer than this.
const TOO_SLOW: Duration = Duration::from_secs(10);

impl Keeper {
    /// Lets viewers that are reading finish with what is held beyond the cap, before it is removed with the process's end.
    pub(super) fn let_viewers_catch_up(&mut self) {
        if !self.log.holds_excess() {
            return;
        }
        let range = self.log.range();
        self.connections.iter_mut().for_each(|connection| connection.announce_extent(range));
        let (give_up, mut stalled) = (Instant::now() + TOO_SLOW, Instant::now() + STALLED);
        let mut held = self.log.held();
        while self.log.holds_excess()
            && let Some(wait) = give_up.min(stalled).checked_duration_since(Instant::now())
        {
            let wait = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) };
            let mut fds: Vec<_> = Vec::new();
            for connection in &self.connections {
                let unsent = if connection.has_unsent() { PollFlags::OUT } else { PollFlags::empty() };
                fds.push(PollFd::new(&connection.stream, PollFlags::IN | unsent));
            }
            let _ = poll(&mut fds, Some(&wait));
            let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
            drop(fds);
            self.serve(&ready);
            self.connections.iter_mut().for_each(|connection| connection.announce_extent(range));
            self.drop_broken_connections();
            if self.log.held() != held {
                held = self.log.held();
                stalled = Instant::now() + STALLED;
            }
        }
    }
}
