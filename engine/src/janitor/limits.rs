//! How much of the history is too much.

use crate::{
    config::Keep,
    store::{Ended, Totals},
};
use execdeck_wire::Timestamp;
use std::time::Duration;

/// How much is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Excess {
    processes: u64,
    bytes: u64,
    /// What ended before this is too old; microseconds since 1970.
    before: i64,
}

impl Excess {
    /// `now`: none if it is not known well enough to go by age.
    pub(super) fn of(totals: Totals, keep: Keep, now: Option<Timestamp>) -> Self {
        let over = |total: u64, most: Option<u64>| most.map_or(0, |most| total.saturating_sub(most));
        let age = |age: Duration| i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
        let oldest = |limit: Duration| Some((now?.as_micros() as i64).saturating_sub(age(limit)));
        Self {
            processes: over(totals.processes, keep.processes),
            bytes: over(totals.bytes, keep.bytes),
            before: keep.age.and_then(oldest).unwrap_or(i64::MIN),
        }
    }

    /// Whether the process has to go that ended first of those that are left.
    pub(super) fn includes(self, oldest: Ended) -> bool {
        self.processes > 0 || self.bytes > 0 || oldest.at < self.before
    }

    /// That process goes, now or later: nothing newer goes in its place.
    pub(super) fn take(&mut self, oldest: Ended) {
        self.processes = self.processes.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(oldest.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const NO_LIMIT: Keep = Keep { age: None, processes: None, bytes: None };

    /// How many of these go, the oldest first.
    fn removed(ended: &[Ended], keep: Keep, now: u64) -> usize {
        let totals = Totals { processes: ended.len() as u64, bytes: ended.iter().map(|ended| ended.bytes).sum() };
        let mut excess = Excess::of(totals, keep, Some(Timestamp::from_micros(now)));
        let goes = |oldest: &&Ended| {
            let goes = excess.includes(**oldest);
            excess.take(**oldest);
            goes
        };
        ended.iter().take_while(goes).count()
    }

    fn ended(at: i64, bytes: u64) -> Ended {
        Ended { id: Uuid::nil(), at, bytes }
    }

    #[test]
    fn without_limits_nothing_goes() {
        assert_eq!(removed(&[ended(0, u64::MAX)], NO_LIMIT, u64::MAX), 0);
    }

    #[test]
    fn what_is_older_or_more_than_is_kept_goes() {
        let history = [ended(1_000_000, 50), ended(2_000_000, 5), ended(3_000_000, 50), ended(4_000_000, 50)];
        let age = |seconds| Keep { age: Some(Duration::from_secs(seconds)), ..NO_LIMIT };
        assert_eq!([2, 3, 4].map(|seconds| removed(&history, age(seconds), 5_000_000)), [2, 1, 0]);
        let processes = |most| Keep { processes: Some(most), ..NO_LIMIT };
        assert_eq!([0, 1, 4, 5].map(|most| removed(&history, processes(most), 0)), [4, 3, 0, 0]);
        let bytes = |most| Keep { bytes: Some(most), ..NO_LIMIT };
        assert_eq!([155, 154, 104, 99, 49].map(|most| removed(&history, bytes(most), 0)), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn while_the_time_is_not_known_nothing_goes_for_its_age() {
        let keep = Keep { age: Some(Duration::ZERO), processes: Some(1), bytes: None };
        let mut excess = Excess::of(Totals { processes: 2, bytes: 0 }, keep, None);
        assert!(excess.includes(ended(0, 0)));
        excess.take(ended(0, 0));
        assert!(!excess.includes(ended(1, 0)));
    }

    proptest! {
        #[test]
        fn what_is_left_fits_and_one_more_would_not(
            mut times in proptest::collection::vec((0..100i64, 0..50u64), 0..40),
            age in proptest::option::of(0..100u64),
            processes in proptest::option::of(0..40u64),
            bytes in proptest::option::of(0..1000u64),
        ) {
            times.sort_unstable();
            let history: Vec<_> = times.iter().map(|(at, bytes)| ended(*at, *bytes)).collect();
            let keep = Keep { age: age.map(Duration::from_micros), processes, bytes };
            let fits = |left: &[Ended]| {
                processes.is_none_or(|most| left.len() as u64 <= most)
                    && bytes.is_none_or(|most| left.iter().map(|ended| ended.bytes).sum::<u64>() <= most)
                    && age.is_none_or(|age| left.iter().all(|ended| 100 - ended.at <= age as i64))
            };
            let gone = removed(&history, keep, 100);
            prop_assert!(fits(&history[gone..]));
            prop_assert!(gone == 0 || !fits(&history[gone - 1..]), "one too many");
        }
    }
}
