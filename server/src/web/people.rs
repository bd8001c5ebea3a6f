//! The people of one request, as the server functions ask for them.

use crate::{
    access::{AccessError, Client, Cookies, Identity, Requester, SignedIn},
    deck::{self, Deck},
};
use execdeck_app::service::{self, Answer, PeopleService};
use execdeck_wire::{ApiError, CreatedToken, Me, NewToken, Password, Person, PersonChange, SessionInfo, TokenInfo};
use uuid::Uuid;

/// Signs in and manages people for one request.
#[derive(Clone)]
pub(crate) struct People {
    pub deck: Deck,
    pub client: Client,
    pub cookies: Cookies,
    /// Who has sent the request, if they are signed in.
    pub identity: Option<Requester>,
}

impl People {
    /// The one who has sent the request.
    pub(crate) fn identity(&self) -> Result<&Requester, ApiError> {
        self.identity.as_ref().ok_or_else(|| AccessError::NotSignedIn.into())
    }

    /// Whether the one who has sent the request can sign in with a password.
    pub(crate) async fn has_password(&self) -> Result<bool, ApiError> {
        self.deck.has_password(self.identity()?).await
    }

    /// The `Set-Cookie` headers of a session that was opened.
    pub(crate) fn cookies_of(&self, signed_in: &SignedIn) -> Vec<String> {
        vec![self.cookies.set_session(&signed_in.session, signed_in.seconds), self.cookies.set_device(&signed_in.device)]
    }

    fn answer(&self, signed_in: &SignedIn) -> service::SignedIn {
        service::SignedIn { me: me(&signed_in.identity), cookies: self.cookies_of(signed_in) }
    }
}

/// What somebody may know about themselves.
pub(crate) fn me(identity: &Identity) -> Me {
    identity.me(deck::may_run_free_commands(identity))
}

impl PeopleService for People {
    fn sign_in(&self, name: String, password: Password) -> Answer<'_, service::SignedIn> {
        Box::pin(async move { Ok(self.answer(&self.deck.sign_in(&name, &password, &self.client).await?)) })
    }

    fn setup(&self, code: String, name: String, password: Password) -> Answer<'_, service::SignedIn> {
        Box::pin(async move { Ok(self.answer(&self.deck.setup(&code, &name, &password, &self.client).await?)) })
    }

    fn sign_out(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            self.deck.sign_out(self.identity()?).await?;
            Ok(vec![self.cookies.clear_session()])
        })
    }

    fn whoami(&self) -> Answer<'_, Me> {
        Box::pin(async move { Ok(me(self.identity()?)) })
    }

    fn change_password(&self, current: Password, new: Password) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.deck.change_password(self.identity()?, &current, &new, &self.client).await?) })
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
}
