//! A block of lines.

use super::record::Record;
use execdeck_wire::{LineGap, Stream};

/// Whole lines of one stream that follow each other.
#[derive(Debug)]
pub(super) struct Block {
    /// What is missing right before it.
    pub gaps: Vec<LineGap>,
    pub stream: Stream,
    /// Absolute offset of its first byte.
    pub offset: u64,
    /// The number of its first line, from 1.
    pub first: u64,
    /// Its last line may have no line feed.
    pub bytes: Vec<u8>,
    /// It is the beginning of a single line that has more bytes.
    pub is_cut: bool,
    /// What the index says of its bytes.
    pub records: Vec<Record>,
}

impl Block {
    /// When a byte was read, in microseconds since 1970, by its absolute offset; `None` if that is not known.
    pub(super) fn time_us(&self, offset: u64) -> Option<i64> {
        let behind = self.records.partition_point(|record| record.offset <= offset);
        Some(self.records.get(behind.checked_sub(1)?)?.time_us)
    }

    /// Splits off the bytes from `at` on: whole lines, or the beginning of one. `room`: the capacity of the new block, in bytes.
    pub(super) fn split_off(&mut self, at: usize, room: usize) -> Self {
        let mut bytes = Vec::with_capacity(room.max(self.bytes.len() - at));
        bytes.extend_from_slice(&self.bytes[at..]);
        self.bytes.truncate(at);
        let offset = self.offset + at as u64;
        // The first of them describes the bytes before.
        let known = self.records.partition_point(|record| record.offset <= offset).saturating_sub(1);
        let records = self.records[known..].to_vec();
        Self { gaps: Vec::new(), stream: self.stream, offset, first: self.first + self.line_feeds(), bytes, is_cut: false, records }
    }

    /// How many line feeds it has.
    pub(super) fn line_feeds(&self) -> u64 {
        memchr::memchr_iter(b'\n', &self.bytes).count() as u64
    }
}
