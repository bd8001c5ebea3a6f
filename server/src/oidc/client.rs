//! Starts attempts to sign in with the provider, and finishes them.

use super::{
    attempts::{Attempt, Attempts},
    claims::{self, Claims},
    error::{OidcError, OidcSetupError, causes, one_line},
    http::Http,
    provider::{Known, Provider},
    secret,
    verify::{Expected, Rejected, verify},
};
use crate::{
    access::{Network, ProviderUser},
    config::{Oidc, PublicUrl},
};
use openidconnect::{
    AccessToken, AuthorizationCode, ClientId, CsrfToken, HttpRequest, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse,
    core::{CoreAuthenticationFlow, CoreTokenResponse},
};
use serde::Deserialize;
use std::{net::IpAddr, sync::Arc};
use tokio::sync::Semaphore;

/// The path to which the provider sends browsers back, below the base path.
const CALLBACK: &str = "/login/oidc/callback";
/// How many people may come back at once; each may take some seconds.
const MOST_AT_ONCE: usize = 32;
/// The longest address of a page to go to afterwards, in bytes.
const MAX_NEXT: usize = 2000;

/// Signs people in with the provider. Cheap to clone.
#[derive(Clone)]
pub struct OidcClient(Arc<Inner>);

struct Inner {
    settings: Oidc,
    name: String,
    provider: Provider,
    attempts: Attempts,
    returning: Semaphore,
}

/// An attempt that somebody wants to start.
pub struct Start<'a> {
    /// The page to go to afterwards; one of this server.
    pub next: &'a str,
    /// The secret of the browser, if it has started an attempt before.
    pub browser: Option<&'a str>,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
}

/// An attempt that was started.
pub struct Started {
    /// Where the browser has to go.
    pub location: String,
    /// The secret for its cookie.
    pub browser: String,
}

/// What the provider sends along when it sends a browser back (RFC 6749, 4.1.2, and RFC 9207).
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    code: Option<String>,
    state: String,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl OidcClient {
    /// The client for the configured provider, if there is one. The provider is not asked anything yet.
    pub fn open(settings: &Oidc, public_url: Option<&PublicUrl>, base_path: &str) -> Result<Option<Self>, OidcSetupError> {
        let (true, Some(public_url)) = (settings.is_on(), public_url) else { return Ok(None) };
        let redirect = RedirectUrl::new(format!("{}{base_path}{CALLBACK}", public_url.origin()))?;
        let issuer = IssuerUrl::new(settings.issuer.clone())?;
        let secret = secret::read(settings)?;
        let provider = Provider::new(issuer, ClientId::new(settings.client_id.clone()), secret, redirect, Http::new()?);
        Ok(Some(Self(Arc::new(Inner {
            settings: settings.clone(),
            name: settings.shown_name(),
            provider,
            attempts: Attempts::default(),
            returning: Semaphore::new(MOST_AT_ONCE),
        }))))
    }

    /// What people know the provider as.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Starts an attempt: the browser has to get the cookie and go to the provider.
    pub async fn start(&self, start: Start<'_>) -> Result<Started, OidcError> {
        let inner = &self.0;
        let known = inner.provider.known().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (state, nonce) = (CsrfToken::new_random_len(32), Nonce::new_random_len(32));
        let (sent_state, sent_nonce) = (state.clone(), nonce.clone());
        let request = known.client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, || sent_state, || sent_nonce);
        let scopes = inner.settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new);
        let (location, ..) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        // Several tabs of a browser may try at the same time.
        let browser = start.browser.map_or_else(|| CsrfToken::new_random_len(32).secret().clone(), str::to_owned);
        let next = if start.next.len() > MAX_NEXT { "/admin/exec" } else { start.next };
        inner.attempts.add(&state, Attempt::new(&browser, Network::of(start.address), nonce, verifier, next.to_owned()));
        Ok(Started { location: location.into(), browser })
    }

    /// Finds out who has come back from the provider, and where they want to go. `browser`: the secret of their cookie.
    pub async fn finish(&self, answer: Answer, browser: Option<&str>) -> Result<(ProviderUser, String), OidcError> {
        let inner = &self.0;
        let attempt = inner.attempts.take(&answer.state, browser).ok_or(OidcError::NoAttempt)?;
        if answer.iss.as_ref().is_some_and(|issuer| issuer != inner.provider.issuer.as_str()) {
            return Err(OidcError::Invalid("the answer is another issuer's (iss)".into()));
        }
        let code = match (answer.error, answer.code) {
            (None, Some(code)) => code,
            (None, None) => return Err(OidcError::Invalid("the answer has neither a code nor an error".into())),
            (Some(error), _) => return Err(OidcError::Refused(one_line(&answer.error_description.unwrap_or(error)))),
        };
        let _permit = inner.returning.try_acquire().map_err(|_| OidcError::Busy)?;
        let known = inner.provider.known().await?;
        let response = self.exchange(&known, code, attempt.verifier).await?;
        let (subject, claims) = self.verified(known.clone(), &response, &attempt.nonce).await?;
        let claims = self.completed(&known, response.access_token(), &subject, claims).await?;
        Ok((claims::user(&inner.settings, inner.provider.issuer.as_str(), &subject, &claims), attempt.next))
    }

    async fn exchange(&self, known: &Known, code: String, verifier: PkceCodeVerifier) -> Result<CoreTokenResponse, OidcError> {
        let unusable = |error: &dyn std::error::Error| OidcError::Unusable(causes(error));
        let request = known.client.exchange_code(AuthorizationCode::new(code)).map_err(|error| unusable(&error))?;
        request.set_pkce_verifier(verifier).request_async(&self.0.provider.http).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(reason) => {
                OidcError::Invalid(format!("the provider does not take the code: {}", one_line(&reason.to_string())))
            }
            error => unusable(&error),
        })
    }

    /// What the ID token says, if it is valid. The provider may have new keys.
    async fn verified(&self, known: Arc<Known>, response: &CoreTokenResponse, nonce: &Nonce) -> Result<(String, Claims), OidcError> {
        let provider = &self.0.provider;
        let invalid = |rejected: Rejected| OidcError::Invalid(rejected.reason());
        let token = response.id_token().ok_or_else(|| OidcError::Invalid("there is no ID token; is the scope openid allowed?".into()))?;
        let with = |known: &Known| {
            let expected = Expected { issuer: &provider.issuer, client: &provider.client_id, keys: known.keys(), nonce };
            verify(&expected, token, response.access_token())
        };
        match with(&known) {
            Err(Rejected::UnknownKey) => match provider.newer(&known).await? {
                Some(newer) => with(&newer).map_err(invalid),
                None => Err(invalid(Rejected::UnknownKey)),
            },
            verified => verified.map_err(invalid),
        }
    }

    /// The claims, with what only the provider's user info says.
    async fn completed(&self, known: &Known, token: &AccessToken, subject: &str, mut claims: Claims) -> Result<Claims, OidcError> {
        let Some(address) = known.user_info().filter(|_| claims::are_incomplete(&self.0.settings, &claims)) else { return Ok(claims) };
        let unusable = |problem: String| OidcError::Unusable(format!("user info: {problem}"));
        let request = user_info_request(address, token).map_err(|error| unusable(causes(&error)))?;
        let answer = self.0.provider.http.send(request).await.map_err(|error| unusable(causes(&error)))?;
        if answer.status() != 200 {
            return Err(unusable(format!("status {}", answer.status())));
        }
        let more: Claims = serde_json::from_slice(answer.body()).map_err(|error| unusable(causes(&error)))?;
        // Otherwise the answer to one person's token could be passed off as another's (OpenID Connect Core 1.0, 5.3.2).
        if more.get("sub").and_then(serde_json::Value::as_str) != Some(subject) {
            return Err(OidcError::Invalid("the user info is about somebody else (sub)".into()));
        }
        for (claim, value) in more {
            claims.entry(claim).or_insert(value);
        }
        Ok(claims)
    }
}

fn user_info_request(address: &str, token: &AccessToken) -> Result<HttpRequest, openidconnect::http::Error> {
    let request = openidconnect::http::Request::get(address).header("accept", "application/json");
    request.header("authorization", format!("Bearer {}", token.secret())).body(Vec::new())
}
