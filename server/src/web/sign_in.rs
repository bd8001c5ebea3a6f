//! Runs before every route, behind the guard: finds out who sends a request, and lets nobody past who is not signed in,
//! except to what is public.

use super::{error::Failure, state::AppState};
use crate::{
    access::{AccessError, Client, Cookies, Credentials, Identity, proxy},
    deck::{self, Caller},
    listen::ClientAddr,
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use execdeck_wire::{ApiError, ErrorCode};
use std::sync::Arc;

/// Who has sent a request. Handlers that take it are for those who are signed in.
#[derive(Clone, Debug)]
pub(crate) struct Signed(pub Arc<Identity>);

impl Signed {
    /// What they may do.
    pub(crate) fn caller(&self) -> Caller {
        deck::caller(&self.0)
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get().cloned().ok_or_else(|| AccessError::NotSignedIn.into())
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        ApiError::from(error).into()
    }
}

/// Who may be let in without being signed in, and to what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Public {
    /// Everybody.
    Everybody,
    /// Everybody; the route says itself that one has to sign in, since a browser learns of it in no other way.
    SaysItself,
    /// Nobody.
    Nobody,
}

/// `path` is below the base path.
fn public(method: &Method, path: &str, headers: &HeaderMap) -> Public {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match path {
        "/healthz" if reads => Public::Everybody,
        "/login" | "/setup" if reads || *method == Method::POST => Public::Everybody,
        "/api/sign_in" | "/api/setup" if *method == Method::POST => Public::Everybody,
        _ if reads && path.starts_with("/pkg/") => Public::Everybody,
        _ if reads && path.starts_with("/api/processes/") && path.ends_with("/stream") && headers.contains_key(header::UPGRADE) => {
            Public::SaysItself
        }
        _ => Public::Nobody,
    }
}

pub(crate) async fn authenticate(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let whole = request.uri().path();
    let path = whole.strip_prefix(app.config.server.base_path.as_str()).filter(|path| path.starts_with('/')).unwrap_or(whole);
    let public = public(request.method(), path, request.headers());
    let client = request.extensions().get::<ClientAddr>().copied();
    match identify(&app, request.headers(), client).await {
        Ok(identity) => drop(request.extensions_mut().insert(Signed(identity))),
        Err(AccessError::NotSignedIn | AccessError::Ended | AccessError::KeptOut(_)) if public != Public::Nobody => {}
        Err(_) if public == Public::Everybody => {}
        Err(error) => return refuse(&app, &request, path, error),
    }
    let mut response = next.run(request).await;
    // What somebody may see is not for whoever uses the same proxy.
    if public == Public::Nobody {
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    }
    response
}

async fn identify(app: &AppState, headers: &HeaderMap, client: Option<ClientAddr>) -> Result<Arc<Identity>, AccessError> {
    let bearer = bearer(headers);
    let cookies = app.cookies(client);
    // One that is damaged is as good as none: the next sign-in replaces it.
    let cookie = cookies.session(cookie_headers(headers));
    let cookie = match cookie {
        Err(error @ crate::access::CookieError::Twice) if bearer.is_none() => {
            return Err(AccessError::Refused(ApiError::new(ErrorCode::Unauthorized, error.to_string())));
        }
        cookie => cookie.ok().flatten(),
    };
    let proxied = client.is_some_and(|client| client.proxied);
    let proxy = proxy::read(&app.config.access, proxied, |name| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect())?;
    app.deck.access().authenticate(&Credentials { cookie, bearer, proxy }).await
}

/// What follows `Bearer`. Another scheme, such as that of a proxy's own password, says nothing about who this is.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or("Bearer \u{fffd}");
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie_headers(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes)
}

/// Programs get an error; browsers are led to the page where one signs in, and from there to where they wanted to go.
fn refuse(app: &AppState, request: &Request, path: &str, error: AccessError) -> Response {
    let retry = error.retry_seconds();
    let is_page = !path.starts_with("/api/") && path != "/metrics" && bearer(request.headers()).is_none();
    if is_page && matches!(error, AccessError::NotSignedIn | AccessError::Ended) {
        let query = request.uri().query().filter(|_| request.method() != Method::POST);
        let next = query.map_or_else(|| page_of(path).to_owned(), |query| format!("{path}?{query}"));
        let login = if next == "/" || next == "/admin/exec" { "/login".to_owned() } else { format!("/login?next={}", encode(&next)) };
        return Redirect::to(&app.path(&login)).into_response();
    }
    let mut response = Failure::from(error).into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = retry {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The page on which a form stands that is sent to `path`.
fn page_of(path: &str) -> &str {
    let verb = |path: &str| matches!(path.rsplit('/').next(), Some("start" | "stop" | "remove"));
    if path.starts_with("/admin/exec/") && verb(path) { path.rsplit_once('/').map_or(path, |(page, _)| page) } else { path }
}

/// A path or query as the value of a query's parameter.
fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Where somebody goes after signing in: a page of this server, below the base path.
pub(crate) fn next_page(next: &str) -> &str {
    // `//host` and `/\host` are other hosts to a browser.
    let is_own = next.starts_with("/admin/") && !next.contains(['\\', '\r', '\n', '\t']) && !next.contains("//");
    if is_own { next } else { "/admin/exec" }
}

/// Where a request to sign in comes from, and the cookies that it has.
pub(crate) fn client(app: &AppState, address: Option<ClientAddr>, headers: &HeaderMap) -> (Client, Cookies) {
    let cookies = app.cookies(address);
    let text = |found: Option<&str>| found.map(str::to_owned);
    let client = Client {
        address: address.map(|client| client.address),
        agent: headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        session: text(cookies.session(cookie_headers(headers)).ok().flatten()),
        device: text(cookies.device(cookie_headers(headers)).ok().flatten()),
    };
    (client, cookies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_server_follow_a_sign_in() {
        for next in ["/admin/exec/new", "/admin/exec?state=active&name=a%2Fb", "/admin/people"] {
            assert_eq!(next_page(next), next);
        }
        for next in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/login",
            "/logout",
            "/admin//x",
            "/admin/\\x",
            "/admin/a\tb",
        ] {
            assert_eq!(next_page(next), "/admin/exec", "{next}");
        }
    }

    #[test]
    fn little_is_public() {
        let none = HeaderMap::new();
        for (method, path) in
            [(Method::GET, "/login"), (Method::POST, "/setup"), (Method::POST, "/api/sign_in"), (Method::GET, "/pkg/1/a.js")]
        {
            assert!(public(&method, path, &none) == Public::Everybody, "{path}");
        }
        for (method, path) in [
            (Method::POST, "/healthz"),
            (Method::GET, "/api/sign_in"),
            (Method::POST, "/api/list_processes"),
            (Method::GET, "/metrics"),
            (Method::GET, "/admin/exec"),
            (Method::GET, "/login/"),
            (Method::GET, "/api/processes/x/stream"),
            (Method::OPTIONS, "/login"),
            (Method::GET, "/"),
        ] {
            assert!(public(&method, path, &none) == Public::Nobody, "{path}");
        }
    }
}
