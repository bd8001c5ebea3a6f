//! What is said of problems: what is wrong, what it means for running processes, and what to do.

use crate::{system_error, vault::VaultError};
use rustix::io::Errno;
use std::io;

pub(super) fn output_not_written(error: &str) -> String {
    format!(
        "Output cannot be written: {error}. The processes that print it keep running, but what they print now is not being kept and \
         is shown as a gap. Free up space on the disk of the data folder, or repair it; output is then kept again without a restart."
    )
}

pub(super) fn history_not_writable(error: &str) -> String {
    format!(
        "The history cannot be written: {error}. Running processes keep running and can be stopped, but no new one can be started; \
         ends are entered later. Free up space on the disk of the data folder, or repair it; no restart is needed."
    )
}

/// Why no keeper can be started.
pub(crate) fn keeper_not_startable(error: &io::Error) -> String {
    let advice = match Errno::from_io_error(error) {
        Some(Errno::AGAIN) => {
            "The limit of processes is reached: stop some, or raise it for the server's user (ulimit -u, TasksMax=, kernel.pid_max)."
        }
        Some(Errno::NOMEM) => "The machine is out of memory: stop what uses most of it.",
        Some(Errno::MFILE | Errno::NFILE) => "There are too few file descriptors: raise the limit of open files (ulimit -n, LimitNOFILE=).",
        _ => "See whether the keeper's program is there and may be run; the server's log names it.",
    };
    format!("No process can be started: {}. Those that run keep running, and their output is kept. {advice}", system_error::message(error))
}

/// Why stored secrets are of no use now. Names no folder: people read it who may not see the server's files.
pub(crate) fn secret_key_not_usable(error: &VaultError) -> String {
    let reason = match error {
        VaultError::Closed { .. } => "the server may not read it. Give it to the server's user (chown USER secret.key)".into(),
        VaultError::Exposed { mode, .. } => {
            format!("others can read it (mode {mode:03o}). Run chmod 600 secret.key, and rotate the key if somebody may have read it")
        }
        VaultError::Malformed(_) => "there is no key in it. Put the right one back from a backup".into(),
        VaultError::Missing(_) => "it is gone. Put it back".into(),
        VaultError::Io { source, .. } => system_error::message(source),
        error => error.to_string(),
    };
    format!(
        "The key to the stored secrets, secret.key in the data folder, cannot be used: {reason}. Running processes keep running, but \
         none with secrets can be started, and no template with secrets saved. No restart is needed; `execdeck check` says more."
    )
}

pub(crate) fn too_few_descriptors() -> String {
    "The server has run out of file descriptors. Running processes keep running and their output is kept, but no more can be started \
     or viewed. Stop some, or raise the limit of open files (ulimit -n, LimitNOFILE=) and restart the server, which harms no process."
        .into()
}

/// `none`: whether nothing at all is left.
pub(crate) fn little_space(none: bool) -> String {
    let (what, consequence) = if none {
        ("The disk of the data folder is full.", "what they print now may be lost")
    } else {
        ("Less than 1 % and less than 1 GiB is left on the disk of the data folder.", "once it is full, what they print is not kept")
    };
    format!("{what} Running processes keep running, but {consequence}. Remove ended processes, or free up space otherwise.")
}

/// `none`: whether not a single file can be created.
pub(crate) fn few_files(none: bool) -> String {
    let (what, consequence) = if none {
        ("The disk of the data folder has no room for more files (inodes).", "no more can be started")
    } else {
        ("The disk of the data folder has room for few more files (less than 1 % of its inodes).", "soon no more can be started")
    };
    format!("{what} Running processes keep running and their output is kept, but {consequence}. Remove ended processes, or other files.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_depends_on_why_no_keeper_can_be_started() {
        for (error, advice) in
            [(libc::EAGAIN, "TasksMax="), (libc::ENOMEM, "memory"), (libc::EMFILE, "LimitNOFILE="), (libc::EACCES, "log")]
        {
            let text = keeper_not_startable(&io::Error::from_raw_os_error(error));
            assert!(text.contains(advice) && !text.contains("os error"), "{text}");
        }
    }
}
