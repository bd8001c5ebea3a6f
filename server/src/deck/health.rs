//! What is wrong with the server, and how full its disk is.

use super::{Caller, Deck, rights::require};
use execdeck_wire::{ApiError, DiskUse, Health, Problem, ProblemCode, Right};
use tokio::sync::watch;

pub(super) fn audit_not_writable(error: &str) -> String {
    format!(
        "The audit cannot be written: {error}. What has to be on record is refused, such as starting a process; running processes keep \
         running and can be stopped, which goes on record later. Free up space on the disk of the data folder, or repair it; no restart is \
         needed."
    )
}

impl Deck {
    /// What is wrong with the server now, if anything; and how full its disk is, for those who may see all processes. No problem names
    /// a process, so that all who may see some may see all problems.
    pub async fn health(&self, caller: &Caller) -> Result<Health, ApiError> {
        self.act(caller, "get_health").check(require(caller, Right::View, "Viewing the health of the server")).await?;
        // It counts what others store, too.
        let disk = if caller.grants.is_unlimited() { self.disk().await } else { None };
        Ok(Health { problems: self.problems(), disk })
    }

    /// Adds a problem of the server's own, for as long as there is an error, from which `message` is made.
    pub fn add_problem(&self, code: ProblemCode, error: watch::Receiver<Option<String>>, message: fn(&str) -> String) {
        self.engine.add_problem(code, error, message);
    }

    /// How full the disk is, if that can be told, whoever may see it.
    pub async fn disk(&self) -> Option<DiskUse> {
        self.engine.disk().await.inspect_err(|error| tracing::warn!(%error, "how full the disk is cannot be told")).ok()
    }

    /// What is wrong with the server now, the worst first, whoever may see it.
    pub fn problems(&self) -> Vec<Problem> {
        self.engine.problems()
    }
}
