//! The handle on the audit.

use super::{
    AuditError, Draft,
    chain::{append, head},
    head_file::HeadFile,
    list,
    reserve::{Record, Reserve},
    retention,
    ship::Ship,
    strangers::{Refusal, Strangers},
    writer::{self, Job},
};
use crate::{config::Audit as Settings, database::Database};
use execdeck_wire::{ApiError, AuditEntry, AuditFilter, AuditPage, ErrorCode};
use rusqlite::{Connection, Transaction, params};
use serde_json::Value;
use std::{
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    time::Instant,
};
use tokio::sync::oneshot;
use uuid::Uuid;

/// What is to be done to the database besides recording it, for things that always happen. While that cannot be done, it is in the
/// reserve, and holds nevertheless.
pub trait Effects: Send + Sync {
    /// Makes it hold at once. May be called again for the same.
    fn hold(&self, effect: &Value);
    /// Does it.
    fn apply(&self, transaction: &Transaction<'_>, effect: &Value) -> Result<(), rusqlite::Error>;
    /// All that was held has been done.
    fn release(&self);
}

/// Records what is done. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Audit {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    database: Database,
    settings: Settings,
    head_file: HeadFile,
    ship: Option<Mutex<Ship>>,
    reserve: Mutex<Reserve>,
    effects: OnceLock<Arc<dyn Effects>>,
    strangers: Mutex<Strangers>,
    queue: OnceLock<mpsc::Sender<Job>>,
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
            strangers: Mutex::default(),
            queue: OnceLock::new(),
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

    /// Who does what is in the reserve besides recording it. To be called once, before anything is recorded.
    pub fn set_effects(&self, effects: Arc<dyn Effects>) {
        let _ = self.inner.effects.set(effects);
        self.inner.try_drain();
    }

    /// Begins the thread that writes; without it, each entry is written by itself. The thread ends with the last handle.
    pub fn start(&self) -> std::io::Result<()> {
        let (jobs, queue) = mpsc::channel();
        let _ = self.inner.queue.set(jobs);
        writer::start(Arc::downgrade(&self.inner), queue)
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

    /// Adds an entry in a transaction that does what it records: then either both are there or none. What commits it has to
    /// [`publish`](Self::publish) it.
    pub fn append(&self, transaction: &Transaction<'_>, draft: Draft) -> Result<(), rusqlite::Error> {
        append(transaction, [draft]).map(drop)
    }

    /// Tells the places outside of the database which entry is the last one now. To be called right after the commit.
    pub fn publish(&self, connection: &Connection) {
        self.inner.publish(connection);
    }

    /// Counts a refusal of somebody who is not signed in.
    pub fn count_stranger(&self, address: Option<IpAddr>, refusal: Refusal) {
        self.inner.lock_strangers().count(address, refusal, Instant::now());
    }

    /// Records what was counted of strangers so far. For the end of the server.
    pub fn flush(&self) {
        let drafts = self.inner.lock_strangers().take_all();
        self.inner.write_logged(drafts);
    }

    /// The entries that a filter finds, newest first.
    pub async fn list(&self, filter: AuditFilter) -> Result<AuditPage, ApiError> {
        if filter.limit.is_some_and(|limit| !(1..=500).contains(&limit)) {
            let error = ApiError::new(ErrorCode::BadRequest, "limit must be between 1 and 500.");
            return Err(ApiError { field: Some("limit".into()), ..error });
        }
        self.inner.database.read(move |connection| list::page(connection, &filter)).await.map_err(unreadable)
    }

    /// The entries after `after` that a filter finds, oldest first, 500 at most.
    pub async fn list_after(&self, filter: AuditFilter, after: u64) -> Result<Vec<AuditEntry>, ApiError> {
        self.inner.database.read(move |connection| list::after(connection, &filter, after)).await.map_err(unreadable)
    }
}

fn unreadable(error: rusqlite::Error) -> ApiError {
    tracing::error!(%error, "the audit cannot be read");
    ApiError::new(ErrorCode::Unavailable, "The audit cannot be read now. The server's log says why.")
}

impl Inner {
    /// Writes entries in one transaction; returns the number of the first one.
    pub(super) fn write(&self, drafts: Vec<Draft>) -> Result<i64, AuditError> {
        self.database.write_blocking(|transaction| Ok(append(transaction, drafts)?), |connection| self.publish(connection))
    }

    /// The same for what nobody waits for.
    pub(super) fn write_logged(&self, drafts: Vec<Draft>) {
        if drafts.is_empty() {
            return;
        }
        if let Err(error) = self.write(drafts) {
            tracing::error!(%error, "entries of the audit are lost");
        }
    }

    /// What is due by itself: old entries are removed, and strangers' refusals are recorded.
    pub(super) fn write_due(&self, now: Instant) {
        let drafts = self.lock_strangers().take_due(now);
        self.write_logged(drafts);
    }

    /// Removes entries that are older than they are kept, some at a time; whether there may be more of them.
    pub(super) fn remove_old(&self) -> bool {
        let removed = self.database.write_blocking::<_, AuditError>(
            |transaction| Ok(retention::cut(transaction, self.settings.keep_days, execdeck_wire::Timestamp::now())?),
            |connection| self.publish(connection),
        );
        removed.unwrap_or_else(|error| {
            tracing::error!(%error, "old entries of the audit cannot be removed");
            false
        })
    }

    /// Moves what is in the reserve into the chain, and does what is to be done with it, if that is possible now.
    pub(super) fn try_drain(&self) {
        let mut reserve = self.lock_reserve();
        let effects = self.effects.get();
        if reserve.is_empty() {
            // Another program may have done it.
            if let Some(effects) = effects {
                effects.release();
            }
            return;
        }
        let drained = reserve.drain::<AuditError>(|records, lost| {
            for effect in records.iter().filter_map(|record| record.effect.as_ref()) {
                if let Some(effects) = effects {
                    effects.hold(effect);
                }
            }
            self.database.write_blocking(|transaction| self.take_in(transaction, records, lost), |connection| self.publish(connection))
        });
        match drained {
            Ok(()) => {
                tracing::info!("the entries in the reserve are in the audit now");
                if let Some(effects) = effects {
                    effects.release();
                }
            }
            Err(error) => tracing::debug!(%error, "the reserve cannot be moved into the audit yet"),
        }
    }

    fn take_in(&self, transaction: &Transaction<'_>, records: &[Record], lost: u64) -> Result<(), AuditError> {
        // A crash may have come between the last time and clearing the file.
        let taken: Option<String> = transaction.query_row("SELECT reserve FROM audit_head", [], |row| row.get(0))?;
        let known = records.iter().position(|record| Some(record.id.to_string()) == taken);
        let new = &records[known.map_or(0, |known| known + 1)..];
        for record in new {
            append(transaction, [record.draft.clone()])?;
            if let (Some(effect), Some(effects)) = (&record.effect, self.effects.get()) {
                effects.apply(transaction, effect)?;
            }
        }
        if lost > 0 {
            append(transaction, [Draft { count: Some(lost), ..Draft::by_server("lose_entries") }])?;
        }
        if let Some(last) = new.last() {
            transaction.execute("UPDATE audit_head SET reserve = ?", params![last.id.to_string()])?;
        }
        Ok(())
    }

    /// Tells the places outside of the database which entry is the last one.
    fn publish(&self, connection: &Connection) {
        let written = head(connection)
            .map_err(|error| error.to_string())
            .and_then(|head| self.head_file.write(head).map_err(|error| error.to_string()));
        if let Err(error) = written {
            tracing::error!(%error, "the last entry of the audit cannot be written to audit.head");
        }
        if let Some(ship) = &self.ship {
            ship.lock().unwrap_or_else(PoisonError::into_inner).catch_up(connection);
        }
    }

    pub(super) fn reserve_is_empty(&self) -> bool {
        self.lock_reserve().is_empty()
    }

    fn lock_reserve(&self) -> MutexGuard<'_, Reserve> {
        self.reserve.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_strangers(&self) -> MutexGuard<'_, Strangers> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<std::io::Error> for AuditError {
    fn from(error: std::io::Error) -> Self {
        Self::File { path: "audit.reserve".into(), error }
    }
}
