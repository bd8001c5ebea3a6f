//! Lines of a log that match a pattern.

use super::{
    ahead::Ahead,
    blocks::{Blocks, Log},
    finder::Finder,
    hit::Hit,
    pattern::Pattern,
};
use std::{
    io,
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// After the first hit, more are looked for so long before they are handed over: many are handed over together.
const MORE: Duration = Duration::from_millis(2);

/// A search of lines from a number on, of each the first MiB. It stands still between two calls.
pub(crate) struct Scan {
    blocks: Ahead,
    finder: Finder,
    position: u64,
}

impl Scan {
    /// `line_bytes`: how much of the text of a line is told.
    pub(crate) fn begin(log: Log, pattern: Pattern, from: u64, line_bytes: usize) -> io::Result<Self> {
        let blocks = Blocks::before_line(log, from)?;
        let position = blocks.position();
        Ok(Self { blocks: Ahead::new(blocks), finder: Finder::new(pattern, from, line_bytes), position })
    }

    /// Bytes before this absolute offset were searched.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Searches for at most `most` hits, and not for much longer than `time`. `None` at the end. What it leaves of a block when it has
    /// so many hits is not searched any more. After `alone` bytes a second thread reads what is searched by this one, if it is not `None`.
    pub(crate) fn next(&mut self, most: usize, time: Duration, alone: Option<usize>) -> io::Result<Option<Vec<Hit>>> {
        let begin = Instant::now();
        let Self { blocks, finder, position } = self;
        let (mut hits, mut until) = (Vec::new(), begin + time);
        if time.is_zero() {
            return Ok(Some(hits));
        }
        let searched = blocks.each(alone, |block| {
            let had_none = hits.is_empty();
            finder.find(&block, most, &mut hits)?;
            *position = block.offset + block.bytes.len() as u64;
            let now = Instant::now();
            if had_none && !hits.is_empty() {
                until = until.min(now + MORE);
            }
            Ok(if hits.len() < most && now < until { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        });
        match searched {
            Err(error) if hits.is_empty() => Err(error),
            Ok(false) if hits.is_empty() => Ok(None),
            Err(error) => {
                self.blocks.fail_next(error);
                Ok(Some(hits))
            }
            Ok(_) => Ok(Some(hits)),
        }
    }
}
