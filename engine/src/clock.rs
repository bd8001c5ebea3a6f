//! Whether the wall clock can be trusted with removing what is old: one that was wrong when the machine started, and is set later,
//! must not cost what is to be kept.

use execdeck_wire::Timestamp;
use std::time::{Duration, Instant};

/// The clock is trusted when it was not set for this long.
const SETTLED: Duration = Duration::from_mins(10);
/// The same if it is further ahead of all that is on record than [`FAR`].
const SETTLED_FAR: Duration = Duration::from_hours(12);
const FAR: Duration = Duration::from_hours(24);
/// It was set if it has gone faster or slower by more than this.
const TOLERANCE: Duration = Duration::from_mins(1);

/// Compares the wall clock with the monotonic one.
pub struct Clock {
    /// The newest time that is on record from before.
    newest: Option<Timestamp>,
    /// In place of the times above.
    settled: Option<Duration>,
    /// Both clocks when the wall clock was set, as far as is known.
    set: Option<(Timestamp, Instant)>,
}

impl Clock {
    /// `newest`: the newest time that is on record from before. `settled`: after what time the clock is trusted if it was not set; when
    /// absent ten minutes, or half a day if it is more than a day ahead of `newest`.
    pub const fn new(newest: Option<Timestamp>, settled: Option<Duration>) -> Self {
        Self { newest, settled, set: None }
    }

    /// The time, if the clock can be trusted. To be asked every minute or more often, since the clock is watched that way.
    pub fn trusted(&mut self, now: Timestamp, monotonic: Instant) -> Option<Timestamp> {
        let settled = self.settled.unwrap_or(if self.is_far(now) { SETTLED_FAR } else { SETTLED });
        if self.set.is_none() && settled == SETTLED_FAR {
            tracing::warn!(%now, "the clock is more than a day ahead of all that is on record; for half a day nothing is removed for its age");
        }
        let (wall, began) = *self.set.get_or_insert((now, monotonic));
        let elapsed = monotonic.duration_since(began);
        let expected = wall.as_micros().saturating_add(elapsed.as_micros() as u64);
        if expected.abs_diff(now.as_micros()) > TOLERANCE.as_micros() as u64 {
            self.set = Some((now, monotonic));
            return None;
        }
        (elapsed >= settled).then_some(now)
    }

    fn is_far(&self, now: Timestamp) -> bool {
        self.newest.is_some_and(|newest| now.as_micros() > newest.as_micros().saturating_add(FAR.as_micros() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const HOUR: Duration = Duration::from_hours(1);
    const DAY: Duration = Duration::from_hours(24);

    /// Both clocks, each of which can be moved.
    struct Times(Timestamp, Instant);

    impl Times {
        fn new() -> Self {
            Self(Timestamp::from_micros(1_700_000_000_000_000), Instant::now())
        }

        fn set_ahead(&mut self, by: Duration) {
            self.0 = Timestamp::from_micros(self.0.as_micros() + by.as_micros() as u64);
        }

        fn set_back(&mut self, by: Duration) {
            self.0 = Timestamp::from_micros(self.0.as_micros() - by.as_micros() as u64);
        }

        fn pass(&mut self, time: Duration) {
            self.set_ahead(time);
            self.1 += time;
        }

        /// How many minutes pass until the clock is trusted.
        fn until_trusted(&mut self, clock: &mut Clock) -> u32 {
            let minutes = (0..10_000).find(|_| {
                let trusted = clock.trusted(self.0, self.1);
                assert!(trusted.is_none_or(|now| now == self.0));
                self.pass(MINUTE);
                trusted.is_some()
            });
            minutes.expect("it is trusted at some time")
        }
    }

    #[test]
    fn a_clock_that_is_not_set_is_trusted_after_some_minutes() {
        let mut times = Times::new();
        for newest in [None, Some(times.0)] {
            times.set_ahead(11 * HOUR);
            let mut clock = Clock::new(newest, None);
            assert_eq!(times.until_trusted(&mut clock), 10);
            assert_eq!(times.until_trusted(&mut clock), 0, "and stays so");
        }
    }

    #[test]
    fn one_that_is_ahead_when_the_machine_starts_is_not_trusted_before_it_was_set_right() {
        let mut times = Times::new();
        let mut clock = Clock::new(Some(times.0), None);
        times.set_ahead(365 * DAY);
        for _ in 0..11 * 60 {
            assert_eq!(clock.trusted(times.0, times.1), None);
            times.pass(MINUTE);
        }
        times.set_back(365 * DAY);
        assert_eq!(times.until_trusted(&mut clock), 10);
        // Nor is one that is set ahead later.
        times.set_ahead(365 * DAY);
        assert_eq!(times.until_trusted(&mut clock), 12 * 60);
    }

    #[test]
    fn whoever_comes_back_after_a_long_time_waits_for_half_a_day() {
        let mut times = Times::new();
        let mut clock = Clock::new(Some(times.0), None);
        times.set_ahead(90 * DAY);
        assert_eq!(times.until_trusted(&mut clock), 12 * 60);
    }

    #[test]
    fn a_clock_that_is_slowed_down_to_be_set_right_is_not_trusted_meanwhile() {
        let mut times = Times::new();
        let mut clock = Clock::new(None, None);
        for _ in 0..1000 {
            assert_eq!(clock.trusted(times.0, times.1), None);
            times.pass(MINUTE);
            times.set_back(MINUTE / 8);
        }
        assert!((1..=10).contains(&times.until_trusted(&mut clock)));
    }
}
