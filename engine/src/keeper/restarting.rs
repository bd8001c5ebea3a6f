//! Starting the program again after an attempt: whether, when, and what the output says of it.

use super::{
    Keeper,
    mark::{Mark, Next},
    setup,
    stopping::describe_exit,
};
use execdeck_wire::{Attempt, Exit, ProcessState, RestartPolicy, RestartSpec, Stream, Timestamp};
use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// The pauses stop growing at this length, unless the first one is longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// No pause is shorter.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The least and the most that a pause is multiplied by, in thousandths, so that processes that failed together are not all
/// started again at the same moment.
const JITTER: (u32, u32) = (900, 1100);
/// A leader and its keeper that are told to end within this time are told so together, as when the machine goes down.
const TOGETHER: Duration = Duration::from_secs(1);

/// What is known about starting the program again.
#[derive(Default)]
pub(super) struct Restarts {
    /// How often it was started again since an attempt last was calm.
    in_a_row: u32,
    /// When it is started again, while it waits.
    due: Option<Instant>,
}

impl Restarts {
    /// When the program is started again, while it waits for that.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The wait is over: the program is started now, or never again.
    pub(super) fn end_wait(&mut self) {
        self.due = None;
    }

    /// The pause before the next attempt, which counts as made; `None` after the last one.
    fn next(&mut self, spec: &RestartSpec, lasted: Duration, random: u64) -> Option<Duration> {
        if lasted >= setup::calm_after() {
            self.in_a_row = 0;
        }
        if self.in_a_row >= spec.max_restarts {
            return None;
        }
        let pause = pause(spec.backoff_seconds, self.in_a_row, random);
        self.in_a_row += 1;
        self.due = Some(Instant::now() + pause);
        Some(pause)
    }
}

/// The pause before a restart: the first pause, doubled for each one before in a row up to a limit, give or take a tenth.
fn pause(backoff_seconds: u32, before: u32, random: u64) -> Duration {
    let first = Duration::from_secs(u64::from(backoff_seconds));
    let grown = first.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX)).min(first.max(LONGEST_PAUSE));
    let (least, most) = JITTER;
    let factor = least + (random % u64::from(most - least + 1)) as u32;
    (grown * factor / 1000).max(SHORTEST_PAUSE)
}

/// Whether a program that ended in this way is started again.
fn wants_restart(policy: RestartPolicy, exit: Option<&Exit>, limit_hit: Option<&str>) -> bool {
    match policy {
        RestartPolicy::Always => true,
        // Whoever was only slowed down has not failed.
        RestartPolicy::OnFailure => limit_hit.is_some_and(|limit| limit != "cpu_percent") || exit != Some(&Exit::Code(0)),
        RestartPolicy::Never | RestartPolicy::Unknown => false,
    }
}

/// A number that differs from keeper to keeper and from call to call, and need not be unpredictable.
fn random() -> u64 {
    RandomState::new().hash_one(0)
}

impl Keeper {
    /// Whether the program may be started again.
    pub(super) fn has_policy(&self) -> bool {
        matches!(self.spec.restart.policy, RestartPolicy::OnFailure | RestartPolicy::Always)
    }

    /// Whether the process would keep running, in this attempt or in another one, if it were not stopped now.
    pub(super) fn would_keep_running(&self) -> bool {
        let timed_out = self.stop.as_ref().is_some_and(|stop| stop.timed_out);
        let ended = self.leader_exited_at.is_some_and(|at| at.elapsed() > TOGETHER);
        let exit = self.leader_exit.map(describe_exit);
        let goes_on = !timed_out && !ended || wants_restart(self.spec.restart.policy, exit.as_ref(), self.limit_hit().as_deref());
        !self.status.stop_requested && (goes_on || self.restarts.due.is_some())
    }

    /// Decides what follows the attempt that has ended, and says so in the output. Returns whether there is another one, which
    /// is due after a pause.
    pub(super) fn plan_restart(&mut self) -> bool {
        let lasted = self.leader_exited_at.take().map_or(Duration::ZERO, |at| at.duration_since(self.attempt_started));
        let Some(last) = self.status.attempts.last().cloned() else { return false };
        let spec = self.spec.restart.clone();
        if self.status.stop_requested || !wants_restart(spec.policy, last.exit.as_ref(), last.limit_hit.as_deref()) {
            return false;
        }
        let Some(pause) = self.restarts.next(&spec, lasted, random()) else {
            self.status.gave_up = true;
            self.mark(&last, Next::GaveUp { after: self.restarts.in_a_row });
            return false;
        };
        self.mark(&last, Next::Restart { number: self.restarts.in_a_row, most: spec.max_restarts, pause });
        self.status.state = ProcessState::Restarting;
        self.status.pid = None;
        self.status.next_start_at = Some(Timestamp::from_micros(self.ended.1.as_micros() + pause.as_micros() as u64));
        self.publish();
        true
    }

    /// Whether the pause before the next attempt is still under way.
    pub(super) fn waits_to_restart(&self) -> bool {
        self.restarts.due.is_some_and(|due| Instant::now() < due)
    }

    /// Starts the next attempt; one that cannot be started is over at once. Returns false if the process was stopped meanwhile.
    pub(super) fn start_again(&mut self) -> bool {
        self.restarts.end_wait();
        self.status.next_start_at = None;
        if self.status.stop_requested {
            self.ended = (Instant::now(), Timestamp::now());
            let last = self.empty_attempt();
            self.mark(&last, Next::Stopped { before: self.restarts.in_a_row });
            return false;
        }
        self.status.restarts = self.status.restarts.saturating_add(1);
        if let Err(error) = self.start_attempt() {
            let (now, exit) = (Some(Timestamp::now()), Some(Exit::Error(self.masked(&error))));
            let attempt = Attempt { started_at: now, ended_at: now, exit, ..self.empty_attempt() };
            self.status.add_attempt(attempt);
        }
        self.publish();
        true
    }

    /// Writes a line that belongs to no attempt.
    pub(super) fn mark(&mut self, last: &Attempt, next: Next) {
        let terminal = self.spec.terminal.is_some();
        let mark = Mark { last, timeout: self.spec.timeout_seconds, next };
        let text = mark.text(terminal, self.log.is_at_line_start());
        self.log.append(if terminal { Stream::Terminal } else { Stream::Stderr }, text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: u64 = 100;

    #[test]
    fn pauses_double_up_to_five_minutes_or_to_the_first_one() {
        let seconds = |backoff, before| pause(backoff, before, MIDDLE).as_secs();
        assert_eq!((0..6).map(|before| seconds(1, before)).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32]);
        assert_eq!([7, 8, 9, 31, 32, 33, u32::MAX].map(|before| seconds(1, before)), [128, 256, 300, 300, 300, 300, 300]);
        assert_eq!([0, 1, 2].map(|before| seconds(200, before)), [200, 300, 300]);
        assert_eq!([0, 1, 40].map(|before| seconds(86_400, before)), [86_400; 3]);
    }

    #[test]
    fn a_pause_is_never_shorter_than_a_moment_and_differs_by_a_tenth_at_most() {
        assert_eq!([0, 1, 60].map(|before| pause(0, before, MIDDLE)), [SHORTEST_PAUSE; 3]);
        let pauses: Vec<_> = (0..1000).map(|random| pause(10, 0, random)).collect();
        assert_eq!((pauses.iter().min(), pauses.iter().max()), (Some(&Duration::from_secs(9)), Some(&Duration::from_secs(11))));
        assert_ne!((random(), random()), (random(), random()));
    }

    #[test]
    fn after_the_last_restart_in_a_row_it_gives_up_and_a_calm_attempt_begins_anew() {
        let spec = RestartSpec { max_restarts: 3, backoff_seconds: 10, ..RestartSpec::default() };
        let mut restarts = Restarts::default();
        let mut next = |lasted| restarts.next(&spec, lasted, MIDDLE).map(|pause| pause.as_secs());
        let (short, calm) = (Duration::from_secs(59), Duration::from_mins(1));
        assert_eq!([short, short, short, short].map(&mut next), [Some(10), Some(20), Some(40), None]);
        assert_eq!([calm, short, calm, calm].map(&mut next), [Some(10), Some(20), Some(10), Some(10)]);
        assert_eq!([short, short, short].map(&mut next), [Some(20), Some(40), None]);
    }

    #[test]
    fn what_is_started_again_depends_on_the_policy_and_the_end() {
        let (success, failure, signal) = (Exit::Code(0), Exit::Code(3), Exit::Signal("SEGV".into()));
        let wants = |policy| [&success, &failure, &signal].map(|exit| wants_restart(policy, Some(exit), None));
        assert_eq!(wants(RestartPolicy::Never), [false; 3]);
        assert_eq!(wants(RestartPolicy::Unknown), [false; 3]);
        assert_eq!(wants(RestartPolicy::OnFailure), [false, true, true]);
        assert_eq!(wants(RestartPolicy::Always), [true; 3]);
        assert!(wants_restart(RestartPolicy::OnFailure, Some(&success), Some("timeout_seconds")), "a limit is a failure");
        assert!(!wants_restart(RestartPolicy::OnFailure, Some(&success), Some("cpu_percent")), "it was only slowed down");
    }
}
