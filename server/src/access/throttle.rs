//! Slows down guessing without locking anybody out.
//!
//! Failures are counted per browser that the person has signed in with before, and, for all others, per name and address,
//! per address (of IPv6, per /64 and per /48), and per name. Guesses from elsewhere never count against a known browser, so
//! nobody can keep the owner of an account out of it by guessing. The count for a name alone only makes attempts slower: it is not refused.

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
/// For a /48 of IPv6, in which one customer may have thousands of /64s.
const NAME_AND_SITE: Rule = rule(20, 1000, 300, 600);
const SITE: Rule = rule(120, 1000, 30, 60);

/// Who an attempt is attributed to: an address of IPv4, or a network of IPv6 with as many bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network {
    address: Option<IpAddr>,
    bits: u8,
}

impl Network {
    /// The smallest that one customer may have: a /64 of IPv6.
    pub(crate) fn of(address: Option<IpAddr>) -> Self {
        Self::with_bits(address, 64)
    }

    fn with_bits(address: Option<IpAddr>, bits: u8) -> Self {
        let address = address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> (128 - bits) << (128 - bits)).into()),
            v4 @ IpAddr::V4(_) => v4,
        });
        Self { address, bits }
    }

    /// The largest that one customer may have: a /48 of IPv6.
    pub(crate) fn site(self) -> Option<Self> {
        matches!(self.address, Some(IpAddr::V6(_))).then(|| Self::with_bits(self.address, 48))
    }

    /// What an attempt from here counts for, each with its rule for one name, and for all.
    fn counted(self) -> impl Iterator<Item = (Self, &'static Rule, &'static Rule)> {
        let site = self.site().map(|site| (site, &NAME_AND_SITE, &SITE));
        [(self, &NAME_AND_ADDRESS, &ADDRESS)].into_iter().chain(site)
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
    /// Goes through all that may refuse an attempt.
    fn each(&mut self, name: &str, network: Network, device: Option<Hash>, mut with: impl FnMut(&mut Count, &Rule)) {
        if let Some(device) = device {
            with(self.devices.entry(device).or_insert_with(Count::default), &DEVICE);
            return;
        }
        for (network, of_name, of_all) in network.counted() {
            with(self.pairs.entry((name.to_owned(), network)).or_insert_with(Count::default), of_name);
            with(self.networks.entry(network).or_insert_with(Count::default), of_all);
        }
    }

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

impl Attempt {
    /// The name that was given.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
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
        // First whether it may be made, by all that it counts for; then it counts.
        let mut wait = Duration::ZERO;
        counts.each(name, network, device, |count, rule| wait = wait.max(count.wait(rule, now)));
        if !wait.is_zero() {
            return Err(AccessError::TooManyAttempts(wait.as_micros().div_ceil(1_000_000) as u64));
        }
        counts.each(name, network, device, |count, rule| count.add(rule, now));
        let delay = if device.is_none() { counts.slow_down(name, now) } else { Duration::ZERO };
        Ok(Attempt { name: name.to_owned(), network, device, delay })
    }

    /// Begins an attempt that names nobody, so that only its address counts, or says how long to wait.
    pub(super) fn begin_without_name(&self, address: Option<IpAddr>, now: Timestamp) -> Result<Attempt, AccessError> {
        let (network, now) = (Network::of(address), now.as_micros());
        let mut counts = self.lock();
        let mut wait = Duration::ZERO;
        for (network, _, rule) in network.counted() {
            wait = wait.max(counts.networks.entry(network).or_insert_with(Count::default).wait(rule, now));
        }
        if !wait.is_zero() {
            return Err(AccessError::TooManyAttempts(wait.as_micros().div_ceil(1_000_000) as u64));
        }
        for (network, _, rule) in network.counted() {
            counts.networks.entry(network).or_insert_with(Count::default).add(rule, now);
        }
        Ok(Attempt { name: String::new(), network, device: None, delay: Duration::ZERO })
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
        for (network, ..) in attempt.network.counted() {
            counts.pairs.remove(&(attempt.name.clone(), network));
            counts.networks.get_mut(&network).map(Count::remove);
        }
        counts.names.get_mut(&attempt.name).map(Count::remove);
    }

    /// The attempt was not made.
    pub(super) fn cancelled(&self, attempt: Attempt) {
        let mut counts = self.lock();
        if let Some(device) = attempt.device {
            counts.devices.get_mut(&device).map(Count::remove);
            return;
        }
        for (network, ..) in attempt.network.counted() {
            counts.networks.get_mut(&network).map(Count::remove);
            counts.pairs.get_mut(&(attempt.name.clone(), network)).map(Count::remove);
        }
        counts.names.get_mut(&attempt.name).map(Count::remove);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
