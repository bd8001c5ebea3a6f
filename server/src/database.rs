//! `deck.db`: people, templates and the audit, in one SQLite file.

use crate::{data_folder::why_not_opened, deck::files::regular_file};
use rusqlite::{Connection, Transaction, TransactionBehavior, config::DbConfig};
use rusqlite_migration::{M, Migrations};
use std::{
    fs::{DirBuilder, OpenOptions, Permissions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
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
    /// The file or its folder cannot be created or opened: why, and what to do about it.
    #[error("{0}")]
    File(String),
    /// SQLite cannot read or write it.
    #[error("deck.db cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Its schema cannot be brought up to date.
    #[error("deck.db cannot be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
}

impl DatabaseError {
    /// Whether a connection that has failed so is to be opened anew.
    fn is_broken_connection(&self) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, ReadOnly, SystemIoFailure};
        let Self::Sqlite(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(CannotOpen | ReadOnly | SystemIoFailure))
    }
}

/// A handle to the database. Cheap to clone; all clones share one connection for reading, one for reading what takes long, and one
/// for writing.
#[derive(Clone)]
pub struct Database {
    path: Arc<Path>,
    reader: Arc<Mutex<Connection>>,
    /// Whoever signs in does not wait for what goes through the whole audit.
    long_reader: Arc<Mutex<Connection>>,
    writer: Arc<Mutex<Writer>>,
}

impl Database {
    /// Opens `deck.db` in the data folder, creating both (for their user alone) and bringing the schema up to date.
    pub fn open(folder: &Path, migrations: &[&'static str]) -> Result<Self, DatabaseError> {
        let path = folder.join("deck.db");
        let folder_exists = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        folder_exists.map_err(|error| DatabaseError::File(why_not_opened(folder, folder, &error)))?;
        let created = regular_file::open_with(OpenOptions::new().create(true).append(true).mode(0o600), &path);
        let private = created.and_then(|file| file.set_permissions(Permissions::from_mode(0o600)));
        private.map_err(|error| DatabaseError::File(why_not_opened(&path, folder, &error)))?;
        let mut writer = connect(&path)?;
        Migrations::new(migrations.iter().copied().map(M::up).collect()).to_latest(&mut writer)?;
        let shared = |connection| Arc::new(Mutex::new(connection));
        let file: Arc<Path> = path.as_path().into();
        Ok(Self {
            path: file,
            reader: shared(connect(&path)?),
            long_reader: shared(connect(&path)?),
            writer: Arc::new(Mutex::new(Writer(writer))),
        })
    }

    /// Reads, on a thread where that may take time.
    pub async fn read<T, E>(&self, read: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        read_on(self.reader.clone(), read).await
    }

    /// The same for what may take long, beside all other reads.
    pub async fn read_long<T, E>(&self, read: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        read_on(self.long_reader.clone(), read).await
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
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = &mut writer.0;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(DatabaseError::from)?;
        let written = write(&transaction)?;
        transaction.commit().map_err(DatabaseError::from)?;
        committed(connection);
        Ok(written)
    }

    /// Finds out whether it can be written, by writing. Connections that are broken are opened anew: what they have open may be gone
    /// for good, although the disk is back. Returns whether they were.
    pub fn probe_blocking(&self) -> Result<bool, DatabaseError> {
        let error = match self.touch() {
            Ok(()) => return Ok(false),
            Err(error) => error,
        };
        // Never a new, empty one: the disk may not be back yet.
        if !error.is_broken_connection() || !self.path.exists() {
            return Err(error);
        }
        for reader in [&self.reader, &self.long_reader] {
            *reader.lock().unwrap_or_else(PoisonError::into_inner) = connect(&self.path)?;
        }
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).0 = connect(&self.path)?;
        self.touch()?;
        tracing::info!("deck.db was opened anew");
        Ok(true)
    }

    /// Writes what is there already, and does not wait for the device.
    fn touch(&self) -> Result<(), DatabaseError> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.0.pragma_update(None, "synchronous", "NORMAL")?;
        let version = writer.0.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        let touched = version.and_then(|version| writer.0.pragma_update(None, "user_version", version));
        writer.0.pragma_update(None, "synchronous", "FULL")?;
        Ok(touched?)
    }

    /// Reads on this thread, which has to wait for it.
    pub fn read_blocking<T>(&self, read: impl FnOnce(&Connection) -> T) -> T {
        read(&self.reader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same for what may take long, beside all other reads.
    pub fn read_long_blocking<T>(&self, read: impl FnOnce(&Connection) -> T) -> T {
        read(&self.long_reader.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn read_on<T, E>(connection: Arc<Mutex<Connection>>, read: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    let task = tokio::task::spawn_blocking(move || read(&connection.lock().unwrap_or_else(PoisonError::into_inner)));
    task.await.expect("a read does not panic")
}

/// The connection that writes. It leaves a file behind that is complete by itself.
struct Writer(Connection);

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.0.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the log of deck.db cannot be moved into it; both files belong together");
        }
    }
}

fn connect(path: &Path) -> Result<Connection, DatabaseError> {
    let connection = Connection::open(path)?;
    // The last one to close would remove the log, for which a full disk has no room at the next start.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_in_the_way_of_no_other_read() {
        let folder = std::env::temp_dir().join(format!("execdeck-database-{}", uuid::Uuid::now_v7()));
        let database = Database::open(&folder, &["CREATE TABLE things (name TEXT) STRICT;"]).unwrap();
        assert!(database.read_long_blocking(|_| database.reader.try_lock().is_ok()));
        assert!(database.read_blocking(|_| database.long_reader.try_lock().is_ok()));
        let sees = |connection: &Connection| connection.query_row("SELECT count(*) FROM things", [], |row| row.get::<_, i64>(0));
        database.write_blocking(|change| Ok::<_, DatabaseError>(change.execute("INSERT INTO things VALUES ('a')", [])?), |_| ()).unwrap();
        assert_eq!((database.read_blocking(sees).unwrap(), database.read_long_blocking(sees).unwrap()), (1, 1));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_committed_is_on_the_device_also_after_a_probe_that_does_not_wait_for_it() {
        const FULL: i64 = 2;
        let folder = std::env::temp_dir().join(format!("execdeck-database-{}", uuid::Uuid::now_v7()));
        let database = Database::open(&folder, &["CREATE TABLE things (name TEXT) STRICT;"]).unwrap();
        let synchronous = || {
            let writer = database.writer.lock().unwrap();
            writer.0.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(synchronous(), FULL);
        assert!(!database.probe_blocking().unwrap());
        assert_eq!(synchronous(), FULL);
        // Another program that writes is in the way.
        let other = Connection::open(folder.join("deck.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        database.writer.lock().unwrap().0.busy_timeout(Duration::ZERO).unwrap();
        database.probe_blocking().unwrap_err();
        assert_eq!(synchronous(), FULL);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
