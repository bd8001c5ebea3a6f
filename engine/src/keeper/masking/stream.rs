//! One stream of output on its way to the log: values are replaced in it, and what may be the beginning of one is held back.
//!
//! The text is followed twice: as it is, which finds values also within an escape sequence such as a title, and as a terminal
//! shows it, which finds values that escape sequences break up. Carriage returns count in neither, because a terminal
//! prints each end of line with one.

use super::{
    MASK,
    escapes::Escapes,
    patterns::{Patterns, START, State},
};
use std::{
    borrow::Cow,
    collections::VecDeque,
    ops::Range,
    time::{Duration, Instant},
};

/// What may be the beginning of a value is held back for this long at most.
pub(super) const HELD_FOR: Duration = Duration::from_secs(1);
/// Bytes that arrive within this time are let go together.
const TOGETHER: Duration = Duration::from_millis(10);
/// A value that is broken up by more than this is not found: the bytes that are held back are at most the longest value and
/// this many.
const MAX_HIDDEN: u64 = 256 << 10;

/// A byte that is held back, and who has seen it.
struct Held {
    byte: u8,
    raw: bool,
    shown: bool,
}

#[derive(Default)]
pub(super) struct StreamMask {
    raw: Track,
    shown: Track,
    escapes: Escapes,
    held: VecDeque<Held>,
    /// How many of the held bytes arrived when, oldest first.
    arrivals: VecDeque<(usize, Instant)>,
}

impl StreamMask {
    /// Takes in output and returns what may be written now.
    pub(super) fn push<'a>(&mut self, patterns: &Patterns, bytes: &'a [u8], now: Instant) -> Cow<'a, [u8]> {
        let (mut rest, mut out) = (bytes, Vec::new());
        if self.arrivals.back().is_none_or(|(_, at)| now.duration_since(*at) >= TOGETHER) {
            self.arrivals.push_back((0, now));
        }
        loop {
            if self.raw.pending == 0 && self.shown.pending == 0 {
                self.escapes = Escapes::default();
                let clear = patterns.pass_over(rest);
                if clear == bytes.len() {
                    self.arrivals.clear();
                    return Cow::Borrowed(bytes);
                }
                out.reserve(rest.len());
                out.extend_from_slice(&rest[..clear]);
                rest = &rest[clear..];
            }
            let Some((&byte, behind)) = rest.split_first() else { break };
            self.take(patterns, byte);
            self.release(&mut out);
            rest = behind;
        }
        self.arrivals.retain(|(bytes, _)| *bytes > 0);
        Cow::Owned(out)
    }

    /// When [`release_overdue`](Self::release_overdue) has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.arrivals.iter().find(|(bytes, _)| *bytes > 0).map(|(_, at)| *at + HELD_FOR)
    }

    /// Lets go of what has been held back for long enough. If the rest of a value comes later, only the rest is masked.
    pub(super) fn release_overdue(&mut self, now: Instant) -> Vec<u8> {
        let mut out = Vec::new();
        while self.due().is_some_and(|due| due <= now) {
            self.release_one(&mut out);
        }
        out
    }

    /// Lets go of everything: nothing follows.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while !self.held.is_empty() {
            self.release_one(&mut out);
        }
        *self = Self::default();
        out
    }

    fn take(&mut self, patterns: &Patterns, byte: u8) {
        let raw = byte != b'\r';
        let shown = raw && !self.escapes.hides(byte);
        if raw {
            self.raw.take(patterns, byte);
        }
        if shown {
            self.shown.take(patterns, byte);
        }
        self.held.push_back(Held { byte, raw, shown });
        if let Some((bytes, _)) = self.arrivals.back_mut() {
            *bytes += 1;
        }
        if !shown {
            for track in [&mut self.raw, &mut self.shown] {
                if self.held.len() as u64 - track.waiting() > MAX_HIDDEN {
                    (track.state, track.pending) = (START, 0);
                }
            }
        }
    }

    /// Lets go of what no value can include any more.
    fn release(&mut self, out: &mut Vec<u8>) {
        while let Some(front) = self.held.front() {
            if front.raw && self.raw.needs_oldest() || front.shown && self.shown.needs_oldest() {
                break;
            }
            self.release_one(out);
        }
    }

    /// Lets go of the oldest byte: as it is, or not at all if it is part of a value, whose mask takes the place of its last byte.
    /// So what a terminal does not show of it comes before the mask, and cannot join what follows into a value.
    fn release_one(&mut self, out: &mut Vec<u8>) {
        let Some(Held { byte, raw, shown }) = self.held.pop_front() else { return };
        // Those of the last piece may be yet to come.
        while self.arrivals.len() > 1 && self.arrivals.front().is_some_and(|(bytes, _)| *bytes == 0) {
            self.arrivals.pop_front();
        }
        if let Some((bytes, _)) = self.arrivals.front_mut() {
            *bytes -= 1;
        }
        // Carriage returns go with the ends of line within a value; escape sequences stay.
        let mut inside = !raw && (self.raw.is_inside() || self.shown.is_inside());
        let mut ends = false;
        for (seen, track) in [(raw, &mut self.raw), (shown, &mut self.shown)] {
            match seen.then(|| track.release()).flatten() {
                Some(Place::Last) => ends = true,
                Some(Place::Earlier) => inside = true,
                None => {}
            }
        }
        match (inside, ends) {
            (true, _) => {}
            (false, true) => out.extend_from_slice(MASK.as_bytes()),
            (false, false) => out.push(byte),
        }
    }
}

/// One way to follow the text, and the values that were found. Places count the bytes that were taken in.
#[derive(Default)]
struct Track {
    state: State,
    /// How many of the last bytes may be the beginning of a value that is not complete.
    pending: u64,
    taken: u64,
    released: u64,
    /// What is to be masked, in order: values that overlap are one.
    found: VecDeque<Range<u64>>,
}

/// Where in a value a byte is.
enum Place {
    Earlier,
    Last,
}

impl Track {
    fn take(&mut self, patterns: &Patterns, byte: u8) {
        self.state = patterns.next(self.state, byte);
        self.taken += 1;
        self.pending = patterns.pending(self.state);
        let length = patterns.found(self.state);
        if length > 0 {
            self.mark(self.taken - length);
        }
    }

    /// Marks the text from `start` on, as far as it has not been released.
    fn mark(&mut self, start: u64) {
        let mut start = start.max(self.released);
        while let Some(last) = self.found.pop_back_if(|last| last.end > start) {
            start = start.min(last.start);
        }
        self.found.push_back(start..self.taken);
    }

    fn release(&mut self) -> Option<Place> {
        let at = self.released;
        self.released += 1;
        let range = self.found.front().filter(|range| range.start <= at)?;
        if range.end > self.released {
            return Some(Place::Earlier);
        }
        self.found.pop_front();
        Some(Place::Last)
    }

    /// Bytes that were taken in and not released.
    fn waiting(&self) -> u64 {
        self.taken - self.released
    }

    /// Whether the oldest byte that waits may be part of a value that is not complete.
    fn needs_oldest(&self) -> bool {
        self.waiting() <= self.pending
    }

    /// Whether the place between the last released byte and the next is within a value.
    fn is_inside(&self) -> bool {
        self.found.front().is_some_and(|range| range.start < self.released)
    }
}
