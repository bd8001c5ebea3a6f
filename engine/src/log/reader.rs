//! The viewers' side of the output log: any offset, at any pace, with one segment open at a time.

use super::{
    disk::{Found, OnCacheMiss},
    index::IndexReader,
    listing::segment_bases,
    record::Record,
    segment_path,
    stored::Stored,
};
use execdeck_wire::{GapReason, Stream};
use std::{io, ops::RangeInclusive, path::PathBuf};

/// What was read from a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Output of one stream. The bytes are in the caller's buffer.
    Output {
        /// Where they came from.
        stream: Stream,
        /// Absolute offset of the first byte.
        offset: u64,
        /// How many bytes; at least one.
        length: usize,
    },
    /// Bytes that are missing for good.
    Gap {
        /// Absolute offset of the first missing byte.
        from: u64,
        /// Absolute offset of the first byte after them.
        to: u64,
        /// Why they are missing.
        reason: GapReason,
    },
}

struct Segment {
    base: u64,
    log: Stored,
    index: IndexReader,
}

/// Reads a log from an offset on.
pub(crate) struct LogReader {
    folder: PathBuf,
    position: u64,
    default_stream: Stream,
    segment: Option<Segment>,
}

impl LogReader {
    /// A reader at an offset. Bytes whose stream was not recorded are attributed to the default stream.
    pub(crate) fn new(folder: PathBuf, position: u64, default_stream: Stream) -> Self {
        Self { folder, position, default_stream, segment: None }
    }

    /// The offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Continues from another offset.
    pub(crate) fn seek(&mut self, position: u64) {
        self.position = position;
        self.segment = None;
    }

    /// The records of the index from the one that covers the bytes that were read last, beyond their end.
    pub(super) fn records(&self) -> impl DoubleEndedIterator<Item = Record> {
        self.segment.iter().flat_map(|segment| segment.index.records())
    }

    /// Reads up to as many bytes as the buffer has room for, before offset `end`; `None` when the position has reached
    /// that or there is no room. Bytes before `end` that are not on disk are a gap.
    pub(crate) fn read(&mut self, end: u64, buffer: &mut [u8], on_cache_miss: OnCacheMiss) -> io::Result<Option<Chunk>> {
        // Each round returns, or leaves a segment for one with a higher base.
        loop {
            if self.position >= end || buffer.is_empty() {
                return Ok(None);
            }
            let Some(segment) = &mut self.segment else {
                if on_cache_miss == OnCacheMiss::WouldBlock {
                    // Listing a folder and opening files may wait for the disk as well.
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                match self.open_segment(end)? {
                    Some(gap) => return Ok(Some(gap)),
                    None => continue,
                }
            };
            let most = (end - self.position).min(buffer.len() as u64);
            let Segment { base, log, index } = segment;
            let (stream, run) = index.run_at(self.position, most, || extent(*base, log), on_cache_miss)?;
            match log.read_at(&mut buffer[..run as usize], self.position - *base, on_cache_miss)? {
                Found::Bytes(0) => {}
                Found::Bytes(length) => {
                    let offset = self.position;
                    self.position += length as u64;
                    return Ok(Some(Chunk::Output { stream, offset, length }));
                }
                Found::Damage(to) => {
                    // A damaged file may say that it reaches further than it can.
                    let next = segment_bases(&self.folder)?.into_iter().find(|next| *next > *base);
                    let to = base.saturating_add(to).min(next.unwrap_or(end)).min(end);
                    if to > self.position {
                        return Ok(Some(self.gap_to(to, GapReason::Damaged)));
                    }
                }
            }
            if let Some(gap) = self.advance_segment(end)? {
                return Ok(Some(gap));
            }
        }
    }

    /// Opens the segment that holds the position, or returns the gap up to the next one.
    fn open_segment(&mut self, end: u64) -> io::Result<Option<Chunk>> {
        let mut missing = None;
        loop {
            let bases = segment_bases(&self.folder)?;
            let behind = bases.partition_point(|base| *base <= self.position);
            let Some(&base) = behind.checked_sub(1).and_then(|at| bases.get(at)) else {
                let to = bases.first().copied().unwrap_or(end).min(end);
                return Ok(Some(self.gap_to(to, GapReason::Retention)));
            };
            match self.open_files(base) {
                Ok(segment) => {
                    self.segment = Some(segment);
                    return Ok(None);
                }
                // Removed between the listing and the opening. What is listed again and still not there is an error.
                Err(error) if error.kind() == io::ErrorKind::NotFound && missing != Some(base) => missing = Some(base),
                Err(error) => return Err(error),
            }
        }
    }

    /// Opens the index first: it is created before its log and removed after it, so it exists as long as the log does,
    /// unless it was lost.
    fn open_files(&self, base: u64) -> io::Result<Segment> {
        let index = match Stored::open(&segment_path(&self.folder, base, "idx")) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let log = Stored::open(&segment_path(&self.folder, base, "log"))?;
        Ok(Segment { base, log, index: IndexReader::open(index, self.default_stream, self.position)? })
    }

    /// The segment has no more bytes: leaves it for the next one, and returns the gap between them if there is one.
    fn advance_segment(&mut self, end: u64) -> io::Result<Option<Chunk>> {
        let (left, is_cut) = self.segment.take().map_or((None, false), |segment| (Some(segment.base), segment.log.is_cut()));
        let bases = segment_bases(&self.folder)?;
        let next = bases.iter().copied().find(|base| Some(*base) > left && *base >= self.position);
        if next == Some(self.position) {
            return Ok(None);
        }
        let reason = match left {
            Some(base) if bases.contains(&base) && is_cut => GapReason::Damaged,
            Some(base) if bases.contains(&base) => GapReason::NotWritten,
            _ => GapReason::Retention,
        };
        Ok(Some(self.gap_to(next.unwrap_or(end).min(end), reason)))
    }

    fn gap_to(&mut self, to: u64, reason: GapReason) -> Chunk {
        let from = self.position;
        self.position = to;
        Chunk::Gap { from, to, reason }
    }
}

/// The offsets that may occur in the index of a segment: a record is written before its bytes.
fn extent(base: u64, log: &Stored) -> io::Result<RangeInclusive<u64>> {
    Ok(base..=base.saturating_add(log.len()?))
}
