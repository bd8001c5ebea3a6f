//! Keeps the values of `secret_env` out of what the keeper writes.
//!
//! A value of six characters or more is replaced by a mask in the output, however it is cut across reads, and also if
//! escape sequences break it up; so is each such line of a value. Escape sequences within a value come before the mask, so
//! that colours stay right. What may be the beginning of a value is held back for a second: if the rest takes longer, what
//! was held back is on disk by then, and only the rest is masked. Values that a program encodes, cuts short or prints
//! backwards cannot be recognized.
//!
//! # Layout
//! - [`Masking`]: the streams of one process. `stream`: one of them.
//! - `patterns`: finds the values. `escapes`: what a terminal does not show.

mod escapes;
mod patterns;
mod stream;
#[cfg(test)]
mod tests;

use execdeck_wire::{MASK, Stream};
use patterns::Patterns;
use std::time::Instant;
use stream::StreamMask;

/// The output of a process that has secrets, on its way to the log.
pub(super) struct Masking {
    patterns: Patterns,
    streams: [(Stream, StreamMask); 3],
}

impl Masking {
    /// `None` if no value is long enough to be masked.
    pub(super) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let streams = [Stream::Stdout, Stream::Stderr, Stream::Terminal].map(|stream| (stream, StreamMask::default()));
        Some(Self { patterns: Patterns::new(values)?, streams })
    }

    /// Takes in output of a stream and passes on what may be written now.
    pub(super) fn push(&mut self, stream: Stream, bytes: &[u8], mut write: impl FnMut(Stream, &[u8])) {
        let (patterns, now) = (&self.patterns, Instant::now());
        for (_, mask) in self.streams.iter_mut().filter(|(of, _)| *of == stream) {
            write(stream, &mask.push(patterns, bytes, now));
        }
    }

    /// When [`release_overdue`](Self::release_overdue) wants to be called.
    pub(super) fn due(&self) -> Option<Instant> {
        self.streams.iter().filter_map(|(_, mask)| mask.due()).min()
    }

    /// Passes on what has been held back for long enough.
    pub(super) fn release_overdue(&mut self, now: Instant, mut write: impl FnMut(Stream, &[u8])) {
        self.streams.iter_mut().for_each(|(stream, mask)| write(*stream, &mask.release_overdue(now)));
    }

    /// Passes on all that is held back of a stream: nothing follows in it.
    pub(super) fn finish(&mut self, stream: Stream, mut write: impl FnMut(Stream, &[u8])) {
        for (_, mask) in self.streams.iter_mut().filter(|(of, _)| *of == stream) {
            write(stream, &mask.finish());
        }
    }

    /// The same for a text of its own, such as an error.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut mask = StreamMask::default();
        let mut masked = mask.push(&self.patterns, text.as_bytes(), Instant::now()).into_owned();
        masked.extend(mask.finish());
        String::from_utf8_lossy(&masked).into_owned()
    }
}
