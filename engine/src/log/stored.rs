//! A file of a segment, as it was written or compressed: readers see the same bytes at the same offsets.

use super::{
    compressed::CompressedFile,
    disk::{Found, OnCacheMiss, read_at},
};
use crate::regular_file;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// What the name of a compressed file ends in.
const SUFFIX: &str = ".zst";

/// A file of a segment.
pub(super) enum Stored {
    Plain(File),
    Compressed(Box<CompressedFile>),
}

/// Where the compressed form of a file is.
pub(super) fn compressed_path(path: &Path) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(SUFFIX);
    path.into()
}

impl Stored {
    /// Opens a file in the form that it has. The other one is there before the first is removed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        match regular_file::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = regular_file::open(&compressed_path(path)).map_err(|_| error)?;
                Ok(Self::Compressed(Box::new(CompressedFile::open(file)?)))
            }
            plain => Ok(Self::Plain(plain?)),
        }
    }

    /// Bytes in the file, before compression. Known without the disk.
    pub(super) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Plain(file) => Ok(file.metadata()?.len()),
            Self::Compressed(file) => Ok(file.len()),
        }
    }

    /// Whether the file may have had more bytes than it is known to have.
    pub(super) fn is_cut(&self) -> bool {
        matches!(self, Self::Compressed(file) if file.is_cut())
    }

    /// Reads from an offset on. Fewer bytes than the buffer has room for may be read in the middle of the file, too.
    pub(super) fn read_at(&mut self, buffer: &mut [u8], at: u64, on_cache_miss: OnCacheMiss) -> io::Result<Found> {
        match self {
            Self::Plain(file) => read_at(file, buffer, at, on_cache_miss).map(Found::Bytes),
            Self::Compressed(file) => file.read_at(buffer, at, on_cache_miss),
        }
    }
}
