//! What all handles on the audit share: writing to the chain, and moving the reserve into it.

use super::{
    AuditError, Draft,
    chain::{append, head},
    head_file::HeadFile,
    refusals::{Counted, Refusals},
    reserve::{Record, Reserve},
    retention,
    ship::Ship,
};
use crate::{config::Audit as Settings, database::Database};
use execdeck_wire::Timestamp;
use rusqlite::{Connection, Transaction, params};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    time::Instant,
};
use tokio::sync::{oneshot, watch};

/// Changes to the database that go with an entry, for actions that always happen. While the database cannot be written, a change
/// is in the reserve, and holds nevertheless.
pub trait Effects: Send + Sync {
    /// Makes it hold at once. May be called again for the same.
    fn hold(&self, effect: &Value);
    /// Does it.
    fn apply(&self, transaction: &Transaction<'_>, effect: &Value) -> Result<(), rusqlite::Error>;
    /// All that was held has been done.
    fn release(&self);
}

/// An entry, and who waits for it.
pub(super) struct Job {
    pub draft: Draft,
    /// Gets its number in the chain.
    pub done: oneshot::Sender<Result<u64, AuditError>>,
}

/// What all handles share.
pub(super) struct Inner {
    pub(super) database: Database,
    pub(super) settings: Settings,
    pub(super) head_file: HeadFile,
    pub(super) ship: Option<Mutex<Ship>>,
    pub(super) reserve: Mutex<Reserve>,
    pub(super) effects: OnceLock<Arc<dyn Effects>>,
    pub(super) refusals: Mutex<Refusals>,
    pub(super) queue: OnceLock<mpsc::Sender<Job>>,
    /// Why the last entry could not be written.
    pub(super) trouble: watch::Sender<Option<String>>,
}

impl Inner {
    /// Writes entries in one transaction; returns the number of the first one.
    pub(super) fn write(&self, drafts: Vec<Draft>) -> Result<i64, AuditError> {
        let written: Result<i64, AuditError> =
            self.database.write_blocking(|transaction| Ok(append(transaction, drafts)?), |connection| self.publish(connection));
        self.note(written.as_ref().err().map(ToString::to_string));
        written
    }

    /// Finds out whether anything can be written.
    pub(super) fn probe(&self) {
        let probed = self.database.probe_blocking();
        if let Ok(true) = probed {
            // The files beside it were on the same disk.
            self.head_file.reopen();
            self.lock_reserve().reopen();
        }
        self.note(probed.err().map(|error| error.to_string()));
    }

    pub(super) fn is_in_trouble(&self) -> bool {
        self.trouble.borrow().is_some()
    }

    fn note(&self, error: Option<String>) {
        self.trouble.send_if_modified(|known| {
            let changed = *known != error;
            *known = error;
            changed
        });
    }

    /// Records the refusals that were counted for a minute.
    pub(super) fn write_due(&self, now: Instant) {
        let due = self.lock_refusals().take_due(now);
        self.write_counted(due);
    }

    /// Records counted refusals; what cannot be recorded now is counted further.
    pub(super) fn write_counted(&self, counted: Vec<Counted>) {
        if counted.is_empty() {
            return;
        }
        if let Err(error) = self.write(counted.iter().map(Counted::draft).collect()) {
            tracing::error!(%error, "counted refusals cannot be recorded; trying again in a minute");
            self.lock_refusals().put_back(counted, Instant::now());
        }
    }

    /// Removes entries that are older than they are kept, some at a time; whether there may be more of them.
    pub(super) fn remove_old(&self, now: Timestamp) -> bool {
        let removed = self.database.write_blocking::<_, AuditError>(
            |transaction| Ok(retention::cut(transaction, self.settings.keep_days, now)?),
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
        let drained = reserve.drain::<AuditError>(|records, in_file, lost| {
            for effect in records.iter().filter_map(|record| record.effect.as_ref()) {
                if let Some(effects) = effects {
                    effects.hold(effect);
                }
            }
            self.database
                .write_blocking(|transaction| self.take_in(transaction, records, in_file, lost), |connection| self.publish(connection))
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

    /// `in_file`: how many of the records are in the file, which come first.
    fn take_in(&self, transaction: &Transaction<'_>, records: &[Record], in_file: usize, lost: u64) -> Result<(), AuditError> {
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
        if let Some(last) = records[..in_file].last() {
            transaction.execute("UPDATE audit_head SET reserve = ?", params![last.id.to_string()])?;
        }
        Ok(())
    }

    /// Tells the places outside of the database which entry is the last one.
    pub(super) fn publish(&self, connection: &Connection) {
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

    pub(super) fn lock_reserve(&self) -> MutexGuard<'_, Reserve> {
        self.reserve.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
