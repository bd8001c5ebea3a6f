//! Adding, listing and removing one's passkeys.

use super::{Challenge, ceremonies::Ceremony, verify::failed};
use crate::access::{
    AccessError, Identity,
    handle::Access,
    opening::Client,
    store::{
        passkeys::{self, PasskeyRow},
        people, sessions,
    },
    throttle::Network,
};
use execdeck_wire::{ErrorCode, PasskeyInfo, Password, Proof};
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

/// How many passkeys one person may have.
const MOST_PASSKEYS: u64 = 20;
/// The longest label, in characters.
const LABEL_CHARS: usize = 100;

impl Access {
    /// A challenge to make a passkey for the caller.
    pub async fn begin_passkey(&self, by: &Identity, proof: &Proof, client: &Client) -> Result<Challenge, AccessError> {
        let site = client.site()?;
        self.require_proof(by, proof, client).await?;
        let person = by.person;
        let existing = self.read(move |connection| {
            require_room(connection, person)?;
            Ok::<_, AccessError>(passkeys::of_person(connection, person)?)
        });
        let existing = existing.await?.into_iter().map(|row| row.credential).collect();
        let started = site.webauthn()?.start_passkey_registration(person, &by.name, &by.name, Some(existing));
        let (creation, state) = started.map_err(|error| failed(&error))?;
        let mut options = serde_json::to_value(creation.public_key).expect("options are JSON");
        // The authenticator has to remember whom the passkey is for, so that it can be used without a name.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        let ceremony = Ceremony::Add { person, state: Box::new(state) };
        let secret = self.inner.ceremonies.begin(Network::of(client.address), ceremony, self.now());
        Ok(Challenge { options, secret: Password(secret) })
    }

    /// Adds the passkey that an authenticator has made for the caller.
    pub async fn add_passkey(&self, by: &Identity, label: &str, answer: &Value, client: &Client) -> Result<PasskeyInfo, AccessError> {
        let label = check_label(label)?;
        let (site, now) = (client.site()?, self.now());
        let state = match self.inner.ceremonies.take(client.passkey.as_deref(), now) {
            Some((Ceremony::Add { person, state }, _)) if person == by.person => state,
            _ => return Err(AccessError::refused(ErrorCode::BadRequest, "The passkey came too late; try again.")),
        };
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer.clone())
            .map_err(|error| AccessError::field("credential", format!("The new passkey cannot be read: {error}.")))?;
        let passkey = site.webauthn()?.finish_passkey_registration(&answer, &state).map_err(|error| {
            tracing::warn!(%error, name = by.name, "a new passkey was refused");
            AccessError::field("credential", "The new passkey is not valid for this address; try again, or use another device.")
        })?;
        let info = PasskeyInfo { id: Uuid::now_v7(), label, site: site.host().to_owned(), created_at: now, last_used: None };
        let key = serde_json::to_string(&passkey).expect("a passkey is JSON");
        let draft = self.draft();
        Self::complete(draft.as_deref(), |draft| draft.target = Some(info.id.to_string()));
        let row = PasskeyRow { info: info.clone(), person: by.person, credential: passkey.cred_id().clone(), key };
        let write = self.write(move |transaction| {
            if people::by_id(transaction, row.person)?.is_none_or(|row| row.person.disabled) {
                return Err(AccessError::Ended);
            }
            require_room(transaction, row.person)?;
            if passkeys::by_credential(transaction, &row.credential)?.is_some() {
                return Err(AccessError::refused(ErrorCode::Conflict, "This passkey has been added already."));
            }
            Ok(passkeys::insert(transaction, &row)?)
        });
        write.await?;
        Ok(info)
    }

    /// The caller's passkeys, the newest first.
    pub async fn list_passkeys(&self, by: &Identity) -> Result<Vec<PasskeyInfo>, AccessError> {
        let person = by.person;
        let rows = self.read(move |connection| passkeys::of_person(connection, person)).await?;
        Ok(rows.into_iter().map(|row| row.info).collect())
    }

    /// The passkeys of a person, for the command line.
    pub async fn passkeys_of(&self, name: &str) -> Result<Vec<PasskeyInfo>, AccessError> {
        let name = crate::access::names::normalize(name)?;
        let read = self.read(move |connection| {
            let missing = || AccessError::refused(ErrorCode::NotFound, format!("There is no account named {name}."));
            let row = people::by_name(connection, &name)?.ok_or_else(missing)?;
            Ok::<_, AccessError>(passkeys::of_person(connection, row.id)?)
        });
        Ok(read.await?.into_iter().map(|row| row.info).collect())
    }

    /// Removes one of the caller's passkeys. Without any, the password alone is enough.
    pub async fn remove_passkey(&self, by: &Identity, id: Uuid, proof: &Proof, client: &Client) -> Result<(), AccessError> {
        self.require_proof(by, proof, client).await?;
        let person = by.person;
        let write = self.write(move |transaction| {
            if !passkeys::remove(transaction, id, person)? {
                return Err(AccessError::refused(ErrorCode::NotFound, "You have no such passkey; it may have been removed."));
            }
            if passkeys::count(transaction, person)? == 0 {
                people::ask_for_passkey(transaction, person, false)?;
            }
            Ok(())
        });
        write.await
    }

    /// Whether the caller is asked for a passkey after the password.
    pub async fn asks_for_passkey(&self, by: &Identity) -> Result<bool, AccessError> {
        let person = by.person;
        let row = self.read(move |connection| people::by_id(connection, person)).await?;
        Ok(row.is_some_and(|row| row.person.asks_for_passkey))
    }

    /// Sets whether the caller is asked for a passkey after the password. Turning it on ends the caller's other sessions, which
    /// the password alone may have opened.
    pub async fn ask_for_passkey(&self, by: &Identity, ask: bool, proof: &Proof, client: &Client) -> Result<(), AccessError> {
        self.require_proof(by, proof, client).await?;
        let (person, session) = (by.person, by.session());
        let write = self.write(move |transaction| {
            if ask && passkeys::count(transaction, person)? == 0 {
                return Err(AccessError::refused(ErrorCode::Conflict, "Add a passkey first; otherwise you could not sign in any more."));
            }
            people::ask_for_passkey(transaction, person, ask)?;
            if ask {
                sessions::end_all(transaction, person, session)?;
            }
            Ok(())
        });
        write.await
    }
}

fn require_room(connection: &Connection, person: Uuid) -> Result<(), AccessError> {
    if passkeys::count(connection, person)? < MOST_PASSKEYS {
        return Ok(());
    }
    let message = format!("You have {MOST_PASSKEYS} passkeys, which is the most; remove one first.");
    Err(AccessError::refused(ErrorCode::LimitReached, message))
}

/// The label, without blanks around it.
fn check_label(label: &str) -> Result<String, AccessError> {
    let label = label.trim();
    if label.is_empty() || label.chars().count() > LABEL_CHARS || label.chars().any(char::is_control) {
        return Err(AccessError::field("label", "Give the passkey a name of 1 to 100 characters, such as that of the device."));
    }
    Ok(label.to_owned())
}
