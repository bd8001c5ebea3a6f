//! Managing people: in the app by administrators, and from the command line beside a running server.

use super::{
    error::AccessError,
    handle::Access,
    identity::Identity,
    names, password_rules,
    pending::{self, Revoked},
    store::{
        passkeys,
        people::{self, new_person},
        sessions,
    },
};
use execdeck_wire::{ErrorCode, Grants, Person, PersonChange, Right, Role, Source};
use rusqlite::{Connection, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The most conditions that rights are narrowed by, and their longest text in bytes.
const MOST_CONDITIONS: usize = 1000;
const LONGEST_CONDITION: usize = 1000;

/// Who changes an account, and whether it has to exist.
#[derive(Clone, Copy)]
enum By<'a> {
    /// Somebody with the right to, who has to have it still when the change is made.
    Administrator(&'a Identity),
    /// Whoever can run the program as its user.
    CommandLine,
}

impl Access {
    /// All people, by name.
    pub async fn list_people(&self) -> Result<Vec<Person>, AccessError> {
        self.read(people::all).await
    }

    /// Creates an account or changes one; what is absent stays as it is. Checks that `by` may.
    pub async fn save_person(&self, by: &Identity, save: PersonChange) -> Result<Person, AccessError> {
        if !by.may(Right::Administer) {
            return Err(AccessError::refused(ErrorCode::Forbidden, "Managing people needs the right to administer."));
        }
        self.save(By::Administrator(by), save).await
    }

    /// Creates an account from the command line.
    pub async fn add_person(&self, save: PersonChange) -> Result<Person, AccessError> {
        self.save(By::CommandLine, PersonChange { new: true, ..save }).await
    }

    /// Changes an account, which has to exist, from the command line.
    pub async fn change_person(&self, save: PersonChange) -> Result<Person, AccessError> {
        self.save(By::CommandLine, PersonChange { new: false, ..save }).await
    }

    async fn save(&self, by: By<'_>, save: PersonChange) -> Result<Person, AccessError> {
        let name = names::normalize(&save.name)?;
        check(&save)?;
        let (by_id, creates) = match by {
            By::Administrator(by) => (Some(by.person), true),
            By::CommandLine => (None, save.new),
        };
        if let By::Administrator(by) = by
            && by.name == name
            && save.remove_passkeys
        {
            let message = "Remove your own passkeys on your account's page, where they or your password are asked for.";
            return Err(AccessError::field("remove_passkeys", message));
        }
        if let (By::Administrator(by), Some(_)) = (by, &save.password)
            && by.name == name
        {
            // Otherwise a stolen session would be enough to take the account over.
            return Err(AccessError::field(
                "password",
                "Change your own password on your account's page, where the current one is asked for.",
            ));
        }
        let hash = match &save.password {
            Some(password) => {
                password_rules::check(&name, &password.0)?;
                Some(self.inner.hashing.hash(&password.0).await?)
            }
            None => None,
        };
        let now = self.now();
        let draft = self.draft();
        Self::complete(draft.as_deref(), |draft| draft.target_name = Some(name.clone()));
        if only_disables(&save) && self.exists(name.clone()).await? {
            return self.disable(by_id, name).await;
        }
        let write = self.write(move |transaction| {
            check_administrator(transaction, by_id)?;
            let administrators = people::administrators(transaction)?;
            let row = match people::by_name(transaction, &name)? {
                Some(_) if save.new => {
                    return Err(AccessError::refused(ErrorCode::Conflict, format!("There is already an account named {name}.")));
                }
                Some(row) => row,
                None if !creates => return Err(AccessError::refused(ErrorCode::NotFound, format!("There is no account named {name}."))),
                None => {
                    names::normalize_new(&name)?;
                    let row = new_person(name.clone(), Role::Viewer, Source::Local, now);
                    people::insert(transaction, &row)?;
                    Self::complete(draft.as_deref(), |draft| {
                        if let Some(details) = &mut draft.details {
                            details["created"] = true.into();
                        }
                    });
                    row
                }
            };
            change(transaction, &row, &save, hash.as_deref())?;
            if administrators > 0 && people::administrators(transaction)? == 0 {
                return Err(last_administrator(&name));
            }
            let row = people::by_id(transaction, row.id)?.expect("it was just written");
            if row.person.role == Role::Admin && !row.person.grants.is_unlimited() {
                return Err(AccessError::field("grants", "An administrator's rights cannot be narrowed."));
            }
            Ok(row.person)
        });
        write.await
    }

    async fn exists(&self, name: String) -> Result<bool, AccessError> {
        self.read(move |connection| Ok::<_, AccessError>(people::by_name(connection, &name)?.is_some())).await
    }

    /// Disables an account, also while the database cannot be written.
    async fn disable(&self, by: Option<Uuid>, name: String) -> Result<Person, AccessError> {
        let pending = self.inner.pending.clone();
        let find = move |connection: &Connection| {
            check_administrator(connection, by)?;
            let missing = || AccessError::refused(ErrorCode::NotFound, format!("There is no account named {name}."));
            let row = people::by_name(connection, &name)?.ok_or_else(missing)?;
            let administrators = people::administrator_ids(connection)?;
            // Others may be disabled although that is not in the database yet.
            let is_other = |id: &Uuid| *id != row.id && !pending.disables(*id);
            if administrators.contains(&row.id) && !administrators.iter().any(is_other) {
                return Err(last_administrator(&name));
            }
            Ok(Revoked { people: vec![row.id], ..Revoked::default() })
        };
        let ids = self.revoke(find).await?.people;
        let person = self.read(move |connection| {
            let row = ids.first().map(|id| people::by_id(connection, *id)).transpose()?.flatten();
            Ok::<_, AccessError>(row.expect("accounts are never removed").person)
        });
        // It may not be in the database yet.
        Ok(Person { disabled: true, ..person.await? })
    }
}

/// Whether an account is to be disabled, and nothing else.
fn only_disables(save: &PersonChange) -> bool {
    let PersonChange { name: _, new, role, disabled, grants, password, remove_passkeys } = save;
    *disabled == Some(true) && !new && role.is_none() && grants.is_none() && password.is_none() && !remove_passkeys
}

/// Refuses somebody who administers no more.
fn check_administrator(connection: &Connection, by: Option<Uuid>) -> Result<(), AccessError> {
    let Some(by) = by else { return Ok(()) };
    if people::by_id(connection, by)?.is_some_and(|row| !row.person.disabled && row.person.role == Role::Admin) {
        return Ok(());
    }
    Err(AccessError::refused(ErrorCode::Forbidden, "You are no longer an administrator."))
}

fn last_administrator(name: &str) -> AccessError {
    let message = format!("{name} is the last administrator who can sign in; make somebody else one first.");
    AccessError::refused(ErrorCode::Conflict, message)
}

fn change(transaction: &Transaction<'_>, row: &people::PersonRow, save: &PersonChange, hash: Option<&str>) -> Result<(), AccessError> {
    if let Some(role) = save.role {
        people::set_role(transaction, row.id, role)?;
    }
    if let Some(grants) = &save.grants {
        people::set_grants(transaction, row.id, grants)?;
    }
    if let Some(hash) = hash {
        people::set_password(transaction, row.id, hash)?;
        sessions::end_all(transaction, row.id, None)?;
        sessions::forget_devices(transaction, row.id)?;
    }
    if save.remove_passkeys {
        passkeys::remove_all(transaction, row.id)?;
        people::ask_for_passkey(transaction, row.id, false)?;
    }
    if let Some(disabled) = save.disabled {
        if disabled {
            pending::disable(transaction, row.id)?;
        } else {
            people::set_disabled(transaction, row.id, false)?;
        }
    }
    Ok(())
}

fn check(save: &PersonChange) -> Result<(), AccessError> {
    if save.role == Some(Role::Unknown) {
        return Err(AccessError::field("role", "Use one of the roles viewer, operator, admin."));
    }
    let Some(Grants { templates, labels }) = &save.grants else { return Ok(()) };
    let number = templates.as_ref().map_or(0, BTreeSet::len) + labels.as_ref().map_or(0, BTreeMap::len);
    let too_long = labels.iter().flatten().any(|(key, value)| key.len() + value.len() > LONGEST_CONDITION);
    if number > MOST_CONDITIONS || too_long {
        return Err(AccessError::field("grants", "At most 1000 templates and labels can be granted, a label of at most 1000 bytes."));
    }
    if labels.iter().flatten().any(|(key, value)| key.is_empty() || key.contains('\0') || value.contains('\0')) {
        return Err(AccessError::field("grants.labels", "A label needs a key, and has no NUL character in it."));
    }
    Ok(())
}
