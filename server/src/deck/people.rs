//! People: signing in and out, their sessions and tokens, and managing them.

use super::{Caller, Deck, rights::require};
use crate::{
    access::{Access, AccessError, Client, Identity, Requester, SignedIn, Via},
    audit::Refusal,
};
use execdeck_wire::{ApiError, CreatedToken, ErrorCode, Me, NewToken, Password, Person, PersonChange, Right, SessionInfo, TokenInfo};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What somebody may do, for calls.
pub fn caller(by: &Requester) -> Caller {
    let token = if let Via::Token { label, .. } = &by.via { Some(label.clone()) } else { None };
    Caller {
        name: by.name.clone(),
        role: by.role,
        rights: by.rights,
        grants: by.grants.clone(),
        via: by.signed_in_by(),
        token,
        address: by.address,
    }
}

impl Deck {
    /// What somebody may know about themselves.
    pub fn me(&self, by: &Requester) -> Me {
        by.me(self.may_run_commands(&caller(by)).is_ok())
    }

    /// Signs somebody in with their password.
    pub async fn sign_in(&self, name: &str, password: &Password, client: &Client) -> Result<SignedIn, AccessError> {
        let work = async |access: Access| access.sign_in(name, password, client).await;
        let signed_in = self.open_session("sign_in", client, Refusal::SignIn, work).await;
        let address = client.address.map(tracing::field::display);
        match &signed_in {
            Ok(signed_in) => tracing::info!(name = signed_in.identity.name, address, "signed in"),
            Err(AccessError::PasskeyNext(_)) => tracing::debug!(address, "the password was right; a passkey is asked for"),
            // Nobody learns anything from the thousandth one.
            Err(error @ (AccessError::TooManyAttempts(_) | AccessError::Busy(_))) => tracing::debug!(%error, address, "sign-in refused"),
            // The name may be a password that was typed into the wrong field.
            Err(error) => tracing::warn!(%error, address, "sign-in refused"),
        }
        signed_in
    }

    /// Creates the first administrator and signs them in.
    pub async fn setup(&self, code: &str, name: &str, password: &Password, client: &Client) -> Result<SignedIn, AccessError> {
        let work = async |access: Access| access.setup(code, name, password, client).await;
        let signed_in = self.open_session("setup", client, Refusal::SetUp, work).await?;
        tracing::info!(
            name = signed_in.identity.name,
            address = client.address.map(tracing::field::display),
            "the first administrator was created"
        );
        Ok(signed_in)
    }

    /// Ends the session that a request came with.
    pub async fn sign_out(&self, by: &Requester) -> Result<(), ApiError> {
        let who = caller(by);
        let mut act = self.act(&who, "sign_out");
        if let Some(id) = by.session() {
            act = act.on(id);
        }
        act.change(async |access: Access| access.sign_out(by).await).await?;
        tracing::info!(name = by.name, "signed out");
        Ok(())
    }

    /// Whether one can sign in with a password.
    pub async fn has_password(&self, by: &Requester) -> Result<bool, ApiError> {
        Ok(self.access.has_password(by).await?)
    }

    /// Changes one's own password and ends one's other sessions.
    pub async fn change_password(&self, by: &Requester, current: &Password, new: &Password, client: &Client) -> Result<(), AccessError> {
        let who = caller(by);
        let act = self.act(&who, "change_password");
        act.check(own_account(by)).await?;
        act.change(async |access: Access| access.change_password(by, current, new, client).await).await?;
        tracing::info!(name = by.name, "password changed");
        Ok(())
    }

    /// All people, by name.
    pub async fn list_people(&self, by: &Requester) -> Result<Vec<Person>, ApiError> {
        let who = caller(by);
        self.act(&who, "list_people").check(require(&who, Right::Administer, "Managing people")).await?;
        Ok(self.access.list_people().await?)
    }

    /// Creates an account or changes one.
    pub async fn save_person(&self, by: &Requester, save: PersonChange) -> Result<Person, ApiError> {
        let who = caller(by);
        let act = self.act(&who, "save_person").named(&save.name);
        act.check(require(&who, Right::Administer, "Managing people")).await?;
        let act = act.with(change_details(&save));
        let has_password = save.password.is_some();
        let passkeys_removed = save.remove_passkeys;
        let person = act.change(async |access: Access| access.save_person(by, save).await).await?;
        let (name, role, disabled) = (&person.name, person.role.as_str(), person.disabled);
        tracing::info!(name, role, disabled, has_password, passkeys_removed, by = by.name, "account saved");
        Ok(person)
    }

    /// One's own sessions, or another person's.
    pub async fn list_sessions(&self, by: &Requester, of: Option<&str>) -> Result<Vec<SessionInfo>, ApiError> {
        let who = caller(by);
        let act = self.act(&who, "list_sessions");
        act.check(own_account(by)).await?;
        let listed = self.access.list_sessions(by, of).await.map_err(ApiError::from);
        match listed {
            Err(error) if error.code == ErrorCode::Forbidden => act.named(of.unwrap_or_default()).check(Err(error)).await,
            listed => listed,
        }
    }

    /// Ends one of one's own sessions; or anybody's, for administrators.
    pub async fn end_session(&self, by: &Requester, id: Uuid) -> Result<(), ApiError> {
        let who = caller(by);
        let act = self.act(&who, "end_session").on(id);
        act.check(own_account(by)).await?;
        act.change(async |access: Access| access.end_session(by, id).await).await?;
        tracing::info!(%id, by = by.name, "session ended");
        Ok(())
    }

    /// Ends all of one's own sessions but the one that the request came with; returns how many there were.
    pub async fn end_other_sessions(&self, by: &Requester) -> Result<usize, ApiError> {
        let who = caller(by);
        let act = self.act(&who, "end_other_sessions");
        act.check(own_account(by)).await?;
        let ended = act.change(async |access: Access| access.end_other_sessions(by).await).await?;
        tracing::info!(ended, by = by.name, "other sessions ended");
        Ok(ended)
    }

    /// One's own tokens.
    pub async fn list_tokens(&self, by: &Requester) -> Result<Vec<TokenInfo>, ApiError> {
        self.act(&caller(by), "list_tokens").check(own_account(by)).await?;
        Ok(self.access.list_tokens(by).await?)
    }

    /// Creates a token for the caller.
    pub async fn create_token(&self, by: &Requester, new: NewToken) -> Result<CreatedToken, ApiError> {
        let who = caller(by);
        let details = json!({ "rights": new.rights, "expires_at": new.expires_at });
        let act = self.act(&who, "create_token").named(&new.label).with(details);
        act.check(own_account(by)).await?;
        let created = act.change(async |access: Access| access.create_token(by, new).await).await?;
        tracing::info!(id = %created.info.id, label = created.info.label, by = by.name, "token created");
        Ok(created)
    }

    /// Revokes one of the caller's tokens; or anybody's, for administrators.
    pub async fn revoke_token(&self, by: &Requester, id: Uuid) -> Result<(), ApiError> {
        let who = caller(by);
        let act = self.act(&who, "revoke_token").on(id);
        act.check(own_account(by)).await?;
        act.change(async |access: Access| access.revoke_token(by, id).await).await?;
        tracing::info!(%id, by = by.name, "token revoked");
        Ok(())
    }
}

/// What is on record of a change of an account: never the password.
pub fn change_details(save: &PersonChange) -> Value {
    let mut details = Map::new();
    if let Some(role) = save.role {
        details.insert("role".into(), json!(role));
    }
    if let Some(disabled) = save.disabled {
        details.insert("disabled".into(), json!(disabled));
    }
    if let Some(grants) = &save.grants {
        details.insert("grants".into(), json!(grants));
    }
    if save.password.is_some() {
        details.insert("password".into(), json!("changed"));
    }
    if save.remove_passkeys {
        details.insert("passkeys".into(), json!("removed"));
    }
    details.into()
}

/// A token that may do less than its owner may not touch the owner's sessions, tokens and password.
pub(super) fn own_account(identity: &Identity) -> Result<(), ApiError> {
    if matches!(identity.via, Via::Token { .. }) && !identity.rights.includes(identity.role.rights()) {
        let message = "This token may do less than its owner, so it cannot manage the owner's account. Use a session or a token \
                       without restrictions.";
        return Err(ApiError::new(ErrorCode::Forbidden, message));
    }
    Ok(())
}
