//! Lines of a log by their numbers, found with its index.
//!
//! Lines are numbered from 1, those that were removed included. A line ends at a line feed, where another stream begins, at bytes that
//! are missing, and where the output ends. The writer counts them like that in the records of the index.

use super::{
    block::Block,
    blocks::{Blocks, Log},
};
use execdeck_wire::{LineGap, Stream};
use std::io;

/// A line of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// From 1.
    pub number: u64,
    /// Absolute offset of its first byte.
    pub offset: u64,
    /// When that was read, in microseconds since 1970; `None` if that is not known.
    pub time_us: Option<i64>,
    /// Where it came from.
    pub stream: Stream,
    /// Its bytes without the line feed; of a long line only the first ones.
    pub bytes: Vec<u8>,
    /// There are more bytes.
    pub is_cut: bool,
}

/// Some lines of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLines {
    /// In their order.
    pub lines: Vec<LogLine>,
    /// What is missing before and between them.
    pub gaps: Vec<LineGap>,
    /// The number of the line to go on at, if lines of one stream were asked for and not all were looked through.
    pub next: Option<u64>,
}

/// So many bytes are looked through for lines of one stream, about.
const SCANNED: usize = 64 << 20;

/// What is read.
#[derive(Clone, Copy, Debug)]
pub struct LineLimits {
    /// Only lines of this stream.
    pub stream: Option<Stream>,
    /// Only lines before the one of this number.
    pub before: u64,
    /// This many lines.
    pub lines: usize,
    /// This many bytes of one line, up to 1 MiB.
    pub line_bytes: usize,
    /// No more lines once there are this many bytes.
    pub bytes: usize,
}

/// The number of the last line of a log. One that has not ended counts, too.
pub(crate) fn count_lines(log: &Log) -> io::Result<u64> {
    Blocks::at_last_record(log.clone())?.count()
}

/// The number of a line that may be counted from the end: -1 is the last one of the `total`.
pub(crate) fn first_line(from: i64, total: impl FnOnce() -> io::Result<u64>) -> io::Result<u64> {
    u64::try_from(from).or_else(|_| Ok((total()? + 1).saturating_sub(from.unsigned_abs())))
}

/// Lines from a number on. If there is no line of this number any more, the oldest ones.
pub(crate) fn read_lines(log: &Log, from: u64, limits: LineLimits) -> io::Result<LogLines> {
    let mut blocks = Blocks::before_line(log.clone(), from)?;
    let (mut found, mut bytes, mut scanned) = (LogLines::default(), 0, 0);
    while let Some(block) = blocks.next()? {
        if block.first >= limits.before {
            return Ok(found);
        }
        let is_wanted = limits.stream.is_none_or(|stream| stream == block.stream);
        if !is_wanted && block.first >= from {
            found.gaps.extend(&block.gaps);
        }
        let lines = is_wanted.then(|| lines_of(&block, from, limits.line_bytes));
        for (at, line) in lines.into_iter().flatten().enumerate() {
            if line.number >= limits.before {
                return Ok(found);
            }
            if found.lines.len() >= limits.lines || bytes >= limits.bytes {
                found.next = limits.stream.map(|_| line.number);
                return Ok(found);
            }
            if at == 0 && line.offset == block.offset {
                found.gaps.extend(&block.gaps);
            }
            bytes += line.bytes.len();
            found.lines.push(line);
        }
        scanned += block.bytes.len();
        if limits.stream.is_some() && scanned >= SCANNED {
            found.next = Some(blocks.next_line().max(from));
            return Ok(found);
        }
    }
    found.gaps.extend(blocks.last_gaps());
    Ok(found)
}

/// The lines of a block from a number on, of each at most so many bytes.
fn lines_of(block: &Block, from: u64, line_bytes: usize) -> impl Iterator<Item = LogLine> {
    let skipped = from.saturating_sub(block.first);
    let mut feeds = memchr::memchr_iter(b'\n', &block.bytes).map(|at| at + 1);
    let begin = skipped.checked_sub(1).map_or(Some(0), |before| feeds.nth(before as usize));
    let last = Some(block.bytes.len()).filter(|_| block.bytes.last() != Some(&b'\n'));
    let (mut begin, mut number) = (begin.unwrap_or(block.bytes.len()), block.first + skipped);
    feeds.chain(last).filter_map(move |end| {
        let bytes = block.bytes.get(begin..end).filter(|bytes| !bytes.is_empty())?;
        let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let kept = &text[..text.len().min(line_bytes)];
        let offset = block.offset + begin as u64;
        let (time_us, is_cut) = (block.time_us(offset), block.is_cut || kept.len() < text.len());
        let line = LogLine { number, offset, time_us, stream: block.stream, bytes: kept.to_vec(), is_cut };
        (begin, number) = (end, number + 1);
        Some(line)
    })
}
