//! Challenges for passkeys that exist, and checking what they answer.

use super::Site;
use crate::access::{
    AccessError,
    handle::Access,
    store::passkeys::{self, PasskeyRow},
};
use execdeck_wire::Timestamp;
use rusqlite::Transaction;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey, PublicKeyCredential, WebauthnError};

/// A passkey that has answered a challenge.
pub(super) struct Used {
    row: PasskeyRow,
    /// What it is from now on: the number of its signatures has grown.
    key: String,
    now: Timestamp,
}

impl Used {
    /// Whose it is.
    pub(super) fn person(&self) -> Uuid {
        self.row.person
    }

    /// Writes the use down. Fails if the passkey was removed or used otherwise since it was checked.
    pub(super) fn note(&self, transaction: &Transaction<'_>) -> Result<(), AccessError> {
        if passkeys::used(transaction, &self.row, &self.key, self.now)? { Ok(()) } else { Err(AccessError::UnknownPasskey) }
    }
}

/// A challenge for these passkeys, or for any if there are none: then the browser offers those that it has for the site.
pub(super) fn challenge(site: &Site, allowed: &[PasskeyRow]) -> Result<(Value, Box<DiscoverableAuthentication>), AccessError> {
    let started = site.webauthn()?.start_discoverable_authentication();
    let (request, state) = started.map_err(|error| failed(&error))?;
    let mut options = serde_json::to_value(request.public_key).expect("options are JSON");
    options["allowCredentials"] = allowed.iter().map(|row| json!({ "type": "public-key", "id": encode(&row.credential) })).collect();
    Ok((options, Box::new(state)))
}

/// A failure that is nobody's fault.
pub(super) fn failed(error: &WebauthnError) -> AccessError {
    tracing::error!(%error, "a challenge for a passkey cannot be made");
    AccessError::refused(execdeck_wire::ErrorCode::Unavailable, "Passkeys cannot be used at the moment; the server's log says why.")
}

fn encode(bytes: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Access {
    /// Checks what a passkey has answered: that the challenge, the site and the signature are right, that its owner was verified,
    /// and that it is a passkey of `of`, if it is known who it has to be. All failures have the same answer.
    pub(super) async fn verify_passkey(
        &self,
        site: &Site,
        state: DiscoverableAuthentication,
        answer: &Value,
        of: Option<Uuid>,
    ) -> Result<Used, AccessError> {
        let answer: PublicKeyCredential = serde_json::from_value(answer.clone())
            .map_err(|error| AccessError::field("credential", format!("What the passkey has answered cannot be read: {error}.")))?;
        let id = answer.raw_id.clone();
        let row = self.read(move |connection| passkeys::by_credential(connection, &id)).await?;
        let handle = answer.get_user_unique_id();
        let is_meant = |row: &PasskeyRow| {
            row.info.site == site.host()
                && of.is_none_or(|of| of == row.person)
                && handle.map_or(of.is_some(), |handle| handle == row.person.as_bytes())
        };
        let row = row.filter(is_meant).ok_or(AccessError::UnknownPasskey)?;
        let mut passkey: Passkey = serde_json::from_str(&row.key).map_err(|error| {
            tracing::error!(%error, passkey = %row.info.id, "a passkey cannot be read");
            AccessError::UnknownPasskey
        })?;
        match site.webauthn()?.finish_discoverable_authentication_v2(&answer, state, &passkey) {
            Ok(result) => {
                passkey.update_credential(&result);
                let key = serde_json::to_string(&passkey).expect("a passkey is JSON");
                Ok(Used { row, key, now: self.now() })
            }
            Err(WebauthnError::CredentialPossibleCompromise) => {
                tracing::warn!(passkey = %row.info.id, label = row.info.label, "refused: a passkey counts fewer signatures than before, so there may be a copy of it");
                Err(AccessError::UnknownPasskey)
            }
            Err(error) => {
                tracing::warn!(%error, passkey = %row.info.id, "the answer of a passkey was refused");
                Err(AccessError::UnknownPasskey)
            }
        }
    }
}
