//! A pass over a log in blocks of whole lines, each with the number of its first line.

use super::{Chunk, block::Block, disk::OnCacheMiss, last_record::last_record, reader::LogReader, record::Record};
use execdeck_wire::{LineGap, Stream};
use std::{io, path::PathBuf};

/// So much is read at a time, in bytes.
const CHUNK: usize = 256 << 10;
/// A block has about so many bytes, which stay in a processor's cache while they are searched.
const BLOCK: usize = 256 << 10;
/// A line of more bytes than this is cut, at the end of a chunk.
const LINE: usize = 1 << 20;
/// There is room for so much in a block from the start if it will be needed.
const ROOM: usize = BLOCK + CHUNK;

/// A log up to an offset.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub folder: PathBuf,
    pub end: u64,
    /// The stream of bytes whose stream was not recorded.
    pub default_stream: Stream,
}

/// The pass.
pub(super) struct Blocks {
    log: Log,
    reader: LogReader,
    /// How many lines have ended before the open block.
    ended: u64,
    open: Option<Block>,
    /// The open block is a cut line, and was returned already.
    is_skipping: bool,
    /// What is missing right before the next block.
    gaps: Vec<LineGap>,
    buffer: Vec<u8>,
}

impl Blocks {
    /// Begins in front of the line with a number, and at most the distance of two records before it. Other lines come first, and the
    /// first block may begin in the middle of a line. If the line was removed, it begins with the oldest one.
    pub(super) fn before_line(log: Log, number: u64) -> io::Result<Self> {
        // The line before it ends behind this record, and so the line begins there.
        let record = last_record(&log.folder, log.end, |record| record.lines.saturating_add(2) <= number)?;
        Ok(Self::begin(log, record))
    }

    /// Begins at the last record.
    pub(super) fn at_last_record(log: Log) -> io::Result<Self> {
        let record = last_record(&log.folder, log.end, |_| true)?;
        Ok(Self::begin(log, record))
    }

    fn begin(log: Log, record: Option<Record>) -> Self {
        let (offset, ended) = record.map_or((0, 0), |record| (record.offset, record.lines));
        let reader = LogReader::new(log.folder.clone(), offset, log.default_stream);
        Self { log, reader, ended, open: None, is_skipping: false, gaps: Vec::new(), buffer: vec![0; CHUNK] }
    }

    /// The offset of the next byte to read.
    pub(super) fn position(&self) -> u64 {
        self.reader.position()
    }

    /// The number of lines up to the end; one that has not ended counts, too.
    pub(super) fn count(mut self) -> io::Result<u64> {
        let mut last = self.ended;
        while let Some(block) = self.next()? {
            let is_ended = block.bytes.last() == Some(&b'\n');
            last = block.first + block.line_feeds() - u64::from(is_ended);
        }
        Ok(last.max(self.ended))
    }

    /// The number of the first line behind what was read; of a line that was cut, its own.
    pub(super) fn next_line(&self) -> u64 {
        self.ended + 1
    }

    /// What is missing at the end, once there are no more blocks.
    pub(super) fn last_gaps(self) -> Vec<LineGap> {
        self.gaps
    }

    /// The next block; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Block>> {
        loop {
            if let Some(block) = self.take_full() {
                return Ok(Some(block));
            }
            let chunk = self.reader.read(self.log.end, &mut self.buffer, OnCacheMiss::Wait)?;
            let continues =
                matches!(chunk, Some(Chunk::Output { stream, .. }) if self.open.as_ref().is_some_and(|open| open.stream == stream));
            let ended = if continues { None } else { self.end_block(chunk.is_some()) };
            match chunk {
                Some(Chunk::Output { stream, offset, length }) => self.add(stream, offset, length)?,
                Some(Chunk::Gap { from, to, reason }) => self.gaps.push(LineGap { from, to, reason }),
                None if ended.is_none() => return Ok(None),
                None => {}
            }
            if ended.is_some() {
                return Ok(ended);
            }
        }
    }

    /// Takes the lines of the open block that are whole, or the beginning of a very long one.
    fn take_full(&mut self) -> Option<Block> {
        let open = self.open.as_mut().filter(|open| open.bytes.len() >= BLOCK && !self.is_skipping)?;
        let whole = memchr::memrchr(b'\n', &open.bytes).map(|at| at + 1);
        if whole.is_none() && open.bytes.len() < LINE {
            return None;
        }
        open.is_cut = whole.is_none();
        let rest = open.split_off(whole.unwrap_or(LINE), ROOM);
        self.ended += rest.first - open.first;
        self.is_skipping = open.is_cut;
        let full = self.open.replace(rest);
        if self.is_skipping {
            self.leave_skipped();
        }
        full
    }

    /// Ends the open block. `line_too`: no more bytes follow its last line.
    fn end_block(&mut self, line_too: bool) -> Option<Block> {
        let open = self.open.take()?;
        let is_open_line = open.bytes.last().is_some_and(|last| *last != b'\n') || std::mem::take(&mut self.is_skipping);
        self.ended += open.line_feeds() + u64::from(is_open_line && line_too);
        Some(open).filter(|open| !open.bytes.is_empty())
    }

    fn add(&mut self, stream: Stream, offset: u64, length: usize) -> io::Result<()> {
        if self.open.is_none() {
            let gaps = std::mem::take(&mut self.gaps);
            // Only the index knows how many lines are missing.
            if !gaps.is_empty()
                && let Some(record) = self.reader.records().rfind(|record| record.offset <= offset)
            {
                self.ended = self.ended.max(record.lines);
            }
            let first = self.ended + 1;
            self.open = Some(Block { gaps, stream, offset, first, bytes: Vec::new(), is_cut: false, records: Vec::new() });
        }
        if let Some(open) = &mut self.open {
            let known = open.records.last().map(|record| record.offset);
            let behind = offset + length as u64;
            open.records.extend(self.reader.records().filter(|record| record.offset < behind && Some(record.offset) > known));
            open.bytes.extend_from_slice(&self.buffer[..length]);
        }
        if self.is_skipping {
            self.leave_skipped();
            if self.is_skipping {
                self.skip(offset + length as u64)?;
            }
        }
        Ok(())
    }

    /// Drops what is left of a cut line.
    fn leave_skipped(&mut self) {
        let Some(open) = &mut self.open else { return };
        let feed = memchr::memchr(b'\n', &open.bytes).map(|at| at + 1);
        let dropped = feed.unwrap_or(open.bytes.len());
        open.bytes.drain(..dropped);
        open.offset += dropped as u64;
        if feed.is_some() {
            self.is_skipping = false;
            self.ended += 1;
            open.first = self.ended + 1;
        }
    }

    /// Continues near the end of a cut line, if the index knows where that is.
    fn skip(&mut self, position: u64) -> io::Result<()> {
        let next = self.ended + 2;
        let before_next = last_record(&self.log.folder, self.log.end, |record| record.lines.saturating_add(2) <= next)?;
        if let Some(record) = before_next.filter(|record| record.offset > position) {
            self.reader.seek(record.offset);
            if let Some(open) = &mut self.open {
                open.offset = record.offset;
            }
        }
        Ok(())
    }
}
