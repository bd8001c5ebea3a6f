//! Room on the disk that was set aside for removing processes: it is given up when there is no other left.

use crate::regular_file;
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

/// In bytes. A removal changes a few pages of 4 KiB, in the database and in its log.
const SIZE: u64 = 256 << 10;
/// How much more it is for each byte of the largest record: what is removed is overwritten, and a process has up to three records.
const PER_BYTE: u64 = 4;

/// The file whose room can be given up.
pub(super) struct Reserve {
    file: Option<File>,
    size: u64,
    is_full: bool,
}

impl Reserve {
    /// Opens `history.reserve`, setting the room aside if there is any.
    pub(super) fn open(folder: &Path) -> Self {
        let path = folder.join("history.reserve");
        let file = regular_file::open_with(OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600), &path);
        let file = file.inspect_err(|error| tracing::warn!(path = %path.display(), %error, "no room can be set aside")).ok();
        let length = file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |metadata| metadata.len());
        let mut reserve = Self { file, size: SIZE.max(length), is_full: false };
        reserve.fill();
        reserve
    }

    /// Makes it large enough for removing a record of so many bytes. It never gets smaller.
    pub(super) fn cover(&mut self, record: usize) {
        let size = SIZE + PER_BYTE * record as u64;
        if record as u64 > SIZE / 16 && size > self.size {
            self.size = size;
            self.is_full = false;
        }
    }

    /// Takes the room back, all of it or none.
    pub(super) fn fill(&mut self) {
        let Some(file) = self.file.as_ref().filter(|_| !self.is_full) else { return };
        match fill(file, self.size) {
            Ok(()) => self.is_full = true,
            Err(error) => tracing::debug!(%error, "there is no room to set aside for removing processes"),
        }
    }

    /// Gives the room up.
    pub(super) fn release(&mut self) {
        self.is_full = false;
        if let Some(Err(error)) = self.file.as_ref().map(|file| file.set_len(0)) {
            tracing::warn!(%error, "the room for removing processes cannot be given up");
        }
    }
}

/// Written rather than allocated: file systems differ in what an allocation promises.
fn fill(file: &File, size: u64) -> io::Result<()> {
    let length = file.metadata()?.len();
    let missing = vec![0; size.saturating_sub(length) as usize];
    file.write_all_at(&missing, length).inspect_err(|_| drop(file.set_len(length)))
}
