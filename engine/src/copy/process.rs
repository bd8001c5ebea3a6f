//! Copying the folder of one process, which may be writing into it.

use super::CopyError;
use crate::{
    folder::{Folder, create_new, sync},
    read_as::ReadAs,
    regular_file,
};
use execdeck_wire::ProcessState;
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// What was copied of a process.
pub(super) struct CopiedProcess {
    pub bytes: u64,
    pub was_running: bool,
}

/// Copies a folder; none if it is not there, since the process was removed before or meanwhile.
pub(super) fn copy(from: &Folder, to: &Folder, read_as: ReadAs) -> Result<Option<CopiedProcess>, CopyError> {
    let is_there = || from.path().exists();
    if !is_there() {
        return Ok(None);
    }
    let copied = copy_files(from, to, read_as);
    // It is set aside before anything in it is removed: whatever was missing, or failed for that, shows here.
    if !is_there() {
        to.remove().map_err(CopyError::file(to.path()))?;
        return Ok(None);
    }
    copied.map(Some)
}

fn copy_files(from: &Folder, to: &Folder, read_as: ReadAs) -> Result<CopiedProcess, CopyError> {
    let path = from.path();
    let mut folders = DirBuilder::new();
    folders.recursive(true).mode(0o700).create(to.output()).map_err(CopyError::file(&to.output()))?;
    let mut bytes = 0;
    // The status first: the output that it speaks of is there then.
    for name in ["status.json", "spec.json", "usage", "sizes"] {
        bytes += copy_if_there(&path.join(name), &to.path().join(name), read_as)?;
    }
    let names = match read_as.open(|| output_files(&from.output())) {
        // A damaged process is copied as it is.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        names => names.map_err(CopyError::file(&from.output()))?,
    };
    for name in names {
        // One that is gone may have been compressed meanwhile: its compressed form was there before it went.
        let mut compressed = name.clone().into_os_string();
        compressed.push(".zst");
        for name in [name, compressed.into()] {
            let copied = to.output().join(&name);
            bytes += if copied.exists() { 0 } else { copy_if_there(&from.output().join(&name), &copied, read_as)? };
            if copied.exists() {
                break;
            }
        }
    }
    for folder in [to.output(), to.path().to_owned()] {
        sync(&folder).map_err(CopyError::file(&folder))?;
    }
    let was_running =
        read_as.open(|| from.read_status()).is_ok_and(|status| status.state.is_active() && status.state != ProcessState::Queued);
    Ok(CopiedProcess { bytes, was_running })
}

/// The names of the files of an output, indexes before logs: a record is written before the bytes that it describes, so that a copy has
/// no record of bytes that it does not have. What is being written to take another's place is left out.
fn output_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        if name.extension().is_none_or(|extension| extension != "new") {
            names.push(name);
        }
    }
    names.sort_by_key(|name| (name.extension().is_none_or(|extension| extension != "idx"), name.clone()));
    Ok(names)
}

/// Copies a file that may have gone, such as a segment beyond the cap. Returns its bytes.
fn copy_if_there(from: &Path, to: &Path, read_as: ReadAs) -> Result<u64, CopyError> {
    match copy_file(from, to, read_as) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(CopyError::File { path: from.to_owned(), error }),
    }
}

/// Copies a file for its user alone, and waits until it is on the device. Returns its bytes.
pub(super) fn copy_file(from: &Path, to: &Path, read_as: ReadAs) -> io::Result<u64> {
    let mut from = read_as.open(|| regular_file::open(from))?;
    let mut to = create_new(to)?;
    let bytes = io::copy(&mut from, &mut to)?;
    to.sync_all()?;
    Ok(bytes)
}
