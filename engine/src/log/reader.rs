//! The viewers' side of the output log: any offset, at any pace, with one segment open at a time.

use super::{
    disk::{OnCacheMiss, read_at},
    index::IndexReader,
    segment_path,
};
use execdeck_wire::{GapReason, OutputRange, Stream};
use std::{
    fs::{self, File},
    io,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

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
    log: File,
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
            let length = read_at(log, &mut buffer[..run as usize], self.position - *base, on_cache_miss)?;
            if length > 0 {
                let offset = self.position;
                self.position += length as u64;
                return Ok(Some(Chunk::Output { stream, offset, length }));
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
        let index = match File::open(segment_path(&self.folder, base, "idx")) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let log = File::open(segment_path(&self.folder, base, "log"))?;
        Ok(Segment { base, log, index: IndexReader::open(index, self.default_stream, self.position)? })
    }

    /// The segment has no more bytes: leaves it for the next one, and returns the gap between them if there is one.
    fn advance_segment(&mut self, end: u64) -> io::Result<Option<Chunk>> {
        let left = self.segment.take().map(|segment| segment.base);
        let bases = segment_bases(&self.folder)?;
        let next = bases.iter().copied().find(|base| Some(*base) > left && *base >= self.position);
        if next == Some(self.position) {
            return Ok(None);
        }
        let reason = match left {
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
fn extent(base: u64, log: &File) -> io::Result<RangeInclusive<u64>> {
    Ok(base..=base.saturating_add(log.metadata()?.len()))
}

/// The bases of the segments on disk, oldest first.
fn segment_bases(folder: &Path) -> io::Result<Vec<u64>> {
    let mut bases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let base = name.to_str().and_then(|name| name.strip_suffix(".log"));
        // Only names of exactly our form; other files are not ours.
        let base = base.filter(|base| base.len() == 20 && base.bytes().all(|byte| byte.is_ascii_digit()));
        bases.extend(base.and_then(|base| base.parse::<u64>().ok()));
    }
    bases.sort_unstable();
    Ok(bases)
}

/// Which bytes the files hold, for when there is no keeper to ask.
pub(crate) fn range_on_disk(folder: &Path) -> OutputRange {
    let bases = segment_bases(folder).unwrap_or_default();
    let length = |base| segment_path(folder, base, "log").metadata().map_or(0, |metadata| metadata.len());
    let end = bases.last().map(|base| base.saturating_add(length(*base)));
    OutputRange { start: bases.first().copied().unwrap_or(0), end: end.unwrap_or(0) }
}
