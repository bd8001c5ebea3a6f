//! Passkeys: signing in with one, and managing one's own.

use super::{
    Deck,
    people::{caller, own_account},
};
use crate::{
    access::{Access, AccessError, Challenge, Client, Identity, Requester, SignedIn, Via},
    audit::Refusal,
};
use execdeck_wire::{ApiError, ErrorCode, PasskeyInfo, Proof};
use serde_json::{Value, json};
use uuid::Uuid;

impl Deck {
    /// What to ask a passkey to sign in; `after_password`: that of the person whose password the same browser has just given.
    pub async fn passkey_sign_in_options(&self, after_password: bool, client: &Client) -> Result<Challenge, AccessError> {
        self.access.begin_passkey_sign_in(after_password, client).await
    }

    /// Signs somebody in with what a passkey has answered.
    pub async fn sign_in_with_passkey(&self, answer: &Value, client: &Client) -> Result<SignedIn, AccessError> {
        let work = async |access: Access| access.sign_in_with_passkey(answer, client).await;
        let signed_in = self.open_session("sign_in_with_passkey", client, Refusal::SignIn, work).await;
        let address = client.address.map(tracing::field::display);
        match &signed_in {
            Ok(signed_in) => tracing::info!(name = signed_in.identity.name, address, "signed in with a passkey"),
            Err(error @ AccessError::TooManyAttempts(_)) => tracing::debug!(%error, address, "sign-in with a passkey refused"),
            Err(error) => tracing::warn!(%error, address, "sign-in with a passkey refused"),
        }
        signed_in
    }

    /// What to ask one of the caller's passkeys for a [`Proof`].
    pub async fn passkey_proof_options(&self, by: &Requester, client: &Client) -> Result<Challenge, AccessError> {
        self.act(&caller(by), "passkey_proof_options").check(require_person(by)).await?;
        self.access.begin_passkey_proof(by, client).await
    }

    /// What to ask an authenticator to make a passkey for the caller.
    pub async fn passkey_options(&self, by: &Requester, proof: &Proof, client: &Client) -> Result<Challenge, AccessError> {
        let who = caller(by);
        let act = self.act(&who, "passkey_options");
        act.check(require_person(by)).await?;
        // Nothing is changed yet, so that only a refusal is recorded.
        act.change(async |access: Access| access.begin_passkey(by, proof, client).await).await
    }

    /// Adds the passkey that an authenticator has made for the caller.
    pub async fn add_passkey(&self, by: &Requester, label: &str, answer: &Value, client: &Client) -> Result<PasskeyInfo, AccessError> {
        let who = caller(by);
        let act = self.act(&who, "add_passkey").named(label);
        act.check(require_person(by)).await?;
        let info = act.change(async |access: Access| access.add_passkey(by, label, answer, client).await).await?;
        tracing::info!(id = %info.id, label = info.label, by = by.name, "passkey added");
        Ok(info)
    }

    /// The caller's passkeys.
    pub async fn list_passkeys(&self, by: &Requester) -> Result<Vec<PasskeyInfo>, ApiError> {
        self.act(&caller(by), "list_passkeys").check(own_account(by)).await?;
        Ok(self.access.list_passkeys(by).await?)
    }

    /// Removes one of the caller's passkeys.
    pub async fn remove_passkey(&self, by: &Requester, id: Uuid, proof: &Proof, client: &Client) -> Result<(), AccessError> {
        let who = caller(by);
        let act = self.act(&who, "remove_passkey").on(id);
        act.check(require_person(by)).await?;
        act.change(async |access: Access| access.remove_passkey(by, id, proof, client).await).await?;
        tracing::info!(%id, by = by.name, "passkey removed");
        Ok(())
    }

    /// Whether the caller is asked for a passkey after the password.
    pub async fn asks_for_passkey(&self, by: &Requester) -> Result<bool, ApiError> {
        Ok(self.access.asks_for_passkey(by).await?)
    }

    /// Sets whether the caller is asked for a passkey after the password.
    pub async fn ask_for_passkey(&self, by: &Requester, ask: bool, proof: &Proof, client: &Client) -> Result<(), AccessError> {
        let who = caller(by);
        let act = self.act(&who, "ask_for_passkey").with(json!({ "ask": ask }));
        act.check(require_person(by)).await?;
        act.change(async |access: Access| access.ask_for_passkey(by, ask, proof, client).await).await?;
        tracing::info!(ask, by = by.name, "whether a passkey is asked for was set");
        Ok(())
    }
}

/// A token, whatever it may do, must not be turned into a way to sign in.
fn require_person(identity: &Identity) -> Result<(), ApiError> {
    if matches!(identity.via, Via::Token { .. }) {
        let message = "A token cannot manage passkeys. Sign in, and do so on your account's page.";
        return Err(ApiError::new(ErrorCode::Forbidden, message));
    }
    Ok(())
}
