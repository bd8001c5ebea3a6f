//! Numbers and states as people read them.

use crate::wire::{Exit, Process, ProcessState};

/// A duration as `850 ms`, `12 s`, `1 m 12 s`, `3 h 5 m`, `2 d 4 h`.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} m {} s", seconds / 60, seconds % 60),
        3600..86400 => format!("{} h {} m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86400, seconds % 86400 / 3600),
    }
}

/// How long it ran, or has been running; none if it was never started or nobody knows. `now` is in milliseconds.
pub fn running_time(process: &Process, now: impl Fn() -> i64) -> Option<String> {
    match (process.duration_ms, process.started_at) {
        (Some(ms), _) => Some(duration(ms)),
        (None, Some(started)) if process.state.is_active() => {
            // In whole seconds.
            let seconds = (now() - started.as_millis()).max(0) as u64 / 1000;
            Some(if seconds == 0 { "< 1 s".into() } else { duration(seconds * 1000) })
        }
        _ => None,
    }
}

/// How long ago, as `just now`, `12 s ago`, `5 m ago`.
pub fn ago(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..5 => "just now".into(),
        5..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} m ago", seconds / 60),
        3600..86400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86400),
    }
}

/// A size as `812 B`, `1.2 MB`; powers of 1000.
pub fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    // Rounded to tenths as whole numbers: formatting floats would add noticeably to the page's code.
    let tenths = |unit: u64| bytes.saturating_add(unit / 20) / (unit / 10);
    let units = [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    let (name, unit) = units.into_iter().find(|(_, unit)| tenths(*unit) < 10_000).unwrap_or(("TB", 1_000_000_000_000));
    format!("{}.{} {name}", tenths(unit) / 10, tenths(unit) % 10)
}

/// The state in a word or two; for an ended process how it ended.
pub fn outcome(process: &Process) -> String {
    match (process.state, &process.exit) {
        (ProcessState::Starting, _) => "starting".into(),
        (ProcessState::Running, _) => "running".into(),
        (ProcessState::Stopping, _) => "stopping".into(),
        (ProcessState::Exited, Some(Exit::Code(code))) => format!("exit {code}"),
        (ProcessState::Exited, _) => "exited".into(),
        (ProcessState::Killed, Some(Exit::Signal(signal))) => format!("killed by {signal}"),
        (ProcessState::Killed, _) => "killed".into(),
        (ProcessState::TimedOut, _) => "timed out".into(),
        (ProcessState::Failed, _) => "failed to start".into(),
        (ProcessState::Interrupted, _) => "interrupted".into(),
        (ProcessState::Unknown, _) => "unknown".into(),
    }
}

/// The outcome as a sentence.
pub fn outcome_sentence(process: &Process) -> String {
    match (process.state, &process.exit) {
        (ProcessState::Exited, Some(Exit::Code(0))) => "Finished successfully (exit 0)".into(),
        (ProcessState::Exited, Some(Exit::Code(code))) => format!("Failed with exit code {code}"),
        (ProcessState::Killed, Some(Exit::Signal(signal))) => format!("Killed by signal {signal}"),
        (ProcessState::TimedOut, Some(Exit::Signal(signal))) => format!("Timed out (stopped with {signal})"),
        (ProcessState::TimedOut, _) => "Timed out".into(),
        (ProcessState::Failed | ProcessState::Interrupted, Some(Exit::Error(error))) => error.clone(),
        _ => outcome(process),
    }
}

/// The class that gives a state its colour.
pub fn hue(process: &Process) -> &'static str {
    match process.state {
        ProcessState::Starting | ProcessState::Running => "running",
        ProcessState::Stopping => "warned",
        ProcessState::TimedOut => "failed",
        ProcessState::Killed | ProcessState::Interrupted | ProcessState::Unknown => "neutral",
        _ if process.is_unsuccessful() => "failed",
        _ => "succeeded",
    }
}

/// Cuts the middle out of a long text: its ends tell it from others.
pub fn shorten(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let head = most * 2 / 3;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - (most - head - 1)).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_well() {
        let durations = [(999, "999 ms"), (59_999, "59 s"), (72_000, "1 m 12 s"), (3_660_000, "1 h 1 m"), (90_000_000, "1 d 1 h")];
        for (ms, text) in durations {
            assert_eq!(duration(ms), text);
        }
        for (bytes, text) in [(999, "999 B"), (1_234_567, "1.2 MB"), (999_960, "1.0 MB"), (5_000_000_000_000, "5.0 TB")] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(ago(-5000), "just now");
    }

    #[test]
    fn a_long_text_keeps_both_ends() {
        assert_eq!(shorten("abcdefghij", 10), "abcdefghij");
        assert_eq!(shorten("abcdefghijk", 10), "abcdef…ijk");
    }
}
