//! What a caller may do. Whatever is refused here says which right is missing and who can give it; what a caller may not
//! see is answered as if it did not exist.

use super::{Caller, Deck, answer};
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

/// Refuses a caller who may not run commands that are no template.
pub(super) fn require_free_commands(caller: &Caller, what: &str) -> Result<(), ApiError> {
    if caller.free_commands { Ok(()) } else { Err(missing(what, "the right to run any command, which only administrators have")) }
}

/// Whether a caller may run commands that are no template; if not, why.
pub fn may_run_commands(caller: &Caller) -> Result<(), ApiError> {
    require(caller, Right::Start, "Starting a process")?;
    require_free_commands(caller, "Starting a command that is no template")
}

fn missing(what: &str, needed: &str) -> ApiError {
    ApiError::new(ErrorCode::Forbidden, format!("{what} needs {needed}. Ask an administrator if you should have it."))
}

/// Which processes exist for a caller.
pub(super) fn scope(caller: &Caller) -> Scope {
    match &caller.grants {
        _ if !caller.may(Right::View) => Scope::Nothing,
        // No process is started from a template yet.
        Grants { templates: Some(_), .. } => Scope::Nothing,
        Grants { labels: Some(labels), .. } => Scope::Labels(labels.clone()),
        Grants { labels: None, .. } => Scope::All,
    }
}

/// Whether a process exists for a caller.
pub(super) fn covers(caller: &Caller, process: &Process) -> bool {
    caller.covers(&process.spec.labels, None)
}

impl Deck {
    /// Answers as for a process that does not exist if a caller's rights are narrowed to others.
    pub(super) async fn require_covered(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        if caller.grants.is_unlimited() || covers(caller, &self.engine.get(id).await.map_err(answer)?) {
            return Ok(());
        }
        Err(answer(EngineError::NotFound(id)))
    }
}
