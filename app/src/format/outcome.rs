//! What has become of a process, in words and colours.

use super::{chosen_size, duration};
use crate::{
    texts::{plural, t},
    wire::{Exit, Process, ProcessState},
};

/// The state in a word or two; for an ended process how it ended.
pub fn outcome(process: &Process) -> String {
    let text: &str = match (process.state, &process.exit) {
        _ if process.is_out_of_memory() => t!("memory limit"),
        (ProcessState::Exited, Some(Exit::Code(code))) => &t!("exit {code}", code),
        (ProcessState::Killed, Some(Exit::Signal(signal))) => &t!("killed by {signal}", signal),
        (ProcessState::Failed, _) if process.is_cancelled() => t!("cancelled"),
        (state, _) => state_word(state),
    };
    match process.queue_position {
        _ if process.gave_up => t!("gave up, {outcome}", outcome = text),
        Some(place) => format!("{text} #{place}"),
        None => text.to_owned(),
    }
}

/// A state in a word or two.
fn state_word(state: ProcessState) -> &'static str {
    match state {
        ProcessState::Queued => t!("queued"),
        ProcessState::Starting => t!("starting"),
        ProcessState::Running => t!("running"),
        ProcessState::Stopping => t!("stopping"),
        ProcessState::Restarting => t!("restarting"),
        ProcessState::Exited => t!("exited"),
        ProcessState::Killed => t!("killed"),
        ProcessState::TimedOut => t!("timed out"),
        ProcessState::Failed => t!("failed to start"),
        ProcessState::Interrupted => t!("interrupted"),
        ProcessState::Unknown => t!("unknown"),
    }
}

/// The state as a sentence.
pub fn state_sentence(process: &Process) -> String {
    let ending = ending(process);
    if ending.is_empty() { outcome_sentence(process) } else { ending }
}

/// The outcome as a sentence, without a limit that was reached.
fn outcome_sentence(process: &Process) -> String {
    match (process.state, &process.exit) {
        (ProcessState::Queued, _) => match process.queue_position {
            Some(place) => t!("Queued, position {place}", place),
            None => t!("Queued").into(),
        },
        (ProcessState::Exited, Some(Exit::Code(0))) => t!("Finished successfully (exit 0)").into(),
        (ProcessState::Exited, Some(Exit::Code(code))) => t!("Failed with exit code {code}", code),
        (ProcessState::Killed, Some(Exit::Signal(signal))) => t!("Killed by signal {signal}", signal),
        (ProcessState::TimedOut, Some(Exit::Signal(signal))) => t!("Timed out (stopped with {signal})", signal),
        (ProcessState::TimedOut, _) => t!("Timed out").into(),
        (ProcessState::Failed | ProcessState::Interrupted, Some(Exit::Error(error))) => error.clone(),
        _ => outcome(process),
    }
}

/// What somebody has to know of an end besides its state: why it was not started, which limit was reached, that it gave up.
/// Empty if there is nothing.
pub fn ending(process: &Process) -> String {
    if process.state.is_active() {
        return String::new();
    }
    let sentence = outcome_sentence(process);
    let why = match process.state {
        _ if process.is_cancelled() => sentence,
        ProcessState::Failed => t!("Failed to start: {reason}", reason = sentence),
        ProcessState::Interrupted => sentence,
        state => match limit_sentence(process) {
            Some(limit) => limit,
            None if process.gave_up || state == ProcessState::TimedOut => sentence,
            None => String::new(),
        },
    };
    if process.gave_up {
        let most = process.spec.restart.max_restarts.into();
        return plural!(most, "Gave up after {count} restart. {why}", "Gave up after {count} restarts. {why}", why);
    }
    why
}

/// The limit that was reached, in a sentence; none if it was only slowed down.
fn limit_sentence(process: &Process) -> Option<String> {
    let limits = &process.spec.limits;
    Some(match process.limit_hit.as_deref()? {
        "memory_bytes" => t!("Killed: the memory limit of {size} was reached", size = chosen_size(limits.memory_bytes)),
        "processes" => plural!(
            limits.processes.into(),
            "The limit of {count} process was reached: it could not start any more",
            "The limit of {count} processes was reached: it could not start any more"
        ),
        "timeout_seconds" => match process.spec.timeout_seconds {
            Some(seconds) => t!("Timed out: the time limit of {time} was reached", time = duration(seconds * 1000)),
            None => t!("Timed out: the time limit was reached").into(),
        },
        _ => return None,
    })
}

/// The class that gives a state its colour.
pub fn hue(process: &Process) -> &'static str {
    match process.state {
        ProcessState::Starting | ProcessState::Running => "running",
        ProcessState::Stopping | ProcessState::Restarting => "warned",
        ProcessState::Interrupted => "neutral",
        _ if process.is_unsuccessful() => "failed",
        ProcessState::Exited => "succeeded",
        _ => "neutral",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn process(fields: serde_json::Value) -> Process {
        let spec = json!({ "program": "a", "timeout_seconds": 60, "limits": { "memory_bytes": 512 << 20, "processes": 20 } });
        Process { spec: serde_json::from_value(spec).unwrap(), ..crate::test_process::process(fields) }
    }

    fn texts(fields: serde_json::Value) -> (String, String, &'static str) {
        let process = process(fields);
        (outcome(&process), ending(&process), hue(&process))
    }

    fn are((word, ending, hue): (&str, &str, &'static str)) -> (String, String, &'static str) {
        (word.into(), ending.into(), hue)
    }

    #[test]
    fn plain_ends_are_said_in_a_word_or_two() {
        assert_eq!(texts(json!({ "exit": { "code": 0 } })), are(("exit 0", "", "succeeded")));
        assert_eq!(texts(json!({ "exit": { "code": 3 } })), are(("exit 3", "", "failed")));
        assert_eq!(texts(json!({ "state": "killed", "exit": { "signal": "TERM" } })), are(("killed by TERM", "", "neutral")));
        let failed = json!({ "state": "failed", "started_at": null, "exit": { "error": "No such file or directory: a" } });
        assert_eq!(texts(failed), are(("failed to start", "Failed to start: No such file or directory: a", "failed")));
        assert_eq!(texts(json!({ "state": "interrupted", "exit": { "error": "Why." } })), are(("interrupted", "Why.", "neutral")));
    }

    #[test]
    fn what_waits_says_where_and_what_was_cancelled_did_not_fail() {
        assert_eq!(texts(json!({ "state": "queued", "queue_position": 3 })), are(("queued #3", "", "neutral")));
        assert_eq!(outcome_sentence(&process(json!({ "state": "queued", "queue_position": 3 }))), "Queued, position 3");
        assert_eq!(texts(json!({ "state": "restarting" })), are(("restarting", "", "warned")));
        let cancelled = json!({ "state": "failed", "started_at": null, "exit": { "error": "Cancelled before it was started." } });
        assert_eq!(texts(cancelled), are(("cancelled", "Cancelled before it was started.", "neutral")));
    }

    #[test]
    fn the_limit_that_was_reached_is_named() {
        let killed = json!({ "state": "killed", "exit": { "signal": "KILL" }, "limit_hit": "memory_bytes" });
        assert_eq!(texts(killed), are(("memory limit", "Killed: the memory limit of 512 MiB was reached", "failed")));
        let timed_out = json!({ "state": "timed_out", "exit": { "signal": "TERM" }, "limit_hit": "timeout_seconds" });
        assert_eq!(texts(timed_out), are(("timed out", "Timed out: the time limit of 1 m 0 s was reached", "failed")));
        let full = json!({ "exit": { "code": 254 }, "limit_hit": "processes" });
        assert_eq!(texts(full).1, "The limit of 20 processes was reached: it could not start any more");
        // It was slowed down, and came to its end all the same.
        assert_eq!(texts(json!({ "exit": { "code": 0 }, "limit_hit": "cpu_percent" })), are(("exit 0", "", "succeeded")));
    }

    #[test]
    fn giving_up_is_said_with_what_came_of_the_last_attempt() {
        let fields = json!({ "exit": { "code": 1 }, "gave_up": true, "restarts": 5 });
        assert_eq!(texts(fields), are(("gave up, exit 1", "Gave up after 5 restarts. Failed with exit code 1", "failed")));
        let fields = json!({ "state": "killed", "exit": { "signal": "KILL" }, "gave_up": true, "limit_hit": "memory_bytes" });
        let ending = "Gave up after 5 restarts. Killed: the memory limit of 512 MiB was reached";
        assert_eq!(texts(fields), are(("gave up, memory limit", ending, "failed")));
    }
}
