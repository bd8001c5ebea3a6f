//! Whose a file is, for saying what to do when it cannot be opened.

use crate::{keeper::sys, system_error};
use rustix::process::geteuid;
use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

/// The name of a user; the number if the system has none for it.
pub fn user_name(uid: u32) -> String {
    sys::user_by_id(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}

/// Why a file of the data folder cannot be opened by this user, and what to do about it, as the end of a sentence.
pub(crate) fn why_closed(path: &Path, error: &io::Error) -> String {
    let shown = path.display();
    match fs::metadata(path).map(|metadata| metadata.uid()) {
        Ok(owner) if owner != geteuid().as_raw() => {
            let user = server_user(path, owner);
            format!("it belongs to {}; give it to the user that runs the server: chown {user} {shown}", user_name(owner))
        }
        Ok(_) => format!("its owner may not use it; run: chmod 600 {shown}"),
        Err(_) => system_error::message(error),
    }
}

/// Whom a file should belong to: whom the data folder belongs to, unless that is the same one.
fn server_user(path: &Path, owner: u32) -> String {
    let folder = path.parent().and_then(|folder| fs::metadata(folder).ok()).map(|metadata| metadata.uid());
    folder.filter(|folder| *folder != owner).map_or_else(|| "USER".into(), user_name)
}
