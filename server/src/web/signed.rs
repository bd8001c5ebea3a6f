//! Who has sent a request, and with which browser.

use super::error::Failure;
use crate::{
    access::{AccessError, Client, Cookies, Requester, Site},
    config::Server,
    deck::{self, Caller},
    listen::ClientAddr,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use execdeck_wire::ApiError;

/// Who has sent a request. Handlers that take it are for those who are signed in.
#[derive(Clone, Debug)]
pub(crate) struct Signed(pub Requester);

impl Signed {
    /// What they may do.
    pub(crate) fn caller(&self) -> Caller {
        deck::caller(&self.0)
    }
}

/// Why somebody is not let in, for a route that says so itself.
#[derive(Clone, Debug)]
pub(crate) struct Refused(pub ApiError);

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get().cloned().ok_or_else(|| match parts.extensions.get() {
            Some(Refused(error)) => error.clone().into(),
            None => AccessError::NotSignedIn.into(),
        })
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        ApiError::from(error).into()
    }
}

/// Where a request comes from, and what its browser is known by.
pub(crate) fn client(server: &Server, cookies: &Cookies, address: Option<ClientAddr>, headers: &HeaderMap) -> Client {
    let text = |found: Option<&str>| found.map(str::to_owned);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    Client {
        address: address.map(|client| client.address),
        agent: headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        session: text(cookies.session(cookie_headers(headers)).ok().flatten()),
        device: text(cookies.device(cookie_headers(headers)).ok().flatten()),
        passkey: text(cookies.passkey(cookie_headers(headers)).ok().flatten()),
        site: Site::of(server.public_url.as_ref(), address.is_some_and(|client| client.https), host),
    }
}

/// The values of all `Cookie` headers.
pub(in crate::web) fn cookie_headers(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes)
}
