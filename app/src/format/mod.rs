//! Numbers and states as people read them.
//!
//! # Layout
//! - Here: durations, times, sizes. `outcome`: what has become of a process, and of its limits. `attempts`: its restarts.

#[cfg(any(test, feature = "admin"))]
mod attempts;
mod outcome;

#[cfg(any(test, feature = "admin"))]
pub use attempts::{how_it_ended, restart_text};
pub use outcome::{ending, hue, outcome, state_sentence};

use crate::{texts::t, wire::Process};

/// A duration as `850 ms`, `12 s`, `1 m 12 s`, `3 h 5 m`, `2 d 4 h`.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds} s"),
        60..3600 => t!("{minutes} m {seconds} s", minutes = seconds / 60, seconds = seconds % 60),
        3600..86400 => t!("{hours} h {minutes} m", hours = seconds / 3600, minutes = seconds % 3600 / 60),
        _ => t!("{days} d {hours} h", days = seconds / 86400, hours = seconds % 86400 / 3600),
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
        0..5 => t!("just now").into(),
        5..60 => t!("{count} s ago", count = seconds),
        60..3600 => t!("{count} m ago", count = seconds / 60),
        3600..86400 => t!("{count} h ago", count = seconds / 3600),
        _ => t!("{count} d ago", count = seconds / 86400),
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

const BINARY_UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// A size that somebody has chosen, as `512 MiB`: exactly, in the largest unit of powers of 1024 in which it is a whole number.
pub fn chosen_size(bytes: u64) -> String {
    let (unit, factor) = BINARY_UNITS.into_iter().find(|(_, factor)| bytes.is_multiple_of(*factor)).unwrap_or(("B", 1));
    format!("{} {unit}", bytes / factor)
}

/// The title of a page. On the server it becomes markup, which nothing else escapes; in the browser it is set as text.
#[cfg(feature = "admin")]
pub(crate) fn page_title(text: String) -> String {
    #[cfg(feature = "ssr")]
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if text.is_empty() { "Execdeck".into() } else { format!("{text} · Execdeck") }
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
        assert_eq!((chosen_size(512 << 20).as_str(), chosen_size(1000).as_str()), ("512 MiB", "1000 B"));
    }

    #[test]
    fn a_long_text_keeps_both_ends() {
        assert_eq!(shorten("abcdefghij", 10), "abcdefghij");
        assert_eq!(shorten("abcdefghijk", 10), "abcdef…ijk");
    }
}
