//! What a command means on this machine: which program it runs, in which folder.

use execdeck_wire::ProcessSpec;
use rustix::fs::{Access, access};
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Where programs are looked for if the server has no `PATH`: what keepers have then.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A program and a folder, as the absolute paths to which all links lead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Located {
    pub program: String,
    pub cwd: String,
}

impl Located {
    /// Finds both as a keeper would. None if either does not exist or has a path that is not UTF-8.
    pub(super) fn find(spec: &ProcessSpec) -> Option<Self> {
        let cwd = match &spec.cwd {
            Some(cwd) => Path::new(cwd).canonicalize().ok()?,
            None => home().canonicalize().or_else(|_| Path::new("/").canonicalize()).ok()?,
        };
        let program = find_program(spec, &cwd)?.canonicalize().ok()?;
        if !cwd.is_dir() || !program.is_file() {
            return None;
        }
        let text = |path: PathBuf| path.into_os_string().into_string().ok();
        Some(Self { program: text(program)?, cwd: text(cwd)? })
    }

    /// Makes the command run this and nothing else. It keeps the name that it would have had.
    pub(super) fn put_into(self, spec: &mut ProcessSpec) {
        let name = spec.display_name();
        spec.program = self.program;
        spec.cwd = Some(self.cwd);
        if spec.display_name() != name {
            spec.name = Some(name);
        }
    }
}

/// The folder of a process that names none.
fn home() -> PathBuf {
    env::var_os("HOME").map_or_else(|| "/".into(), PathBuf::from)
}

/// The program as `execvp(3)` finds it: a name without a slash is looked for in the `PATH` that the process will have, in which
/// an empty or relative entry starts from its folder.
fn find_program(spec: &ProcessSpec, cwd: &Path) -> Option<PathBuf> {
    if spec.program.contains('/') {
        return Some(cwd.join(&spec.program));
    }
    let own = spec.secret_env.get("PATH").or_else(|| spec.env.get("PATH")).map(OsString::from);
    let path = own.or_else(|| env::var_os("PATH")).unwrap_or_else(|| DEFAULT_PATH.into());
    let candidates = env::split_paths(&path).map(|folder| cwd.join(folder).join(&spec.program));
    candidates.into_iter().find(|candidate| candidate.is_file() && access(candidate, Access::EXEC_OK).is_ok())
}
