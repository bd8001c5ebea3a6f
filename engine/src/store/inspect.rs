//! Reading the database without changing anything, for a check or a copy.

use super::{BUSY_TIMEOUT, MIGRATIONS, StoreError, row, secrets};
use crate::{folder::create_new, read_as::ReadAs, regular_file, vault::Vault};
use execdeck_wire::{OutputRange, ProcessState};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::{fmt, fs::File, path::Path};
use uuid::Uuid;

/// A database that is only read.
pub(crate) struct Inspected(Connection);

/// What a check needs to know of a row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub state: ProcessState,
    pub output: OutputRange,
    /// Its JSON cannot be read.
    pub damaged: bool,
}

/// The number of migrations that a database has behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(i64);

impl Version {
    /// Whether this version does not know it.
    pub(crate) fn is_newer(self) -> bool {
        self.0 > MIGRATIONS as i64
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Inspected {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        // SQLite would wait for a pipe.
        regular_file::open(path)?;
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(Self(connection))
    }

    /// The same as another user, with all the files that SQLite keeps open.
    pub(crate) fn open_as(read_as: ReadAs, path: &Path) -> Result<Self, StoreError> {
        read_as.open(|| {
            let opened = Self::open(path)?;
            // Those beside the database are opened by the first query.
            opened.version()?;
            Ok(opened)
        })
    }

    /// Writes a copy of the database as it is at this moment (`VACUUM INTO`), for its user alone.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        create_new(path)?;
        self.0.execute("VACUUM INTO ?", [path.to_string_lossy()])?;
        File::open(path)?.sync_all()?;
        Ok(())
    }

    /// Takes processes out of a database that nobody else uses.
    pub(crate) fn forget(path: &Path, ids: &[Uuid]) -> Result<(), StoreError> {
        let connection = Connection::open(path)?;
        for id in ids {
            secrets::remove(&connection, *id)?;
            connection.execute("DELETE FROM processes WHERE id = ?", params![id.to_string()])?;
        }
        Ok(())
    }

    pub(crate) fn version(&self) -> Result<Version, StoreError> {
        Ok(Version(self.0.pragma_query_value(None, "user_version", |row| row.get(0))?))
    }

    /// What SQLite finds wrong; the first hundred.
    pub(crate) fn damage(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.0.prepare("PRAGMA integrity_check")?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// Of how many processes the secrets cannot be read with the keys of a vault; without one, of those that have any.
    pub(crate) fn unreadable_secrets(&self, vault: Option<&Vault>) -> Result<i64, StoreError> {
        secrets::unreadable(&self.0, vault)
    }

    pub(crate) fn ids(&self) -> Result<Vec<Uuid>, StoreError> {
        let mut statement = self.0.prepare("SELECT id FROM processes")?;
        let ids = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }

    pub(crate) fn row(&self, id: Uuid) -> Result<Option<Row>, StoreError> {
        let sql = format!("SELECT {} FROM processes WHERE id = ?", row::WHOLE_COLUMNS);
        let record = self.0.prepare_cached(&sql)?.query_row(params![id.to_string()], row::read).optional()?;
        Ok(record.map(|record| Row { state: record.process.state, output: record.process.output, damaged: record.damaged }))
    }
}
