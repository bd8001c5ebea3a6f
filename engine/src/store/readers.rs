//! Connections that read, so that a search through a long history keeps nobody else waiting.

use super::StoreError;
use rusqlite::Connection;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Semaphore;

/// How many queries run at once.
const READERS: usize = 4;

/// A pool of connections that are opened when they are first needed.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Idle>,
    room: Arc<Semaphore>,
}

/// The connections that nobody uses now.
#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    /// How often the database was opened anew. Connections from before are not used again.
    generation: u64,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default(), room: Arc::new(Semaphore::new(READERS)) }
    }

    /// Runs a query on a thread for blocking work.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let pool = Arc::clone(self);
        let permit = Arc::clone(&self.room).acquire_owned().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let (idle, generation) = pool.take();
            let connection = idle.map_or_else(|| pool.open(), Ok)?;
            let result = query(&connection);
            if !result.as_ref().is_err_and(StoreError::is_broken_connection) {
                pool.put_back(connection, generation);
            }
            result
        })
        .await?
    }

    /// Uses no connection again that was opened before: the files are others now.
    pub(super) fn reopen(&self) {
        let mut idle = self.lock();
        idle.connections.clear();
        idle.generation += 1;
    }

    fn take(&self) -> (Option<Connection>, u64) {
        let mut idle = self.lock();
        (idle.connections.pop(), idle.generation)
    }

    fn put_back(&self, connection: Connection, generation: u64) {
        let mut idle = self.lock();
        if idle.generation == generation {
            idle.connections.push(connection);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let connection = super::open_connection(&self.path)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.busy_timeout(super::BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(super::CACHED_STATEMENTS);
        Ok(connection)
    }
}
