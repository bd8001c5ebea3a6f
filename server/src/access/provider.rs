//! People whom an OpenID provider has signed in.

use super::{
    error::AccessError,
    groups::{AssignedRole, GroupRoles, MAX_GROUPS},
    handle::Access,
    names,
    opening::{Client, Opening, SignedIn},
    store::{
        people::{self, PersonRow, new_person},
        providers,
    },
    vouch::kept_out,
};
use execdeck_wire::{Role, Source, Timestamp};
use rusqlite::Transaction;
use serde_json::json;
use std::collections::BTreeSet;

/// Somebody whom an OpenID provider has signed in just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderUser {
    /// The provider's issuer.
    pub issuer: String,
    /// Who it is there: the provider never gives it to anybody else.
    pub subject: String,
    /// The name for a new account, as the provider has it.
    pub name: Option<String>,
    /// The groups that the provider says they are in.
    pub groups: Vec<String>,
}

impl Access {
    /// Signs in somebody whom the provider has signed in. They are known by issuer and subject, never by their name, which
    /// may be that of somebody else's account. Groups, where they are in use, decide the role anew each time.
    pub async fn sign_in_with_provider(&self, user: ProviderUser, client: &Client) -> Result<SignedIn, AccessError> {
        let role = self.role(&user)?;
        if role == AssignedRole::None {
            self.take_role(&user).await?;
            return Err(kept_out(NO_GROUP));
        }
        let (create, now) = (self.inner.settings.oidc.create, self.now());
        if let Some(row) = self.asked_for_passkey(&user, role).await? {
            return Err(AccessError::PasskeyNext(self.after_password(&row, client)));
        }
        let open = self.open(client, move |transaction, opening| {
            let person = match providers::person(transaction, &user.issuer, &user.subject)? {
                Some(row) => known(transaction, opening, row, role)?,
                None => new(transaction, opening, &user, role, create, now)?,
            };
            opening.insert(transaction, person.id)
        });
        open.await
    }

    /// Takes the role of somebody who is in no group any more: their tokens and what they have open must not outlive it.
    async fn take_role(&self, user: &ProviderUser) -> Result<(), AccessError> {
        let (issuer, subject) = (user.issuer.clone(), user.subject.clone());
        let found = self.read(move |connection| providers::person(connection, &issuer, &subject)).await?;
        if let Some(row) = found.filter(|row| row.person.source == Source::Oidc) {
            self.vouch(Source::Oidc, row.person.name, AssignedRole::None, false).await?;
        }
        Ok(())
    }

    /// Somebody whom the provider knows, and who is asked for a passkey besides. Their role is what the provider says from now on,
    /// whether or not they go on.
    async fn asked_for_passkey(&self, user: &ProviderUser, role: AssignedRole) -> Result<Option<PersonRow>, AccessError> {
        let (issuer, subject) = (user.issuer.clone(), user.subject.clone());
        let found = self.read(move |connection| providers::person(connection, &issuer, &subject)).await?;
        let Some(row) = found.filter(|row| row.person.asks_for_passkey && !row.person.disabled) else { return Ok(None) };
        match role {
            AssignedRole::None => return Err(kept_out(NO_GROUP)),
            AssignedRole::Is(_) if row.person.source == Source::Oidc => {
                self.vouch(Source::Oidc, row.person.name.clone(), role, false).await?;
            }
            AssignedRole::Is(_) | AssignedRole::New(_) => {}
        }
        Ok(Some(row))
    }

    fn role(&self, user: &ProviderUser) -> Result<AssignedRole, AccessError> {
        let oidc = &self.inner.settings.oidc;
        let default = oidc.default_role.parse().ok();
        if !oidc.uses_groups() {
            return Ok(AssignedRole::New(default));
        }
        if user.groups.len() > MAX_GROUPS {
            return Err(kept_out("The provider says that you are in more than 2000 groups."));
        }
        let roles = GroupRoles { admin: &oidc.admin_groups, operator: &oidc.operator_groups, viewer: &oidc.viewer_groups, default };
        let groups: BTreeSet<&str> = user.groups.iter().map(|group| group.trim()).collect();
        Ok(roles.role(&groups))
    }
}

/// Somebody who has an account. The role of one that was created here stays as it is.
fn known(transaction: &Transaction<'_>, opening: &Opening, row: PersonRow, role: AssignedRole) -> Result<PersonRow, AccessError> {
    if row.person.disabled {
        return Err(kept_out("Your account is disabled."));
    }
    match role {
        AssignedRole::None => return Err(kept_out(NO_GROUP)),
        AssignedRole::Is(role) if row.person.source == Source::Oidc && row.person.role != role => {
            let is_last = row.person.role == Role::Admin && people::administrators(transaction)? == 1;
            people::set_role(transaction, row.id, role)?;
            opening.note(json!({ "role": role }));
            tracing::info!(name = row.person.name, role = role.as_str(), source = "oidc", "role changed");
            if is_last {
                tracing::warn!(name = row.person.name, "nobody is an administrator any more, since the provider's groups say so");
            }
        }
        AssignedRole::Is(_) | AssignedRole::New(_) => {}
    }
    Ok(row)
}

/// Somebody who has none yet.
fn new(
    transaction: &Transaction<'_>,
    opening: &Opening,
    user: &ProviderUser,
    role: AssignedRole,
    create: bool,
    now: Timestamp,
) -> Result<PersonRow, AccessError> {
    let role = match role {
        AssignedRole::None => return Err(kept_out(NO_GROUP)),
        _ if !create => return Err(kept_out("You have no account here.")),
        AssignedRole::Is(role) | AssignedRole::New(Some(role)) => role,
        AssignedRole::New(None) => return Err(kept_out("You have no account here, and new ones get no role.")),
    };
    let name = user.name.as_deref().ok_or_else(|| kept_out("The provider does not say what you are called."))?;
    let name =
        names::normalize_new(name).map_err(|error| kept_out(&format!("The provider calls you by a name that cannot be used: {error}")))?;
    if people::by_name(transaction, &name)?.is_some() {
        return Err(kept_out(&format!("The provider calls you {name}, and somebody else has an account of that name here.")));
    }
    let row = new_person(name, role, Source::Oidc, now);
    people::insert(transaction, &row)?;
    providers::link(transaction, &user.issuer, &user.subject, row.id)?;
    opening.note(json!({ "created": true, "role": role, "subject": user.subject }));
    tracing::info!(name = row.person.name, role = role.as_str(), source = "oidc", "account created");
    Ok(row)
}

const NO_GROUP: &str = "You are in no group that may use it.";
