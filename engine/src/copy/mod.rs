//! Copies a data folder beside a server that may be using it, so that the copy is a data folder itself.
//!
//! First the history, as it is at one moment; then the folders of the processes in it. What is removed meanwhile is not in the copy,
//! and what is started meanwhile is not either. All of it is on the device at the end. `process`: the folder of one.

mod process;

use crate::{
    folder::{Folder, sync},
    read_as::ReadAs,
    store::{StoreError, inspect::Inspected},
};
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// Why a data folder could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something is there already.
    #[error("{} is not empty; name a folder that is not there yet", .0.display())]
    NotEmpty(PathBuf),
    /// It would be in itself.
    #[error("{} is in the data folder; name a folder outside of it", .0.display())]
    Inside(PathBuf),
    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The history could not be read or copied.
    #[error("the history: {0}")]
    History(#[from] StoreError),
}

impl CopyError {
    /// For what was tried with a file.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + use<'_> {
        move |error| Self::File { path: path.to_owned(), error }
    }
}

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// How many processes.
    pub processes: u64,
    /// How many of them were running; those in the queue are not.
    pub running: u64,
    /// Bytes of their files.
    pub bytes: u64,
}

/// Files of the engine beside the history and the processes. What is not there is not copied.
const FILES: [&str; 2] = ["secret.key", "boot.json"];

/// Copies the history, the processes in it and the key of their secrets. The target is created, for its user alone, or must be empty.
/// `read_as`: who reads the folder; the copy is written as this user.
pub fn copy(from: &Path, to: &Path, read_as: ReadAs) -> Result<Copied, CopyError> {
    let processes = to.join("processes");
    if is_inside(to, from) {
        return Err(CopyError::Inside(to.to_owned()));
    }
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(CopyError::NotEmpty(to.to_owned()));
    }
    let target = std::path::absolute(to).map_err(CopyError::file(to))?;
    let new: Vec<_> = target.ancestors().take_while(|folder| !folder.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(&processes).map_err(CopyError::file(&processes))?;
    for name in FILES {
        copy_private(&from.join(name), &to.join(name), read_as)?;
    }
    let history = to.join("execdeck.db");
    copy_database(&from.join("execdeck.db"), &history, read_as)?;
    let mut copied = Copied::default();
    let ids = Inspected::open(&history)?.ids()?;
    let mut removed = Vec::new();
    for id in ids {
        let target = Folder::of(&processes, id);
        match process::copy(&Folder::of(&from.join("processes"), id), &target, read_as)? {
            Some(process) => {
                copied.processes += 1;
                copied.running += u64::from(process.was_running);
                copied.bytes += process.bytes;
            }
            None => removed.push(id),
        }
    }
    Inspected::forget(&history, &removed)?;
    let entered_in = new.iter().filter_map(|folder| folder.parent());
    for folder in [processes.as_path(), to].into_iter().chain(entered_in) {
        sync(folder).map_err(CopyError::file(folder))?;
    }
    Ok(copied)
}

/// Writes a copy of a database as it is at this moment, for this user alone.
pub fn copy_database(from: &Path, to: &Path, read_as: ReadAs) -> Result<(), StoreError> {
    Inspected::open_as(read_as, from)?.copy_to(to)
}

/// Whether a path, which need not exist, leads into a folder.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let (Ok(path), Ok(folder)) = (std::path::absolute(path), folder.canonicalize()) else { return false };
    path.ancestors().find_map(|ancestor| ancestor.canonicalize().ok()).is_some_and(|there| there.starts_with(&folder))
}

/// Copies a file for its user alone; whether it was there.
pub fn copy_private(from: &Path, to: &Path, read_as: ReadAs) -> Result<bool, CopyError> {
    match process::copy_file(from, to, read_as) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(CopyError::File { path: from.to_owned(), error }),
    }
}
