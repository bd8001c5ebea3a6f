//! People whom another system vouches for: a trusted proxy, or an OpenID provider.

use super::{
    error::AccessError,
    groups::AssignedRole,
    handle::Access,
    names,
    store::people::{self, PersonRow, new_person},
};
use crate::audit::Draft;
use execdeck_wire::{Role, Source};
use serde_json::json;
use uuid::Uuid;

impl Access {
    /// Lets a person have an account because another system vouches for them, with the role that it gives them. An account
    /// of that name that was created here is used by proxies, whose word counts for any name, and by nobody else. The name
    /// is in its normalized form.
    pub(super) async fn vouch(&self, source: Source, name: String, role: AssignedRole, create: bool) -> Result<(), AccessError> {
        let found = {
            let name = name.clone();
            self.read(move |connection| people::by_name(connection, &name)).await?
        };
        if matches!(step(found.as_ref(), source, role, create)?, Step::None) {
            return let_in(role);
        }
        let now = self.now();
        let draft = Draft { person: Some(name.clone()), ..Draft::new(source.as_str(), "save_person") }.named(&name);
        let recording = self.recording(draft);
        let completed = recording.draft();
        let write = recording.write(move |transaction| {
            let found = people::by_name(transaction, &name)?;
            match step(found.as_ref(), source, role, create)? {
                Step::None => {}
                Step::Create(role) => {
                    names::normalize_new(&name)?;
                    tracing::info!(name, role = role.as_str(), source = source.as_str(), "account created");
                    people::insert(transaction, &new_person(name, role, source, now))?;
                    Self::complete(completed.as_deref(), |draft| draft.details = Some(json!({ "created": true, "role": role })));
                }
                Step::SetRole(id, role) => {
                    tracing::info!(name, role = role.as_str(), source = source.as_str(), "role changed");
                    let before = people::administrators(transaction)?;
                    people::set_role(transaction, id, role)?;
                    Self::complete(completed.as_deref(), |draft| draft.details = Some(json!({ "role": role })));
                    if before > 0 && people::administrators(transaction)? == 0 {
                        tracing::warn!(name, "was the last administrator; `execdeck user role` or `execdeck user add` makes another one");
                    }
                }
            }
            Ok(())
        });
        write.await?;
        let_in(role)
    }
}

/// Refuses somebody without a role. By then their account has lost it, too.
fn let_in(role: AssignedRole) -> Result<(), AccessError> {
    if role == AssignedRole::None { Err(kept_out("You are in no group that may use it.")) } else { Ok(()) }
}

/// Whoever is not let in is told why, and who can help.
pub(super) fn kept_out(reason: &str) -> AccessError {
    AccessError::KeptOut(format!("{reason} Ask an administrator of this server."))
}

/// What has to be done so that an account is as another system says.
enum Step {
    None,
    Create(Role),
    SetRole(Uuid, Role),
}

fn step(found: Option<&PersonRow>, source: Source, role: AssignedRole, create: bool) -> Result<Step, AccessError> {
    let kept_out = |reason: &str| Err(kept_out(reason));
    match (found, role) {
        // Their tokens and what they have open must not outlive it.
        (Some(row), AssignedRole::None) if row.person.source == source && row.person.role != Role::Unknown => {
            Ok(Step::SetRole(row.id, Role::Unknown))
        }
        (_, AssignedRole::None) => kept_out("You are in no group that may use it."),
        (None, _) if !create => kept_out("You have no account here."),
        (None, AssignedRole::Is(role) | AssignedRole::New(Some(role))) => Ok(Step::Create(role)),
        (None, AssignedRole::New(None)) => kept_out("You have no account here, and new ones get no role."),
        (Some(row), _) if row.person.disabled => kept_out("Your account is disabled."),
        (Some(row), _) if row.person.source != source && !(source == Source::Proxy && row.person.source == Source::Local) => {
            kept_out("An account of your name was created in another way.")
        }
        (Some(row), AssignedRole::Is(role)) if row.person.source == source && row.person.role != role => Ok(Step::SetRole(row.id, role)),
        (Some(_), _) => Ok(Step::None),
    }
}
