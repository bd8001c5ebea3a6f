//! How far processes have come, as far as the last line of their output says so.

use execdeck_engine::Engine;
use execdeck_wire::{Process, ProcessState};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// So many bytes at the end of the output are read.
const TAIL: usize = 4 << 10;
/// However many people look at a list, the output of a process is read this often at most.
const PAUSE: Duration = Duration::from_secs(2);
/// Of so many processes it is remembered; beyond that, what nobody has asked for longest goes.
const REMEMBERED: usize = 1000;

/// What was found last, by process. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Progress(Arc<Mutex<HashMap<Uuid, Known>>>);

#[derive(Clone, Copy)]
struct Known {
    percent: Option<u8>,
    /// How far the output reached.
    end: u64,
    at: Instant,
}

impl Progress {
    /// How far a running process has come, in percent. What cannot be read says nothing.
    pub(super) async fn of(&self, engine: &Engine, process: &Process) -> Option<u8> {
        if process.state != ProcessState::Running {
            return None;
        }
        let (end, now) = (process.output.end, Instant::now());
        let known = self.known().get(&process.id).copied();
        if let Some(known) = known.filter(|known| known.end == end || now.duration_since(known.at) < PAUSE) {
            return known.percent;
        }
        let percent = engine.last_line(process.id, TAIL).await.ok().as_deref().and_then(percent);
        let mut all = self.known();
        if all.len() >= REMEMBERED
            && let Some(oldest) = all.iter().min_by_key(|(_, known)| known.at).map(|(id, _)| *id)
        {
            all.remove(&oldest);
        }
        all.insert(process.id, Known { percent, end, at: now });
        percent
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last number in the line that has a percent sign, if it is one from 0 to 100: `42 %`, `42%`, `99.5%`.
fn percent(line: &str) -> Option<u8> {
    let (before, _) = line.rsplit_once('%')?;
    let before = before.strip_suffix([' ', '\u{a0}']).unwrap_or(before);
    let text = before.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
    let whole = before[text.len()..].split('.').next()?;
    whole.parse().ok().filter(|percent| *percent <= 100 && !text.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn the_last_percentage_in_a_line_counts() {
        for (line, expected) in [
            ("42%", Some(42)),
            ("copying 42 % of 3 GB", Some(42)),
            ("[#####     ]  99.5% eta 0:01", Some(99)),
            ("10% 20%", Some(20)),
            ("größe→7%", Some(7)),
            ("100\u{a0}%", Some(100)),
            ("0%", Some(0)),
            ("101%", None),
            ("-5%", None),
            ("%", None),
            ("a % b", None),
            ("100%%", None),
            (".5%", None),
            ("1234%", None),
            ("nothing", None),
            ("", None),
        ] {
            assert_eq!(percent(line), expected, "{line}");
        }
    }
}
