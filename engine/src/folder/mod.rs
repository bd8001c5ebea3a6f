//! The files of one process.
//!
//! `status`: what its `status.json` says. `ticket`: what lets a queued one be started once.

mod status;
mod ticket;

pub(crate) use status::Status;

use crate::regular_file;
use execdeck_wire::{ProcessSpec, ProcessState};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// What the name of a folder ends in while its process is being removed.
const ASIDE: &str = "removed";

/// `<data>/processes/<id>/`, mode 0700.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn of(processes: &Path, id: Uuid) -> Self {
        Self(processes.join(id.to_string()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn output(&self) -> PathBuf {
        self.0.join("output")
    }

    /// What the process's tree used over time.
    pub(crate) fn usage(&self) -> PathBuf {
        self.0.join("usage")
    }

    /// The sizes that its terminal has had.
    pub(crate) fn sizes(&self) -> PathBuf {
        self.0.join("sizes")
    }

    /// Creates the folder with what its keeper needs to start, and for a queued process its ticket.
    pub(crate) fn create(&self, spec: &ProcessSpec, status: &Status) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.mode(0o700).create(&self.0)?;
        builder.create(self.output())?;
        write_new(&self.0.join("spec.json"), &serde_json::to_vec_pretty(spec)?)?;
        if status.state == ProcessState::Queued {
            write_new(&self.0.join(ticket::HELD), b"")?;
        }
        self.write_status(status)
    }

    pub(crate) fn read_spec(&self) -> io::Result<ProcessSpec> {
        Ok(serde_json::from_slice(&regular_file::read(&self.0.join("spec.json"))?)?)
    }

    pub(crate) fn read_status(&self) -> io::Result<Status> {
        Ok(serde_json::from_slice(&regular_file::read(&self.0.join("status.json"))?)?)
    }

    /// Replaces `status.json` atomically: a reader sees either the old or the new one. The end of a process is on the device when
    /// this returns.
    pub(crate) fn write_status(&self, status: &Status) -> io::Result<()> {
        let new = self.0.join("status.json.new");
        let _ = fs::remove_file(&new);
        let mut file = create_new(&new)?;
        file.write_all(&serde_json::to_vec(status)?)?;
        let has_ended = !status.state.is_active();
        if has_ended {
            file.sync_all()?;
        }
        fs::rename(new, self.0.join("status.json"))?;
        if has_ended { self.sync() } else { Ok(()) }
    }

    /// Waits until the folder, its spec and its place among the others are on the device.
    fn sync(&self) -> io::Result<()> {
        sync(&self.0.join("spec.json"))?;
        sync(&self.0)?;
        self.0.parent().map_or(Ok(()), sync)
    }

    /// The control socket's path through an open descriptor of the folder, since `sockaddr_un` ends at 108 bytes.
    /// The path holds as long as the returned file is open.
    pub(crate) fn socket(&self) -> io::Result<(File, PathBuf)> {
        use std::os::fd::AsRawFd;
        let folder = File::open(&self.0)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/keeper.sock", folder.as_raw_fd()));
        Ok((folder, path))
    }

    /// Whether there is a control socket. Its keeper may be gone all the same.
    pub(crate) fn has_socket(&self) -> bool {
        self.0.join("keeper.sock").symlink_metadata().is_ok()
    }

    /// Where the folder is while its process is being removed.
    fn aside(&self) -> PathBuf {
        self.0.with_extension(ASIDE)
    }

    /// Sets the folder aside, also after a power cut, which is undone by [`put_back`](Self::put_back). One that is not there is left so.
    pub(crate) fn set_aside(&self) -> io::Result<()> {
        match fs::rename(&self.0, self.aside()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => self.0.parent().map_or(Ok(()), sync).inspect_err(|_| drop(self.put_back())),
        }
    }

    pub(crate) fn put_back(&self) -> io::Result<()> {
        match fs::rename(self.aside(), &self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes the folder that was set aside.
    pub(crate) fn remove_aside(&self) -> io::Result<()> {
        Self(self.aside()).remove()
    }

    /// The process whose folder was set aside under this name.
    pub(crate) fn set_aside_id(name: &str) -> Option<Uuid> {
        name.strip_suffix(ASIDE)?.strip_suffix('.')?.parse().ok()
    }

    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Waits until a file, or the names in a folder, are on the device (`fsync(2)`).
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Whether the error of a file in a folder says that it is missing or damaged. What any other one says may pass.
pub(crate) fn is_lost(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

/// Writes a file that must not exist yet, with its final mode from the first byte on.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_new(path)?.write_all(bytes)
}

/// Creates a file that only we may read, and never through a link.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}
