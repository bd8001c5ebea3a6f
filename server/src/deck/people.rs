//! People: signing in and out, their sessions and tokens, and managing them.

use super::{Caller, Deck, rights::require};
use crate::access::{AccessError, Client, Identity, SignedIn, Via};
use execdeck_wire::{ApiError, CreatedToken, ErrorCode, NewToken, Password, Person, PersonChange, Right, Role, SessionInfo, TokenInfo};
use uuid::Uuid;

/// What an identity may do, for calls.
pub fn caller(identity: &Identity) -> Caller {
    let free_commands = may_run_free_commands(identity);
    Caller { name: identity.name.clone(), rights: identity.rights, grants: identity.grants.clone(), free_commands }
}

/// Whether somebody may run commands that are no template: administrators only.
pub fn may_run_free_commands(identity: &Identity) -> bool {
    identity.role == Role::Admin
}

impl Deck {
    /// Signs somebody in with their password.
    pub async fn sign_in(&self, name: &str, password: &Password, client: &Client) -> Result<SignedIn, AccessError> {
        let signed_in = self.access.sign_in(name, password, client).await;
        let address = client.address.map(tracing::field::display);
        match &signed_in {
            Ok(signed_in) => tracing::info!(name = signed_in.identity.name, address, "signed in"),
            // Nobody learns anything from the thousandth one.
            Err(error @ (AccessError::TooManyAttempts(_) | AccessError::Busy(_))) => tracing::debug!(%error, address, "sign-in refused"),
            // The name may be a password that was typed into the wrong field.
            Err(error) => tracing::warn!(%error, address, "sign-in refused"),
        }
        signed_in
    }

    /// Creates the first administrator and signs them in.
    pub async fn setup(&self, code: &str, name: &str, password: &Password, client: &Client) -> Result<SignedIn, AccessError> {
        let signed_in = self.access.setup(code, name, password, client).await?;
        tracing::info!(
            name = signed_in.identity.name,
            address = client.address.map(tracing::field::display),
            "the first administrator was created"
        );
        Ok(signed_in)
    }

    /// Ends the session that a request came with.
    pub async fn sign_out(&self, identity: &Identity) -> Result<(), ApiError> {
        self.access.sign_out(identity).await?;
        tracing::info!(name = identity.name, "signed out");
        Ok(())
    }

    /// Whether one can sign in with a password.
    pub async fn has_password(&self, identity: &Identity) -> Result<bool, ApiError> {
        Ok(self.access.has_password(identity).await?)
    }

    /// Changes one's own password and ends one's other sessions.
    pub async fn change_password(
        &self,
        identity: &Identity,
        current: &Password,
        new: &Password,
        client: &Client,
    ) -> Result<(), AccessError> {
        require_own_account(identity)?;
        self.access.change_password(identity, current, new, client).await?;
        tracing::info!(name = identity.name, "password changed");
        Ok(())
    }

    /// All people, by name.
    pub async fn list_people(&self, identity: &Identity) -> Result<Vec<Person>, ApiError> {
        require(&caller(identity), Right::Administer, "Managing people")?;
        Ok(self.access.list_people().await?)
    }

    /// Creates an account or changes one.
    pub async fn save_person(&self, identity: &Identity, save: PersonChange) -> Result<Person, ApiError> {
        require(&caller(identity), Right::Administer, "Managing people")?;
        let has_password = save.password.is_some();
        let person = self.access.save_person(identity, save).await?;
        let (name, role, disabled) = (&person.name, person.role.as_str(), person.disabled);
        tracing::info!(name, role, disabled, has_password, by = identity.name, "account saved");
        Ok(person)
    }

    /// One's own sessions, or another person's.
    pub async fn list_sessions(&self, identity: &Identity, of: Option<&str>) -> Result<Vec<SessionInfo>, ApiError> {
        require_own_account(identity)?;
        Ok(self.access.list_sessions(identity, of).await?)
    }

    /// Ends one of one's own sessions; or anybody's, for administrators.
    pub async fn end_session(&self, identity: &Identity, id: Uuid) -> Result<(), ApiError> {
        require_own_account(identity)?;
        self.access.end_session(identity, id).await?;
        tracing::info!(%id, by = identity.name, "session ended");
        Ok(())
    }

    /// Ends all of one's own sessions but the one that the request came with; returns how many there were.
    pub async fn end_other_sessions(&self, identity: &Identity) -> Result<usize, ApiError> {
        require_own_account(identity)?;
        let ended = self.access.end_other_sessions(identity).await?;
        tracing::info!(ended, by = identity.name, "other sessions ended");
        Ok(ended)
    }

    /// One's own tokens.
    pub async fn list_tokens(&self, identity: &Identity) -> Result<Vec<TokenInfo>, ApiError> {
        require_own_account(identity)?;
        Ok(self.access.list_tokens(identity).await?)
    }

    /// Creates a token for the caller.
    pub async fn create_token(&self, identity: &Identity, new: NewToken) -> Result<CreatedToken, ApiError> {
        require_own_account(identity)?;
        let created = self.access.create_token(identity, new).await?;
        tracing::info!(id = %created.info.id, label = created.info.label, by = identity.name, "token created");
        Ok(created)
    }

    /// Revokes one of the caller's tokens; or anybody's, for administrators.
    pub async fn revoke_token(&self, identity: &Identity, id: Uuid) -> Result<(), ApiError> {
        require_own_account(identity)?;
        self.access.revoke_token(identity, id).await?;
        tracing::info!(%id, by = identity.name, "token revoked");
        Ok(())
    }
}

/// A token that may do less than its owner may not touch the owner's sessions, tokens and password.
fn require_own_account(identity: &Identity) -> Result<(), ApiError> {
    if matches!(identity.via, Via::Token { .. }) && !identity.rights.includes(identity.role.rights()) {
        let message = "This token may do less than its owner, so it cannot manage the owner's account. Use a session or a token \
                       without restrictions.";
        return Err(ApiError::new(ErrorCode::Forbidden, message));
    }
    Ok(())
}
