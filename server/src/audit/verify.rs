//! Reads the whole chain and finds the first entry that is not as it was written.

use super::{
    AuditError,
    chain::{Head, head},
    hash::{Hash, NONE, hash},
    head_file,
    hex::hex,
    retention,
    row::Row,
};
use crate::database::{Database, DatabaseError};
use execdeck_wire::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use std::{fmt, path::Path};

/// A chain that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries there are.
    pub entries: u64,
    /// The number of the last one.
    pub last: u64,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// Up to which entry old ones were removed; 0 if none were.
    pub cut: u64,
    /// The last one's hash, in hexadecimal digits.
    pub hash: String,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entries == 0 {
            return f.write_str("the audit is empty");
        }
        write!(f, "the audit is whole: {} entries, {} to {}", self.entries, self.cut + 1, self.last)?;
        if let Some(at) = self.at {
            write!(f, ", the last one at {at}")?;
        }
        if self.cut > 0 {
            write!(f, "; entries up to {} were removed by its own retention", self.cut)?;
        }
        write!(f, "\n{}", self.hash)
    }
}

/// The first entry that is not as it was written, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its number.
    pub seq: u64,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the audit is broken at entry {}: {}", self.seq, self.what)
    }
}

/// Reads all entries, beside a server that may add some. The outer error is that they cannot be read.
pub fn verify(database: &Database, folder: &Path) -> Result<Result<Verified, Broken>, AuditError> {
    database.read_long_blocking(|connection| verify_on(connection, folder))
}

/// The same on a connection that may only read.
pub fn verify_on(connection: &Connection, folder: &Path) -> Result<Result<Verified, Broken>, AuditError> {
    // Before the database, which is never behind the file.
    let outside = head_file::read(folder);
    let snapshot = connection.unchecked_transaction()?;
    Ok(check(&snapshot, outside).map_err(DatabaseError::from)?)
}

fn check(connection: &Connection, outside: Result<Head, String>) -> Result<Result<Verified, Broken>, rusqlite::Error> {
    let broken = |seq: i64, what: String| Ok(Err(Broken { seq: seq.max(0) as u64, what }));
    let inside = head(connection)?;
    let cut: Option<(i64, Hash)> = connection
        .query_row("SELECT seq, hash FROM audit_cuts ORDER BY seq DESC LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let cut = cut.unwrap_or((0, NONE));
    let mut signed_off = cut.0 == 0;
    let mut last = Head { seq: cut.0, hash: cut.1 };
    let mut at_outside = outside.as_ref().is_ok_and(|outside| outside.seq == last.seq && (last.seq == 0 || outside.hash == last.hash));
    let (mut entries, mut at) = (0, None);
    let mut statement = connection.prepare("SELECT * FROM audit ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let row = match Row::read(row) {
            Ok(row) => row,
            Err(error) => return broken(last.seq + 1, format!("it cannot be read: {error}")),
        };
        if row.seq <= last.seq {
            return broken(row.seq, format!("it should have been removed with the entries up to {}", cut.0));
        }
        if row.seq > last.seq + 1 {
            return broken(last.seq + 1, format!("it is missing; the next one is {}", row.seq));
        }
        let expected = hash(&last.hash, &row);
        if row.hash != expected {
            return broken(row.seq, "it was changed, or stands in the place of another".into());
        }
        last = Head { seq: row.seq, hash: expected };
        at_outside |= outside.as_ref().is_ok_and(|outside| *outside == last);
        signed_off |= row.action == retention::ACTION && row.via == "server" && tells_of(&row, cut);
        at = Some(Timestamp::from_micros(row.time.max(0) as u64));
        entries += 1;
    }
    if inside.seq != last.seq {
        let (from, to) = (last.seq.min(inside.seq) + 1, inside.seq);
        return broken(from, format!("it is missing; there were entries up to {to}"));
    }
    if inside.hash != last.hash {
        return broken(last.seq, "it is not the one that was written last".into());
    }
    match outside {
        Err(error) => return broken(last.seq, error),
        Ok(outside) if outside.seq > last.seq => {
            return broken(last.seq + 1, format!("it is missing; audit.head says that there were entries up to {}", outside.seq));
        }
        // The file may be so far behind that what it names was removed meanwhile.
        Ok(outside) if !at_outside && outside.seq > cut.0 => {
            return broken(outside.seq, "it is not the one that audit.head names".into());
        }
        Ok(_) => {}
    }
    if !signed_off {
        return broken(cut.0 + 1, format!("no entry says that those up to {} were to be removed", cut.0));
    }
    let number = |number: i64| number.max(0) as u64;
    Ok(Ok(Verified { entries, last: number(last.seq), at, cut: number(cut.0), hash: hex(&last.hash) }))
}

/// Whether an entry tells of this cut.
fn tells_of(row: &Row, cut: (i64, Hash)) -> bool {
    let details: serde_json::Value = row.details.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    details["up_to"].as_i64() == Some(cut.0) && details["hash"].as_str() == Some(&hex(&cut.1))
}
