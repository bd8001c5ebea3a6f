//! The output log: raw bytes in segments, each with an index of fixed-size records.
//!
//! `output/<base>.log` holds the bytes from absolute offset `base` on and `output/<base>.idx` says which stream they
//! came from and when. A segment that ends before the next one begins is followed by a gap: bytes that could not be
//! written. The oldest segments are removed when the output exceeds its cap; offsets never change. Some time after the end of the process
//! its files are compressed, to `<base>.log.zst` and `<base>.idx.zst`, which hold the same bytes at the same offsets.
//!
//! # Layout
//! - `writer`: the keeper's side, which appends and removes. `reader`: the viewers' side, over `index` and `disk`.
//! - `stored`: a file in either form, `compressed`: one that is compressed, `compress`: making it so. `listing`: which segments there are, and what else.
//! - `blocks`: reads whole lines (`block`) and numbers them, from a record on (`last_record`). `lines`: finds some by their numbers. `last_line`: what is shown last.
//! - `search`: finds lines that match. `finder`: those of one block that match a `pattern` in what they show (`visible`, `sequence`).
//!   `hit`: what is told of them.
//! - `pieces`: reads bytes with their times.
//! - `verify`: looks at the files for a check.
//! - `segment`: the files that the writer appends to. `record`: the records of the index.

#[cfg(feature = "host")]
mod block;
#[cfg(feature = "host")]
mod blocks;
#[cfg(feature = "host")]
mod compress;
#[cfg(feature = "host")]
mod compressed;
#[cfg(feature = "host")]
mod disk;
#[cfg(feature = "host")]
mod finder;
#[cfg(all(feature = "host", any(test, feature = "fuzzing")))]
mod fuzzing;
#[cfg(feature = "host")]
mod hit;
#[cfg(feature = "host")]
mod index;
#[cfg(feature = "host")]
mod last_line;
#[cfg(feature = "host")]
mod last_record;
#[cfg(feature = "host")]
mod lines;
#[cfg(feature = "host")]
mod listing;
#[cfg(feature = "host")]
mod pattern;
#[cfg(feature = "host")]
mod pieces;
#[cfg(feature = "host")]
mod reader;
mod record;
#[cfg(feature = "host")]
mod search;
mod segment;
#[cfg(feature = "host")]
mod sequence;
#[cfg(feature = "host")]
mod stored;
#[cfg(feature = "host")]
#[cfg(test)]
pub(crate) mod tests;
#[cfg(feature = "host")]
mod verify;
#[cfg(feature = "host")]
mod visible;
mod writer;

#[cfg(all(feature = "host", any(test, feature = "fuzzing")))]
pub use fuzzing::fuzz_index;
#[cfg(feature = "host")]
pub use lines::{LineLimits, LogLine, LogLines};
#[cfg(feature = "host")]
pub use reader::Chunk;
pub(crate) use writer::LogWriter;
#[cfg(feature = "host")]
pub(crate) use {
    blocks::Log,
    compress::compress_log,
    disk::OnCacheMiss,
    last_line::last_line,
    lines::{count_lines, first_line, read_lines},
    listing::{SCREEN, range_on_disk},
    pieces::{Piece, Pieces},
    reader::LogReader,
    search::Scan,
    verify::{SegmentFiles, check_compressed, check_index, segment_files},
};
#[cfg(feature = "host")]
pub use {
    hit::{Hit, Ranges},
    pattern::{Pattern, PatternOptions},
};

use std::path::{Path, PathBuf};

fn segment_path(folder: &Path, base: u64, extension: &str) -> PathBuf {
    folder.join(format!("{base:020}.{extension}"))
}
