//! Counts the refusals of people who are not signed in, who could fill the disk otherwise: one entry per address and minute.

use super::Draft;
use execdeck_wire::AuditOutcome;
use serde_json::{Map, json};
use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

/// How long refusals of one address are counted.
const MINUTE: Duration = Duration::from_mins(1);
/// How many addresses are counted by themselves; what comes from others is counted together.
const MOST_ADDRESSES: usize = 1000;

/// What a stranger was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Signing in: a wrong name or password.
    SignIn,
    /// Setting up the first account.
    SetUp,
    /// A request without a sign-in, or with one that is not valid.
    NotSignedIn,
    /// A request for another host or from another site.
    Guard,
}

impl Refusal {
    const ALL: [Self; 4] = [Self::SignIn, Self::SetUp, Self::NotSignedIn, Self::Guard];

    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SetUp => "setup",
            Self::NotSignedIn => "not_signed_in",
            Self::Guard => "foreign_host_or_origin",
        }
    }
}

struct Counted {
    since: Instant,
    draft: Draft,
    counts: [u64; Refusal::ALL.len()],
}

impl Counted {
    fn into_draft(self) -> Draft {
        let kinds = Refusal::ALL.iter().zip(self.counts).filter(|(_, count)| *count > 0);
        let details: Map<_, _> = kinds.map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
        Draft { count: Some(self.counts.iter().sum()), ..self.draft }.with(details.into())
    }
}

/// The counts.
#[derive(Default)]
pub(super) struct Strangers {
    /// None: all addresses that there was no room for, and those that are not known.
    by_address: HashMap<Option<IpAddr>, Counted>,
}

impl Strangers {
    pub(super) fn count(&mut self, address: Option<IpAddr>, refusal: Refusal, now: Instant) {
        let address = address.map(|address| address.to_canonical());
        let has_room = self.by_address.len() < MOST_ADDRESSES || self.by_address.contains_key(&address);
        let address = address.filter(|_| has_room);
        let new = || {
            let draft = Draft { outcome: AuditOutcome::Refused, ..Draft::new("nothing", "request") };
            Counted { since: now, draft: draft.from(address), counts: [0; Refusal::ALL.len()] }
        };
        let counted = self.by_address.entry(address).or_insert_with(new);
        counted.counts[refusal as usize] += 1;
    }

    /// The entries of those whose minute is over.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Draft> {
        let due = self.by_address.extract_if(|_, counted| now.saturating_duration_since(counted.since) >= MINUTE);
        due.map(|(_, counted)| counted.into_draft()).collect()
    }

    /// The entries of all.
    pub(super) fn take_all(&mut self) -> Vec<Draft> {
        self.by_address.drain().map(|(_, counted)| counted.into_draft()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_entry_a_minute() {
        let (mut strangers, now) = (Strangers::default(), Instant::now());
        let [first, second] = [1, 2].map(|last| Some(IpAddr::from([192, 0, 2, last])));
        for _ in 0..100 {
            strangers.count(first, Refusal::SignIn, now);
        }
        strangers.count(Some("::ffff:192.0.2.1".parse().unwrap()), Refusal::Guard, now);
        strangers.count(second, Refusal::NotSignedIn, now + MINUTE / 2);
        assert!(strangers.take_due(now + Duration::from_millis(59_999)).is_empty());
        let due = strangers.take_due(now + MINUTE);
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].address.as_deref(), due[0].count, due[0].person.as_deref()), (Some("192.0.2.1"), Some(101), None));
        assert_eq!(due[0].details, Some(json!({ "sign_in": 100, "foreign_host_or_origin": 1 })));
        assert_eq!(strangers.take_all().len(), 1);
        assert!(strangers.take_all().is_empty());
    }

    #[test]
    fn many_addresses_take_no_more_room_and_every_refusal_counts() {
        let (mut strangers, now) = (Strangers::default(), Instant::now());
        for number in 0..10_000_u32 {
            strangers.count(Some(IpAddr::from(number.to_be_bytes())), Refusal::NotSignedIn, now);
        }
        let all = strangers.take_all();
        assert_eq!(all.len(), MOST_ADDRESSES + 1);
        let others: Vec<_> = all.iter().filter(|draft| draft.address.is_none()).collect();
        assert_eq!((others.len(), others[0].count), (1, Some(9000)));
        assert_eq!(all.iter().filter_map(|draft| draft.count).sum::<u64>(), 10_000);
    }
}
