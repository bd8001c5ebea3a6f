//! Challenges that have not been answered yet, in bounded memory. Each is found by the secret in its browser's cookie, and only
//! once.

use crate::access::{
    secret::{self, Hash, Kind},
    throttle::Network,
};
use execdeck_wire::Timestamp;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};

/// How long a challenge may be answered, in microseconds.
const VALID: u64 = 5 * 60 * 1_000_000;
/// How many there are at once, altogether, from one address, and from one /48 of IPv6; beyond that the oldest go.
const MOST: usize = 4096;
const MOST_OF_ADDRESS: usize = 256;
const MOST_OF_SITE: usize = 1024;

/// What a challenge is for.
pub(super) enum Ceremony {
    /// Somebody who is signed in adds a passkey.
    Add { person: Uuid, state: Box<PasskeyRegistration> },
    /// Somebody who is signed in shows that it is them.
    Prove { person: Uuid, state: Box<DiscoverableAuthentication> },
    /// Somebody signs in with a passkey alone.
    SignIn(Box<DiscoverableAuthentication>),
    /// Somebody has given the right password, or another system vouches for them. Without a state nothing was asked for yet.
    AfterPassword(AfterPassword),
}

/// Somebody has taken the first step.
pub(super) struct AfterPassword {
    pub(super) person: Uuid,
    /// The hash of their password then: if it is another one meanwhile, the step was for nothing.
    pub(super) password: Option<String>,
    pub(super) state: Option<Box<DiscoverableAuthentication>>,
}

struct Entry {
    secret: Hash,
    network: Network,
    expires_at: u64,
    ceremony: Ceremony,
}

/// Remembers challenges.
#[derive(Default)]
pub(in super::super) struct Ceremonies(Mutex<VecDeque<Entry>>);

impl Ceremonies {
    /// Remembers a challenge for five minutes. Returns the secret for the browser's cookie.
    pub(super) fn begin(&self, network: Network, ceremony: Ceremony, now: Timestamp) -> String {
        self.begin_until(network, ceremony, now, now.as_micros().saturating_add(VALID))
    }

    /// The same until another moment, in microseconds since 1970.
    pub(super) fn begin_until(&self, network: Network, ceremony: Ceremony, now: Timestamp, expires_at: u64) -> String {
        let secret = secret::random();
        let hash = secret::parse(Kind::Ceremony, &secret).expect("it was just made");
        let mut entries = self.lock();
        entries.retain(|entry| entry.is_valid(now));
        make_room(&mut entries, MOST_OF_ADDRESS, |entry| entry.network == network);
        if let Some(site) = network.site() {
            make_room(&mut entries, MOST_OF_SITE, |entry| entry.network.site() == Some(site));
        }
        make_room(&mut entries, MOST, |_| true);
        entries.push_back(Entry { secret: hash, network, expires_at, ceremony });
        secret
    }

    /// What the browser with this secret has to answer, if that is not too late, and until when it was. It is not found again.
    pub(super) fn take(&self, secret: Option<&str>, now: Timestamp) -> Option<(Ceremony, u64)> {
        let hash = secret::parse(Kind::Ceremony, secret?)?;
        let mut entries = self.lock();
        let found = entries.iter().position(|entry| entry.secret == hash)?;
        let entry = entries.remove(found).filter(|entry| entry.is_valid(now))?;
        Some((entry.ceremony, entry.expires_at))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the oldest of these if there are as many as there may be.
fn make_room(entries: &mut VecDeque<Entry>, most: usize, is_one: impl Fn(&Entry) -> bool) {
    if entries.iter().filter(|entry| is_one(entry)).count() >= most
        && let Some(oldest) = entries.iter().position(is_one)
    {
        entries.remove(oldest);
    }
}

impl Entry {
    fn is_valid(&self, now: Timestamp) -> bool {
        // Nor if the clock was set back.
        let left = self.expires_at.saturating_sub(now.as_micros());
        (1..=VALID).contains(&left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting() -> Ceremony {
        Ceremony::AfterPassword(AfterPassword { person: Uuid::nil(), password: None, state: None })
    }

    fn network(number: u32) -> Network {
        Network::of(Some(std::net::Ipv4Addr::from(number).into()))
    }

    #[test]
    fn a_challenge_is_good_once_and_for_five_minutes() {
        let ceremonies = Ceremonies::default();
        let at = |micros| Timestamp::from_micros(1_000_000_000_000 + micros);
        let secret = ceremonies.begin(network(1), waiting(), at(0));
        assert!(ceremonies.take(None, at(1)).is_none());
        assert!(ceremonies.take(Some(&secret::random()), at(1)).is_none());
        assert!(ceremonies.take(Some(&secret), at(VALID - 1)).is_some());
        assert!(ceremonies.take(Some(&secret), at(VALID - 1)).is_none());
        let late = ceremonies.begin(network(1), waiting(), at(0));
        assert!(ceremonies.take(Some(&late), at(VALID)).is_none());
        let set_back = ceremonies.begin(network(1), waiting(), at(10));
        assert!(ceremonies.take(Some(&set_back), at(0)).is_none());
    }

    #[test]
    fn one_address_does_not_push_others_out() {
        let (ceremonies, now) = (Ceremonies::default(), Timestamp::from_micros(1_000_000));
        let other = ceremonies.begin(network(1), waiting(), now);
        let first = ceremonies.begin(network(2), waiting(), now);
        for _ in 0..MOST {
            ceremonies.begin(network(2), waiting(), now);
        }
        assert!(ceremonies.take(Some(&first), now).is_none());
        assert!(ceremonies.take(Some(&other), now).is_some());
        for number in 0..2 * MOST as u32 {
            ceremonies.begin(network(number), waiting(), now);
        }
        assert_eq!(ceremonies.lock().len(), MOST);
        assert!(ceremonies.lock().iter().all(|entry| entry.is_valid(now)));
    }

    #[test]
    fn all_addresses_of_one_customer_do_not_push_others_out() {
        let (ceremonies, now) = (Ceremonies::default(), Timestamp::from_micros(1_000_000));
        let other = ceremonies.begin(network(1), waiting(), now);
        for number in 0..2 * MOST as u128 {
            let address = std::net::Ipv6Addr::from_bits((0x2001_0db8_0001 << 80) | (number << 64));
            ceremonies.begin(Network::of(Some(address.into())), waiting(), now);
        }
        assert_eq!(ceremonies.lock().len(), 1 + MOST_OF_SITE);
        assert!(ceremonies.take(Some(&other), now).is_some());
    }
}
