//! Signing in with a passkey: instead of a password, or after it.

use super::{
    Challenge,
    ceremonies::{AfterPassword, Ceremony},
    verify::challenge,
};
use crate::access::{
    AccessError,
    handle::Access,
    opening::{Client, SignedIn},
    store::{
        passkeys,
        people::{self, PersonRow},
    },
    throttle::Network,
};
use execdeck_wire::{ErrorCode, Password};
use serde_json::Value;

impl Access {
    /// Somebody has given their right password, and is asked for a passkey: nothing is open to them yet. The secret is for
    /// the browser's cookie.
    pub(in super::super) fn after_password(&self, row: &PersonRow, client: &Client) -> Password {
        let waiting = AfterPassword { person: row.id, password: row.password.clone(), state: None };
        Password(self.inner.ceremonies.begin(Network::of(client.address), Ceremony::AfterPassword(waiting), self.now()))
    }

    /// A challenge to sign in with: for any passkey of this site, or, `after_password`, for one of the person whose password
    /// the same browser has just given.
    pub async fn begin_passkey_sign_in(&self, after_password: bool, client: &Client) -> Result<Challenge, AccessError> {
        let (site, network, now) = (client.site()?, Network::of(client.address), self.now());
        let ceremonies = &self.inner.ceremonies;
        if !after_password {
            let (options, state) = challenge(site, &[])?;
            let secret = Password(ceremonies.begin(network, Ceremony::SignIn(state), now));
            return Ok(Challenge { options, secret });
        }
        let too_late = || AccessError::refused(ErrorCode::Unauthorized, "The passkey came too late; enter your password again.");
        let Some((Ceremony::AfterPassword(waiting), expires_at)) = ceremonies.take(client.passkey.as_deref(), now) else {
            return Err(too_late());
        };
        let (person, host) = (waiting.person, site.host().to_owned());
        let mut allowed = self.read(move |connection| passkeys::of_person(connection, person)).await?;
        allowed.retain(|row| row.info.site == host);
        if allowed.is_empty() {
            let message = "None of your passkeys is for this address. Open the address at which you have added one, or ask an administrator \
                           to remove your passkeys.";
            return Err(AccessError::refused(ErrorCode::Unauthorized, message));
        }
        let (options, state) = challenge(site, &allowed)?;
        let waiting = Ceremony::AfterPassword(AfterPassword { state: Some(state), ..waiting });
        Ok(Challenge { options, secret: Password(ceremonies.begin_until(network, waiting, now, expires_at)) })
    }

    /// Signs in with what a passkey has answered.
    pub async fn sign_in_with_passkey(&self, answer: &Value, client: &Client) -> Result<SignedIn, AccessError> {
        let site = client.site()?;
        let attempt = self.inner.throttle.begin_without_name(client.address, self.now())?;
        let (state, waiting) = match self.inner.ceremonies.take(client.passkey.as_deref(), self.now()) {
            Some((Ceremony::SignIn(state), _)) => (state, None),
            Some((Ceremony::AfterPassword(AfterPassword { person, password, state: Some(state) }), _)) => (state, Some((person, password))),
            _ => return Err(AccessError::refused(ErrorCode::Unauthorized, "The passkey came too late; try again.")),
        };
        let used = self.verify_passkey(site, *state, answer, waiting.as_ref().map(|(person, _)| *person)).await?;
        let signed_in = self.open(client, move |transaction, opening| {
            let row = people::by_id(transaction, used.person())?.filter(|row| !row.person.disabled);
            let row = row.ok_or(AccessError::UnknownPasskey)?;
            // The password that was right may have been changed meanwhile.
            if waiting.is_some_and(|(_, password)| row.password != password) {
                return Err(AccessError::UnknownPasskey);
            }
            used.note(transaction)?;
            opening.insert_after_passkey(transaction, row.id)
        });
        let signed_in = signed_in.await?;
        self.inner.throttle.succeeded(attempt);
        Ok(signed_in)
    }
}
