//! Who may call what. The remote Execdeck knows the token's owner only, so the application's people are checked here.

use super::forward::{token_refused, unreachable};
use crate::access::Identity;
use execdeck_client::{Client, ClientError};
use execdeck_wire::{ApiError, ErrorCode, Right, Role};
use uuid::Uuid;

/// What a server function needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// This right.
    Right(Right),
    /// This right, and for processes that were not started from a template, the role of an administrator, as the policy of a
    /// server has it by default.
    RightOnProcess(Right),
    /// To be an administrator, since it runs any command.
    FreeCommands,
}

/// What the server functions need that are passed on.
const FUNCTIONS: [(&str, Needs); 14] = [
    ("create_process", Needs::FreeCommands),
    ("list_processes", Needs::Right(Right::View)),
    ("get_process", Needs::Right(Right::View)),
    ("kill_process", Needs::Right(Right::Stop)),
    ("restart_process", Needs::RightOnProcess(Right::Start)),
    ("remove_process", Needs::Right(Right::Stop)),
    ("write_input", Needs::RightOnProcess(Right::Input)),
    ("list_audit", Needs::Right(Right::Administer)),
    ("list_templates", Needs::Right(Right::View)),
    ("get_template", Needs::Right(Right::View)),
    ("save_template", Needs::Right(Right::Administer)),
    ("remove_template", Needs::Right(Right::Administer)),
    ("preview_template", Needs::Right(Right::Administer)),
    ("start_template", Needs::Right(Right::Start)),
];

/// What a server function needs; none if it is not passed on.
pub(super) fn needs(function: &str) -> Option<Needs> {
    FUNCTIONS.iter().find(|(name, _)| *name == function).map(|(_, needs)| *needs)
}

/// Refuses somebody who may not do this.
pub(super) fn require(identity: &Identity, right: Right) -> Result<(), ApiError> {
    if identity.may(right) {
        return Ok(());
    }
    let message = format!("This needs the right \u{201c}{}\u{201d}, which you do not have here.", right.as_str());
    Err(ApiError::new(ErrorCode::Forbidden, message))
}

/// Refuses somebody who may not run any command.
pub(super) fn require_free_commands(identity: &Identity) -> Result<(), ApiError> {
    require(identity, Right::Start)?;
    if identity.role == Role::Admin {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::Forbidden, "Commands outside templates are for administrators. Start a template instead."))
}

/// Whether somebody may type into a process, or run it again.
pub(super) async fn require_on_process(client: &Client, identity: &Identity, right: Right, id: Uuid) -> Result<(), ApiError> {
    require(identity, right)?;
    if identity.role == Role::Admin {
        return Ok(());
    }
    let process = client.get_process(id).await.map_err(refused)?;
    if process.template.is_some() {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::Forbidden, "This process was started without a template, so it is for administrators."))
}

/// The remote server's refusal. One of the token is nothing that its users can do anything about.
fn refused(error: ClientError) -> ApiError {
    match error {
        ClientError::Api(error) if error.code == ErrorCode::Unauthorized => token_refused(),
        ClientError::Api(error) => error,
        error => unreachable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_about_processes_and_templates_is_passed_on_and_no_other() {
        let of_people = [
            "sign_in",
            "setup",
            "sign_out",
            "whoami",
            "change_password",
            "list_people",
            "save_person",
            "list_sessions",
            "end_session",
            "end_other_sessions",
            "list_tokens",
            "create_token",
            "revoke_token",
            "passkey_sign_in_options",
            "sign_in_with_passkey",
            "passkey_proof_options",
            "passkey_options",
            "add_passkey",
            "list_passkeys",
            "remove_passkey",
            "ask_for_passkey",
        ];
        for (path, _) in leptos::server_fn::axum::server_fn_paths() {
            let name = path.strip_prefix("/api/").unwrap();
            assert_eq!(needs(name).is_none(), of_people.contains(&name), "{name}");
        }
        assert_eq!(needs("healthz"), None);
    }
}
