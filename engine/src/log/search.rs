//! Lines of a log that match a pattern.

use super::{
    blocks::{Blocks, Log},
    finder::Finder,
    hit::Hit,
    pattern::Pattern,
};
use std::{
    io,
    time::{Duration, Instant},
};

/// After the first hit, more are looked for so long before they are handed over: many are handed over together.
const MORE: Duration = Duration::from_millis(2);

/// A search of lines from a number on, of each the first MiB. It stands still between two calls.
pub(crate) struct Scan {
    blocks: Blocks,
    finder: Finder,
    position: u64,
    /// An error after hits, which the next call returns.
    failed: Option<io::Error>,
}

impl Scan {
    /// `line_bytes`: how much of the text of a line is told.
    pub(crate) fn begin(log: Log, pattern: Pattern, from: u64, line_bytes: usize) -> io::Result<Self> {
        let blocks = Blocks::before_line(log, from)?;
        let position = blocks.position();
        Ok(Self { blocks, finder: Finder::new(pattern, from, line_bytes), position, failed: None })
    }

    /// Bytes before this absolute offset were searched.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Searches for at most `most` hits, and not for much longer than `time`. `None` at the end. What it leaves of a block when it has
    /// so many hits is not searched any more.
    pub(crate) fn next(&mut self, most: usize, time: Duration) -> io::Result<Option<Vec<Hit>>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut now = Instant::now();
        let (mut hits, mut until) = (Vec::new(), now + time);
        while hits.len() < most && now < until {
            let block = match self.blocks.next() {
                Ok(Some(block)) => block,
                Ok(None) => return Ok(Some(hits).filter(|hits| !hits.is_empty())),
                Err(error) if hits.is_empty() => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            };
            let had_none = hits.is_empty();
            if let Err(error) = self.finder.find(&block, most, &mut hits) {
                if hits.is_empty() {
                    return Err(error);
                }
                self.failed = Some(error);
                break;
            }
            self.position = block.offset + block.bytes.len() as u64;
            now = Instant::now();
            if had_none && !hits.is_empty() {
                until = until.min(now + MORE);
            }
        }
        Ok(Some(hits))
    }
}
