//! The line in the output between two attempts, and after the last one when the restart policy gives up.

use execdeck_wire::{Attempt, Exit};
use std::{fmt::Write, time::Duration};

/// Leaves a terminal as a program expects to find it: cancels an escape sequence that was cut short, leaves the alternate
/// screen without moving the cursor otherwise (DECSC, then DECRST 1049), and resets modes, margins and colours (DECSTR; the
/// modes that it leaves out, as `frontend/js/modes.js` has them).
/// <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>
const RESET: &str = "\x18\x1b7\x1b[?1049l\x1b[!p\x1b[?9;1000;1002;1003;1004;1005;1006;1015;1016;2004;2026l\x1b[?25h\x1b[0m";
/// An error is cut to this many characters.
const MAX_ERROR_CHARS: usize = 500;

/// What follows an attempt.
#[derive(Clone, Copy)]
pub(super) enum Next {
    /// Another one after a pause. Its number in a row, and how many there may be.
    Restart { number: u32, most: u32, pause: Duration },
    /// None, after this many restarts in a row.
    GaveUp { after: u32 },
    /// None, since the process was stopped while it waited for this restart.
    Stopped { before: u32 },
}

/// The line of an attempt.
pub(super) struct Mark<'a> {
    pub last: &'a Attempt,
    /// The process's timeout, in seconds.
    pub timeout: Option<u64>,
    pub next: Next,
}

impl Mark<'_> {
    /// The line, which begins on a line of its own.
    pub(super) fn text(&self, terminal: bool, at_line_start: bool) -> String {
        let (reset, end) = if terminal { (RESET, "\r\n") } else { ("", "\n") };
        let begin = if at_line_start { "" } else { end };
        let next = match self.next {
            Next::Restart { number, most, pause } => format!("{}; restart {number} of {most} in {}", self.ended(), seconds(pause)),
            Next::GaveUp { after: 1 } => format!("{}; gave up after 1 restart", self.ended()),
            Next::GaveUp { after } => format!("{}; gave up after {after} restarts", self.ended()),
            Next::Stopped { before } => format!("stopped before restart {before}"),
        };
        format!("{reset}{begin}[execdeck] {next}{end}")
    }

    /// How the attempt ended.
    fn ended(&self) -> String {
        let mut text = match (&self.last.exit, self.timeout) {
            _ if self.last.limit_hit.as_deref() == Some("timeout_seconds") => {
                return self.timeout.map_or_else(|| "timed out".into(), |timeout| format!("timed out after {timeout} s"));
            }
            (Some(Exit::Code(code)), _) => format!("exited with code {code}"),
            (Some(Exit::Signal(signal)), _) => format!("killed by signal {signal}"),
            (Some(Exit::Error(error)), _) => format!("could not be started: {}", on_one_line(error)),
            (None, _) => "ended".into(),
        };
        if let Some(limit) = &self.last.limit_hit {
            let _ = write!(text, " (limit {limit})");
        }
        text
    }
}

fn on_one_line(text: &str) -> String {
    text.chars().take(MAX_ERROR_CHARS).map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// Whole seconds; below one, tenths.
fn seconds(pause: Duration) -> String {
    let tenths = (pause.as_millis() + 50) / 100;
    if tenths < 10 { format!("0.{tenths} s") } else { format!("{} s", (tenths + 5) / 10) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::OutputRange;

    fn attempt(exit: Exit, limit_hit: Option<&str>) -> Attempt {
        let limit_hit = limit_hit.map(str::to_owned);
        Attempt { pid: None, started_at: None, ended_at: None, exit: Some(exit), output: OutputRange::default(), limit_hit }
    }

    fn text(exit: Exit, limit_hit: Option<&str>, next: Next) -> String {
        Mark { last: &attempt(exit, limit_hit), timeout: Some(30), next }.text(false, true)
    }

    #[test]
    fn a_mark_says_how_the_attempt_ended_and_what_follows() {
        let next = |number, millis| Next::Restart { number, most: 5, pause: Duration::from_millis(millis) };
        for (exit, limit, next, line) in [
            (Exit::Code(1), None, next(1, 2040), "exited with code 1; restart 1 of 5 in 2 s"),
            (Exit::Signal("SEGV".into()), None, next(2, 100), "killed by signal SEGV; restart 2 of 5 in 0.1 s"),
            (Exit::Signal("TERM".into()), Some("timeout_seconds"), next(3, 960), "timed out after 30 s; restart 3 of 5 in 1 s"),
            (
                Exit::Signal("KILL".into()),
                Some("memory_bytes"),
                Next::GaveUp { after: 1 },
                "killed by signal KILL (limit memory_bytes); gave up after 1 restart",
            ),
            (
                Exit::Error("no\nsuch\x1bfile".into()),
                None,
                Next::GaveUp { after: 5 },
                "could not be started: no such file; gave up after 5 restarts",
            ),
            (Exit::Code(1), None, Next::Stopped { before: 2 }, "stopped before restart 2"),
        ] {
            assert_eq!(text(exit, limit, next), format!("[execdeck] {line}\n"));
        }
    }

    #[test]
    fn a_mark_begins_on_a_line_of_its_own_and_in_a_terminal_after_a_reset() {
        let last = attempt(Exit::Code(0), None);
        let mark = Mark { last: &last, timeout: None, next: Next::GaveUp { after: 2 } };
        let line = "[execdeck] exited with code 0; gave up after 2 restarts";
        assert_eq!(mark.text(false, false), format!("\n{line}\n"));
        assert_eq!(mark.text(true, true), format!("{RESET}{line}\r\n"));
        assert_eq!(mark.text(true, false), format!("{RESET}\r\n{line}\r\n"));
    }
}
