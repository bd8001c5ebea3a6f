//! What a process that runs as another user finds: that user's variables, and pipes or a terminal that it may open again.

use crate::confinement::Account;
use rustix::fs::{Gid, Uid, fchown};
use std::{io, os::fd::AsFd, process::Command};

/// The variables that name a user. The spec may set others.
pub(in crate::keeper) fn set_variables(command: &mut Command, account: &Account) {
    let Account { name, home, shell, .. } = account;
    command.env("HOME", home).env("USER", name).env("LOGNAME", name).env("SHELL", shell);
    // The server's own, which the user may not enter.
    command.env_remove("XDG_RUNTIME_DIR").env_remove("TMPDIR");
}

/// Gives a pipe or terminal to the user, who could otherwise not open `/dev/stdout`.
pub(in crate::keeper) fn hand_over(end: impl AsFd, account: Option<&Account>) -> io::Result<()> {
    match account {
        Some(account) => Ok(fchown(end, Some(Uid::from_raw(account.uid)), Some(Gid::from_raw(account.gid)))?),
        None => Ok(()),
    }
}
