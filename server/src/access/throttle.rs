//! Slows down guessing without locking anybody out.
//!
//! Failures are counted per browser that the person has signed in with before, and, for all others, per name and address,
//! per address, and per name. Guesses from elsewhere never count against a known browser, so nobody can keep the owner of an
//! account out of it by guessing. The count for a name alone only makes attempts slower: it is not refused.

use super::{error::AccessError, secret::Hash};
use execdeck_wire::Timestamp;
use hashlink::LruCache;
use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How many names, addresses and browsers are remembered, each.
const REMEMBERED: usize = 16_384;

/// How failures of one kind are paid for.
struct Rule {
    /// So many are free.
    free: u32,
    /// The wait after the next one; it doubles each time.
    wait: Duration,
    /// The longest wait.
    longest: Duration,
    /// How long it takes until one failure is forgotten: longer than the longest wait, which would not be reached otherwise.
    forgets: Duration,
}

const fn rule(free: u32, wait_ms: u64, longest_seconds: u64, forgets_seconds: u64) -> Rule {
    let (wait, longest, forgets) =
        (Duration::from_millis(wait_ms), Duration::from_secs(longest_seconds), Duration::from_secs(forgets_seconds));
    Rule { free, wait, longest, forgets }
}

const NAME_AND_ADDRESS: Rule = rule(5, 2000, 900, 1800);
/// Mild, since a whole office may share one.
const ADDRESS: Rule = rule(30, 1000, 60, 120);
const DEVICE: Rule = rule(10, 1000, 300, 600);
const NAME: Rule = rule(20, 100, 2, 60);

/// Who an attempt is attributed to: a /64 of IPv6 is one customer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Network(Option<IpAddr>);

impl Network {
    fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
            v4 @ IpAddr::V4(_) => v4,
        }))
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    failures: u32,
    /// When failures were last forgotten or added, and from when on the next attempt is possible, in microseconds.
    since: u64,
    open_at: u64,
}

impl Count {
    /// How long an attempt has to wait now.
    fn wait(&mut self, rule: &Rule, now: u64) -> Duration {
        // Never longer than the rule says, even if the clock was set back.
        self.open_at = self.open_at.min(now.saturating_add(rule.longest.as_micros() as u64));
        Duration::from_micros(self.open_at.saturating_sub(now))
    }

    fn add(&mut self, rule: &Rule, now: u64) {
        let forgets = rule.forgets.as_micros() as u64;
        let forgotten = now.saturating_sub(self.since) / forgets;
        self.failures = self.failures.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX));
        self.since = if self.failures == 0 || now < self.since { now } else { self.since + forgotten * forgets };
        // No more than it takes to reach the longest wait, so that it ends soon after the guesses do.
        self.failures = self.failures.saturating_add(1).min(rule.free + 10);
        if let Some(beyond) = self.failures.checked_sub(rule.free + 1) {
            let wait = rule.wait.saturating_mul(1 << beyond).min(rule.longest);
            self.open_at = now.saturating_add(wait.as_micros() as u64);
        }
    }

    fn remove(&mut self) {
        self.failures = self.failures.saturating_sub(1);
        self.open_at = 0;
    }
}

struct Counts {
    pairs: LruCache<(String, Network), Count>,
    networks: LruCache<Network, Count>,
    names: LruCache<String, Count>,
    devices: LruCache<Hash, Count>,
}

impl Counts {
    fn slow_down(&mut self, name: &str, now: u64) -> Duration {
        let count = self.names.entry(name.to_owned()).or_insert_with(Count::default);
        count.add(&NAME, now);
        count.wait(&NAME, now)
    }
}

/// Counts failed attempts, in bounded memory.
pub(super) struct Throttle(Mutex<Counts>);

/// An attempt that may be made. It counts as failed from the start, so that many at once are not free.
#[must_use]
pub(super) struct Attempt {
    name: String,
    network: Network,
    device: Option<Hash>,
    /// How long to wait before it is made.
    pub(super) delay: Duration,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Counts {
            pairs: LruCache::new(REMEMBERED),
            networks: LruCache::new(REMEMBERED),
            names: LruCache::new(REMEMBERED),
            devices: LruCache::new(REMEMBERED),
        }))
    }

    /// Begins an attempt to sign in as `name`, or says how long to wait. `device`: a browser that this person has signed in
    /// with before.
    pub(super) fn begin(&self, name: &str, address: Option<IpAddr>, device: Option<Hash>, now: Timestamp) -> Result<Attempt, AccessError> {
        let now = now.as_micros();
        let network = Network::of(address);
        let mut counts = self.lock();
        let counts = &mut *counts;
        let mut counted = match device {
            Some(device) => vec![(counts.devices.entry(device).or_insert_with(Count::default), &DEVICE)],
            None => vec![
                (counts.pairs.entry((name.to_owned(), network)).or_insert_with(Count::default), &NAME_AND_ADDRESS),
                (counts.networks.entry(network).or_insert_with(Count::default), &ADDRESS),
            ],
        };
        let wait = counted.iter_mut().map(|(count, rule)| count.wait(rule, now)).max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(AccessError::TooManyAttempts(wait.as_micros().div_ceil(1_000_000) as u64));
        }
        for (count, rule) in &mut counted {
            count.add(rule, now);
        }
        let delay = if device.is_none() { counts.slow_down(name, now) } else { Duration::ZERO };
        Ok(Attempt { name: name.to_owned(), network, device, delay })
    }

    /// Counts a failure under a name alone; how long to wait before it is answered.
    pub(super) fn slow_down(&self, name: &str, now: Timestamp) -> Duration {
        self.lock().slow_down(name, now.as_micros())
    }

    /// The attempt was successful: what led to it is forgotten. An address keeps its count, or somebody with an account could
    /// go on guessing others'.
    pub(super) fn succeeded(&self, attempt: Attempt) {
        let mut counts = self.lock();
        if let Some(device) = attempt.device {
            counts.devices.remove(&device);
            return;
        }
        let pair = (attempt.name, attempt.network);
        counts.pairs.remove(&pair);
        counts.networks.get_mut(&attempt.network).map(Count::remove);
        counts.names.get_mut(&pair.0).map(Count::remove);
    }

    /// The attempt was not made.
    pub(super) fn cancelled(&self, attempt: Attempt) {
        let mut counts = self.lock();
        if let Some(device) = attempt.device {
            counts.devices.get_mut(&device).map(Count::remove);
            return;
        }
        counts.networks.get_mut(&attempt.network).map(Count::remove);
        counts.names.get_mut(&attempt.name).map(Count::remove);
        counts.pairs.get_mut(&(attempt.name, attempt.network)).map(Count::remove);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
