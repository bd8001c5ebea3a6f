//! Signing in with an OpenID provider.

use super::Deck;
use crate::{
    access::{Access, AccessError, Client, SignedIn},
    audit::Refusal,
    oidc::{Answer, OidcClient, OidcError, Start, Started},
};
use execdeck_wire::{ApiError, ErrorCode, Password};

/// How somebody goes on whom the provider has signed in.
pub enum Finished {
    /// A session is open.
    SignedIn(SignedIn),
    /// They are asked for a passkey; the secret is for the cookie by which the browser is known when it comes with one.
    PasskeyNext(Password),
}

impl Deck {
    /// The same deck, on which people can sign in with a provider.
    #[must_use]
    pub fn with_provider(self, provider: Option<OidcClient>) -> Self {
        Self { provider, ..self }
    }

    /// What people know the provider as, if there is one.
    pub fn provider_name(&self) -> Option<&str> {
        self.provider.as_ref().map(OidcClient::name)
    }

    /// Starts an attempt to sign in with the provider.
    pub async fn start_provider_sign_in(&self, start: Start<'_>) -> Result<Started, ApiError> {
        self.provider()?.start(start).await.map_err(|error| self.answer_to(error))
    }

    /// Signs in somebody who has come back from the provider; also returns the page to go to. `browser`: the secret of the
    /// cookie that the attempt gave them.
    pub async fn finish_provider_sign_in(
        &self,
        answer: Answer,
        browser: Option<&str>,
        client: &Client,
    ) -> Result<(Finished, String), ApiError> {
        let address = client.address.map(tracing::field::display);
        let finished = self.provider()?.finish(answer, browser).await;
        let (user, next) = finished.map_err(|error| {
            self.count_stranger(client.address, Refusal::SignIn);
            self.answer_to(error)
        })?;
        let subject = user.subject.clone();
        let work = async |access: Access| access.sign_in_with_provider(user, client).await;
        match self.open_session("sign_in", client, Refusal::SignIn, work).await {
            Ok(signed_in) => {
                tracing::info!(name = signed_in.identity.name, subject, address, "signed in with the OpenID provider");
                Ok((Finished::SignedIn(signed_in), next))
            }
            Err(AccessError::PasskeyNext(secret)) => {
                tracing::debug!(subject, address, "the OpenID provider knows them; a passkey is asked for");
                Ok((Finished::PasskeyNext(secret), next))
            }
            Err(error) => {
                tracing::warn!(%error, subject, address, "sign-in refused");
                Err(error.into())
            }
        }
    }

    fn provider(&self) -> Result<&OidcClient, ApiError> {
        self.provider.as_ref().ok_or_else(|| ApiError::new(ErrorCode::NotFound, "This server has no OpenID provider to sign in with."))
    }

    /// What people get to see. The log says more, once.
    fn answer_to(&self, error: OidcError) -> ApiError {
        let name = self.provider_name().unwrap_or_default();
        let (code, message) = match &error {
            OidcError::NoAttempt => (ErrorCode::BadRequest, error.to_string()),
            OidcError::Refused(reason) => (ErrorCode::Forbidden, format!("{name} refused to sign you in: {reason}")),
            OidcError::Busy => (ErrorCode::LimitReached, error.to_string()),
            OidcError::Unusable(_) | OidcError::Paused(_) => (
                ErrorCode::Unavailable,
                format!("{name} cannot be reached or answers wrongly. Try again later; the server's log says more."),
            ),
            OidcError::Invalid(_) => (
                ErrorCode::Unauthorized,
                format!("What {name} has issued is not valid, so you are not signed in. The server's log says more."),
            ),
        };
        match &error {
            OidcError::Unusable(_) => tracing::error!(%error, "sign-in with the OpenID provider failed"),
            OidcError::Invalid(_) => tracing::warn!(%error, "sign-in with the OpenID provider refused"),
            error => tracing::debug!(%error, "sign-in with the OpenID provider ended"),
        }
        ApiError::new(code, message)
    }
}
