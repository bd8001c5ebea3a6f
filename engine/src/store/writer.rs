//! The one thread that writes. Writes that come together share a transaction: a commit costs more than a row.

use super::{
    StoreError,
    reserve::Reserve,
    row,
    secrets::{self, Kind},
    traces::{Truncation, truncate_log},
};
use crate::vault::Vault;
use execdeck_wire::Process;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::sync::mpsc::{self, RecvTimeoutError};
use tokio::sync::oneshot;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Writes in one transaction at most.
const MAX_BATCH: usize = 256;

pub(super) enum Write {
    Save(Box<Process>),
    /// Its state alone.
    State(Box<Process>),
    /// JSON of `secret_env`.
    Secrets(Uuid, Zeroizing<Vec<u8>>),
    /// JSON of the values that its template was given.
    Origin(Uuid, Zeroizing<Vec<u8>>),
    Remove(Uuid),
}

type Job = (Write, oneshot::Sender<Result<(), StoreError>>);

/// Hands writes to the thread, which ends when this is dropped.
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    pub(super) fn start(connection: Connection, vault: Vault, reserve: Reserve) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let thread = Thread { connection, vault, reserve, truncation: Truncation::default() };
        std::thread::Builder::new().name("history".into()).spawn(move || thread.run(&queue))?;
        Ok(Self(jobs))
    }

    /// Returns when the write is committed.
    pub(super) async fn write(&self, write: Write) -> Result<(), StoreError> {
        let (done, result) = oneshot::channel();
        self.0.send((write, done)).map_err(|_| StoreError::WriterStopped)?;
        result.await.map_err(|_| StoreError::WriterStopped)?
    }
}

impl Drop for Thread {
    /// Leaves a file behind that is complete by itself, and nothing of removed secrets in its log.
    fn drop(&mut self) {
        let closed = if self.truncation.wait().is_some() {
            truncate_log(&self.connection).map(drop)
        } else {
            self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(StoreError::from)
        };
        if let Err(error) = closed {
            tracing::warn!(%error, "the history's log cannot be moved into its file; both files belong together");
        }
    }
}

struct Thread {
    connection: Connection,
    vault: Vault,
    reserve: Reserve,
    truncation: Truncation,
}

impl Thread {
    fn run(mut self, queue: &mpsc::Receiver<Job>) {
        loop {
            let first = match self.truncation.wait() {
                None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(wait) => queue.recv_timeout(wait),
            };
            match first {
                Ok(first) => self.write(std::iter::once(first).chain(queue.try_iter().take(MAX_BATCH - 1)).collect()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.truncation.run_if_due(&self.connection);
            self.reserve.fill();
        }
    }

    fn write(&mut self, batch: Vec<Job>) {
        let together = batch.len() > 1 && self.apply(batch.iter().map(|(write, _)| write)).is_ok();
        for (write, done) in batch {
            // If the batch fails, each write is tried alone, so that one failure does not fail them all.
            let _ = done.send(if together { Ok(()) } else { self.apply_alone(&write) });
        }
    }

    /// Applies one. Removing works on a full disk, too, in the room that is reserved for it.
    fn apply_alone(&mut self, write: &Write) -> Result<(), StoreError> {
        let applied = self.apply(std::iter::once(write));
        if !matches!(write, Write::Remove(_)) || !applied.as_ref().is_err_and(StoreError::is_disk_full) {
            return applied;
        }
        self.reserve.release();
        // What is in the log already moves into the database, which may grow by it: its room becomes free again.
        self.truncate();
        let applied = self.apply(std::iter::once(write));
        self.truncate();
        // At once, before somebody else takes the room.
        self.reserve.fill();
        applied
    }

    fn truncate(&self) {
        if let Err(error) = truncate_log(&self.connection) {
            tracing::warn!(%error, "the history's log could not be truncated on a full disk");
        }
    }

    /// Applies all or none, in a transaction that locks the database before anything is sealed.
    fn apply<'a>(&mut self, writes: impl Iterator<Item = &'a Write>) -> Result<(), StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut secrets_removed = false;
        let mut largest = 0;
        for write in writes {
            match write {
                Write::Save(process) => largest = largest.max(row::save(&transaction, process)?),
                Write::State(process) => row::save_state(&transaction, process)?,
                Write::Secrets(id, json) => {
                    largest = largest.max(json.len());
                    Kind::SecretEnv.save(&transaction, &self.vault, &id.to_string(), json)?;
                }
                Write::Origin(id, json) => {
                    largest = largest.max(json.len());
                    Kind::Origin.save(&transaction, &self.vault, &id.to_string(), json)?;
                }
                Write::Remove(id) => {
                    secrets_removed |= secrets::remove(&transaction, *id)?;
                    transaction.prepare_cached("DELETE FROM processes WHERE id = ?")?.execute(params![id.to_string()])?;
                }
            }
        }
        transaction.commit()?;
        self.reserve.cover(largest);
        if secrets_removed {
            self.truncation.request();
        }
        Ok(())
    }
}
