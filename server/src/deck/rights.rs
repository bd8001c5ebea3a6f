//! What a caller may do. Whatever is refused here says which right is missing and who can give it; what a caller may not
//! see is answered as if it did not exist.

use super::{Caller, Deck, answer, record::Act};
use execdeck_engine::{Error as EngineError, Scope};
use execdeck_wire::{ApiError, ErrorCode, Grants, Process, Right};
use uuid::Uuid;

/// Refuses a caller who does not have a right. `what`: what they wanted to do, such as "Stopping a process".
pub(super) fn require(caller: &Caller, right: Right, what: &str) -> Result<(), ApiError> {
    if caller.may(right) {
        return Ok(());
    }
    Err(missing(what, &format!("the right \u{201c}{}\u{201d}", right.as_str())))
}

/// Whether a caller may start templates; if not, why.
pub(super) fn may_start_templates(caller: &Caller) -> Result<(), ApiError> {
    require(caller, Right::Start, "Starting a template")
}

/// Whether a caller may save and remove templates; if not, why.
pub(super) fn may_manage_templates(caller: &Caller) -> Result<(), ApiError> {
    require(caller, Right::Administer, "Managing templates")
}

/// A refusal that says what was missing, and who can give it.
fn missing(what: &str, needed: &str) -> ApiError {
    ApiError::new(ErrorCode::Forbidden, format!("{what} needs {needed}. Ask an administrator if you should have it."))
}

/// Which processes exist for a caller.
pub(super) fn scope(caller: &Caller) -> Scope {
    match &caller.grants {
        _ if !caller.may(Right::View) => Scope::Nothing,
        grants if grants.is_unlimited() => Scope::All,
        Grants { templates, labels } => Scope::Narrowed { labels: labels.clone().unwrap_or_default(), templates: templates.clone() },
    }
}

/// Whether a process exists for a caller.
pub(super) fn covers(caller: &Caller, process: &Process) -> bool {
    caller.covers(&process.spec.labels, process.template)
}

impl Deck {
    /// A process, if it exists for the caller. That they were kept from it is on record; they learn only that there is none.
    pub(super) async fn covered(&self, act: &Act<'_>, id: Uuid) -> Result<Process, ApiError> {
        let process = self.engine.get(id).await.map_err(answer)?;
        if covers(act.caller(), &process) {
            return Ok(process);
        }
        act.refused("It is not among the processes that their rights are limited to.").await;
        Err(answer(EngineError::NotFound(id)))
    }

    /// The same for callers who do not need the process itself.
    pub(super) async fn require_covered(&self, act: &Act<'_>, id: Uuid) -> Result<(), ApiError> {
        if act.caller().grants.is_unlimited() { Ok(()) } else { self.covered(act, id).await.map(drop) }
    }

    /// A process, if it exists for the caller and they `may` do to it what they want.
    pub(super) async fn permitted(&self, act: &Act<'_>, id: Uuid, may: Result<(), ApiError>) -> Result<Process, ApiError> {
        if act.caller().grants.is_unlimited() {
            act.check(may).await?;
            return self.engine.get(id).await.map_err(answer);
        }
        // What does not exist for them is not refused, but unknown.
        let process = self.covered(act, id).await?;
        act.check(may).await?;
        Ok(process)
    }

    /// A process into which the caller may type.
    pub(super) async fn require_input(&self, act: &Act<'_>, id: Uuid) -> Result<Process, ApiError> {
        let process = self.permitted(act, id, require_typing(act.caller())).await?;
        act.check(self.require_allowed_typing(act.caller(), id).await).await?;
        Ok(process)
    }

    /// The same for callers who have typed into it before.
    pub(super) async fn require_more_input(&self, act: &Act<'_>, id: Uuid) -> Result<(), ApiError> {
        self.require_covered(act, id).await?;
        act.check(require_typing(act.caller())).await?;
        act.check(self.require_allowed_typing(act.caller(), id).await).await
    }
}

fn require_typing(caller: &Caller) -> Result<(), ApiError> {
    require(caller, Right::Input, "Typing into a process")
}
