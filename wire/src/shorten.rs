//! Cutting a process down to what a list shows, so that a page of large commands stays small.

use super::{Exit, Process, ProcessSpec};

/// A list shows this much of a spec's program, arguments, environment and labels together, in bytes.
const LISTED_SPEC_BYTES: usize = 4096;
/// A list shows this much of each other text, in bytes.
const LISTED_TEXT_BYTES: usize = 1024;
/// A list shows this many attempts, the latest ones.
const LISTED_ATTEMPTS: usize = 3;
const ELLIPSIS: &str = "\u{2026}";

impl Process {
    /// Cuts long texts short and leaves the latest attempts, and says so in `spec_shortened`.
    pub fn shorten(&mut self) {
        let mut cut = self.spec.shorten();
        let earlier = self.attempts.len().saturating_sub(LISTED_ATTEMPTS);
        cut |= self.attempts.drain(..earlier).next().is_some();
        cut |= shorten_text(&mut self.name, LISTED_TEXT_BYTES);
        let exits = self.attempts.iter_mut().map(|attempt| &mut attempt.exit).chain([&mut self.exit]);
        for exit in exits {
            if let Some(Exit::Error(text)) = exit {
                cut |= shorten_text(text, LISTED_TEXT_BYTES);
            }
        }
        self.spec_shortened |= cut;
    }
}

impl ProcessSpec {
    /// Returns whether anything was cut.
    fn shorten(&mut self) -> bool {
        let mut cut = shorten_text(&mut self.program, LISTED_SPEC_BYTES);
        for text in [&mut self.name, &mut self.cwd].into_iter().flatten() {
            cut |= shorten_text(text, LISTED_TEXT_BYTES);
        }
        let mut room = LISTED_SPEC_BYTES - self.program.len();
        let before = self.entries();
        // Labels come first: rights may depend on them.
        self.labels.retain(|key, value| fits(key, &mut room) && fits(value, &mut room));
        let mut whole = 0;
        while self.args.get(whole).is_some_and(|arg| arg.len() <= room) {
            room -= self.args[whole].len();
            whole += 1;
        }
        if let Some(long) = self.args.get_mut(whole) {
            // Its beginning says what it is.
            cut |= shorten_text(long, room.max(ELLIPSIS.len()));
            self.args.truncate(whole + 1);
            room = 0;
        }
        self.env.retain(|key, value| fits(key, &mut room) && fits(value, &mut room));
        self.secret_env.retain(|key, _| fits(key, &mut room));
        cut | (self.entries() < before)
    }

    fn entries(&self) -> usize {
        self.args.len() + self.env.len() + self.labels.len() + self.secret_env.len()
    }
}

/// Whether a text fits into the room that is left, which it takes. After one that does not fit, none does.
fn fits(text: &str, room: &mut usize) -> bool {
    let fits = text.len() <= *room;
    *room = room.saturating_sub(text.len());
    fits
}

/// Cuts a text to at most `most` bytes, the ellipsis included. Returns whether it was longer.
fn shorten_text(text: &mut String, most: usize) -> bool {
    if text.len() <= most {
        return false;
    }
    text.truncate(text.floor_char_boundary(most - ELLIPSIS.len()));
    text.push_str(ELLIPSIS);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Attempt;

    fn process(spec: ProcessSpec) -> Process {
        let json = serde_json::json!({ "id": uuid::Uuid::nil(), "name": spec.display_name(), "spec": spec, "state": "failed", "pid": 1,
            "restarts": 0, "created_at": "2026-01-01T00:00:00Z", "started_at": null, "ended_at": null, "duration_ms": null,
            "exit": null, "output": { "start": 0, "end": 0 }, "started_by": "ada" });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_large_spec_is_cut_for_lists_and_says_so() {
        let args = vec!["short".into(), "x".repeat(5000), "after".into()];
        let mut process = process(ProcessSpec { program: "p".into(), args, ..ProcessSpec::default() });
        process.shorten();
        let cut = format!("{}\u{2026}", "x".repeat(LISTED_SPEC_BYTES - "pshort".len() - ELLIPSIS.len()));
        assert_eq!((process.spec.args.as_slice(), process.spec_shortened), (["short".to_owned(), cut].as_slice(), true));
        let once = process.clone();
        process.spec_shortened = false;
        process.shorten();
        assert_eq!((process.spec, process.spec_shortened), (once.spec, false));
    }

    #[test]
    fn no_text_of_a_process_makes_a_long_row() {
        let long = "\u{e9}".repeat(900_000);
        let spec = ProcessSpec { name: Some(long.clone()), program: long.clone(), cwd: Some(long.clone()), ..ProcessSpec::default() };
        let mut process = process(spec);
        process.exit = Some(Exit::Error(long));
        let attempt =
            Attempt { pid: None, started_at: None, ended_at: None, exit: process.exit.clone(), output: process.output, limit_hit: None };
        process.attempts = vec![attempt; 100];
        process.shorten();
        assert!(process.spec_shortened);
        let length = serde_json::to_vec(&process).unwrap().len();
        assert!(length < 14_000, "{length} bytes");
        let once = process.clone();
        process.shorten();
        assert_eq!(process, once);
    }
}
