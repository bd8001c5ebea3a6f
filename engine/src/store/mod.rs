//! The history in SQLite: one row per process, running or ended.

mod list;
mod row;

use execdeck_wire::{Process, ProcessFilter, ProcessPage};
use rusqlite::{Connection, OptionalExtension, params};
use rusqlite_migration::{M, Migrations};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// Why the history could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The database is of a newer version, or could not be brought up to this one.
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
    /// A row holds something that this version cannot read.
    #[error("a row cannot be read: {0}")]
    Row(#[from] serde_json::Error),
    /// The thread that did the work is gone.
    #[error("the work was cut short: {0}")]
    Cut(#[from] tokio::task::JoinError),
}

/// Each is run once, in order, and never changed after it was released.
const MIGRATIONS: [M<'static>; 1] = [M::up(include_str!("001_processes.sql"))];

/// The database: one connection that writes and one that reads, each used from blocking threads. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Mutex<Connection>>,
    reader: Arc<Mutex<Connection>>,
}

impl Store {
    /// Opens the database, making it or bringing it up to date.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut writer = Connection::open(path)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "NORMAL")?;
        Migrations::from_slice(&MIGRATIONS).to_latest(&mut writer)?;
        let reader = Connection::open(path)?;
        reader.pragma_update(None, "query_only", true)?;
        for connection in [&writer, &reader] {
            connection.busy_timeout(std::time::Duration::from_secs(10))?;
            connection.set_prepared_statement_cache_capacity(64);
        }
        Ok(Self { writer: Arc::new(Mutex::new(writer)), reader: Arc::new(Mutex::new(reader)) })
    }

    async fn on<T: Send + 'static>(
        connection: &Arc<Mutex<Connection>>,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(connection);
        let work = move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await?
    }

    /// Enters a process, or brings its row up to date.
    pub async fn save(&self, process: Process) -> Result<(), StoreError> {
        Self::on(&self.writer, move |connection| row::save(connection, &process)).await
    }

    /// Finds a process.
    pub async fn get(&self, id: Uuid) -> Result<Option<Process>, StoreError> {
        Self::on(&self.reader, move |connection| {
            let mut statement = connection.prepare_cached("SELECT process FROM processes WHERE id = ?")?;
            let json: Option<String> = statement.query_row(params![id.to_string()], |row| row.get(0)).optional()?;
            Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
        })
        .await
    }

    /// Lists processes, newest first.
    pub async fn list(&self, filter: ProcessFilter) -> Result<ProcessPage, StoreError> {
        Self::on(&self.reader, move |connection| list::list(connection, &filter)).await
    }

    /// The ids of all processes.
    pub async fn ids(&self) -> Result<Vec<Uuid>, StoreError> {
        Self::on(&self.reader, |connection| {
            let mut statement = connection.prepare("SELECT id FROM processes")?;
            let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
            Ok(ids.collect::<Result<Vec<_>, _>>()?.iter().filter_map(|id| id.parse().ok()).collect())
        })
        .await
    }

    /// Takes a process out of the history.
    pub async fn remove(&self, id: Uuid) -> Result<(), StoreError> {
        Self::on(&self.writer, move |connection| {
            connection.prepare_cached("DELETE FROM processes WHERE id = ?")?.execute(params![id.to_string()])?;
            Ok(())
        })
        .await
    }
}
