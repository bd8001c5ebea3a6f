//! Who may call what. The remote Execdeck knows the token's owner only, so the application's people are checked here.

use super::{errors::refused, state::Remote};
use crate::deck::Caller;
use execdeck_app::remote::{Needs, check, depends_on_template};
use execdeck_wire::{ApiError, ErrorCode, Right};
use uuid::Uuid;

/// What the plain routes need.
pub(super) const EVENTS: Needs = Needs::Right(Right::View, "Seeing processes");
pub(super) const OUTPUT: Needs = Needs::Right(Right::ReadOutput, "Reading the output of a process");
pub(super) const USAGE: Needs = Needs::Right(Right::View, "Seeing a process");
pub(super) const AUDIT: Needs = Needs::Right(Right::Administer, "Reading the audit");

/// Refuses somebody who may not call a function or use a route.
pub(super) fn require(caller: &Caller, function: &str, needs: Needs) -> Result<(), ApiError> {
    check(caller, needs, None).inspect_err(|error| note_refusal(caller, function, error))
}

/// The same for what is done to a process, without a log entry. `templated`: whether that was started from a template, as soon as it
/// is known, which is found out if it matters.
pub(super) async fn require_on_process(
    remote: &Remote,
    caller: &Caller,
    needs: Needs,
    id: Uuid,
    templated: &mut Option<bool>,
) -> Result<(), ApiError> {
    if templated.is_none() && depends_on_template(caller, needs) {
        *templated = Some(remote.client.get_process(id).await.map_err(refused)?.template.is_some());
    }
    check(caller, needs, *templated)
}

/// Logs that somebody was refused, unless it was for another reason.
pub(super) fn note_refusal(caller: &Caller, function: &str, error: &ApiError) {
    if error.code == ErrorCode::Forbidden {
        tracing::info!(name = caller.name, function, %error, "refused");
    }
}

#[cfg(test)]
mod tests {
    use crate::web::OF_ACCOUNTS;
    use execdeck_app::remote::needs;

    #[test]
    fn every_function_about_processes_and_templates_is_passed_on_and_no_other() {
        let mut passed_on = 0;
        for (path, _) in leptos::server_fn::axum::server_fn_paths() {
            let name = path.strip_prefix("/api/").unwrap();
            let is_of_people = OF_ACCOUNTS.contains(&path) || name == "whoami";
            assert_eq!(needs(name).is_none(), is_of_people, "{name}");
            passed_on += usize::from(!is_of_people);
        }
        assert_eq!((passed_on, needs("healthz")), (15, None));
    }
}
