//! The attempts of a process that is restarted.

use super::duration;
use crate::{
    texts::{plural, t},
    wire::{Attempt, Exit, Process, ProcessState},
};

/// What a process waits for that is restarted, or how often it was; empty for others. `now` is in milliseconds.
pub fn restart_text(process: &Process, now: impl Fn() -> i64) -> String {
    let state = process.state;
    if state == ProcessState::Restarting {
        // In whole seconds, the last of which has begun.
        let left = process.next_start_at.map_or(0, |next| (next.as_millis() - now() + 999).max(0) as u64 / 1000);
        let number = u64::from(process.restarts) + 1;
        return if left == 0 {
            t!("restart {number} now", number)
        } else {
            t!("restart {number} in {time}", number, time = duration(left * 1000))
        };
    }
    match process.restarts {
        0 => String::new(),
        times => plural!(times.into(), "restarted once", "restarted {count} times"),
    }
}

/// How an attempt ended, in a word or two.
pub fn how_it_ended(attempt: &Attempt) -> String {
    match (attempt.limit_hit.as_deref(), &attempt.exit) {
        (Some("memory_bytes"), _) => t!("memory limit").into(),
        (Some("timeout_seconds"), _) => t!("timed out").into(),
        (_, Some(Exit::Code(code))) => t!("exit {code}", code),
        (_, Some(Exit::Signal(signal))) => t!("killed by {signal}", signal),
        (_, Some(Exit::Error(error))) => error.clone(),
        (_, None) if attempt.ended_at.is_none() => t!("running").into(),
        (_, None) => t!("unknown").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn attempt() -> Attempt {
        let attempt = json!({ "started_at": "2026-11-24T15:00:00Z", "ended_at": "2026-11-24T15:00:01Z", "exit": { "code": 1 } });
        serde_json::from_value(attempt).unwrap()
    }

    #[test]
    fn the_wait_for_the_next_attempt_is_counted_down() {
        let mut process = crate::test_process::process(json!({
            "state": "restarting", "restarts": 1, "next_start_at": "2026-11-24T15:00:10Z",
            "spec": { "program": "a", "restart": { "policy": "always", "max_restarts": 5, "backoff_seconds": 1 } },
        }));
        let at = |process: &Process, before: i64| restart_text(process, || process.next_start_at.unwrap().as_millis() - before);
        assert_eq!(at(&process, 3200), "restart 2 in 4 s");
        assert_eq!((at(&process, 1).as_str(), at(&process, -500).as_str()), ("restart 2 in 1 s", "restart 2 now"));
        process.state = ProcessState::Running;
        assert_eq!(restart_text(&process, || 0), "restarted once");
    }

    #[test]
    fn each_attempt_says_how_it_ended() {
        let mut attempt = attempt();
        assert_eq!(how_it_ended(&attempt), "exit 1");
        attempt.limit_hit = Some("memory_bytes".into());
        assert_eq!(how_it_ended(&attempt), "memory limit");
        (attempt.limit_hit, attempt.exit, attempt.ended_at) = (None, None, None);
        assert_eq!(how_it_ended(&attempt), "running");
    }
}
