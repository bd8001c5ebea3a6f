//! The folder of one process, and whether it agrees with its row.

use super::{Finding, history::Row, output};
use crate::{
    folder::{Folder, Status},
    usage,
};
use execdeck_wire::ProcessState;
use std::{io, os::unix::net::UnixStream, path::PathBuf};

/// What the history has of a process.
pub(super) enum Known {
    Row(Row),
    Nothing,
    /// The history cannot be read, which is found elsewhere.
    Unclear,
}

/// Verifies a folder.
pub(super) fn check(folder: &Folder, known: &Known) -> Vec<Finding> {
    let path = folder.path();
    if !path.exists() {
        return match known {
            Known::Row(_) if !aside(folder).exists() => {
                vec![Finding::new(path, "the history has this process, but its folder is gone", "remove it in the list of processes")]
            }
            _ => Vec::new(),
        };
    }
    let mut findings = Vec::new();
    let mut unreadable = |name: &str, error: &io::Error, repair: &str| {
        findings.push(Finding::new(&path.join(name), format!("it cannot be read: {error}"), repair));
    };
    let spec = folder.read_spec();
    if let Err(error) = &spec {
        unreadable("spec.json", error, "nothing does; the process cannot be run again, and would be lost with its row");
    }
    let keeper_lives = keeper_lives(folder);
    let status = folder.read_status();
    if let Err(error) = &status {
        let repair = if keeper_lives { "its keeper writes it again at the next change" } else { "the row in the history counts" };
        unreadable("status.json", error, repair);
    }
    if let Known::Nothing = known {
        let repair = match (&spec, &status) {
            (Ok(_), Ok(_)) => "the server enters it when it starts",
            _ => "nothing does; remove it",
        };
        findings.push(Finding::new(path, "the history does not have this process", repair));
    }
    if let Known::Row(row) = known {
        findings.extend(check_row(folder, row, status.as_ref().ok(), keeper_lives));
    }
    for unfinished in ["status.json.new", "usage.new"].map(|name| path.join(name)) {
        if !keeper_lives && unfinished.exists() {
            findings.push(Finding::new(&unfinished, "a keeper was ended while it wrote this", "remove it; nobody needs it"));
        }
    }
    let samples = usage::check(&folder.usage()).unwrap_or_else(|error| Some(format!("it cannot be read: {error}")));
    findings.extend(samples.map(|what| Finding::new(&folder.usage(), what, "nothing needs to: what cannot be used is left out")));
    // While a keeper writes, only it knows how far the output reaches.
    let end = match (known, &status) {
        _ if keeper_lives => None,
        (Known::Row(row), _) => Some(row.output),
        (_, Ok(status)) => Some(status.output),
        (_, Err(_)) => None,
    };
    findings.extend(output::check(&folder.output(), end));
    findings
}

/// Whether the row is readable and says what the folder says.
fn check_row(folder: &Folder, row: &Row, status: Option<&Status>, keeper_lives: bool) -> Option<Finding> {
    let finding = |what: &str, repair: &str| Some(Finding::new(folder.path(), what, repair));
    if row.damaged {
        let repair = "the server enters it anew when it starts if it still runs; otherwise nothing does, and it can be removed in the list";
        return finding("its record in the history cannot be read", repair);
    }
    let ended = |status: &Status| !status.state.is_active();
    match row.state {
        // One that is queued has no keeper yet.
        state if state.is_active() && state != ProcessState::Queued && !keeper_lives => match status {
            Some(status) if ended(status) => {
                finding("it has ended, which the history does not know", "the server enters it when it starts")
            }
            _ => finding("it should run, but its keeper is gone", "the server marks it as interrupted when it starts"),
        },
        state if !state.is_active() && keeper_lives && status.is_some_and(|status| !ended(status)) => {
            finding("it runs, and the history has it as ended", "the server takes it back when it starts")
        }
        _ => None,
    }
}

/// Whether somebody listens on the keeper's socket. One that cannot be reached for another reason counts as alive.
fn keeper_lives(folder: &Folder) -> bool {
    let Ok((_open, socket)) = folder.socket() else { return false };
    match UnixStream::connect(socket) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused),
    }
}

/// Where the folder is while its process is being removed.
fn aside(folder: &Folder) -> PathBuf {
    folder.path().with_extension("removed")
}
