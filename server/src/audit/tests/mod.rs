//! The audit on a database of its own.

mod chain;
mod keeping;
mod reserve;

use super::{Audit, BY_NAME_MIGRATION, Broken, Draft, MIGRATION, Verified, verify};
use crate::{config::Audit as Settings, database::Database};
use execdeck_wire::{AuditEntry, AuditFilter};
use std::{fs, path::PathBuf};

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("execdeck-audit-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn database(&self) -> Database {
        Database::open(&self.0, &[MIGRATION, BY_NAME_MIGRATION]).unwrap()
    }

    fn audit(&self) -> Audit {
        self.audit_with(Settings::default())
    }

    fn audit_with(&self, settings: Settings) -> Audit {
        Audit::open(self.database(), &self.0, settings).unwrap()
    }

    /// An audit with so many entries.
    fn with_entries(&self, number: u64) -> Audit {
        let audit = self.audit();
        for number in 1..=number {
            audit.record_blocking(entry(number)).unwrap();
        }
        audit
    }

    fn verify(&self) -> Result<Verified, Broken> {
        verify(&self.database(), &self.0).unwrap()
    }

    /// What somebody with access to the file could do who knows of the triggers.
    fn tamper(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.0.join("deck.db")).unwrap();
        let triggers = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'";
        let drop: Option<String> = connection.query_row(triggers, [], |row| row.get(0)).unwrap();
        connection.execute_batch(&format!("{};{sql}", drop.unwrap_or_default())).unwrap();
    }

    fn entries(&self) -> Vec<AuditEntry> {
        let (database, mut all) = (self.database(), Vec::<AuditEntry>::new());
        loop {
            let after = all.last().map_or(0, |entry| entry.seq);
            let more = super::list_after(&database, &AuditFilter::default(), after).unwrap();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn entry(number: u64) -> Draft {
    Draft { person: Some("ada".into()), count: Some(number), ..Draft::new("session", "kill_process") }
}
