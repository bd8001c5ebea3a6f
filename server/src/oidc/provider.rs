//! What the provider says about itself (OpenID Connect Discovery 1.0), and its keys: asked for when they are needed, and kept.

use super::{
    error::{OidcError, causes},
    http::Http,
};
use openidconnect::{
    AuthType, ClientId, ClientSecret, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, RedirectUrl,
    core::{CoreClient, CoreClientAuthMethod, CoreJsonWebKeySet, CoreProviderMetadata},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long what the provider has said is used before it is asked again.
const FRESH: Duration = Duration::from_hours(1);
/// How long a provider that did not answer is left alone.
const PAUSE: Duration = Duration::from_secs(5);
/// How often tokens with unknown keys may cause a question.
const KEYS_EVERY: Duration = Duration::from_secs(10);

/// The client, once the provider's addresses are known.
pub(super) type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What the provider has said.
pub(super) struct Known {
    pub(super) client: Client,
    metadata: CoreProviderMetadata,
    at: Instant,
}

impl Known {
    pub(super) fn keys(&self) -> &CoreJsonWebKeySet {
        self.metadata.jwks()
    }

    /// Where the provider tells more about somebody.
    pub(super) fn user_info(&self) -> Option<&str> {
        self.metadata.userinfo_endpoint().map(|address| address.as_str())
    }
}

/// The provider, as this server is registered with it.
pub(super) struct Provider {
    pub(super) issuer: IssuerUrl,
    pub(super) client_id: ClientId,
    secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    pub(super) http: Http,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Arc<Known>>,
    /// The last time that it did not answer, and why.
    failed: Option<(Instant, String)>,
    /// The last time that it was asked because of an unknown key.
    keys_asked: Option<Instant>,
}

impl Provider {
    pub(super) fn new(issuer: IssuerUrl, client_id: ClientId, secret: Option<ClientSecret>, redirect: RedirectUrl, http: Http) -> Self {
        Self { issuer, client_id, secret, redirect, http, state: Mutex::default() }
    }

    /// What the provider says. If it does not answer, what it said before is still used.
    pub(super) async fn known(&self) -> Result<Arc<Known>, OidcError> {
        let mut state = self.state.lock().await;
        let known = state.known.clone();
        if let Some(known) = known.as_ref().filter(|known| known.at.elapsed() < FRESH) {
            return Ok(known.clone());
        }
        let asked = match &state.failed {
            Some((at, reason)) if at.elapsed() < PAUSE => Err(OidcError::Paused(reason.clone())),
            _ => self.ask(&mut state).await,
        };
        match (asked, known) {
            (Err(error), Some(known)) => {
                let said = "what the OpenID provider said earlier is still used";
                if matches!(error, OidcError::Paused(_)) {
                    // It is in the log already.
                    tracing::debug!(%error, "{said}");
                } else {
                    tracing::warn!(%error, "{said}");
                }
                Ok(known)
            }
            (asked, _) => asked,
        }
    }

    /// What the provider says now, if that is newer than `old` or it may be asked again.
    pub(super) async fn newer(&self, old: &Arc<Known>) -> Result<Option<Arc<Known>>, OidcError> {
        let mut state = self.state.lock().await;
        if let Some(known) = state.known.as_ref().filter(|known| !Arc::ptr_eq(known, old)) {
            return Ok(Some(known.clone()));
        }
        if state.keys_asked.is_some_and(|at| at.elapsed() < KEYS_EVERY) {
            return Ok(None);
        }
        state.keys_asked = Some(Instant::now());
        self.ask(&mut state).await.map(Some)
    }

    async fn ask(&self, state: &mut State) -> Result<Arc<Known>, OidcError> {
        match CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await {
            Ok(metadata) => {
                let known = Arc::new(Known { client: self.client(&metadata), metadata, at: Instant::now() });
                (state.known, state.failed) = (Some(known.clone()), None);
                Ok(known)
            }
            Err(error) => {
                let reason = causes(&error);
                state.failed = Some((Instant::now(), reason.clone()));
                Err(OidcError::Unusable(reason))
            }
        }
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let methods = metadata.token_endpoint_auth_methods_supported();
        // Basic is what a provider that does not say anything supports (OpenID Connect Discovery 1.0, 3).
        let basic = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        CoreClient::from_provider_metadata(metadata.clone(), self.client_id.clone(), self.secret.clone())
            .set_redirect_uri(self.redirect.clone())
            .set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody })
    }
}
