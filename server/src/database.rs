//! `deck.db`: people, templates and the audit, in one SQLite file.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use std::{
    fs::{DirBuilder, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Prepared statements kept per connection.
const CACHED_STATEMENTS: usize = 128;
/// How long a write waits for another program that writes.
const BUSY: Duration = Duration::from_secs(5);

/// Why the database could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file cannot be created.
    #[error("cannot open {path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// SQLite cannot read or write it.
    #[error("deck.db cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Its schema cannot be brought up to date.
    #[error("deck.db cannot be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
}

/// A handle to the database. Cheap to clone; all clones share one connection for reading and one for writing.
#[derive(Clone)]
pub struct Database {
    reader: Arc<Mutex<Connection>>,
    writer: Arc<Mutex<Connection>>,
}

impl Database {
    /// Opens `deck.db` in the data folder, creating both (for their user alone) and bringing the schema up to date.
    pub fn open(folder: &Path, migrations: &[&'static str]) -> Result<Self, DatabaseError> {
        let path = folder.join("deck.db");
        let folder_exists = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        folder_exists.map_err(|error| DatabaseError::File { path: folder.to_owned(), error })?;
        let created = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let private = created.and_then(|file| file.set_permissions(Permissions::from_mode(0o600)));
        private.map_err(|error| DatabaseError::File { path: path.clone(), error })?;
        let mut writer = connect(&path)?;
        Migrations::new(migrations.iter().copied().map(M::up).collect()).to_latest(&mut writer)?;
        let reader = connect(&path)?;
        Ok(Self { reader: Arc::new(Mutex::new(reader)), writer: Arc::new(Mutex::new(writer)) })
    }

    /// Reads, on a thread where that may take time.
    pub async fn read<T, E>(&self, read: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let connection = self.reader.clone();
        let task = tokio::task::spawn_blocking(move || read(&connection.lock().unwrap_or_else(PoisonError::into_inner)));
        task.await.expect("a read does not panic")
    }

    /// Writes in one transaction, which is rolled back if `write` returns an error. It runs to its end even if nobody waits for it.
    pub async fn write<T, E>(&self, write: impl FnOnce(&Transaction) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.write_then(write, |_| ()).await
    }

    /// The same, with what is to be done right after the commit, before anybody else writes.
    pub async fn write_then<T, E>(
        &self,
        write: impl FnOnce(&Transaction) -> Result<T, E> + Send + 'static,
        committed: impl FnOnce(&Connection) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        let database = self.clone();
        tokio::task::spawn_blocking(move || database.write_blocking(write, committed)).await.expect("a write does not panic")
    }

    /// The same on this thread, which has to wait for it.
    pub fn write_blocking<T, E: From<DatabaseError>>(
        &self,
        write: impl FnOnce(&Transaction) -> Result<T, E>,
        committed: impl FnOnce(&Connection),
    ) -> Result<T, E> {
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(DatabaseError::from)?;
        let written = write(&transaction)?;
        transaction.commit().map_err(DatabaseError::from)?;
        committed(&connection);
        Ok(written)
    }

    /// Reads on this thread, which has to wait for it.
    pub fn read_blocking<T>(&self, read: impl FnOnce(&Connection) -> T) -> T {
        read(&self.reader.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn connect(path: &Path) -> Result<Connection, DatabaseError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    Ok(connection)
}
