//! What the janitor asks of the history, and enters into it: which processes ended first, what their files take up, and
//! whose output is compressed.

use super::{Store, StoreError, writer::Write};
use crate::process::created_at;
use execdeck_wire::Timestamp;
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

/// An ended process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub id: Uuid,
    /// In microseconds since 1970.
    pub at: i64,
    /// What its files take up; 0 until that was measured.
    pub bytes: u64,
}

/// All ended processes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub processes: u64,
    pub bytes: u64,
}

/// Those that ended first, after the one in `?1` and `?2`. The indexes with `ended_at` have nothing else in them.
const OLDEST: &str = "SELECT id, ended_at, ifnull(disk_bytes, 0) FROM processes
    WHERE ended_at IS NOT NULL AND (ended_at, id) > (?1, ?2) ORDER BY ended_at, id LIMIT ?3";
const TO_COMPRESS: &str = "SELECT id, ended_at, 0 FROM processes
    WHERE compressed = 0 AND ended_at IS NOT NULL AND (ended_at, id) > (?1, ?2) AND ended_at <= ?4 ORDER BY ended_at, id LIMIT ?3";

impl Store {
    /// Bytes that the files of all ended processes take up, as far as they were measured.
    pub(crate) async fn ended_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.totals().await?.bytes)
    }

    /// How many processes have ended, and what their files take up.
    pub(crate) async fn totals(&self) -> Result<Totals, StoreError> {
        self.readers
            .run(|connection| {
                let sql = "SELECT (SELECT sum(number) FROM counts WHERE outcome <> 'active'), (SELECT bytes FROM disk_use)";
                let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
                let (processes, bytes) = connection.prepare_cached(sql)?.query_row([], read)?;
                Ok(Totals { processes: processes.max(0) as u64, bytes: bytes.max(0) as u64 })
            })
            .await
    }

    /// When the newest process was created or ended, whichever is later; `None` without any.
    pub(crate) async fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers
            .run(|connection| {
                let sql = "SELECT (SELECT max(id) FROM processes), (SELECT max(ended_at) FROM processes WHERE ended_at IS NOT NULL)";
                let read = |row: &Row<'_>| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<i64>>(1)?));
                let (id, ended_at) = connection.query_row(sql, [], read)?;
                let created_at = id.and_then(|id| created_at(id.parse().ok()?));
                Ok(created_at.max(ended_at.map(|at| Timestamp::from_micros(at.max(0) as u64))))
            })
            .await
    }

    /// The processes that ended first, or first after another one.
    pub(crate) async fn oldest(&self, after: Option<Ended>, most: usize) -> Result<Vec<Ended>, StoreError> {
        let (at, id) = cursor(after);
        self.readers.run(move |connection| ended(connection, OLDEST, params![at, id, most as i64])).await
    }

    /// The same of those that ended by a time, in microseconds since 1970, and whose output was not compressed yet.
    pub(crate) async fn to_compress(&self, ended_by: i64, after: Option<Ended>, most: usize) -> Result<Vec<Ended>, StoreError> {
        let (at, id) = cursor(after);
        self.readers.run(move |connection| ended(connection, TO_COMPRESS, params![at, id, most as i64, ended_by])).await
    }

    /// Ended processes whose files were not measured yet, in the order of ids, after one of them.
    pub(crate) async fn to_measure(&self, after: Option<Uuid>, most: usize) -> Result<Vec<Uuid>, StoreError> {
        let after = after.map_or_else(String::new, |id| id.to_string());
        self.readers
            .run(move |connection| {
                // SQLite would choose the index that has all ended processes in it.
                let sql = "SELECT id FROM processes INDEXED BY processes_to_measure
                    WHERE disk_bytes IS NULL AND ended_at IS NOT NULL AND id > ? ORDER BY id LIMIT ?";
                let mut statement = connection.prepare_cached(sql)?;
                let ids = statement.query_map(params![after, most as i64], |row| row.get::<_, String>(0))?;
                Ok(ids.collect::<Result<Vec<_>, _>>()?.iter().filter_map(|id| id.parse().ok()).collect())
            })
            .await
    }

    /// Enters what the files of ended processes take up.
    pub(crate) async fn save_sizes(&self, sizes: Vec<(Uuid, u64)>) -> Result<(), StoreError> {
        self.writer.write(Write::Sizes(sizes)).await
    }

    /// Enters that the output of these processes is compressed, so that their files are measured again.
    pub(crate) async fn save_compressed(&self, ids: Vec<Uuid>) -> Result<(), StoreError> {
        self.writer.write(Write::Compressed(ids)).await
    }
}

fn cursor(after: Option<Ended>) -> (i64, String) {
    after.map_or((i64::MIN, String::new()), |ended| (ended.at, ended.id.to_string()))
}

fn ended(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Ended>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, i64>(2)?)))?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.into_iter().filter_map(|(id, at, bytes)| Some(Ended { id: id.parse().ok()?, at, bytes: bytes.max(0) as u64 })).collect())
}
