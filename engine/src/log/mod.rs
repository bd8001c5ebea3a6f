//! The output log: raw bytes in segments, each with an index of fixed-size records.
//!
//! `output/<base>.log` holds the bytes from absolute offset `base` on and `output/<base>.idx` says which stream they
//! came from and when. A segment that ends before the next one begins is followed by a gap: bytes that could not be
//! written. The oldest segments go when the output passes its cap; offsets stay.

mod reader;
mod writer;

pub use reader::Chunk;
pub(crate) use reader::{LogReader, Uncached, range_on_disk};
pub(crate) use writer::LogWriter;

use execdeck_wire::Stream;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes of a record on disk.
const RECORD_BYTES: usize = 32;

/// An entry of the index: from `offset` on, bytes came from `stream`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    /// Absolute offset of the first byte that it speaks of.
    offset: u64,
    /// When that byte was read, in microseconds since 1970.
    time_us: i64,
    /// How many line feeds were printed before that byte.
    lines: u64,
    stream: Stream,
}

impl Record {
    fn encode(self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.time_us.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.lines.to_le_bytes());
        bytes[24] = self.stream as u8;
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        Some(Self { offset: number(0)?, time_us: number(8)? as i64, lines: number(16)?, stream: Stream::from_byte(*bytes.get(24)?)? })
    }
}

fn segment_path(folder: &Path, base: u64, extension: &str) -> PathBuf {
    folder.join(format!("{base:020}.{extension}"))
}

/// The bases of the segments on disk, oldest first.
fn segment_bases(folder: &Path) -> io::Result<Vec<u64>> {
    let mut bases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if let Some(base) = name.to_str().and_then(|name| name.strip_suffix(".log")).and_then(|base| base.parse().ok()) {
            bases.push(base);
        }
    }
    bases.sort_unstable();
    Ok(bases)
}
