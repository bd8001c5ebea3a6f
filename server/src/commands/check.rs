//! `execdeck check`: verifies the data folder without changing it, beside a running server or without one.

use super::number_of;
use crate::{
    audit,
    config::Config,
    data_folder::{FolderError, become_owner, require_served},
    deck::{self, Checked, Finding, files::regular_file},
    host::MIGRATIONS,
};
use rusqlite::{Connection, OpenFlags};
use rustix::thread::CapabilitySet;
use std::{
    error::Error,
    io::{self, Write},
    path::Path,
    time::Duration,
};

/// How long a read waits for another program that writes.
const BUSY: Duration = Duration::from_secs(10);

/// Prints a line for each finding; whether there was none.
pub fn check(config: &Config) -> Result<bool, Box<dyn Error>> {
    let folder = &config.data.folder;
    // As the server sees it.
    become_owner(folder, CapabilitySet::empty())?;
    match require_served(folder) {
        // That there are no accounts is something to be found.
        Err(FolderError::Unused(_)) if folder.join("processes").exists() => {}
        served => served?,
    }
    let folder = folder.canonicalize()?;
    let Checked { mut findings, processes } = deck::check(&folder)?;
    findings.extend(check_database(&folder));
    let processes = number_of(processes);
    let mut output = io::stdout().lock();
    for finding in &findings {
        writeln!(output, "{finding}")?;
    }
    match findings.len() {
        0 => writeln!(output, "{}: no problems found ({processes} checked)", folder.display())?,
        1 => writeln!(output, "1 finding ({processes} checked)")?,
        number => writeln!(output, "{number} findings ({processes} checked)")?,
    }
    Ok(findings.is_empty())
}

/// Verifies `deck.db`: people, templates and the audit.
fn check_database(folder: &Path) -> Vec<Finding> {
    let path = folder.join("deck.db");
    if !path.exists() {
        let repair = "put it back from a backup; otherwise the server begins with a new one, without accounts, templates and audit";
        return vec![Finding::new(&path, "it is not there", repair)];
    }
    let backup = "put it back from a backup, with audit.head";
    look(&path, folder).unwrap_or_else(|error| vec![Finding::new(&path, format!("it cannot be read: {error}"), backup)])
}

fn look(path: &Path, folder: &Path) -> Result<Vec<Finding>, Box<dyn Error>> {
    // SQLite would wait for a pipe.
    regular_file::open(path)?;
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    let mut findings = Vec::new();
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > MIGRATIONS.len() as i64 {
        let what = format!("it was written by a newer version of Execdeck (schema {version})");
        findings.push(Finding::new(path, what, "use that version; this one does not start with it"));
        return Ok(findings);
    }
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            findings.push(Finding::new(path, line, "put it back from a backup, with audit.head"));
        }
    }
    if findings.is_empty()
        && version == MIGRATIONS.len() as i64
        && let Err(broken) = audit::verify_on(&connection, folder)?
    {
        findings.push(Finding::new(
            path,
            broken.to_string(),
            "it cannot be repaired: find out who changed it, and compare it with a backup",
        ));
    }
    let waiting = audit::waiting(folder)?;
    if waiting > 0 {
        let what = format!("{waiting} entries of the audit wait here, since they could not be written");
        findings.push(Finding::new(&folder.join("audit.reserve"), what, "the server moves them into deck.db as soon as it can"));
    }
    Ok(findings)
}
