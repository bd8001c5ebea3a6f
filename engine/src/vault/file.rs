//! `secret.key`: one key a line, the newest first. It is only ever replaced in one step.

use super::{
    VaultError,
    key::{Key, parse_keys},
};
use crate::{owner::why_closed, regular_file};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const NAME: &str = "secret.key";
/// A file of more bytes holds something else.
const MAX_BYTES: u64 = 64 << 10;

/// Tells one content of the file from another, without reading it: device, inode, size, and time of the last change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Version(u64, u64, u64, i64, i64);

impl Version {
    fn of(metadata: &fs::Metadata) -> Self {
        Self(metadata.dev(), metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec())
    }
}

pub(super) struct KeyFile {
    folder: PathBuf,
    path: PathBuf,
}

impl KeyFile {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), path: folder.join(NAME) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The keys, if only we may read them.
    pub(super) fn read(&self) -> Result<(Vec<Key>, Version), VaultError> {
        let file = regular_file::open(&self.path).map_err(self.failed("reading"))?;
        let metadata = file.metadata().map_err(self.failed("reading"))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(VaultError::Exposed { path: self.path.clone(), mode });
        }
        // With room for all of it: a string that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(metadata.size().min(MAX_BYTES) as usize + 1));
        let read = file.take(MAX_BYTES).read_to_string(&mut text);
        match read {
            Err(error) if error.kind() != io::ErrorKind::InvalidData => return Err(self.failed("reading")(error)),
            _ => {}
        }
        let keys = parse_keys(&text).ok_or_else(|| VaultError::Malformed(self.path.display().to_string()))?;
        Ok((keys, Version::of(&metadata)))
    }

    /// Creates the file with a new key, or reads it if another process was faster.
    pub(super) fn create(&self) -> Result<(Vec<Key>, Version), VaultError> {
        let _lock = self.lock()?;
        match self.read() {
            Err(VaultError::Missing(_)) => {
                let keys = vec![Key::generate()?];
                let version = self.replace(&keys)?;
                Ok((keys, version))
            }
            read => read,
        }
    }

    /// Replaces what the file holds: a reader finds either all of the old or all of the new, also after a power cut.
    pub(super) fn replace(&self, keys: &[Key]) -> Result<Version, VaultError> {
        let new = self.path.with_extension("key.new");
        // One that a rotation which was cut short has left.
        let _ = fs::remove_file(&new);
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            for key in keys {
                file.write_all(key.to_hex().as_bytes())?;
                file.write_all(b"\n")?;
            }
            file.sync_all()?;
            let version = Version::of(&file.metadata()?);
            fs::rename(&new, &self.path)?;
            File::open(&self.folder)?.sync_all()?;
            Ok(version)
        })();
        written.map_err(self.failed("writing"))
    }

    pub(super) fn version(&self) -> Result<Version, VaultError> {
        fs::metadata(&self.path).map(|metadata| Version::of(&metadata)).map_err(self.failed("reading"))
    }

    /// Held by the one process that creates or changes the file.
    pub(super) fn lock(&self) -> Result<File, VaultError> {
        let path = self.path.with_extension("key.lock");
        let locked = regular_file::open_with(OpenOptions::new().create(true).append(true).mode(0o600), &path).and_then(|file| {
            file.lock()?;
            Ok(file)
        });
        locked.map_err(|source| match source.kind() {
            io::ErrorKind::PermissionDenied => VaultError::Closed { advice: why_closed(&path, &source), path },
            _ => VaultError::Io { what: "locking", path, source },
        })
    }

    fn failed(&self, what: &'static str) -> impl Fn(io::Error) -> VaultError + use<> {
        let path = self.path.clone();
        move |source| match source.kind() {
            io::ErrorKind::NotFound if what == "reading" => VaultError::Missing(path.clone()),
            io::ErrorKind::PermissionDenied if what == "reading" => {
                VaultError::Closed { path: path.clone(), advice: why_closed(&path, &source) }
            }
            _ => VaultError::Io { what, path: path.clone(), source },
        }
    }
}
