//! The output log: raw bytes in segments, each with an index of fixed-size records.
//!
//! `output/<base>.log` holds the bytes from absolute offset `base` on and `output/<base>.idx` says which stream they
//! came from and when. A segment that ends before the next one begins is followed by a gap: bytes that could not be
//! written. The oldest segments are removed when the output exceeds its cap; offsets never change.
//!
//! # Layout
//! - `writer`: the keeper's side, which appends and removes. `reader`: the viewers' side, over `index` and `disk`.
//! - `segment`: the files that the writer appends to. `record`: the records of the index.

#[cfg(feature = "host")]
mod disk;
#[cfg(feature = "host")]
mod index;
#[cfg(feature = "host")]
mod reader;
mod record;
mod segment;
#[cfg(feature = "host")]
#[cfg(test)]
mod tests;
mod writer;

#[cfg(feature = "host")]
pub use reader::Chunk;
pub(crate) use writer::LogWriter;
#[cfg(feature = "host")]
pub(crate) use {
    disk::OnCacheMiss,
    reader::{LogReader, range_on_disk},
};

use std::path::{Path, PathBuf};

fn segment_path(folder: &Path, base: u64, extension: &str) -> PathBuf {
    folder.join(format!("{base:020}.{extension}"))
}
