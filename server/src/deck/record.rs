//! Everything that a caller does or is refused goes through here, and onto record.

use super::{Caller, Deck};
use crate::{
    access::{Access, AccessError, Client},
    audit::{Audit, Draft, Refusal},
};
use execdeck_wire::{ApiError, AuditOutcome, ErrorCode, Process};
use serde_json::Value;
use std::net::IpAddr;
use uuid::Uuid;

/// Something that somebody wants to do.
///
/// First it is [`check`](Self::check)ed whether they may, then it is done with one of [`run`](Self::run),
/// [`run_always`](Self::run_always) and [`change`](Self::change), each of which records it.
pub(super) struct Act<'a> {
    deck: &'a Deck,
    caller: &'a Caller,
    action: &'static str,
    target: Option<String>,
    target_name: Option<String>,
    template: Option<Uuid>,
    reason: Option<String>,
    details: Option<Value>,
}

impl Deck {
    /// Something that a caller wants to do. `action`: the name of the call.
    pub(super) fn act<'a>(&'a self, caller: &'a Caller, action: &'static str) -> Act<'a> {
        Act { deck: self, caller, action, target: None, target_name: None, template: None, reason: None, details: None }
    }

    /// Counts a refusal of somebody who is not signed in.
    pub fn count_stranger(&self, address: Option<IpAddr>, refusal: Refusal) {
        self.audit.count_refusal(Draft::new("nothing", "request").from(address), refusal);
    }

    /// Counts a refusal of somebody who has as much as one person may have.
    pub fn count_over_limit(&self, caller: &Caller) {
        self.audit.count_refusal(self.act(caller, "request").draft(), Refusal::Limit);
    }

    /// Opens a session by `work` and records that. Those who are refused are strangers, who are counted.
    pub(super) async fn open_session<T>(
        &self,
        action: &'static str,
        client: &Client,
        refusal: Refusal,
        work: impl AsyncFnOnce(Access) -> Result<T, AccessError>,
    ) -> Result<T, AccessError> {
        let draft = Draft::new("session", action).from(client.address);
        let opened = work(self.access.recording(draft)).await;
        // Whoever goes on with a passkey is not refused yet.
        if opened.as_ref().is_err_and(|error| !matches!(error, AccessError::Database(_) | AccessError::PasskeyNext(_))) {
            self.count_stranger(client.address, refusal);
        }
        opened
    }

    /// What was done and refused.
    pub(super) fn audit(&self) -> &Audit {
        &self.audit
    }
}

impl Act<'_> {
    /// The id of what it is done to.
    pub(super) fn on(mut self, target: Uuid) -> Self {
        self.target = Some(target.to_string());
        self
    }

    /// The name of what it is done to.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.target_name = Some(name.to_owned());
        self
    }

    /// The process that it is done to.
    pub(super) fn on_process(self, process: &Process) -> Self {
        self.on(process.id).named(&process.name)
    }

    /// The template that it is done with.
    pub(super) fn with_template(mut self, template: Option<Uuid>) -> Self {
        self.template = template;
        self
    }

    /// Why it is done, in the caller's words.
    pub(super) fn because(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }

    /// With which parameters, as a JSON object without secrets.
    pub(super) fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// Who wants to do it.
    pub(super) fn caller(&self) -> &Caller {
        self.caller
    }

    fn draft(&self) -> Draft {
        Draft {
            person: Some(self.caller.name.clone()),
            token: self.caller.token.clone(),
            target: self.target.clone(),
            target_name: self.target_name.clone(),
            template: self.template.map(|template| template.to_string()),
            reason: self.reason.clone(),
            details: self.details.clone(),
            ..Draft::new(self.caller.via.as_str(), self.action)
        }
        .from(self.caller.address)
    }

    /// Passes on whether they may, and records it if they may not.
    pub(super) async fn check<T>(&self, may: Result<T, ApiError>) -> Result<T, ApiError> {
        if let Err(error) = &may {
            self.refused(&error.message).await;
        }
        may
    }

    /// Records that it was refused. That may be for a reason that the caller does not learn.
    pub(super) async fn refused(&self, why: &str) {
        self.deck.audit.record_refusal(self.draft().ended(AuditOutcome::Refused, why)).await;
    }

    /// Records it and then does it; without the one, not the other.
    pub(super) async fn run<T>(self, work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
        let seq = self.deck.audit.record(self.draft()).await?;
        let done = work.await;
        if let Err(error) = &done {
            self.failed(error, Some(seq)).await;
        }
        done
    }

    /// The same for work that is not broken off if nobody waits for it any more: how it ends is on record in any case.
    pub(super) async fn run_to_the_end<T: Send + 'static>(
        self,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (audit, draft) = (self.deck.audit.clone(), self.draft());
        let task = tokio::spawn(async move {
            let seq = audit.record(draft.clone()).await?;
            let done = work.await;
            if let Err(error) = &done {
                audit.record_always(failed(draft, error, Some(seq))).await;
            }
            done
        });
        task.await.unwrap_or_else(|_| Err(ApiError::new(ErrorCode::Unavailable, "The server is stopping. Try again when it is back.")))
    }

    /// Records it and does it, in any case: what cannot be recorded now is recorded later.
    pub(super) async fn run_always<T>(self, work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
        let seq = self.deck.audit.record_always(self.draft()).await;
        let done = work.await;
        if let Err(error) = &done {
            self.failed(error, seq).await;
        }
        done
    }

    /// Does something to people that is recorded in the same step: either both happen or none.
    pub(super) async fn change<T>(self, work: impl AsyncFnOnce(Access) -> Result<T, AccessError>) -> Result<T, AccessError> {
        let done = work(self.deck.access.recording(self.draft())).await;
        match &done {
            Ok(_) | Err(AccessError::Database(_)) => {}
            Err(error) => self.refused(&error.to_string()).await,
        }
        done
    }

    /// Records that what was allowed has failed.
    async fn failed(&self, error: &ApiError, seq: Option<u64>) {
        self.deck.audit.record_always(failed(self.draft(), error, seq)).await;
    }
}

fn failed(allowed: Draft, error: &ApiError, seq: Option<u64>) -> Draft {
    Draft { of: seq, details: None, ..allowed.ended(AuditOutcome::Failed, &error.message) }
}
