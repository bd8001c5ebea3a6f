//! A pass over a log in pieces that were read at the same time.

use super::{Chunk, LogReader, OnCacheMiss, blocks::Log, record::Record};
use execdeck_wire::{LineGap, Stream};
use std::io;

/// So much is read at a time, in bytes.
const CHUNK: usize = 256 << 10;

/// What follows in the log.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// Bytes of one stream that begin at an offset, and when they were read, in microseconds since 1970; `None` if that is not known.
    Output { stream: Stream, offset: u64, time_us: Option<i64>, bytes: &'a [u8] },
    /// Bytes that are missing.
    Gap(LineGap),
}

/// The pass, from the oldest byte on.
pub(crate) struct Pieces {
    reader: LogReader,
    end: u64,
    buffer: Vec<u8>,
}

impl Pieces {
    pub(crate) fn new(log: Log) -> Self {
        Self::from(log, 0)
    }

    /// The same from an offset on.
    pub(crate) fn from(log: Log, offset: u64) -> Self {
        let Log { folder, end, default_stream } = log;
        Self { reader: LogReader::new(folder, offset, default_stream), end, buffer: vec![0; CHUNK] }
    }

    /// Gives the pieces of one chunk to `each`. Returns whether there may be more.
    pub(crate) fn next(&mut self, mut each: impl FnMut(Piece<'_>)) -> io::Result<bool> {
        let (stream, offset, length) = match self.reader.read(self.end, &mut self.buffer, OnCacheMiss::Wait)? {
            None => return Ok(false),
            Some(Chunk::Gap { from, to, reason }) => {
                each(Piece::Gap(LineGap { from, to, reason }));
                return Ok(true);
            }
            Some(Chunk::Output { stream, offset, length }) => (stream, offset, length),
        };
        let end = offset + length as u64;
        let mut records = self.reader.records().filter(|record| record.offset < end).peekable();
        let (mut at, mut time_us) = (offset, None);
        while let Some(record) = records.next_if(|record| record.offset <= at) {
            time_us = Some(record.time_us);
        }
        while at < end {
            let next = records.next();
            let to = next.map_or(end, |record: Record| record.offset);
            let bytes = &self.buffer[(at - offset) as usize..(to - offset) as usize];
            if !bytes.is_empty() {
                each(Piece::Output { stream, offset: at, time_us, bytes });
            }
            (at, time_us) = (to, next.map_or(time_us, |record| Some(record.time_us)));
        }
        Ok(true)
    }
}
