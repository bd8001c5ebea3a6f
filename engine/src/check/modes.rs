//! Who else can read the files.

use super::Finding;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// What is for the server's user alone, below the data folder.
const PRIVATE: [&str; 10] = [
    "processes",
    "keeper",
    "execdeck.db",
    "execdeck.db-wal",
    "deck.db",
    "deck.db-wal",
    "secret.key",
    "history.reserve",
    "audit.reserve",
    "boot.json",
];

/// Finds what users other than the server's may read, and whether they may write to the data folder. What is below a private folder is
/// private.
pub(super) fn check(data: &Path) -> Vec<Finding> {
    let paths = PRIVATE.iter().map(|name| data.join(name));
    paths
        .filter_map(|path| Some((mode(&path)?, path)))
        .filter(|(mode, _)| mode & 0o077 != 0)
        .map(|(mode, path)| finding(&path, mode))
        .chain(writable(data))
        .collect()
}

/// Whoever can write to the data folder can replace what is in it.
fn writable(data: &Path) -> Option<Finding> {
    let mode = mode(data).filter(|mode| mode & 0o022 != 0)?;
    Some(Finding::new(data, format!("others can write to it (mode {mode:o})"), format!("chmod go-w {}", data.display())))
}

fn finding(path: &Path, mode: u32) -> Finding {
    let right = if path.is_dir() { "700" } else { "600" };
    Finding::new(path, format!("other users may use it (mode {mode:o})"), format!("chmod {right} {}", path.display()))
}

/// The permissions of what is there; `None` if nothing is.
fn mode(path: &Path) -> Option<u32> {
    Some(fs::symlink_metadata(path).ok()?.permissions().mode() & 0o7777)
}
