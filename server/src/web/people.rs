//! The people of one request, as the server functions ask for them.

use super::retry_after::RetryAfter;
use crate::{
    access::{self, AccessError, Client, Cookies, Requester, SignedIn},
    deck::Deck,
};
use execdeck_app::service::{self, Answer, PeopleService};
use execdeck_wire::{ApiError, CreatedToken, Me, NewToken, PasskeyInfo, Password, Person, PersonChange, Proof, SessionInfo, TokenInfo};
use serde_json::Value;
use uuid::Uuid;

/// Signs in and manages people for one request.
#[derive(Clone)]
pub(crate) struct People {
    pub deck: Deck,
    pub client: Client,
    pub cookies: Cookies,
    /// Who has sent the request, if they are signed in.
    pub identity: Option<Requester>,
    /// When to try again, for the answer.
    pub retry: RetryAfter,
}

impl People {
    /// The one who has sent the request.
    pub(crate) fn identity(&self) -> Result<&Requester, ApiError> {
        self.identity.as_ref().ok_or_else(|| AccessError::NotSignedIn.into())
    }

    /// An error for the one who has sent the request, who is also told when to try again.
    pub(crate) fn refused(&self, error: AccessError) -> ApiError {
        if let Some(seconds) = error.retry_seconds() {
            self.retry.set(seconds);
        }
        error.into()
    }

    /// Whether the one who has sent the request can sign in with a password.
    pub(crate) async fn has_password(&self) -> Result<bool, ApiError> {
        self.deck.has_password(self.identity()?).await
    }

    /// Whether the one who has sent the request is asked for a passkey after the password.
    pub(crate) async fn asks_for_passkey(&self) -> Result<bool, ApiError> {
        self.deck.asks_for_passkey(self.identity()?).await
    }

    /// Signs in with a password, for those who can go on with a passkey if that is not enough.
    pub(crate) async fn sign_in_or_go_on(&self, name: &str, password: &Password) -> Result<service::SignedIn, AccessError> {
        Ok(self.answer(&self.deck.sign_in(name, password, &self.client).await?))
    }

    fn challenge(&self, challenge: access::Challenge) -> service::Challenge {
        service::Challenge { options: challenge.options, cookies: vec![self.cookies.set_passkey(&challenge.secret.0)] }
    }

    /// The `Set-Cookie` headers of a session that was opened.
    pub(crate) fn cookies_of(&self, signed_in: &SignedIn) -> Vec<String> {
        vec![self.cookies.set_session(&signed_in.session, signed_in.seconds), self.cookies.set_device(&signed_in.device)]
    }

    fn answer(&self, signed_in: &SignedIn) -> service::SignedIn {
        let requester = Requester { identity: signed_in.identity.clone(), address: self.client.address };
        service::SignedIn { me: self.deck.me(&requester), cookies: self.cookies_of(signed_in) }
    }
}

impl PeopleService for People {
    fn sign_in(&self, name: String, password: Password) -> Answer<'_, service::SignedIn> {
        Box::pin(async move { self.sign_in_or_go_on(&name, &password).await.map_err(|error| self.refused(error)) })
    }

    fn setup(&self, code: String, name: String, password: Password) -> Answer<'_, service::SignedIn> {
        Box::pin(async move {
            let signed_in = self.deck.setup(&code, &name, &password, &self.client).await;
            Ok(self.answer(&signed_in.map_err(|error| self.refused(error))?))
        })
    }

    fn sign_out(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            self.deck.sign_out(self.identity()?).await?;
            Ok(vec![self.cookies.clear_session()])
        })
    }

    fn whoami(&self) -> Answer<'_, Me> {
        Box::pin(async move { Ok(self.deck.me(self.identity()?)) })
    }

    fn change_password(&self, current: Password, new: Password) -> Answer<'_, ()> {
        Box::pin(async move {
            let changed = self.deck.change_password(self.identity()?, &current, &new, &self.client).await;
            changed.map_err(|error| self.refused(error))
        })
    }

    fn list_people(&self) -> Answer<'_, Vec<Person>> {
        Box::pin(async move { self.deck.list_people(self.identity()?).await })
    }

    fn save_person(&self, person: PersonChange) -> Answer<'_, Person> {
        Box::pin(async move { self.deck.save_person(self.identity()?, person).await })
    }

    fn list_sessions(&self, person: Option<String>) -> Answer<'_, Vec<SessionInfo>> {
        Box::pin(async move { self.deck.list_sessions(self.identity()?, person.as_deref()).await })
    }

    fn end_session(&self, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move { self.deck.end_session(self.identity()?, id).await })
    }

    fn end_other_sessions(&self) -> Answer<'_, usize> {
        Box::pin(async move { self.deck.end_other_sessions(self.identity()?).await })
    }

    fn list_tokens(&self) -> Answer<'_, Vec<TokenInfo>> {
        Box::pin(async move { self.deck.list_tokens(self.identity()?).await })
    }

    fn create_token(&self, token: NewToken) -> Answer<'_, CreatedToken> {
        Box::pin(async move { self.deck.create_token(self.identity()?, token).await })
    }

    fn revoke_token(&self, id: Uuid) -> Answer<'_, ()> {
        Box::pin(async move { self.deck.revoke_token(self.identity()?, id).await })
    }

    fn passkey_sign_in_options(&self, after_password: bool) -> Answer<'_, service::Challenge> {
        Box::pin(async move { Ok(self.challenge(self.deck.passkey_sign_in_options(after_password, &self.client).await?)) })
    }

    fn sign_in_with_passkey(&self, credential: Value) -> Answer<'_, service::SignedIn> {
        Box::pin(async move {
            let signed_in = self.deck.sign_in_with_passkey(&credential, &self.client).await;
            let mut signed_in = self.answer(&signed_in.map_err(|error| self.refused(error))?);
            signed_in.cookies.push(self.cookies.clear_passkey());
            Ok(signed_in)
        })
    }

    fn passkey_proof_options(&self) -> Answer<'_, service::Challenge> {
        Box::pin(async move { Ok(self.challenge(self.deck.passkey_proof_options(self.identity()?, &self.client).await?)) })
    }

    fn passkey_options(&self, proof: Proof) -> Answer<'_, service::Challenge> {
        Box::pin(async move {
            let challenge = self.deck.passkey_options(self.identity()?, &proof, &self.client).await;
            Ok(self.challenge(challenge.map_err(|error| self.refused(error))?))
        })
    }

    fn add_passkey(&self, label: String, credential: Value) -> Answer<'_, PasskeyInfo> {
        Box::pin(async move { Ok(self.deck.add_passkey(self.identity()?, &label, &credential, &self.client).await?) })
    }

    fn list_passkeys(&self) -> Answer<'_, Vec<PasskeyInfo>> {
        Box::pin(async move { self.deck.list_passkeys(self.identity()?).await })
    }

    fn remove_passkey(&self, id: Uuid, proof: Proof) -> Answer<'_, ()> {
        Box::pin(async move {
            let removed = self.deck.remove_passkey(self.identity()?, id, &proof, &self.client).await;
            removed.map_err(|error| self.refused(error))
        })
    }

    fn ask_for_passkey(&self, ask: bool, proof: Proof) -> Answer<'_, ()> {
        Box::pin(async move {
            let set = self.deck.ask_for_passkey(self.identity()?, ask, &proof, &self.client).await;
            set.map_err(|error| self.refused(error))
        })
    }
}
