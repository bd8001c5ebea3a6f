//! The last entry once more, in a small file beside the database: whoever cuts off the end of the chain has to know of it.
//! After a crash it may be behind the database, never ahead of it.

use super::{chain::Head, hash::Hash, hex::hex};
use crate::deck::files::regular_file;
use std::{
    fs::{File, OpenOptions, Permissions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The length of the file in bytes; what is not needed is blank. It is written in one piece, within one page.
const LENGTH: usize = 96;

/// The file.
pub(super) struct HeadFile {
    path: PathBuf,
    file: Mutex<File>,
}

fn path(folder: &Path) -> PathBuf {
    folder.join("audit.head")
}

impl HeadFile {
    /// Opens the file, creating it for its user alone; also returns whether it was there.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, bool)> {
        let path = path(folder);
        let existed = path.exists();
        let file = open(&path)?;
        Ok((Self { path, file: Mutex::new(file) }, existed))
    }

    /// Opens it anew, after the disk was away.
    pub(super) fn reopen(&self) {
        match open(&self.path) {
            Ok(file) => *self.lock() = file,
            Err(error) => tracing::error!(%error, "audit.head cannot be opened anew"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes it. It is durable when the system next writes it back; until then the one before is as good.
    pub(super) fn write(&self, head: Head) -> io::Result<()> {
        let text = format!("{} {}", head.seq, hex(&head.hash));
        self.lock().write_all_at(format!("{text:<width$}\n", width = LENGTH - 1).as_bytes(), 0)
    }

    /// Waits until it is on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.lock().sync_all()
    }
}

fn open(path: &Path) -> io::Result<File> {
    let file = regular_file::open_with(OpenOptions::new().write(true).create(true).truncate(false).mode(0o600), path)?;
    // One that was put back from a copy may be readable by others.
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// What the file says; an error if there is none, or if it says nothing that makes sense.
pub(super) fn read(folder: &Path) -> Result<Head, String> {
    let path = path(folder);
    let text =
        regular_file::open(&path).and_then(io::read_to_string).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let parsed = text.trim().split_once(' ').and_then(|(seq, hash)| Some(Head { seq: seq.parse().ok()?, hash: parse(hash)? }));
    parsed.ok_or_else(|| format!("{} does not say which entry is the last one", path.display()))
}

fn parse(hex: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[index * 2..index * 2 + 2], 16).ok()?;
    }
    Some(hash)
}
