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
/// How many refusals of one person have entries of their own in a minute.
const MOST_SINGLE: u32 = 100;

/// What somebody was refused: a stranger all but the last two.
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
    /// Anything else, while that could not be recorded by itself, or after many of one person.
    Other,
}

impl Refusal {
    const ALL: [Self; 6] = [Self::SignIn, Self::SetUp, Self::NotSignedIn, Self::Guard, Self::Limit, Self::Other];

    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SetUp => "setup",
            Self::NotSignedIn => "not_signed_in",
            Self::Guard => "foreign_host_or_origin",
            Self::Limit => "limit",
            Self::Other => "other",
        }
    }
}

/// Whose refusals are counted apart from others': a person, with which token and how they proved it, and an address. A stranger has an
/// address only.
type Key = (Option<String>, Option<String>, String, Option<String>);

pub(super) struct Counted {
    since: Instant,
    draft: Draft,
    counts: [u64; Refusal::ALL.len()],
}

impl Counted {
    fn new(draft: Draft, since: Instant) -> Self {
        let Draft { person, token, address, via, .. } = draft;
        let draft = Draft { person, token, address, outcome: AuditOutcome::Refused, ..Draft::new(&via, "request") };
        Self { since, draft, counts: [0; Refusal::ALL.len()] }
    }

    /// What is recorded of them.
    pub(super) fn draft(&self) -> Draft {
        let kinds = Refusal::ALL.iter().zip(self.counts).filter(|(_, count)| *count > 0);
        let details: Map<_, _> = kinds.map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
        Draft { count: Some(self.counts.iter().sum()), ..self.draft.clone() }.with(details.into())
    }
}

/// The counts. Strangers, who may have any number of addresses, take no room from people.
#[derive(Default)]
pub(super) struct Refusals {
    strangers: HashMap<Key, Counted>,
    people: HashMap<Key, Counted>,
    /// How many entries of their own the refusals of each person have had since when.
    single: HashMap<String, (Instant, u32)>,
}

impl Refusals {
    /// Counts a refusal of whoever the draft names.
    pub(super) fn count(&mut self, who: Draft, refusal: Refusal, now: Instant) {
        self.of(who, now).counts[refusal as usize] += 1;
    }

    /// Whether one more refusal of a person gets an entry of its own. Many of them are counted instead.
    pub(super) fn has_own_entry(&mut self, person: &str, now: Instant) -> bool {
        let (since, number) = self.single.entry(person.to_owned()).or_insert((now, 0));
        if now.saturating_duration_since(*since) >= MINUTE {
            (*since, *number) = (now, 0);
        }
        *number += 1;
        *number <= MOST_SINGLE
    }

    /// Takes those whose minute is over.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Counted> {
        let is_over = |since: Instant| now.saturating_duration_since(since) >= MINUTE;
        self.single.retain(|_, (since, _)| !is_over(*since));
        let due = |counts: &mut HashMap<Key, Counted>| {
            counts.extract_if(|_, counted| is_over(counted.since)).map(|(_, counted)| counted).collect()
        };
        let (strangers, mut people): (Vec<_>, Vec<_>) = (due(&mut self.strangers), due(&mut self.people));
        people.extend(strangers);
        people
    }

    /// Takes all.
    pub(super) fn take_all(&mut self) -> Vec<Counted> {
        self.people.drain().chain(self.strangers.drain()).map(|(_, counted)| counted).collect()
    }

    /// Puts back what could not be recorded, for another minute.
    pub(super) fn put_back(&mut self, taken: Vec<Counted>, now: Instant) {
        for Counted { draft, counts, .. } in taken {
            let counted = self.of(draft, now);
            counted.counts.iter_mut().zip(counts).for_each(|(count, more)| *count += more);
        }
    }

    /// The count of whoever the draft names. If there is no room for more, it is that of all other strangers, or of the person wherever
    /// they are.
    fn of(&mut self, who: Draft, now: Instant) -> &mut Counted {
        let counts = if who.person.is_some() { &mut self.people } else { &mut self.strangers };
        let key = |who: &Draft| (who.person.clone(), who.token.clone(), who.via.clone(), who.address.clone());
        let has_room = counts.len() < MOST_APART || counts.contains_key(&key(&who));
        let who = if has_room { who } else { Draft { token: None, address: None, ..who } };
        counts.entry(key(&who)).or_insert_with(|| Counted::new(who, now))
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
        let due: Vec<_> = refusals.take_due(now + MINUTE).iter().map(Counted::draft).collect();
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].address.as_deref(), due[0].count, due[0].person.as_deref()), (Some("192.0.2.1"), Some(101), None));
        assert_eq!(due[0].details, Some(json!({ "sign_in": 100, "foreign_host_or_origin": 1 })));
        assert_eq!(refusals.take_all().len(), 1);
        assert!(refusals.take_all().is_empty());
    }

    #[test]
    fn a_person_is_counted_apart_from_strangers_at_the_same_address() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let ada = Draft { person: Some("ada".into()), via: "session".into(), ..stranger([192, 0, 2, 1]) };
        for _ in 0..3 {
            refusals.count(ada.clone(), Refusal::Limit, now);
        }
        refusals.count(stranger([192, 0, 2, 1]), Refusal::NotSignedIn, now);
        let mut all: Vec<_> =
            refusals.take_all().iter().map(Counted::draft).map(|draft| (draft.person, draft.count, draft.details)).collect();
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
        let eve = Draft { person: Some("eve".into()), ..stranger([192, 0, 2, 1]) };
        refusals.count(eve, Refusal::Limit, now);
        let taken = refusals.take_all();
        assert!(refusals.take_all().is_empty());
        // Not either if they are put back.
        refusals.put_back(taken, now);
        let all: Vec<_> = refusals.take_all().iter().map(Counted::draft).collect();
        assert!(all.len() <= MOST_APART + 2, "{}", all.len());
        let others = all.iter().find(|draft| draft.address.is_none() && draft.person.is_none()).unwrap();
        assert!(others.count.unwrap() >= 9000);
        assert_eq!(all.iter().filter_map(|draft| draft.count).sum::<u64>(), 10_001);
        let person = all.iter().find(|draft| draft.person.is_some()).unwrap();
        assert_eq!((person.person.as_deref(), person.address.as_deref()), (Some("eve"), Some("192.0.2.1")), "strangers hide nobody");
    }

    #[test]
    fn the_first_refusals_of_a_person_in_a_minute_have_entries_of_their_own() {
        let (mut refusals, now) = (Refusals::default(), Instant::now());
        let single = (0..1000).filter(|_| refusals.has_own_entry("ada", now)).count();
        assert_eq!((single, refusals.has_own_entry("bob", now)), (MOST_SINGLE as usize, true));
        assert!(refusals.has_own_entry("ada", now + MINUTE));
        refusals.take_due(now + MINUTE * 3);
        assert!(refusals.single.is_empty());
    }
}
