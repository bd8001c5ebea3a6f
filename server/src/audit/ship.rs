//! The file in which each entry is a line of JSON, for programs that ship it elsewhere.

use super::{AuditError, row::Row};
use rusqlite::Connection;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::PathBuf,
};

/// How much of the end of the file is read to find the last entry in it, in bytes.
const TAIL: u64 = 64 << 10;
/// How many entries are read from the database at once.
const AT_ONCE: i64 = 1000;

/// The file. It is opened anew each time, so that it may be moved away (`logrotate`).
pub(super) struct Ship {
    path: PathBuf,
    /// The last entry that is in it, as far as this program knows.
    last: i64,
    /// Whether it could be written the last time.
    works: bool,
}

impl Ship {
    /// Opens the file, creating it for its user alone. An empty one gets the entries after `head` only.
    pub(super) fn open(path: PathBuf, head: i64) -> Result<Self, AuditError> {
        let last = open(&path).and_then(|mut file| {
            // Another program may be adding some.
            file.lock()?;
            last_in(&mut file)
        });
        let last = last.map_err(|error| AuditError::File { path: path.clone(), error })?;
        Ok(Self { path, last: last.unwrap_or(head), works: true })
    }

    /// Adds the entries that are not in it yet. What cannot be written is added the next time.
    pub(super) fn catch_up(&mut self, connection: &Connection) {
        match self.try_catch_up(connection) {
            Ok(()) => self.works = true,
            Err(error) => {
                if self.works {
                    tracing::error!(%error, path = %self.path.display(), "entries of the audit cannot be added to audit.file; trying again");
                }
                self.works = false;
            }
        }
    }

    fn try_catch_up(&mut self, connection: &Connection) -> Result<(), AuditError> {
        let failed = |error| AuditError::File { path: self.path.clone(), error };
        let mut file = open(&self.path).map_err(failed)?;
        // Another program may add some, too.
        file.lock().map_err(failed)?;
        self.last = self.last.max(last_in(&mut file).map_err(failed)?.unwrap_or_default());
        let sql = "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?";
        loop {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([self.last, AT_ONCE], Row::read)?.collect::<Result<Vec<_>, _>>()?;
            let Some(last) = rows.last().map(|row| row.seq) else { return Ok(()) };
            let mut lines = Vec::new();
            for row in rows {
                serde_json::to_writer(&mut lines, &row.into_entry()).expect("an entry is JSON");
                lines.push(b'\n');
            }
            file.write_all(&lines).map_err(failed)?;
            self.last = last;
        }
    }
}

fn open(path: &std::path::Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

/// The last entry in the file. A line that was cut short is removed: it is added again.
fn last_in(file: &mut File) -> io::Result<Option<i64>> {
    let length = file.metadata()?.len();
    let mut tail = vec![0; length.min(TAIL) as usize];
    let from = length - tail.len() as u64;
    file.read_exact_at(&mut tail, from)?;
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < tail.len() && (whole > 0 || from == 0) {
        file.set_len(from + whole as u64)?;
    }
    let last = tail[..whole].split(|byte| *byte == b'\n').rev().find(|line| !line.is_empty());
    Ok(last.and_then(|line| serde_json::from_slice::<serde_json::Value>(line).ok()?["seq"].as_i64()))
}
