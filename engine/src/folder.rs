//! The files of one process, and what its `status.json` says.

use execdeck_wire::{Attempt, Exit, OutputRange, Process, ProcessSpec, ProcessState, TerminalSize, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// `status.json`: what the keeper knows. Fields may be added; older files must still load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    pub state: ProcessState,
    #[serde(default)]
    pub pid: Option<u32>,
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    #[serde(default)]
    pub duration_ms: Option<u64>,
    #[serde(default)]
    pub exit: Option<Exit>,
    #[serde(default)]
    pub output: OutputRange,
    #[serde(default)]
    pub terminal: Option<TerminalSize>,
    #[serde(default)]
    pub usage: Option<Usage>,
    /// For a history that has to be rebuilt from the folders.
    #[serde(default)]
    pub started_by: String,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Uuid>,
}

impl Status {
    pub(crate) fn starting(spec: &ProcessSpec, started_by: &str) -> Self {
        Self {
            state: ProcessState::Starting,
            pid: None,
            started_at: None,
            ended_at: None,
            duration_ms: None,
            exit: None,
            output: OutputRange::default(),
            terminal: spec.terminal,
            usage: None,
            started_by: started_by.to_owned(),
            template: None,
        }
    }

    fn attempt(&self, started: Timestamp) -> Attempt {
        let (ended_at, exit) = (self.ended_at, self.exit.clone());
        Attempt { pid: self.pid, started_at: Some(started), ended_at, exit, output: self.output }
    }

    /// Updates a process with what its keeper reports.
    pub(crate) fn apply_to(&self, process: &mut Process) {
        process.state = self.state;
        process.pid = self.pid;
        process.started_at = self.started_at;
        process.ended_at = self.ended_at;
        process.duration_ms = self.duration_ms;
        process.exit.clone_from(&self.exit);
        process.output = self.output;
        process.terminal = self.terminal;
        process.usage = self.usage;
        process.attempts = self.started_at.map(|started| self.attempt(started)).into_iter().collect();
    }
}

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

    /// Creates the folder with what its keeper needs to start.
    pub(crate) fn create(&self, spec: &ProcessSpec, status: &Status) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.mode(0o700).create(&self.0)?;
        builder.create(self.output())?;
        write_new(&self.0.join("spec.json"), &serde_json::to_vec_pretty(spec)?)?;
        self.write_status(status)
    }

    pub(crate) fn read_spec(&self) -> io::Result<ProcessSpec> {
        Ok(serde_json::from_slice(&fs::read(self.0.join("spec.json"))?)?)
    }

    pub(crate) fn read_status(&self) -> io::Result<Status> {
        Ok(serde_json::from_slice(&fs::read(self.0.join("status.json"))?)?)
    }

    /// Replaces `status.json` atomically: a reader sees either the old or the new one.
    pub(crate) fn write_status(&self, status: &Status) -> io::Result<()> {
        let new = self.0.join("status.json.new");
        let _ = fs::remove_file(&new);
        write_new(&new, &serde_json::to_vec(status)?)?;
        fs::rename(new, self.0.join("status.json"))
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

    /// Sets the folder aside, which is undone by [`put_back`](Self::put_back). One that is not there is left so.
    pub(crate) fn set_aside(&self) -> io::Result<()> {
        match fs::rename(&self.0, self.aside()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
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

    /// The processes whose folders are set aside.
    pub(crate) fn set_aside_in(processes: &Path) -> io::Result<Vec<Uuid>> {
        let names = fs::read_dir(processes)?.flatten().map(|entry| entry.file_name());
        let ids = names.filter_map(|name| name.to_str()?.strip_suffix(ASIDE)?.strip_suffix('.')?.parse().ok());
        Ok(ids.collect())
    }

    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Writes a file that must not exist yet, with its final mode from the first byte on.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_new(path)?.write_all(bytes)
}

/// Creates a file that only we may read, and never through a link.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_with_only_a_state_still_loads() {
        let status: Status = serde_json::from_str(r#"{"state":"running","something_newer":1}"#).unwrap();
        assert_eq!(status.state, ProcessState::Running);
    }
}
