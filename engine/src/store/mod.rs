//! The history in SQLite: one row per process, running or ended.
//!
//! # Layout
//! - [`Store`]: what is asked of the history. `list`: listing by filters and pages. `row`: how a process becomes a row.
//! - `outbox`: ends that somebody is yet to be told of. `untold`: asking for them.
//! - `runs`: the latest processes of one name. `retention`: what the janitor asks and enters.
//! - `search`: an index of names and command lines.
//! - `writer`: the one thread that writes. `reserve`: room that it keeps for removals. `readers`: connections that read.
//! - `inspect`: reads without changing anything, for a check.
//! - `secrets`: the values of `secret_env` and of templates, sealed. `traces`: leaves nothing of them in the files.

pub(crate) mod inspect;
mod list;
mod outbox;
mod readers;
mod reserve;
mod retention;
mod row;
mod runs;
mod search;
mod secrets;
mod traces;
mod untold;
mod writer;

use crate::{
    regular_file,
    scope::Scope,
    vault::{Vault, VaultError},
};
use execdeck_wire::{Process, ProcessFilter, ProcessPage, Run};
pub(crate) use list::Newer;
use readers::Readers;
use reserve::Reserve;
pub(crate) use retention::{Ended, Totals};
pub(crate) use row::Record;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, config::DbConfig, params};
use rusqlite_migration::{HookError, M, Migrations};
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::watch;
use uuid::Uuid;
use writer::{Write, Writer};
use zeroize::Zeroizing;

pub use outbox::TellOf;
use secrets::Kind;
pub use secrets::{Resealed, reseal_secrets};
pub use untold::Untold;

/// Why the history could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The database is of a newer version, or could not be brought up to this one.
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
    /// A process could not be written as JSON.
    #[error("a record cannot be written: {0}")]
    Record(#[from] serde_json::Error),
    /// Secrets could not be sealed or opened.
    #[error("stored secrets: {0}")]
    Vault(#[from] VaultError),
    /// The file could not be created or set aside.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The thread that did the work has ended.
    #[error("the work was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
    /// The thread that writes has ended.
    #[error("the thread that writes the history has stopped")]
    WriterStopped,
}

impl StoreError {
    /// Whether a connection that has failed so is to be opened anew: what it has open may be gone for good.
    pub(crate) fn is_broken_connection(&self) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseCorrupt, NotADatabase, ReadOnly, SystemIoFailure};
        let Self::Sqlite(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(CannotOpen | DatabaseCorrupt | NotADatabase | ReadOnly | SystemIoFailure))
    }

    /// Whether there was no room for a change, or it could not be written.
    pub(crate) fn is_disk_full(&self) -> bool {
        use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
        matches!(self, Self::Sqlite(error) if matches!(error.sqlite_error_code(), Some(DiskFull | SystemIoFailure)))
    }
}

/// How many there are.
const MIGRATIONS: usize = 9;

/// Each runs once, in order, and is never changed after its release.
fn migrations(vault: &Vault) -> Migrations<'static> {
    let vault = vault.clone();
    let migrations: [M<'static>; MIGRATIONS] = [
        M::up(include_str!("001_processes.sql")),
        M::up(include_str!("002_plain_names.sql")),
        M::up(include_str!("003_secrets.sql")),
        M::up_with_hook(include_str!("004_sealed_secrets.sql"), move |transaction: &Transaction<'_>| {
            secrets::seal_clear(transaction, &vault).map_err(|error| HookError::Hook(error.to_string()))
        }),
        M::up(include_str!("005_origins.sql")),
        M::up(include_str!("006_retention.sql")),
        M::up(include_str!("007_search.sql")),
        M::up(include_str!("008_names.sql")),
        M::up(include_str!("009_outbox.sql")),
    ];
    Migrations::new(migrations.into())
}

/// How long a connection waits for another process that holds a lock, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Prepared statements kept per connection.
const CACHED_STATEMENTS: usize = 64;
/// Databases up to this size are checked for damage when they are opened, which takes a fraction of a second.
const CHECKED_BYTES: u64 = 64 << 20;

/// The database: one thread that writes and a few connections that read. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    vault: Vault,
}

impl Store {
    /// The same as [`open_with`](Self::open_with) with the vault of the database's folder.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Vault::open(path.parent().unwrap_or(Path::new(".")))?)
    }

    /// Opens the database, creating it or bringing it up to date. A damaged one is set aside under another name and
    /// replaced by an empty one, whose rows the caller rebuilds. The vault encrypts the secrets.
    pub fn open_with(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        let writer = match open_writer(path, &vault) {
            Err(error) if is_damage(&error) => {
                let aside = set_aside(path)?;
                tracing::error!(%error, aside = %aside.display(), "the history is damaged; it was set aside and is rebuilt from the folders");
                open_writer(path, &vault)?
            }
            opened => opened?,
        };
        secrets::warn_of_unreadable(&writer, &vault)?;
        let reserve = Reserve::open(path.parent().unwrap_or(Path::new(".")));
        let readers = Arc::new(Readers::new(path.to_owned()));
        let writer = Arc::new(Writer::start(path, writer, vault.clone(), reserve, Arc::clone(&readers))?);
        Ok(Self { writer, readers, vault })
    }

    /// Why the last write has failed; none if it has not.
    pub(crate) fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.writer.trouble()
    }

    /// Finds out whether the history can be written, by writing. Opens the database anew if its connection is broken.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        self.writer.write(Write::Probe).await
    }

    /// Enters a process, or brings its row up to date. Returns when it is committed.
    pub async fn save(&self, process: Process) -> Result<(), StoreError> {
        self.writer.write(Write::Save(Box::new(process))).await
    }

    /// Brings the row of a process that has ended up to date, and enters its end in the outbox if somebody is to be told of it.
    pub(crate) async fn save_end(&self, process: Process) -> Result<(), StoreError> {
        self.writer.write(Write::End(Box::new(process))).await
    }

    /// Records the state of a process whose record cannot be read, and leaves the rest of it as it is. Once it has ended, that is entered
    /// in the outbox, too.
    pub(crate) async fn save_state(&self, process: Process) -> Result<(), StoreError> {
        self.writer.write(Write::State(Box::new(process))).await
    }

    /// Stores the values of `secret_env` for running a process again, until it is removed.
    pub(crate) async fn save_secrets(&self, id: Uuid, secret_env: &BTreeMap<String, String>) -> Result<(), StoreError> {
        self.writer.write(Write::Secrets(id, Zeroizing::new(serde_json::to_vec(secret_env)?))).await
    }

    /// The values of `secret_env`, if they are stored.
    pub(crate) async fn secrets(&self, id: Uuid) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        let vault = self.vault.clone();
        self.readers.run(move |connection| Kind::SecretEnv.find(connection, &vault, id)).await
    }

    /// Stores the values that the template of a process was given, until it is removed.
    pub(crate) async fn save_origin(&self, id: Uuid, values: &serde_json::Value) -> Result<(), StoreError> {
        self.writer.write(Write::Origin(id, Zeroizing::new(serde_json::to_vec(values)?))).await
    }

    /// The values that the template of a process was given, if they are stored.
    pub(crate) async fn origin(&self, id: Uuid) -> Result<Option<serde_json::Value>, StoreError> {
        let vault = self.vault.clone();
        self.readers.run(move |connection| Kind::Origin.find(connection, &vault, id)).await
    }

    /// Finds a process.
    pub async fn get(&self, id: Uuid) -> Result<Option<Process>, StoreError> {
        Ok(self.record(id).await?.map(|record| record.process))
    }

    /// Finds a process, and whether its record can be read.
    pub(crate) async fn record(&self, id: Uuid) -> Result<Option<Record>, StoreError> {
        self.readers
            .run(move |connection| {
                let sql = format!("SELECT {} FROM processes WHERE id = ?", row::WHOLE_COLUMNS);
                Ok(connection.prepare_cached(&sql)?.query_row(params![id.to_string()], row::read).optional()?)
            })
            .await
    }

    /// All active processes.
    pub(crate) async fn active(&self) -> Result<Vec<Record>, StoreError> {
        self.readers
            .run(|connection| {
                let sql = format!("SELECT {} FROM processes WHERE outcome = 'active'", row::WHOLE_COLUMNS);
                Ok(connection.prepare(&sql)?.query_map([], row::read)?.collect::<Result<_, _>>()?)
            })
            .await
    }

    /// Lists processes, newest first, their specs shortened. Those that are `newer` than their rows are found and counted as they are.
    pub(crate) async fn list(&self, scope: Scope, filter: ProcessFilter, newer: Newer) -> Result<ProcessPage, StoreError> {
        self.readers.run(move |connection| list::list(connection, &scope, &filter, &newer)).await
    }

    /// The latest processes with the name of each of these, itself first, as far as they exist in a scope.
    pub(crate) async fn last_runs(&self, scope: Scope, ids: Vec<Uuid>, most: usize) -> Result<Vec<(Uuid, Vec<Run>)>, StoreError> {
        self.readers.run(move |connection| runs::last_runs(connection, &scope, &ids, most)).await
    }

    /// The ids of all processes.
    pub async fn ids(&self) -> Result<Vec<Uuid>, StoreError> {
        self.readers
            .run(|connection| {
                let mut statement = connection.prepare("SELECT id FROM processes")?;
                let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
                Ok(ids.collect::<Result<Vec<_>, _>>()?.iter().filter_map(|id| id.parse().ok()).collect())
            })
            .await
    }

    /// Takes a process out of the history.
    pub async fn remove(&self, id: Uuid) -> Result<(), StoreError> {
        self.writer.write(Write::Remove(id)).await
    }
}

fn open_writer(path: &Path, vault: &Vault) -> Result<Connection, StoreError> {
    // SQLite would create it with the mode that the umask leaves; its -wal and -shm files take the mode of this one.
    regular_file::open_with(fs::OpenOptions::new().append(true).create(true).mode(0o600), path)?;
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let mut connection = connect(path)?;
    if path.metadata()?.len() <= CHECKED_BYTES {
        let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(code, Some(verdict)).into());
        }
    }
    migrations(vault).to_latest(&mut connection)?;
    traces::remove_old(&connection)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(connection)
}

/// The last connection to close would remove the log, for which a full disk has no room at the next start.
fn open_connection(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// A connection that may write.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = open_connection(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // What is deleted is overwritten, so that nothing of it is left in the file.
    connection.pragma_update(None, "secure_delete", "ON")?;
    Ok(connection)
}

fn is_damage(error: &StoreError) -> bool {
    let (StoreError::Sqlite(sqlite) | StoreError::Migration(rusqlite_migration::Error::RusqliteError { err: sqlite, .. })) = error else {
        return false;
    };
    matches!(sqlite.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Renames the database and what belongs to it; the new name of the database.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let aside = with(&format!(".corrupt-{now}"));
    fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        let _ = fs::rename(with(suffix), with(&format!(".corrupt-{now}{suffix}")));
    }
    Ok(aside)
}
