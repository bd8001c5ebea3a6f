//! Reading the index of a segment, even if parts of it are missing.
//!
//! The log is the truth, not its index: a power cut can leave an index that is missing, empty, cut short or
//! full of zeros beside a log that is whole. Bytes before the first record are taken to come from the
//! reader's default stream, others from the stream of the last record before them.

use super::{
    disk::{Found, OnCacheMiss},
    record::{RECORD_BYTES, Record},
    stored::Stored,
};
use execdeck_wire::Stream;
use std::{collections::VecDeque, io, ops::RangeInclusive};

/// Records that are read at a time.
const BATCH: usize = 64;

pub(super) struct IndexReader {
    file: Option<Stored>,
    /// The stream of bytes that no record describes.
    default_stream: Stream,
    /// Bytes of the file read so far.
    consumed: u64,
    /// Records from the one that covers the position on, in order.
    records: VecDeque<Record>,
}

impl IndexReader {
    /// Opens an index at the record that covers a position. Waits for the disk.
    pub(super) fn open(file: Option<Stored>, default_stream: Stream, position: u64) -> io::Result<Self> {
        let mut index = Self { file, default_stream, consumed: 0, records: VecDeque::new() };
        index.seek(position)?;
        Ok(index)
    }

    /// The stream at a position, and for how many bytes it continues, between 1 and `most`. Positions must not decrease.
    /// `valid` are the offsets that the log holds; records with other offsets are ignored.
    pub(super) fn run_at(
        &mut self,
        position: u64,
        most: u64,
        valid: impl Fn() -> io::Result<RangeInclusive<u64>>,
        on_cache_miss: OnCacheMiss,
    ) -> io::Result<(Stream, u64)> {
        loop {
            while self.records.get(1).is_some_and(|next| next.offset <= position) {
                self.records.pop_front();
            }
            let far_enough = self.records.back().is_some_and(|last| last.offset >= position + most);
            if far_enough || !self.load(&valid, on_cache_miss)? {
                break;
            }
        }
        let stream = self.records.front().filter(|first| first.offset <= position).map_or(self.default_stream, |first| first.stream);
        let change = self.records.iter().find(|record| record.offset > position && record.stream != stream);
        Ok((stream, change.map_or(most, |record| most.min(record.offset - position))))
    }

    /// Reads some more records. Returns whether there may be even more.
    fn load(&mut self, valid: impl Fn() -> io::Result<RangeInclusive<u64>>, on_cache_miss: OnCacheMiss) -> io::Result<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        // The size is known without the disk, while the end of the file cannot be told from a cache miss.
        let left = file.len()?.saturating_sub(self.consumed);
        let whole = (left as usize / RECORD_BYTES).min(BATCH) * RECORD_BYTES;
        if whole == 0 {
            return Ok(false);
        }
        let mut bytes = [0; BATCH * RECORD_BYTES];
        let read = match file.read_at(&mut bytes[..whole], self.consumed, on_cache_miss)? {
            Found::Bytes(read) => read,
            Found::Damage(to) => {
                self.consumed = to;
                return Ok(true);
            }
        };
        let read = read - read % RECORD_BYTES;
        if read == 0 {
            return match on_cache_miss {
                OnCacheMiss::Wait => Ok(false),
                OnCacheMiss::WouldBlock => Err(io::ErrorKind::WouldBlock.into()),
            };
        }
        let valid = valid()?;
        self.consumed += read as u64;
        for record in bytes[..read].chunks_exact(RECORD_BYTES).filter_map(Record::decode) {
            let in_order = self.records.back().is_none_or(|last| last.offset <= record.offset);
            if in_order && valid.contains(&record.offset) {
                self.records.push_back(record);
            }
        }
        Ok(true)
    }

    /// Begins at the record that covers a position.
    fn seek(&mut self, position: u64) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        self.consumed = last_where(file, |record| record.offset <= position)? * RECORD_BYTES as u64;
        Ok(())
    }

    /// The records from the one that covers the run that was found last, beyond its end.
    pub(super) fn records(&self) -> impl DoubleEndedIterator<Item = Record> {
        self.records.iter().copied()
    }
}

/// The last record of an index that meets a condition which those before it meet, too; `None` if not even the first one does.
pub(super) fn last_record_of(mut index: Stored, meets: impl Fn(&Record) -> bool) -> io::Result<Option<Record>> {
    let number = last_where(&mut index, &meets)?;
    Ok(read_record(&mut index, number)?.filter(meets))
}

/// The number of the last record that meets a condition which those before it meet, too, found by bisection; 0 if none does.
fn last_where(file: &mut Stored, meets: impl Fn(&Record) -> bool) -> io::Result<u64> {
    let (mut low, mut high) = (0, file.len()? / RECORD_BYTES as u64);
    while low + 1 < high {
        let middle = u64::midpoint(low, high);
        if read_record(file, middle)?.is_some_and(|record| meets(&record)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn read_record(file: &mut Stored, number: u64) -> io::Result<Option<Record>> {
    let mut bytes = [0; RECORD_BYTES];
    file.read_at(&mut bytes, number * RECORD_BYTES as u64, OnCacheMiss::Wait)?;
    Ok(Record::decode(&bytes))
}
