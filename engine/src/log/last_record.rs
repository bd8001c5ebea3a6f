//! The record of a log to begin at.

use super::{index::last_record_of, listing::segment_bases, record::Record, segment_path, stored::Stored};
use std::{io, path::Path};

/// The last record of the log in a folder before an absolute offset that meets a condition which those before it meet, too.
pub(super) fn last_record(folder: &Path, end: u64, meets: impl Fn(&Record) -> bool) -> io::Result<Option<Record>> {
    for base in segment_bases(folder)?.into_iter().rev() {
        let index = match open_index(folder, base) {
            // The index is lost, or the segment was removed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            index => index?,
        };
        if let Some(record) = last_record_of(index, |record| (base..end).contains(&record.offset) && meets(record))? {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

fn open_index(folder: &Path, base: u64) -> io::Result<Stored> {
    Stored::open(&segment_path(folder, base, "idx"))
}
