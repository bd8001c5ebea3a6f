//! The one thread that writes. Writes that come together share a transaction: a commit costs more than a row.

use super::{StoreError, row};
use execdeck_wire::Process;
use rusqlite::{Connection, params};
use std::sync::mpsc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Writes in one transaction at most.
const MAX_BATCH: usize = 256;

pub(super) enum Write {
    Save(Box<Process>),
    /// Its state alone.
    State(Box<Process>),
    /// JSON of `secret_env`.
    Secrets(Uuid, String),
    Remove(Uuid),
}

type Job = (Write, oneshot::Sender<Result<(), StoreError>>);

/// Hands writes to the thread, which ends when this is dropped.
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        std::thread::Builder::new().name("history".into()).spawn(move || run(&connection, &queue))?;
        Ok(Self(jobs))
    }

    /// Returns when the write is committed.
    pub(super) async fn write(&self, write: Write) -> Result<(), StoreError> {
        let (done, result) = oneshot::channel();
        self.0.send((write, done)).map_err(|_| StoreError::WriterStopped)?;
        result.await.map_err(|_| StoreError::WriterStopped)?
    }
}

fn run(connection: &Connection, queue: &mpsc::Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let batch: Vec<Job> = std::iter::once(first).chain(queue.try_iter().take(MAX_BATCH - 1)).collect();
        let together = batch.len() > 1 && apply_together(connection, &batch).is_ok();
        for (write, done) in batch {
            // If the batch fails, each write is tried alone, so that one failure does not fail them all.
            let _ = done.send(if together { Ok(()) } else { apply(connection, &write) });
        }
    }
}

fn apply_together(connection: &Connection, batch: &[Job]) -> Result<(), StoreError> {
    let transaction = connection.unchecked_transaction()?;
    for (write, _) in batch {
        apply(&transaction, write)?;
    }
    Ok(transaction.commit()?)
}

fn apply(connection: &Connection, write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Save(process) => row::save(connection, process),
        Write::State(process) => row::save_state(connection, process),
        Write::Secrets(id, json) => {
            connection.prepare_cached("INSERT INTO secrets VALUES (?, ?)")?.execute(params![id.to_string(), json])?;
            Ok(())
        }
        Write::Remove(id) => {
            connection.prepare_cached("DELETE FROM secrets WHERE id = ?")?.execute(params![id.to_string()])?;
            connection.prepare_cached("DELETE FROM processes WHERE id = ?")?.execute(params![id.to_string()])?;
            Ok(())
        }
    }
}
