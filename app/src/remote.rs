//! What an application checks itself before it passes a call on to a remote Execdeck.
//!
//! The remote server knows nobody but the owner of the application's token: it checks what that person may do. What the application's
//! own people may do is checked here. Commands outside templates are for those with the role of an administrator, as a server has
//! it by default; so are typing into them and running them again. Rights that are narrowed by [`Grants`](crate::wire::Grants) cannot
//! be checked here and are refused.

use crate::{
    service::Caller,
    wire::{ApiError, ErrorCode, Right, Role},
};

/// What a call needs. The texts say what it does, for refusals, such as "Stopping a process".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// This right.
    Right(Right, &'static str),
    /// The right to start processes and the role of an administrator, since it runs any command.
    FreeCommands,
    /// This right; and for processes that were not started from a template, of which the second text speaks, the role of an
    /// administrator.
    OnProcess(Right, &'static str, &'static str),
}

/// The server functions that are passed on, and what they need.
const FUNCTIONS: [(&str, Needs); 15] = [
    ("create_process", Needs::FreeCommands),
    ("list_processes", Needs::Right(Right::View, "Seeing processes")),
    ("get_process", Needs::Right(Right::View, "Seeing a process")),
    ("kill_process", Needs::Right(Right::Stop, "Stopping a process")),
    (
        "restart_process",
        Needs::OnProcess(Right::Start, "Starting a process", "Running a command again that was started without a template"),
    ),
    ("remove_process", Needs::Right(Right::Stop, "Removing a process")),
    ("write_input", Needs::OnProcess(Right::Input, "Typing into a process", "Typing into a command that was started without a template")),
    ("list_audit", Needs::Right(Right::Administer, "Reading the audit")),
    ("get_health", Needs::Right(Right::View, "Viewing the health of the server")),
    ("list_templates", Needs::Right(Right::View, "Seeing templates")),
    ("get_template", Needs::Right(Right::View, "Seeing a template")),
    ("save_template", Needs::Right(Right::Administer, "Managing templates")),
    ("remove_template", Needs::Right(Right::Administer, "Managing templates")),
    ("preview_template", Needs::Right(Right::Administer, "Managing templates")),
    ("start_template", Needs::Right(Right::Start, "Starting a template")),
];

/// What a server function needs, by its name; none if it is not about processes or templates.
pub fn needs(function: &str) -> Option<Needs> {
    FUNCTIONS.iter().find(|(name, _)| *name == function).map(|(_, needs)| *needs)
}

/// Refuses a caller who may not do something. `templated`: whether the process that it is about was started from a template; none if
/// that is not known, which counts as no.
pub fn check(caller: &Caller, needs: Needs, templated: Option<bool>) -> Result<(), ApiError> {
    let refused = |message: String| Err(ApiError::new(ErrorCode::Forbidden, message));
    let (right, what, free_command) = match needs {
        Needs::Right(right, what) => (right, what, None),
        Needs::FreeCommands => (Right::Start, "Starting a process", Some("Starting a command without a template")),
        Needs::OnProcess(right, what, free_command) => (right, what, Some(free_command).filter(|_| templated != Some(true))),
    };
    if !caller.may(right) {
        let right = right.as_str();
        return refused(format!("{what} needs the right \u{201c}{right}\u{201d}. Ask an administrator if you should have it."));
    }
    if !caller.grants.is_unlimited() {
        return refused(format!(
            "{what}: your rights are limited to some labels or templates, which the remote Execdeck does not know of. Whoever runs this \
             application can limit the rights of its token's owner there instead."
        ));
    }
    match free_command {
        Some(what) if caller.role != Role::Admin => refused(format!("{what} is for administrators only. Ask one of them if you need it.")),
        _ => Ok(()),
    }
}

/// Whether it depends on the process if a caller may do something: whether it was started from a template.
pub fn depends_on_template(caller: &Caller, needs: Needs) -> bool {
    check(caller, needs, Some(false)).is_err() && check(caller, needs, Some(true)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Grants, SignedInBy};

    fn caller(role: Role) -> Caller {
        let (name, rights, grants) = ("grace".into(), role.rights(), Grants::default());
        Caller { name, rights, grants, role, via: SignedInBy::Application, token: None, address: None }
    }

    #[test]
    fn commands_outside_templates_are_for_administrators() {
        let typing = needs("write_input").unwrap();
        for (role, needs, templated, allowed) in [
            (Role::Admin, typing, None, true),
            (Role::Admin, typing, Some(false), true),
            (Role::Operator, typing, Some(true), true),
            (Role::Operator, typing, Some(false), false),
            (Role::Operator, typing, None, false),
            (Role::Viewer, typing, Some(true), false),
            (Role::Admin, Needs::FreeCommands, None, true),
            (Role::Operator, Needs::FreeCommands, Some(true), false),
        ] {
            assert_eq!(check(&caller(role), needs, templated).is_ok(), allowed, "{role:?} {needs:?} {templated:?}");
        }
        let depends = [Role::Admin, Role::Operator, Role::Viewer].map(|role| depends_on_template(&caller(role), typing));
        assert_eq!(depends, [false, true, false]);
    }

    #[test]
    fn narrowed_rights_are_none() {
        let narrowed = Caller { grants: Grants { templates: Some([].into()), labels: None }, ..caller(Role::Admin) };
        for (name, needs) in FUNCTIONS {
            assert!(check(&narrowed, needs, Some(true)).is_err_and(|error| error.message.contains("token's owner")), "{name}");
        }
    }
}
