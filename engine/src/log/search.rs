//! Lines of a log that match a pattern, found with the libraries of ripgrep.

use super::{
    blocks::{Block, Blocks, Log},
    visible::visible,
};
use execdeck_wire::Stream;
use grep_matcher::{LineTerminator, Matcher};
use grep_regex::{ErrorKind, RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};
use std::{
    io,
    time::{Duration, Instant},
};

/// The most memory that a compiled pattern may take, in bytes.
const PATTERN_BYTES: usize = 4 << 20;
/// In so many places a line is told to match, however many there are.
const MOST_RANGES: usize = 1000;
/// Once a block has taken so long, only the first place of each line is found: some patterns look at all of the line from each place on.
const ALL_RANGES_WITHIN: Duration = Duration::from_millis(200);

/// What is searched for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pattern {
    matcher: RegexMatcher,
    stream: Option<Stream>,
}

/// How a text is meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct PatternOptions {
    /// It is a regular expression in the syntax of Rust's `regex`, not plain text.
    pub regex: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// Only lines of this stream.
    pub stream: Option<Stream>,
}

impl Pattern {
    /// Compiles a pattern. The error says what is wrong with a regular expression, or that it would take too much memory.
    pub fn new(text: &str, options: PatternOptions) -> Result<Self, String> {
        let PatternOptions { regex, ignore_case, stream } = options;
        let mut builder = RegexMatcherBuilder::new();
        builder
            .fixed_strings(!regex)
            .case_insensitive(ignore_case)
            .multi_line(true)
            .crlf(true)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES);
        if regex {
            // The builder puts the text into a group: it must be whole by itself, and the errors are to show what was given.
            regex_syntax::ParserBuilder::new().utf8(false).build().parse(text).map_err(|error| error.to_string())?;
        }
        let built = match builder.build(text) {
            // A comment at the end of `(?x) …` would take in the end of the group.
            Err(error) if regex && matches!(error.kind(), ErrorKind::Regex(_)) => builder.build(&format!("{text}\n")).map_err(|_| error),
            built => built,
        };
        let matcher = built.map_err(|error| match error.to_string() {
            text if text.contains("exceeds size limit") => "it is too large: repeat less, or less often".to_owned(),
            text => text,
        })?;
        Ok(Self { matcher, stream })
    }
}

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

/// A search of lines from a number on, of each the first MiB. It stands still between two calls.
pub(crate) struct Scan {
    blocks: Blocks,
    searcher: Searcher,
    pattern: Pattern,
    from: u64,
    line_bytes: usize,
    position: u64,
}

impl Scan {
    /// `line_bytes`: how much of the text of a line is told.
    pub(crate) fn begin(log: Log, pattern: Pattern, from: u64, line_bytes: usize) -> io::Result<Self> {
        let blocks = Blocks::before_line(log, from)?;
        let searcher = SearcherBuilder::new()
            .line_terminator(LineTerminator::crlf())
            .line_number(false)
            .binary_detection(BinaryDetection::none())
            .build();
        let position = blocks.position();
        Ok(Self { blocks, searcher, pattern, from, line_bytes, position })
    }

    /// Bytes before this absolute offset were searched.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Searches for at most `most` hits, and not for much longer than `time`. `None` at the end. What it leaves of a block when it has
    /// so many hits is not searched any more.
    pub(crate) fn next(&mut self, most: usize, time: Duration) -> io::Result<Option<Vec<Hit>>> {
        let begin = Instant::now();
        let mut hits = Vec::new();
        while hits.is_empty() && begin.elapsed() < time {
            let Some(block) = self.blocks.next()? else { return Ok(None) };
            if self.pattern.stream.is_none_or(|stream| stream == block.stream) {
                let (pattern, from, line_bytes) = (&self.pattern, self.from, self.line_bytes);
                let shown = visible(&block.bytes);
                let all_ranges_until = Instant::now() + ALL_RANGES_WITHIN;
                let lines = BlockLines { block: &block, pattern, from, line_bytes, all_ranges_until, ends: 0, visible: 0, raw: 0 };
                let sink = BlockSink { shown: &shown, lines, most, hits: &mut hits };
                self.searcher.search_slice(&pattern.matcher, &shown, sink)?;
            }
            self.position = block.offset + block.bytes.len() as u64;
        }
        Ok(Some(hits))
    }
}

/// A block that is being searched. What it shows has its lines in the same order, but at other places.
struct BlockLines<'a> {
    block: &'a Block,
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

impl BlockLines<'_> {
    /// The line at a place of what is shown.
    fn hit(&mut self, shown: &[u8], at: usize, line: &[u8]) -> io::Result<Option<Hit>> {
        let between = memchr::memchr_iter(b'\n', &shown[self.visible..at]).count();
        if between > 0 {
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

struct BlockSink<'a> {
    shown: &'a [u8],
    lines: BlockLines<'a>,
    most: usize,
    hits: &'a mut Vec<Hit>,
}

impl Sink for BlockSink<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        let at = found.absolute_byte_offset() as usize;
        self.hits.extend(self.lines.hit(self.shown, at, found.bytes())?);
        Ok(self.hits.len() < self.most)
    }
}
