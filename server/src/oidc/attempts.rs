//! Attempts to sign in that were started: in memory, bounded, and each good for one return from the provider.

use crate::access::Network;
use hashlink::LinkedHashMap;
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use sha2::{Digest, Sha256};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long somebody may take at the provider, in seconds.
pub const ATTEMPT_SECONDS: u64 = 600;
/// How many attempts are remembered, and how many of them from one network, and from one /48 of IPv6.
const MOST: usize = 10_000;
const MOST_OF_ONE: usize = 50;
const MOST_OF_SITE: usize = 500;

/// What has to be known when somebody comes back.
pub(super) struct Attempt {
    /// The secret of the browser's cookie.
    browser: [u8; 32],
    network: Network,
    started: Instant,
    /// What the ID token has to repeat.
    pub(super) nonce: Nonce,
    /// What proves to the provider that the code is exchanged by whoever asked for it.
    pub(super) verifier: PkceCodeVerifier,
    /// The page to go to afterwards.
    pub(super) next: String,
}

impl Attempt {
    pub(super) fn new(browser: &str, network: Network, nonce: Nonce, verifier: PkceCodeVerifier, next: String) -> Self {
        Self { browser: hash(browser), network, started: Instant::now(), nonce, verifier, next }
    }
}

/// The attempts by their `state`, the oldest first.
#[derive(Default)]
pub(super) struct Attempts(Mutex<LinkedHashMap<String, Attempt>>);

impl Attempts {
    /// Remembers an attempt. One network can only displace its own.
    pub(super) fn add(&self, state: &CsrfToken, attempt: Attempt) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while attempts.front().is_some_and(|(_, oldest)| has_expired(oldest, attempt.started)) || attempts.len() >= MOST {
            attempts.pop_front();
        }
        make_room(&mut attempts, MOST_OF_ONE, |other| other.network == attempt.network);
        if let Some(site) = attempt.network.site() {
            make_room(&mut attempts, MOST_OF_SITE, |other| other.network.site() == Some(site));
        }
        attempts.insert(state.secret().clone(), attempt);
    }

    /// The attempt of this state, once, if the browser is the one that it was started in.
    pub(super) fn take(&self, state: &str, browser: Option<&str>) -> Option<Attempt> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = attempts.get(state)?;
        if hash(browser?) != attempt.browser {
            return None;
        }
        attempts.remove(state).filter(|attempt| !has_expired(attempt, Instant::now()))
    }
}

/// Removes the oldest of these if there are as many as there may be.
fn make_room(attempts: &mut LinkedHashMap<String, Attempt>, most: usize, is_one: impl Fn(&Attempt) -> bool) {
    let these: Vec<_> = attempts.iter().filter(|(_, attempt)| is_one(attempt)).map(|(state, _)| state).collect();
    if these.len() >= most {
        let oldest = these[0].clone();
        attempts.remove(&oldest);
    }
}

fn has_expired(attempt: &Attempt, now: Instant) -> bool {
    now.saturating_duration_since(attempt.started) >= Duration::from_secs(ATTEMPT_SECONDS)
}

fn hash(browser: &str) -> [u8; 32] {
    Sha256::digest(browser).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv6Addr};

    fn add(attempts: &Attempts, state: &str, browser: &str, address: impl Into<IpAddr>, age: u64) {
        let network = Network::of(Some(address.into()));
        let verifier = PkceCodeVerifier::new("v".repeat(43));
        let mut attempt = Attempt::new(browser, network, Nonce::new("n".into()), verifier, "/admin/exec".into());
        attempt.started -= Duration::from_secs(age);
        attempts.add(&CsrfToken::new(state.into()), attempt);
    }

    #[test]
    fn an_attempt_is_good_once_and_in_its_browser() {
        let attempts = Attempts::default();
        add(&attempts, "s", "mine", [192, 0, 2, 1], 0);
        for (state, browser) in [("s", None), ("s", Some("theirs")), ("t", Some("mine")), ("", Some("mine"))] {
            assert!(attempts.take(state, browser).is_none());
        }
        assert!(attempts.take("s", Some("mine")).is_some());
        assert!(attempts.take("s", Some("mine")).is_none());
    }

    #[test]
    fn an_attempt_expires() {
        let attempts = Attempts::default();
        add(&attempts, "old", "mine", [192, 0, 2, 1], ATTEMPT_SECONDS);
        add(&attempts, "new", "mine", [192, 0, 2, 1], ATTEMPT_SECONDS - 10);
        assert!(attempts.take("old", Some("mine")).is_none());
        assert!(attempts.take("new", Some("mine")).is_some());
    }

    #[test]
    fn one_network_displaces_only_its_own_and_memory_is_bounded() {
        let attempts = Attempts::default();
        add(&attempts, "first", "mine", [192, 0, 2, 1], 0);
        for number in 0..200 {
            add(&attempts, &format!("flood{number}"), "theirs", [198, 51, 100, 1], 0);
        }
        assert_eq!(attempts.0.lock().unwrap().len(), 1 + MOST_OF_ONE);
        assert!(attempts.take("flood199", Some("theirs")).is_some() && attempts.take("flood0", Some("theirs")).is_none());
        assert!(attempts.take("first", Some("mine")).is_some());
    }

    #[test]
    fn all_networks_of_one_customer_displace_only_their_own() {
        let attempts = Attempts::default();
        add(&attempts, "first", "mine", Ipv6Addr::from_bits(0x2001_0db8_0002 << 80), 0);
        for number in 0..2 * MOST_OF_SITE as u128 {
            let address = Ipv6Addr::from_bits((0x2001_0db8_0001 << 80) | (number << 64));
            add(&attempts, &format!("flood{number}"), "theirs", address, 0);
        }
        assert_eq!(attempts.0.lock().unwrap().len(), 1 + MOST_OF_SITE);
        assert!(attempts.take("first", Some("mine")).is_some());
    }
}
