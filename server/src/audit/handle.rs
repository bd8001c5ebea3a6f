//! The handle on the audit.

use super::{
    AuditError, Draft,
    chain::{append, head},
    head_file::HeadFile,
    inner::{Effects, Inner, Job},
    list,
    refusals::Refusal,
    reserve::{Record, Reserve},
    retention::newest,
    ship::Ship,
    writer,
};
use crate::{config::Audit as Settings, database::Database};
use execdeck_wire::{ApiError, AuditEntry, AuditFilter, AuditPage, ErrorCode, Timestamp};
use rusqlite::{Connection, Transaction};
use serde_json::Value;
use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, mpsc},
    time::Instant,
};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

/// Records what is done. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Audit {
    pub(super) inner: Arc<Inner>,
}

impl Audit {
    /// Opens the audit of this database, whose folder is `folder`.
    pub fn open(database: Database, folder: &Path, settings: Settings) -> Result<Self, AuditError> {
        let last = database.read_blocking(head)?;
        let (head_file, existed) = HeadFile::open(folder).map_err(|error| AuditError::File { path: folder.join("audit.head"), error })?;
        let ship = (!settings.file.as_os_str().is_empty()).then(|| Ship::open(settings.file.clone(), last.seq).map(Mutex::new));
        let inner = Inner {
            database,
            settings,
            head_file,
            ship: ship.transpose()?,
            reserve: Mutex::new(Reserve::open(folder)),
            effects: OnceLock::new(),
            refusals: Mutex::default(),
            queue: OnceLock::new(),
            trouble: watch::Sender::default(),
        };
        let audit = Self { inner: Arc::new(inner) };
        if !existed {
            audit.begin_head_file(last.seq > 0);
        }
        Ok(audit)
    }

    /// Writes the file of the last entry for the first time. If there should have been one, that is on record.
    fn begin_head_file(&self, is_missing: bool) {
        let begun = if is_missing {
            let draft = Draft::by_server("replace_missing_head");
            self.inner.write([draft].into()).map(drop)
        } else {
            self.inner.database.read_blocking(|connection| self.inner.publish(connection));
            Ok(())
        };
        let synced = self.inner.head_file.sync();
        if let Err(error) = begun.map_err(|error| error.to_string()).and_then(|()| synced.map_err(|error| error.to_string())) {
            tracing::error!(%error, "the last entry of the audit cannot be written to audit.head");
        }
    }

    /// Sets who makes the changes that are in the reserve. To be called once, before anything is recorded.
    pub fn set_effects(&self, effects: Arc<dyn Effects>) {
        let _ = self.inner.effects.set(effects);
        self.inner.try_drain();
    }

    /// Begins the thread that writes; without it, each entry is written by itself. The thread ends with the last handle.
    /// `trusted_time`: the time, if the clock can be trusted with removing what is old; asked every second.
    pub fn start(&self, trusted_time: impl FnMut() -> Option<Timestamp> + Send + 'static) -> std::io::Result<()> {
        let (jobs, queue) = mpsc::channel();
        let _ = self.inner.queue.set(jobs);
        writer::start(Arc::downgrade(&self.inner), queue, Box::new(trusted_time))
    }

    /// The time of the last entry.
    pub fn newest(&self) -> Option<Timestamp> {
        self.inner.database.read_blocking(newest)
    }

    /// Why the last entry could not be written; none if it could.
    pub fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.inner.trouble.subscribe()
    }

    /// Records something; returns its number in the chain. Only then may it be done.
    pub async fn record(&self, draft: Draft) -> Result<u64, AuditError> {
        let Some(queue) = self.inner.queue.get() else {
            let inner = self.inner.clone();
            let written = tokio::task::spawn_blocking(move || inner.write([draft].into()));
            return written.await.map_err(|_| AuditError::Stopped)?.map(|seq| seq as u64);
        };
        let (done, result) = oneshot::channel();
        queue.send(Job { draft, done }).map_err(|_| AuditError::Stopped)?;
        result.await.map_err(|_| AuditError::Stopped)?
    }

    /// Records something from a command, which has no runtime.
    pub fn record_blocking(&self, draft: Draft) -> Result<u64, AuditError> {
        self.inner.write([draft].into()).map(|seq| seq as u64)
    }

    /// Records something that happens in any case: if it cannot be written now, it goes to the reserve. Returns its number if it has
    /// one already.
    pub async fn record_always(&self, draft: Draft) -> Option<u64> {
        match self.record(draft.clone()).await {
            Ok(seq) => Some(seq),
            Err(error) => {
                tracing::error!(%error, action = draft.action, "an entry of the audit goes to the reserve");
                self.keep(draft, None).await;
                None
            }
        }
    }

    /// Puts an entry into the reserve, with what is to be done to the database later, and makes that hold at once.
    pub async fn keep(&self, draft: Draft, effect: Option<Value>) {
        let inner = self.inner.clone();
        let kept = tokio::task::spawn_blocking(move || {
            let mut reserve = inner.lock_reserve();
            if let (Some(effect), Some(effects)) = (&effect, inner.effects.get()) {
                effects.hold(effect);
            }
            reserve.add(Record { id: Uuid::now_v7(), draft: draft.shortened(), effect });
        });
        kept.await.expect("writing to the reserve does not panic");
    }

    /// Records a refusal of somebody who is signed in. It is only counted if they have had many in this minute, or if it cannot be
    /// recorded now: the room for what always happens is not for this.
    pub async fn record_refusal(&self, draft: Draft) {
        let person = draft.person.clone().unwrap_or_default();
        if !self.inner.lock_refusals().has_own_entry(&person, Instant::now()) {
            return self.count_refusal(draft, Refusal::Other);
        }
        if let Err(error) = self.record(draft.clone()).await {
            tracing::error!(%error, action = draft.action, "a refusal is only counted, since it cannot be recorded");
            self.count_refusal(draft, Refusal::Other);
        }
    }

    /// Adds an entry in a transaction that does what it records: then either both are there or none. What commits it has to
    /// [`publish`](Self::publish) it.
    pub fn append(&self, transaction: &Transaction<'_>, draft: Draft) -> Result<(), rusqlite::Error> {
        append(transaction, [draft]).map(drop)
    }

    /// Tells the places outside of the database which entry is the last one now. To be called right after the commit.
    pub fn publish(&self, connection: &Connection) {
        self.inner.publish(connection);
    }

    /// Counts a refusal of whoever the draft names, for one entry a minute.
    pub fn count_refusal(&self, who: Draft, refusal: Refusal) {
        self.inner.lock_refusals().count(who, refusal, Instant::now());
    }

    /// Records what was counted so far. For the end of the server.
    pub fn flush(&self) {
        let all = self.inner.lock_refusals().take_all();
        self.inner.write_counted(all);
    }

    /// The entries that a filter finds, newest first.
    pub async fn list(&self, filter: AuditFilter) -> Result<AuditPage, ApiError> {
        if filter.limit.is_some_and(|limit| !(1..=500).contains(&limit)) {
            let error = ApiError::new(ErrorCode::BadRequest, "limit must be between 1 and 500.");
            return Err(ApiError { field: Some("limit".into()), ..error });
        }
        self.inner.database.read_long(move |connection| list::page(connection, &filter)).await.map_err(unreadable)
    }

    /// The entries after `after` that a filter finds, oldest first, 500 at most.
    pub async fn list_after(&self, filter: AuditFilter, after: u64) -> Result<Vec<AuditEntry>, ApiError> {
        self.inner.database.read_long(move |connection| list::after(connection, &filter, after)).await.map_err(unreadable)
    }
}

fn unreadable(error: rusqlite::Error) -> ApiError {
    tracing::error!(%error, "the audit cannot be read");
    ApiError::new(ErrorCode::Unavailable, "The audit cannot be read now. The server's log says why.")
}
