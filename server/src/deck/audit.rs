//! Reading the audit, which is for administrators.

use super::{Caller, Deck, rights::require};
use crate::audit::Audit;
use execdeck_wire::{ApiError, AuditEntry, AuditFilter, AuditPage, Right};

/// The entries that a filter finds, oldest first, some at a time.
pub struct AuditExport {
    audit: Audit,
    filter: AuditFilter,
    after: u64,
}

impl AuditExport {
    /// The next ones; none at the end.
    pub async fn next(&mut self) -> Result<Vec<AuditEntry>, ApiError> {
        let entries = self.audit.list_after(self.filter.clone(), self.after).await?;
        self.after = entries.last().map_or(self.after, |entry| entry.seq);
        Ok(entries)
    }
}

impl Deck {
    /// The entries that a filter finds, newest first.
    pub async fn list_audit(&self, caller: &Caller, filter: AuditFilter) -> Result<AuditPage, ApiError> {
        self.require_audit(caller).await?;
        self.audit().list(filter).await
    }

    /// Refuses a caller who may not read the audit.
    pub async fn require_audit(&self, caller: &Caller) -> Result<(), ApiError> {
        self.act(caller, "list_audit").check(require(caller, Right::Administer, "Reading the audit")).await
    }

    /// All entries that a filter finds.
    pub async fn export_audit(&self, caller: &Caller, filter: AuditFilter) -> Result<AuditExport, ApiError> {
        self.act(caller, "export_audit").check(require(caller, Right::Administer, "Reading the audit")).await?;
        Ok(AuditExport { audit: self.audit().clone(), filter, after: 0 })
    }
}
