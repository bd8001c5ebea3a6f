//! Whom requests come from, remembered until something changes.

use super::{identity::Identity, secret::Hash};
use execdeck_wire::Timestamp;
use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::watch;

/// How many identities are remembered; with more of them, all are forgotten and read again.
const REMEMBERED: usize = 10_000;
/// How often a last use is written down at most, in microseconds.
const WRITE_EVERY: u64 = 60_000_000;

/// An identity, and until when it may be used.
pub(super) struct Entry {
    pub(super) identity: Arc<Identity>,
    /// How long it may be unused, in microseconds.
    idle: Option<u64>,
    /// When it was used last, and when that was written down, in microseconds since 1970.
    used: AtomicU64,
    written: AtomicU64,
}

impl Entry {
    /// `used`: when it was used last; `written`: the last use that is on record; `idle`: how long it may be unused.
    pub(super) fn new(identity: Identity, used: Timestamp, written: Option<Timestamp>, idle: Option<u64>) -> Self {
        let written = written.map_or(0, Timestamp::as_micros);
        Self { identity: Arc::new(identity), idle, used: AtomicU64::new(used.as_micros()), written: AtomicU64::new(written) }
    }

    /// When it ends, if it is not used any more.
    pub(super) fn ends_at(&self) -> Option<Timestamp> {
        let idle = self.idle.map(|idle| Timestamp::from_micros(self.used.load(Ordering::Relaxed).saturating_add(idle)));
        match (idle, self.identity.expires_at) {
            (Some(idle), Some(expires_at)) => Some(idle.min(expires_at)),
            (idle, expires_at) => idle.or(expires_at),
        }
    }

    /// Notes that it is used; whether that should be written down.
    pub(super) fn used(&self, now: Timestamp) -> bool {
        let now = now.as_micros();
        self.used.fetch_max(now, Ordering::Relaxed);
        let written = self.written.load(Ordering::Relaxed);
        now.saturating_sub(written) >= WRITE_EVERY
            && self.written.compare_exchange(written, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[derive(Default)]
struct Entries {
    /// How often everything was forgotten.
    generation: u64,
    by_key: HashMap<Hash, Arc<Entry>>,
}

/// Remembers identities, and tells when they have to be looked up again.
pub(super) struct Cache {
    entries: RwLock<Entries>,
    changes: watch::Sender<u64>,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self { entries: RwLock::default(), changes: watch::Sender::new(0) }
    }

    pub(super) fn get(&self, key: &Hash) -> Option<Arc<Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).by_key.get(key).cloned()
    }

    /// What to pass to [`Cache::insert`]: asked for before the database is read.
    pub(super) fn generation(&self) -> u64 {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).generation
    }

    /// Remembers what was read, unless something has changed since.
    pub(super) fn insert(&self, generation: u64, key: Hash, entry: Arc<Entry>) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.generation != generation {
            return;
        }
        if entries.by_key.len() >= REMEMBERED {
            entries.by_key.clear();
        }
        entries.by_key.insert(key, entry);
    }

    /// Forgets everything, and wakes those who watch an identity.
    pub(super) fn forget(&self) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.generation += 1;
        entries.by_key.clear();
        self.changes.send_replace(entries.generation);
    }

    /// Changes whenever an identity may have changed.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Via, identity::Credential};
    use execdeck_wire::{Grants, Rights, Role};

    fn entry(expires_at: Option<u64>, idle: Option<u64>) -> Arc<Entry> {
        let identity = Identity {
            person: uuid::Uuid::nil(),
            name: "ada".into(),
            role: Role::Viewer,
            rights: Rights::NONE,
            grants: Grants::default(),
            via: Via::Proxy,
            expires_at: expires_at.map(Timestamp::from_micros),
            credential: Credential::Person(uuid::Uuid::nil()),
        };
        Arc::new(Entry::new(identity, Timestamp::from_micros(1000), None, idle))
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let cache = Cache::new();
        let mut changes = cache.changes();
        let before = cache.generation();
        cache.insert(before, [1; 32], entry(None, None));
        assert!(cache.get(&[1; 32]).is_some() && !changes.has_changed().unwrap());
        cache.forget();
        assert!(cache.get(&[1; 32]).is_none() && changes.has_changed().unwrap());
        changes.borrow_and_update();
        cache.insert(before, [1; 32], entry(None, None));
        assert!(cache.get(&[1; 32]).is_none());
        cache.insert(cache.generation(), [1; 32], entry(None, None));
        assert!(cache.get(&[1; 32]).is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let cache = Cache::new();
        for number in 0..=REMEMBERED * 2 {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_le_bytes());
            cache.insert(0, key, entry(None, None));
        }
        assert_eq!(cache.entries.read().unwrap().by_key.len(), 1);
    }

    #[test]
    fn a_use_puts_the_end_off_and_is_written_down_once_a_minute() {
        let at = Timestamp::from_micros;
        let entry = entry(Some(200_000_000), Some(100_000_000));
        assert_eq!(entry.ends_at(), Some(at(100_001_000)));
        let written: Vec<_> =
            [60_000_000, 60_000_001, 119_999_999, 120_000_000, 90_000_000].into_iter().map(|now| entry.used(at(now))).collect();
        assert_eq!(written, [true, false, false, true, false]);
        assert_eq!(entry.ends_at(), Some(at(200_000_000)), "not beyond the end of the session");
    }
}
