//! The one thread that writes. Writes that come together share a transaction: a commit costs more than a row.

use super::{
    StoreError, TellOf, outbox,
    readers::Readers,
    reserve::Reserve,
    row, search,
    secrets::{self, Kind},
    traces::{Truncation, truncate_log},
};
use crate::vault::Vault;
use execdeck_wire::Process;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Writes in one transaction at most.
const MAX_BATCH: usize = 256;

pub(super) enum Write {
    Save(Box<Process>),
    /// The end of a process.
    End(Box<Process>),
    /// Its state alone, of an end as well.
    State(Box<Process>),
    /// JSON of `secret_env`.
    Secrets(Uuid, Zeroizing<Vec<u8>>),
    /// JSON of the values that its template was given.
    Origin(Uuid, Zeroizing<Vec<u8>>),
    Remove(Uuid),
    /// What the files of ended processes take up.
    Sizes(Vec<(Uuid, u64)>),
    /// The processes whose output is compressed.
    Compressed(Vec<Uuid>),
    /// Which ends somebody is to be told of.
    TellOf(TellOf),
    /// The number of an end that somebody was told of.
    Told(i64),
    /// Nothing that anybody would see, to find out whether writing is possible.
    Probe,
}

type Job = (Write, oneshot::Sender<Result<(), StoreError>>);

/// Hands writes to the thread, which ends when this is dropped.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    trouble: watch::Receiver<Option<String>>,
    entered: watch::Receiver<()>,
}

impl Writer {
    /// `readers`: those to tell when the database was opened anew.
    pub(super) fn start(
        path: &Path,
        connection: Connection,
        vault: Vault,
        reserve: Reserve,
        readers: Arc<Readers>,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel();
        let ((trouble, seen), (enters, entered)) = (watch::channel(None), watch::channel(()));
        let tell_of = outbox::tell_of(&connection)?;
        let (path, truncation) = (path.to_owned(), Truncation::default());
        let thread = Thread { path, connection, vault, reserve, readers, trouble, truncation, tell_of, enters };
        std::thread::Builder::new().name("history".into()).spawn(move || thread.run(&queue))?;
        Ok(Self { jobs, trouble: seen, entered })
    }

    /// Why the last write has failed; none if it has not.
    pub(super) fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.trouble.clone()
    }

    /// Changes whenever an end was entered in the outbox.
    pub(super) fn entered(&self) -> watch::Receiver<()> {
        self.entered.clone()
    }

    /// Returns when the write is committed.
    pub(super) async fn write(&self, write: Write) -> Result<(), StoreError> {
        let (done, result) = oneshot::channel();
        self.jobs.send((write, done)).map_err(|_| StoreError::WriterStopped)?;
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
    path: PathBuf,
    connection: Connection,
    vault: Vault,
    reserve: Reserve,
    readers: Arc<Readers>,
    /// Why the last write has failed.
    trouble: watch::Sender<Option<String>>,
    truncation: Truncation,
    /// Which ends are entered in the outbox.
    tell_of: TellOf,
    /// Tells of an end in the outbox.
    enters: watch::Sender<()>,
}

impl Thread {
    fn run(mut self, queue: &mpsc::Receiver<Job>) {
        // An earlier server may have left some of the search index to do.
        let mut more = true;
        loop {
            let first = match more.then_some(Duration::ZERO).or_else(|| self.truncation.wait()) {
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
            more = search::update(&self.connection);
        }
    }

    fn write(&mut self, batch: Vec<Job>) {
        let together = batch.len() > 1 && self.apply(batch.iter().map(|(write, _)| write)).is_ok();
        for (write, done) in batch {
            // If the batch fails, each write is tried alone, so that one failure does not fail them all.
            let applied = if together { Ok(()) } else { self.apply_alone(&write) };
            self.note(&applied);
            let _ = done.send(applied);
        }
    }

    /// Tells whether writing is possible, of which a failure says nothing that comes from what is written.
    fn note(&self, applied: &Result<(), StoreError>) {
        let trouble = match applied {
            Ok(()) => None,
            Err(StoreError::Sqlite(error)) => Some(error.to_string()),
            Err(_) => return,
        };
        self.trouble.send_if_modified(|known| {
            let changed = *known != trouble;
            *known = trouble;
            changed
        });
    }

    /// Opens the database anew: after an error of the disk a connection may stay broken, or refer to files that are no longer there.
    fn reopen(&mut self) -> Result<(), StoreError> {
        // Never a new, empty one: the disk may not be back yet.
        self.path.metadata()?;
        self.connection = super::open_writer(&self.path, &self.vault)?;
        self.reserve = Reserve::open(self.path.parent().unwrap_or(Path::new(".")));
        self.readers.reopen();
        tracing::info!("the history was opened anew");
        Ok(())
    }

    /// Applies one. Removing works on a full disk, too, in the room that is reserved for it.
    fn apply_alone(&mut self, write: &Write) -> Result<(), StoreError> {
        let mut applied = self.apply(std::iter::once(write));
        if matches!(write, Write::Probe) && applied.as_ref().is_err_and(StoreError::is_broken_connection) && self.reopen().is_ok() {
            applied = self.apply(std::iter::once(write));
        }
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

    /// Applies all or none, in a transaction that locks the database before anything is sealed. The end of a process is on the
    /// device when this returns, and so is its removal, after which its folder goes; everything else may be lost with the power, and
    /// is made up for from the folders.
    fn apply<'a>(&mut self, writes: impl Iterator<Item = &'a Write> + Clone) -> Result<(), StoreError> {
        let must_last = |write: &Write| match write {
            Write::Save(process) | Write::State(process) => !process.state.is_active(),
            Write::End(_) | Write::Remove(_) => true,
            _ => false,
        };
        self.connection.pragma_update(None, "synchronous", if writes.clone().any(must_last) { "FULL" } else { "NORMAL" })?;
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut secrets_removed = false;
        let (mut largest, mut entered) = (0, false);
        for write in writes {
            match write {
                Write::Save(process) => largest = largest.max(row::save(&transaction, process)?),
                Write::End(process) => {
                    largest = largest.max(row::save(&transaction, process)?);
                    entered |= outbox::enter(&transaction, self.tell_of, process)?;
                }
                Write::State(process) => {
                    row::save_state(&transaction, process)?;
                    if !process.state.is_active() {
                        entered |= outbox::enter(&transaction, self.tell_of, process)?;
                    }
                }
                Write::TellOf(tell_of) => {
                    self.tell_of = *tell_of;
                    outbox::set_tell_of(&transaction, *tell_of)?;
                }
                Write::Told(number) => outbox::remove(&transaction, *number)?,
                Write::Secrets(id, json) => {
                    largest = largest.max(json.len());
                    Kind::SecretEnv.save(&transaction, &self.vault, &id.to_string(), json)?;
                }
                Write::Origin(id, json) => {
                    largest = largest.max(json.len());
                    Kind::Origin.save(&transaction, &self.vault, &id.to_string(), json)?;
                }
                Write::Sizes(sizes) => {
                    for (id, bytes) in sizes {
                        row::save_size(&transaction, *id, *bytes)?;
                    }
                }
                Write::Compressed(ids) => {
                    for id in ids {
                        row::save_compressed(&transaction, *id)?;
                    }
                }
                Write::Probe => {
                    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
                    transaction.pragma_update(None, "user_version", version)?;
                }
                Write::Remove(id) => {
                    secrets_removed |= secrets::remove(&transaction, *id)?;
                    transaction.prepare_cached("DELETE FROM processes WHERE id = ?")?.execute(params![id.to_string()])?;
                }
            }
        }
        transaction.commit()?;
        if entered {
            self.enters.send_replace(());
        }
        self.reserve.cover(largest);
        if secrets_removed {
            self.truncation.request();
        }
        Ok(())
    }
}
