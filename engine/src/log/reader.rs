//! The viewers' side of the output log: any offset, at any pace, with one segment open at a time.

use super::{RECORD_BYTES, Record, segment_bases, segment_path};
use execdeck_wire::{GapReason, OutputRange, Stream};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, IoSliceMut},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// What comes next in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// So many bytes of one stream from an offset on, now in the caller's buffer.
    Output(Stream, u64, usize),
    /// Bytes `from..to` will not come.
    Gap(u64, u64, GapReason),
}

/// What to do about bytes that are not in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uncached {
    /// Wait for the disk.
    Wait,
    /// Fail with [`io::ErrorKind::WouldBlock`].
    Refuse,
}

struct Segment {
    base: u64,
    log: File,
    index: File,
    /// Bytes of the index read so far.
    indexed: u64,
    /// Records from the one that covers the position on.
    records: VecDeque<Record>,
}

/// Reads a log from an offset on.
pub(crate) struct LogReader {
    folder: PathBuf,
    position: u64,
    segment: Option<Segment>,
}

impl LogReader {
    pub(crate) fn new(folder: PathBuf, position: u64) -> Self {
        Self { folder, position, segment: None }
    }

    /// The offset of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Goes on from another offset.
    pub(crate) fn seek(&mut self, position: u64) {
        self.position = position;
        self.segment = None;
    }

    /// Reads up to as many bytes as the buffer has, before offset `end`; `None` when the position has reached that.
    pub(crate) fn read(&mut self, end: u64, buffer: &mut [u8], uncached: Uncached) -> io::Result<Option<Chunk>> {
        loop {
            if self.position >= end {
                return Ok(None);
            }
            if self.segment.is_none() && uncached == Uncached::Refuse {
                // Listing a folder and opening files may wait for the disk as well.
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if self.segment.is_none()
                && let Some(gap) = self.open(end)?
            {
                return Ok(Some(gap));
            }
            let segment = self.segment.as_mut().expect("opened above");
            let most = (end - self.position).min(buffer.len() as u64);
            let (stream, run) = segment.run_at(self.position, most)?.unwrap_or((Stream::Stdout, 0));
            let at = self.position - segment.base;
            let read = match uncached {
                Uncached::Wait => read_at(&segment.log, &mut buffer[..run as usize], at)?,
                Uncached::Refuse => read_cached(&segment.log, &mut buffer[..run as usize], at)?,
            };
            if read == 0 {
                match self.leave_segment(end)? {
                    Chunk::Gap(from, to, _) if from == to => continue,
                    gap => return Ok(Some(gap)),
                }
            }
            let offset = self.position;
            self.position += read as u64;
            return Ok(Some(Chunk::Output(stream, offset, read)));
        }
    }

    /// Opens the segment that holds the position, or tells the gap up to the next one.
    fn open(&mut self, end: u64) -> io::Result<Option<Chunk>> {
        loop {
            let bases = segment_bases(&self.folder)?;
            let behind = bases.partition_point(|base| *base <= self.position);
            let Some(&base) = behind.checked_sub(1).and_then(|at| bases.get(at)) else {
                let to = bases.first().copied().unwrap_or(end).min(end);
                return Ok(Some(self.gap_to(to, GapReason::Retention)));
            };
            let opened = File::open(segment_path(&self.folder, base, "log"))
                .and_then(|log| Ok((log, File::open(segment_path(&self.folder, base, "idx"))?)));
            match opened {
                Ok((log, index)) => {
                    let mut segment = Segment { base, log, index, indexed: 0, records: VecDeque::new() };
                    segment.seek_index(self.position)?;
                    self.segment = Some(segment);
                    return Ok(None);
                }
                // Removed between the listing and the opening.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The segment has no more bytes: goes to the next one, over a gap if it does not begin right here.
    fn leave_segment(&mut self, end: u64) -> io::Result<Chunk> {
        let left = self.segment.take().map(|segment| segment.base);
        let bases = segment_bases(&self.folder)?;
        let next = bases.iter().copied().find(|base| Some(*base) > left && *base >= self.position);
        let reason = match left {
            Some(base) if bases.contains(&base) => GapReason::NotWritten,
            _ => GapReason::Retention,
        };
        Ok(self.gap_to(next.unwrap_or(end).min(end), reason))
    }

    fn gap_to(&mut self, to: u64, reason: GapReason) -> Chunk {
        let from = self.position;
        self.position = to;
        Chunk::Gap(from, to, reason)
    }
}

impl Segment {
    /// The stream at a position, and for how many bytes it goes on, up to `most`.
    fn run_at(&mut self, position: u64, most: u64) -> io::Result<Option<(Stream, u64)>> {
        while self.records.back().is_none_or(|last| last.offset < position + most) && self.load_records()? {}
        while self.records.get(1).is_some_and(|next| next.offset <= position) {
            self.records.pop_front();
        }
        let Some(first) = self.records.front().copied() else { return Ok(None) };
        let change = self.records.iter().find(|record| record.stream != first.stream);
        let run = change.map_or(most, |record| most.min(record.offset - position));
        Ok(Some((first.stream, run)))
    }

    /// Reads some more of the index; whether there was any.
    fn load_records(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 64 * RECORD_BYTES];
        let read = read_at(&self.index, &mut bytes, self.indexed)?;
        let whole = read - read % RECORD_BYTES;
        self.records.extend(bytes[..whole].chunks_exact(RECORD_BYTES).filter_map(Record::decode));
        self.indexed += whole as u64;
        Ok(whole > 0)
    }

    /// Begins the index at the record that covers a position, found by bisection.
    fn seek_index(&mut self, position: u64) -> io::Result<()> {
        let (mut low, mut high) = (0, self.index.metadata()?.len() / RECORD_BYTES as u64);
        while low + 1 < high {
            let middle = u64::midpoint(low, high);
            let mut bytes = [0; RECORD_BYTES];
            read_at(&self.index, &mut bytes, middle * RECORD_BYTES as u64)?;
            if Record::decode(&bytes).is_some_and(|record| record.offset <= position) {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.indexed = low * RECORD_BYTES as u64;
        Ok(())
    }
}

/// Reads until the buffer is full or the file ends.
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], at + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Reads what is in memory (`RWF_NOWAIT`, preadv2(2)); nothing there, or a file system that cannot tell, would block.
fn read_cached(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    match preadv2(file, &mut [IoSliceMut::new(buffer)], at, ReadWriteFlags::NOWAIT) {
        // Some kernels answer 0 where there is more (preadv2(2), BUGS), others do not know the call.
        Ok(0) if !buffer.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::INTR | Errno::INVAL | Errno::NOSYS | Errno::PERM) => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        read => Ok(read?),
    }
}

/// Which bytes the files hold, where no keeper can tell any more.
pub(crate) fn range_on_disk(folder: &Path) -> OutputRange {
    let bases = segment_bases(folder).unwrap_or_default();
    let end = bases.last().map(|base| base + segment_path(folder, *base, "log").metadata().map_or(0, |metadata| metadata.len()));
    OutputRange { start: bases.first().copied().unwrap_or(0), end: end.unwrap_or(0) }
}
