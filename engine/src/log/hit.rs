//! What a search reports of a line.

use super::{block::Block, pattern::Pattern};
use execdeck_wire::Stream;
use grep_matcher::Matcher;
use std::{
    io,
    time::{Duration, Instant},
};

/// In so many places a line is told to match, however many there are.
const MOST_RANGES: usize = 1000;
/// Once a block has taken so long, only the first place of each line is found: some patterns look at all of the line from each place on.
const ALL_RANGES_WITHIN: Duration = Duration::from_millis(200);

/// Places in a text: the first byte of each and the one after its last.
pub type Ranges = Vec<(usize, usize)>;

/// A line that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its number, from 1.
    pub line: u64,
    /// Absolute offset of its first byte.
    pub offset: u64,
    /// When that was read, in microseconds since 1970; `None` if that is not known.
    pub time_us: Option<i64>,
    /// Where it came from.
    pub stream: Stream,
    /// What it shows, without escape sequences and its end; of a long line only the first bytes.
    pub text: String,
    /// Where `text` matches.
    pub ranges: Ranges,
    /// There is more text.
    pub is_cut: bool,
}

/// A block that is being searched. What it shows has its lines in the same order, but at other places.
pub(super) struct BlockLines<'a> {
    block: &'a Block,
    shown: &'a [u8],
    pattern: &'a Pattern,
    from: u64,
    line_bytes: usize,
    all_ranges_until: Instant,
    /// Lines before the last match.
    ends: u64,
    /// Where that match begins in what is shown, and in the block.
    visible: usize,
    raw: usize,
}

impl<'a> BlockLines<'a> {
    /// `shown`: all that the block shows. Of the lines before `from` nothing is told, and of a text only so many bytes.
    pub(super) fn new(block: &'a Block, shown: &'a [u8], pattern: &'a Pattern, from: u64, line_bytes: usize) -> Self {
        let all_ranges_until = Instant::now() + ALL_RANGES_WITHIN;
        Self { block, shown, pattern, from, line_bytes, all_ranges_until, ends: 0, visible: 0, raw: 0 }
    }

    /// What is told of the line at a place of what is shown. Places must not decrease.
    pub(super) fn hit(&mut self, at: usize, line: &[u8]) -> io::Result<Option<Hit>> {
        let between = memchr::memchr_iter(b'\n', &self.shown[self.visible..at]).count();
        if std::ptr::eq(self.shown, self.block.bytes.as_slice()) {
            self.raw = at;
        } else if between > 0 {
            let feeds = memchr::memchr_iter(b'\n', &self.block.bytes[self.raw..]);
            self.raw += feeds.take(between).last().map_or(0, |feed| feed + 1);
        }
        (self.ends, self.visible) = (self.ends + between as u64, at);
        let number = self.block.first + self.ends;
        if number < self.from {
            return Ok(None);
        }
        let offset = self.block.offset + self.raw as u64;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").filter(|_| !self.block.is_cut).unwrap_or(line);
        let (text, ranges, is_cut) = self.text(line)?;
        let (time_us, is_cut) = (self.block.time_us(offset), is_cut || self.block.is_cut);
        Ok(Some(Hit { line: number, offset, time_us, stream: self.block.stream, text, ranges, is_cut }))
    }

    /// The text of a line, where it matches, and whether it is cut.
    fn text(&self, line: &[u8]) -> io::Result<(String, Ranges, bool)> {
        let mut ranges = Ranges::new();
        // Found in the bytes: what is not UTF-8 becomes longer when it is replaced.
        let each = |found: grep_matcher::Match| {
            let is_told = found.end() <= self.line_bytes;
            if is_told {
                ranges.push((found.start(), found.end()));
            }
            is_told && ranges.len() < MOST_RANGES && Instant::now() < self.all_ranges_until
        };
        self.pattern.matcher.find_iter(line, each).map_err(io::Error::other)?;
        let kept = &line[..line.len().min(self.line_bytes)];
        let is_cut = kept.len() < line.len();
        if let Ok(text) = str::from_utf8(kept) {
            return Ok((text.to_owned(), ranges, is_cut));
        }
        let width = |to: usize| String::from_utf8_lossy(&kept[..to]).len();
        let ranges = ranges.into_iter().map(|(start, end)| (width(start), width(end))).collect();
        Ok((String::from_utf8_lossy(kept).into_owned(), ranges, is_cut))
    }
}
