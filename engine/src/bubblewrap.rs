//! `bwrap(1)`, which makes sandboxes: how it is called, and which folders there are in a sandbox.

use execdeck_wire::Sandbox;
use rustix::fs::{MemfdFlags, memfd_create};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    io::{self, Seek, Write},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

/// The program that makes sandboxes, `bwrap(1)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bubblewrap {
    pub program: PathBuf,
    /// Execdeck's data folder, without links in its path.
    pub data: PathBuf,
    /// An empty folder takes the place of the data folder. Otherwise the user of the process cannot reach it anyway.
    pub hide_data: bool,
}

/// Processes of bwrap, which count in a sandbox as the program's do.
pub(crate) const BWRAP_PROCESSES: u32 = 2;

/// Folders that a sandbox has of its own, and that cannot be writable.
const OWN: [&str; 3] = ["/proc", "/dev", "/sys"];

/// The folder that is empty and private in a sandbox.
const PRIVATE: &str = "/tmp";

/// What settings of the kernel are written through: root may, even without capabilities, so it is read-only.
const OF_THE_KERNEL: [&str; 7] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/mtrr"];

/// What runs a program in a sandbox.
pub(crate) struct Wrapped {
    pub command: Command,
    /// What bwrap reads its options from, so that the values of variables are in no command line; it closes it then.
    pub options: OwnedFd,
}

impl Bubblewrap {
    /// The folder to which a path leads that is to be writable in the sandbox; otherwise why it cannot be.
    pub(crate) fn writable(&self, path: &str) -> Result<PathBuf, String> {
        let folder = Path::new(path).canonicalize().map_err(|error| format!("{path}: {error}"))?;
        if !folder.is_dir() {
            return Err(format!("{path} is not a folder."));
        }
        if folder.starts_with(&self.data) {
            return Err(format!("{path} is in Execdeck's data folder, which a sandbox does not have."));
        }
        // The data folder is covered where it is: whoever may write above it could move it away from there.
        if self.data.starts_with(&folder) {
            return Err(format!("{path} contains Execdeck's data folder; name the folders that the process needs."));
        }
        if folder == Path::new("/") || OWN.iter().any(|own| folder.starts_with(own)) {
            return Err(format!("{path} cannot be writable in a sandbox; name the folders that the process needs."));
        }
        Ok(folder)
    }

    /// Whether the folder that is to be the working directory is there in a sandbox; otherwise why it is not. One that is not there
    /// outside either is for whoever enters it to refuse.
    pub(crate) fn has_folder(&self, path: &str, sandbox: &Sandbox) -> Result<(), String> {
        let Ok(folder) = Path::new(path).canonicalize() else { return Ok(()) };
        let is_below = |place: &Path| folder != place && folder.starts_with(place);
        if self.hide_data && is_below(&self.data) {
            return Err(format!("{path} is in Execdeck's data folder, which a sandbox does not have."));
        }
        let writable: Vec<_> = sandbox.writable.iter().filter_map(|path| Path::new(path).canonicalize().ok()).collect();
        // What is mounted below it makes bwrap create the folder.
        let is_made = writable.iter().chain(self.hide_data.then_some(&self.data)).any(|mounted| mounted.starts_with(&folder));
        if is_below(Path::new(PRIVATE)) && !is_made && !writable.iter().any(|writable| folder.starts_with(writable)) {
            return Err(format!("{path} is in {PRIVATE}, which is empty in a sandbox. Choose another folder, or make this one writable."));
        }
        Ok(())
    }

    /// Has a program run in a sandbox. bwrap itself is given no variables: some of the program's, such as `LD_PRELOAD`, would take effect
    /// outside the sandbox.
    pub(crate) fn wrap(&self, program: &Command, options: &[OsString]) -> io::Result<Wrapped> {
        let options = file_of(options)?;
        let mut command = Command::new(&self.program);
        command.arg("--args").arg(options.as_raw_fd().to_string()).arg("--").arg(program.get_program()).args(program.get_args());
        command.env_clear();
        Ok(Wrapped { command, options })
    }

    /// The options of bwrap for a program in this folder, with these variables. Later ones come on top of earlier ones, so the data
    /// folder is hidden last.
    pub(crate) fn options(
        &self,
        cwd: &Path,
        sandbox: &Sandbox,
        environment: &BTreeMap<OsString, OsString>,
    ) -> Result<Vec<OsString>, String> {
        let mut options: Vec<OsString> =
            ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", PRIVATE].map(Into::into).into();
        for path in OF_THE_KERNEL {
            options.extend(["--ro-bind-try", path, path].map(Into::into));
        }
        // Root keeps its capabilities otherwise, and could undo all of this.
        options.extend(["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--cap-drop", "ALL"].map(Into::into));
        if !sandbox.network {
            options.push("--unshare-net".into());
        }
        for path in &sandbox.writable {
            let folder = self.writable(path)?.into_os_string();
            options.extend(["--bind".into(), folder.clone(), folder]);
        }
        if self.hide_data {
            let data = self.data.clone().into_os_string();
            options.extend(["--tmpfs".into(), data.clone(), "--remount-ro".into(), data]);
        }
        options.extend(["--chdir".into(), cwd.into(), "--clearenv".into()]);
        for (name, value) in environment {
            options.extend(["--setenv".into(), name.clone(), value.clone()]);
        }
        Ok(options)
    }
}

/// A file in memory with the options, each of which ends with NUL.
fn file_of(options: &[OsString]) -> io::Result<OwnedFd> {
    let mut file = File::from(memfd_create("options", MemfdFlags::CLOEXEC)?);
    let text: Vec<u8> = options.iter().flat_map(|option| option.as_bytes().iter().copied().chain([0])).collect();
    file.write_all(&text)?;
    file.rewind()?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_open_the_sandbox_cannot_be_writable() {
        let folder = std::env::temp_dir().canonicalize().unwrap().join(format!("execdeck-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("around/data/processes")).unwrap();
        std::fs::create_dir(folder.join("other")).unwrap();
        std::os::unix::fs::symlink(folder.join("around/data/processes"), folder.join("link")).unwrap();
        let bubblewrap = Bubblewrap { program: "bwrap".into(), data: folder.join("around/data"), hide_data: true };
        let writable = |path: &str| bubblewrap.writable(&folder.join(path).display().to_string());
        let judged = ["other", "", "around", "around/data", "link", "none"].map(writable);
        let absolute = ["/", "/proc/self", "/dev", "/sys/fs", "/usr/..", "/etc/passwd"].map(|path| bubblewrap.writable(path).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
        let [other, with_data @ .., none] = judged;
        assert_eq!(other, Ok(folder.join("other")));
        assert!(with_data.into_iter().all(|judged| judged.unwrap_err().contains("data folder")) && none.is_err());
        assert_eq!(absolute, [true; 6]);
    }
}
