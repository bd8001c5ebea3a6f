//! When which end is told. One that is refused again and again holds up no other, and an address that does not answer is not asked
//! the more often the more ends wait.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// An end that is older is given up.
const MAX_AGE: Duration = Duration::from_hours(24);
/// The first pause after a failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// After so many failures in a row it is a problem of the server.
const FAILURES: u32 = 3;

/// The ends that are yet to be told.
#[derive(Default)]
pub(super) struct Schedule {
    waiting: BTreeMap<i64, Waiting>,
    /// When the last one was told.
    told_at: Option<Instant>,
    /// Failures since then. What has failed before then as well says nothing about the address, which has answered since.
    failures: u32,
    failed_at: Option<Instant>,
}

struct Waiting {
    attempts: u32,
    first_failure: Option<Instant>,
    due: Instant,
    /// When it is too old. By a clock that nobody sets: an end that was recorded before the machine knew the time is not an old one.
    expires: Instant,
    /// It only has to be taken out.
    is_told: bool,
}

impl Schedule {
    /// `age`: how long ago it was recorded.
    pub(super) fn add(&mut self, number: i64, age: Duration, now: Instant) {
        let expires = now + MAX_AGE.saturating_sub(age);
        self.waiting.insert(number, Waiting { attempts: 0, first_failure: None, due: now, expires, is_told: false });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The number of the one whose turn it is, and when.
    pub(super) fn next(&self) -> Option<(i64, Instant)> {
        let turn = |(number, waiting): (&i64, &Waiting)| (self.turn(waiting), waiting.due, *number);
        self.waiting.iter().map(turn).min().map(|(at, _, number)| (number, at))
    }

    /// While the address does not answer, what was not tried yet takes its turn a second after the last failure.
    fn turn(&self, waiting: &Waiting) -> Instant {
        let pause = if waiting.attempts == 0 { FIRST_PAUSE } else { pause(self.failures) };
        match self.failed_at {
            _ if waiting.is_told => waiting.due,
            Some(failed_at) if self.failures > 0 => waiting.due.max(failed_at + pause).min(waiting.expires),
            _ => waiting.due.min(waiting.expires),
        }
    }

    /// Whether it only has to be taken out.
    pub(super) fn is_told(&self, number: i64) -> bool {
        self.waiting.get(&number).is_none_or(|waiting| waiting.is_told)
    }

    pub(super) fn is_too_old(&self, number: i64, now: Instant) -> bool {
        self.waiting.get(&number).is_some_and(|waiting| waiting.expires <= now)
    }

    /// Somebody was told of it, so that it only has to be taken out.
    pub(super) fn told(&mut self, number: i64, now: Instant) {
        self.told_at = Some(now);
        self.failures = 0;
        self.done(number);
    }

    /// Nobody is to be told of it any more.
    pub(super) fn done(&mut self, number: i64) {
        if let Some(waiting) = self.waiting.get_mut(&number) {
            waiting.is_told = true;
        }
    }

    /// It is to be tried again, for a reason that is not the address.
    pub(super) fn postpone(&mut self, number: i64, now: Instant) {
        if let Some(waiting) = self.waiting.get_mut(&number) {
            waiting.attempts += 1;
            waiting.due = now + pause(waiting.attempts);
        }
    }

    /// The address has not taken it. Returns whether that is a problem by now.
    pub(super) fn failed(&mut self, number: i64, now: Instant) -> bool {
        self.postpone(number, now);
        if let Some(waiting) = self.waiting.get_mut(&number) {
            let first_failure = *waiting.first_failure.get_or_insert(now);
            if self.told_at.is_none_or(|told_at| told_at < first_failure) {
                self.failures += 1;
                self.failed_at = Some(now);
            }
        }
        self.failures >= FAILURES
    }

    pub(super) fn remove(&mut self, number: i64) {
        self.waiting.remove(&number);
    }
}

fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Test {
        schedule: Schedule,
        begin: Instant,
        now: Instant,
    }

    impl Test {
        fn new() -> Self {
            let now = Instant::now();
            Self { schedule: Schedule::default(), begin: now, now }
        }

        fn add(&mut self, number: i64) {
            self.schedule.add(number, Duration::ZERO, self.now);
        }

        /// Waits for the next turn: its number, and how many seconds after the beginning it is.
        fn turn(&mut self) -> (i64, u64) {
            let (number, at) = self.schedule.next().unwrap();
            self.now = self.now.max(at);
            (number, (self.now - self.begin).as_secs())
        }

        /// Takes the next turn, which fails.
        fn fail(&mut self) -> (i64, u64, bool) {
            let (number, at) = self.turn();
            (number, at, self.schedule.failed(number, self.now))
        }

        /// Takes the next turn, which succeeds.
        fn tell(&mut self) -> (i64, u64) {
            let turn = self.turn();
            self.schedule.told(turn.0, self.now);
            self.schedule.remove(turn.0);
            turn
        }
    }

    #[test]
    fn pauses_grow_to_five_minutes_and_three_failures_are_a_problem() {
        let mut test = Test::new();
        test.add(1);
        let turns: Vec<_> = (0..11).map(|_| test.fail()).collect();
        let expected = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811];
        let problem = |index| index >= 2;
        assert_eq!(turns, expected.into_iter().enumerate().map(|(index, at)| (1, at, problem(index))).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_always_refused_holds_up_nothing_and_is_no_problem_once_something_else_was_told() {
        let mut test = Test::new();
        test.add(1);
        for _ in 0..6 {
            test.fail();
        }
        assert_eq!(test.turn(), (1, 63));
        test.now = test.begin + Duration::from_secs(40);
        test.add(2);
        assert_eq!(test.tell(), (2, 40));
        for at in [63, 127, 255, 511] {
            assert_eq!(test.fail(), (1, at, false));
            test.add(at as i64);
            assert_eq!(test.tell(), (at as i64, at));
        }
    }

    #[test]
    fn an_address_that_does_not_answer_is_not_asked_the_more_often_the_more_wait() {
        let mut test = Test::new();
        (1..=1000).for_each(|number| test.add(number));
        // Each once, one a second.
        for number in 1..=1000 {
            let (tried, at, problem) = test.fail();
            assert_eq!((tried, at, problem), (number, number as u64 - 1, number > 2));
        }
        // Then one in five minutes, by turns.
        for number in 1..=10 {
            assert_eq!(test.fail(), (number, 999 + 300 * number as u64, true));
        }
        // When it answers again, the others follow at once.
        let (_, first) = test.tell();
        for _ in 0..900 {
            assert!(test.tell().1 <= first + 300);
        }
    }

    #[test]
    fn what_only_has_to_be_taken_out_waits_for_no_address() {
        let mut test = Test::new();
        (1..=2).for_each(|number| test.add(number));
        for _ in 0..5 {
            test.fail();
        }
        test.schedule.done(2);
        assert_eq!(test.turn(), (2, 15));
        assert!(test.schedule.is_told(2) && !test.schedule.is_told(1));
        test.schedule.postpone(2, test.now);
        assert_eq!(test.turn(), (2, 19));
    }

    #[test]
    fn after_a_day_an_end_is_too_old_however_long_the_pause_still_is() {
        let mut test = Test::new();
        let day = MAX_AGE.as_secs();
        test.schedule.add(1, MAX_AGE.checked_sub(Duration::from_secs(10)).unwrap(), test.now);
        test.add(2);
        for _ in 0..4 {
            test.fail();
        }
        assert_eq!(test.turn(), (1, 10));
        assert!(test.schedule.is_too_old(1, test.now) && !test.schedule.is_too_old(2, test.now));
        test.schedule.remove(1);
        while test.fail().1 < day {}
        assert!(test.schedule.is_too_old(2, test.now) && test.now == test.begin + MAX_AGE);
        // One that has waited for longer while no server ran is so at once.
        test.schedule.add(3, 7 * MAX_AGE, test.now);
        assert!(test.schedule.is_too_old(3, test.now));
    }
}
