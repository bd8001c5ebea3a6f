//! Whether sandboxes can be made here: `bwrap(1)` is looked for, and tried.

use super::refusal::Refusal;
use crate::{
    bubblewrap::{Bubblewrap, Wrapped},
    error::Error,
    keeper::sys,
    system_error::says_may_pass,
};
use execdeck_wire::Sandbox;
use rustix::fs::{Access, access};
use std::{
    collections::BTreeMap,
    env, io,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// Stands for any user but the server's own.
const NOBODY: u32 = 65534;

/// What was found. A failure is not remembered: bubblewrap may be installed while the server runs.
#[derive(Debug, Default)]
pub(super) struct Sandboxes {
    own: OnceLock<PathBuf>,
    others: OnceLock<PathBuf>,
}

impl Sandboxes {
    /// What makes the sandboxes of processes of the server's own user, or of another one. `data`: the data folder. The refusal says
    /// what is missing.
    pub(super) fn find(&self, data: &Path, other_user: bool) -> Result<Bubblewrap, Refusal> {
        let tried = if other_user { &self.others } else { &self.own };
        // Another user cannot reach the data folder, and so cannot mount anything over it either.
        let bubblewrap = |program| Bubblewrap { program, data: data.to_owned(), hide_data: !other_user };
        if let Some(program) = tried.get() {
            return Ok(bubblewrap(program.clone()));
        }
        let missing = "A sandbox needs the program bwrap (package bubblewrap), which is not installed here.";
        let found = bubblewrap(find("bwrap").ok_or_else(|| Refusal::Lacking(missing.into()))?);
        try_out(&found, other_user)?;
        let _ = tried.set(found.program.clone());
        Ok(found)
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let candidates = env::split_paths(&path).map(|folder| folder.join(program));
    candidates.into_iter().find(|file| file.is_absolute() && file.is_file() && access(file, Access::EXEC_OK).is_ok())
}

/// Runs a program in a sandbox that needs all that any other one does.
fn try_out(bubblewrap: &Bubblewrap, other_user: bool) -> Result<(), Refusal> {
    let whose = if other_user { " as another user" } else { "" };
    let lacking = |reason: &str| format!("bwrap, which a sandbox needs, does not work here{whose}: {reason}");
    let failed = |error: io::Error| Refusal::judge("running bwrap", &bubblewrap.program, error, |error| lacking(&error.to_string()));
    let sandbox = Sandbox { network: false, writable: Vec::new() };
    let options = bubblewrap.options(Path::new("/"), &sandbox, &BTreeMap::from([("PATH".into(), "/bin".into())]));
    let options = options.map_err(|reason| Refusal::Lacking(lacking(&reason)))?;
    let Wrapped { mut command, options } = bubblewrap.wrap(&Command::new("/bin/true"), &options).map_err(failed)?;
    command.current_dir("/").stdin(Stdio::null());
    sys::prepare_trial(&mut command, other_user.then_some((NOBODY, NOBODY)), options);
    let run = command.output().map_err(failed)?;
    if run.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&run.stderr);
    let reason = said.trim().lines().last().unwrap_or("it failed without saying why");
    // Too little memory for it, or too little of what it has met an error for.
    if run.status.signal() == Some(libc::SIGKILL) || says_may_pass(reason) {
        return Err(Refusal::ForNow(Error::io("running bwrap", &bubblewrap.program)(io::Error::other(reason.to_owned()))));
    }
    Err(Refusal::Lacking(lacking(reason)))
}
