//! The segments of a log as its writer sees them, and the disk that they are on.

use crate::folder::create_new;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Where segments are created, removed and written out.
pub(crate) trait Disk {
    type File: Write;
    fn create(&self, path: &Path) -> io::Result<Self::File>;
    fn remove(&self, path: &Path);
    /// Waits until a file or folder is on the device.
    fn sync(&self, path: &Path);
}

/// The file system.
pub(crate) struct FileSystem;

impl Disk for FileSystem {
    type File = File;

    fn create(&self, path: &Path) -> io::Result<File> {
        create_new(path)
    }

    fn remove(&self, path: &Path) {
        // A file that cannot be removed takes up space, but is no reason to stop writing.
        let _ = fs::remove_file(path);
    }

    fn sync(&self, path: &Path) {
        // What a broken device has lost, nothing here can mend: readers see a gap.
        let _ = File::open(path).and_then(|file| file.sync_data());
    }
}

/// The segment that is being written.
pub(super) struct Segment<F> {
    pub size: SegmentSize,
    pub log: F,
    pub index: F,
}

#[derive(Clone, Copy)]
pub(super) struct SegmentSize {
    pub base: u64,
    pub log: u64,
    pub index: u64,
}

impl SegmentSize {
    /// Offset of the first byte after it.
    pub(super) fn end(self) -> u64 {
        self.base + self.log
    }

    /// Bytes on disk.
    pub(super) fn total(self) -> u64 {
        self.log + self.index
    }
}
