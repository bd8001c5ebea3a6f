//! Room on the disk that was set aside for removing processes: it is given up when there is no other left.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

/// In bytes. A removal changes a few pages of 4 KiB, in the database and in its log.
const SIZE: u64 = 256 << 10;

/// The file whose room can be given up.
pub(super) struct Reserve {
    file: Option<File>,
    is_full: bool,
}

impl Reserve {
    /// Opens `history.reserve`, setting the room aside if there is any.
    pub(super) fn open(folder: &Path) -> Self {
        let path = folder.join("history.reserve");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.inspect_err(|error| tracing::warn!(path = %path.display(), %error, "no room can be set aside"));
        let mut reserve = Self { file: file.ok(), is_full: false };
        reserve.fill();
        reserve
    }

    /// Takes the room back, as far as there is any.
    pub(super) fn fill(&mut self) {
        let Some(file) = self.file.as_ref().filter(|_| !self.is_full) else { return };
        match fill(file) {
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
fn fill(file: &File) -> io::Result<()> {
    let mut at = file.metadata()?.len();
    // What is written before the disk is full is kept.
    while at < SIZE {
        file.write_all_at(&[0; 4096], at)?;
        at += 4096;
    }
    Ok(())
}
