//! Leaves nothing of removed secrets in the database and its write-ahead log.

use super::{BUSY_TIMEOUT, StoreError};
use rusqlite::Connection;
use std::time::{Duration, Instant};

/// The log is truncated this long after a removal, together with what others have left by then.
const TRUNCATE_AFTER: Duration = Duration::from_secs(1);

/// Removes what earlier versions, which stored secrets in the clear and did not overwrite what they deleted, may have left
/// in the file and its log. Tried again at the next start if it fails, such as on a full disk.
pub(super) fn remove_old(connection: &Connection) -> Result<(), StoreError> {
    let exist = "SELECT count(*) FROM sqlite_schema WHERE name = 'traces'";
    if connection.query_row(exist, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(());
    }
    let rewritten = connection.execute_batch("VACUUM").map_err(StoreError::from).and_then(|()| truncate_log(connection));
    match rewritten {
        Ok(true) => connection.execute_batch("DROP TABLE traces")?,
        Ok(false) => tracing::warn!("another program reads the history; old secrets are removed from its log at the next start"),
        Err(error) => tracing::error!(%error, "old secrets could not be removed from the history's file; tried again at the next start"),
    }
    Ok(())
}

/// Moves the log's content into the database and truncates it. False if somebody else was in the way, who is not waited for.
pub(super) fn truncate_log(connection: &Connection) -> Result<bool, StoreError> {
    connection.busy_timeout(Duration::ZERO)?;
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(busy? == 0)
}

/// When the log is to be truncated next.
#[derive(Default)]
pub(super) struct Truncation(Option<Instant>);

impl Truncation {
    /// Secrets were removed.
    pub(super) fn request(&mut self) {
        self.0.get_or_insert_with(|| Instant::now() + TRUNCATE_AFTER);
    }

    /// How long until it is due, if anything is to be done.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(Instant::now()))
    }

    pub(super) fn run_if_due(&mut self, connection: &Connection) {
        if self.wait() != Some(Duration::ZERO) {
            return;
        }
        self.0 = None;
        match truncate_log(connection) {
            Ok(true) => {}
            Ok(false) => self.request(),
            Err(error) => {
                tracing::warn!(%error, "the history's log could not be truncated after a removal; trying again");
                self.request();
            }
        }
    }
}
