//! What should go and has to wait: it is being read, or could not be removed.

use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;

/// How long a process is kept for those who read its output.
const LONGEST_READING: Duration = Duration::from_mins(30);
/// What is kept for readers may be as much as all that is kept, or this if that is less.
const READ_FLOOR: u64 = 64 << 20;
/// The pause before a removal is tried again; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// Remembers them for as long as they wait.
#[derive(Default)]
pub(super) struct Spared {
    /// Since when each has been kept for its readers.
    read: HashMap<Uuid, Instant>,
    /// Bytes that are kept for readers in this round.
    read_bytes: u64,
    failed: HashMap<Uuid, Failed>,
}

struct Failed {
    again: Instant,
    pause: Duration,
}

impl Spared {
    /// A round begins, which looks at all that should go.
    pub(super) fn begin(&mut self) {
        self.read_bytes = 0;
    }

    /// Whether a process that somebody reads stays for now. `most`: the bytes that are kept in all.
    pub(super) fn stays_for_readers(&mut self, id: Uuid, bytes: u64, most: Option<u64>, now: Instant) -> bool {
        let since = *self.read.entry(id).or_insert(now);
        let fits = most.is_none_or(|most| self.read_bytes.saturating_add(bytes) <= most.max(READ_FLOOR));
        let stays = fits && now.duration_since(since) < LONGEST_READING;
        if stays {
            self.read_bytes += bytes;
        }
        stays
    }

    /// Whether a removal that failed is not tried again yet.
    pub(super) fn waits(&self, id: Uuid, now: Instant) -> bool {
        self.failed.get(&id).is_some_and(|failed| now < failed.again)
    }

    /// A removal has failed. Returns whether it was the first time.
    pub(super) fn failed(&mut self, id: Uuid, now: Instant) -> bool {
        let pause = self.failed.get(&id).map_or(FIRST_PAUSE, |failed| (failed.pause * 2).min(LONGEST_PAUSE));
        self.failed.insert(id, Failed { again: now + pause, pause }).is_none()
    }

    pub(super) fn removed(&mut self, id: Uuid) {
        self.read.remove(&id);
        self.failed.remove(&id);
    }

    /// A round has looked at all that should go: others need no longer be remembered.
    pub(super) fn retain(&mut self, seen: impl Fn(&Uuid) -> bool) {
        self.read.retain(|id, _| seen(id));
        self.failed.retain(|id, _| seen(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(1);

    #[test]
    fn what_is_read_stays_within_a_bound_of_time_and_of_bytes() {
        let (mut spared, now) = (Spared::default(), Instant::now());
        assert!(spared.stays_for_readers(ID, 1, Some(0), now));
        assert!(!spared.stays_for_readers(Uuid::from_u128(2), READ_FLOOR, Some(0), now), "together it is too much");
        spared.begin();
        assert!(spared.stays_for_readers(ID, READ_FLOOR, Some(0), now + LONGEST_READING / 2));
        spared.begin();
        assert!(!spared.stays_for_readers(ID, 1, None, now + LONGEST_READING));
        spared.retain(|id| *id != ID);
        assert!(spared.stays_for_readers(ID, 1, None, now + LONGEST_READING), "it was forgotten");
    }

    #[test]
    fn what_cannot_be_removed_is_tried_more_and_more_rarely() {
        let (mut spared, mut now) = (Spared::default(), Instant::now());
        assert!(!spared.waits(ID, now));
        let mut pauses = Vec::new();
        for first in [true, false, false, false, false, false, false, false] {
            assert_eq!(spared.failed(ID, now), first);
            let pause = (1..=1000).map(Duration::from_secs).find(|pause| !spared.waits(ID, now + *pause)).unwrap();
            pauses.push(pause.as_secs());
            now += pause;
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 600, 600]);
        spared.removed(ID);
        assert!(!spared.waits(ID, now) && spared.failed(ID, now));
    }
}
