//! Counts the refusals that come in any number and could fill the disk otherwise: one entry per person, address and minute.

use super::Draft;
use execdeck_wire::AuditOutcome;
use serde_json::{Map, json};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long refusals of one person and address are counted.
const MINUTE: Duration = Duration::from_mins(1);
/// How many of them are counted by themselves; what comes from others is counted together.
const MOST_APART: usize = 1000;

/// What somebody was refused: a stranger all but the last.
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
    /// More requests or streams than one person may have.
    Limit,
}

impl Refusal {
    const ALL: [Self; 5] = [Self::SignIn, Self::SetUp, Self::NotSignedIn, Self::Guard, Self::Limit];

    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SetUp => "setup",
            Self::NotSignedIn => "not_signed_in",
            Self::Guard => "foreign_host_or_origin",
            Self::Limit => "limit",
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
pub(super) struct Refusals {
    /// By person and address. Neither: all that there was no room for, and strangers whose address is not known.
    apart: HashMap<(Option<String>, Option<String>), Counted>,
}

impl Refusals {
    /// Counts a refusal of whoever the draft names.
    pub(super) fn count(&mut self, who: Draft, refusal: Refusal, now: Instant) {
        let key = (who.person.clone(), who.address.clone());
        let (key, who) = if self.apart.len() < MOST_APART || self.apart.contains_key(&key) {
            (key, who)
        } else {
            ((None, None), Draft::new("nothing", &who.action))
        };
        let draft = Draft { outcome: AuditOutcome::Refused, ..who };
        let counted = self.apart.entry(key).or_insert_with(|| Counted { since: now, draft, counts: [0; Refusal::ALL.len()] });
        counted.counts[refusal as usize] += 1;
    }

    /// The entries of those whose minute is over.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Draft> {
        let due = self.apart.extract_if(|_, counted| now.saturating_duration_since(counted.since) >= MINUTE);
        due.map(|(_, counted)| counted.into_draft()).collect()
    }

    /// The entries of all.
    pub(super) fn take_all(&mut self) -> Vec<Draft> {
        self.apart.drain().map(|(_, counted)| counted.into_draft()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn stranger(address: impl Into<IpAddr>) -> Draft {
        Draft::new("nothing", "request").from(Some(address.into()))
    }

    #[test]
    fn an_address_has_one_entry_a_minute() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let [first, second] = [1, 2].map(|last| stranger([192, 0, 2, last]));
        for _ in 0..100 {
            refusals.count(first.clone(), Refusal::SignIn, now);
        }
        refusals.count(stranger("::ffff:192.0.2.1".parse::<IpAddr>().unwrap()), Refusal::Guard, now);
        refusals.count(second, Refusal::NotSignedIn, now + MINUTE / 2);
        assert!(refusals.take_due(now + Duration::from_millis(59_999)).is_empty());
        let due = refusals.take_due(now + MINUTE);
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].address.as_deref(), due[0].count, due[0].person.as_deref()), (Some("192.0.2.1"), Some(101), None));
        assert_eq!(due[0].details, Some(json!({ "sign_in": 100, "foreign_host_or_origin": 1 })));
        assert_eq!(refusals.take_all().len(), 1);
        assert!(refusals.take_all().is_empty());
    }

    #[test]
    fn a_person_is_counted_apart_from_strangers_at_the_same_address() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let ada = Draft { person: Some("ada".into()), ..stranger([192, 0, 2, 1]) };
        for _ in 0..3 {
            refusals.count(ada.clone(), Refusal::Limit, now);
        }
        refusals.count(stranger([192, 0, 2, 1]), Refusal::NotSignedIn, now);
        let mut all: Vec<_> = refusals.take_all().into_iter().map(|draft| (draft.person, draft.count, draft.details)).collect();
        all.sort_by_key(|(person, ..)| person.clone());
        assert_eq!(all[0], (None, Some(1), Some(json!({ "not_signed_in": 1 }))));
        assert_eq!(all[1], (Some("ada".into()), Some(3), Some(json!({ "limit": 3 }))));
    }

    #[test]
    fn many_addresses_take_no_more_room_and_every_refusal_counts() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        for number in 0..10_000_u32 {
            refusals.count(stranger(number.to_be_bytes()), Refusal::NotSignedIn, now);
        }
        let all = refusals.take_all();
        assert_eq!(all.len(), MOST_APART + 1);
        let others: Vec<_> = all.iter().filter(|draft| draft.address.is_none()).collect();
        assert_eq!((others.len(), others[0].count), (1, Some(9000)));
        assert_eq!(all.iter().filter_map(|draft| draft.count).sum::<u64>(), 10_000);
    }
}
