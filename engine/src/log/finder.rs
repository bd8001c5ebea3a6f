//! The lines of a block that match a pattern, found with the libraries of ripgrep.

use super::{
    block::Block,
    hit::{BlockLines, Hit},
    pattern::Pattern,
    visible::visible,
};
use grep_matcher::LineTerminator;
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};
use std::io;

/// Searches one block after another.
pub(super) struct Finder {
    searcher: Searcher,
    pattern: Pattern,
    from: u64,
    line_bytes: usize,
    /// For what lines show, if that is not all they have.
    room: Vec<u8>,
}

impl Finder {
    /// `from`: the number of the first line that is wanted. `line_bytes`: how much of the text of a line is told.
    pub(super) fn new(pattern: Pattern, from: u64, line_bytes: usize) -> Self {
        let searcher = SearcherBuilder::new()
            .line_terminator(LineTerminator::crlf())
            .line_number(false)
            .binary_detection(BinaryDetection::none())
            .build();
        Self { searcher, pattern, from, line_bytes, room: Vec::new() }
    }

    /// Adds the lines of a block that match to the hits, until there are so many.
    pub(super) fn find(&mut self, block: &Block, most: usize, hits: &mut Vec<Hit>) -> io::Result<()> {
        if self.pattern.stream.is_some_and(|stream| stream != block.stream) {
            return Ok(());
        }
        let shown = visible(&block.bytes, &mut self.room);
        let lines = BlockLines::new(block, shown, &self.pattern, self.from, self.line_bytes);
        self.searcher.search_slice(&self.pattern.matcher, shown, BlockSink { lines, most, hits })
    }
}

struct BlockSink<'a> {
    lines: BlockLines<'a>,
    most: usize,
    hits: &'a mut Vec<Hit>,
}

impl Sink for BlockSink<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        let at = found.absolute_byte_offset() as usize;
        self.hits.extend(self.lines.hit(at, found.bytes())?);
        Ok(self.hits.len() < self.most)
    }
}
