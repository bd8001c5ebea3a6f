//! Runs before every route, behind the guard: finds out who sends a request, and lets nobody past who is not signed in,
//! except to what is public.

use super::{
    application::lead_to_sign_in,
    authenticate::identify_by,
    error::Failure,
    forms::Visit,
    next_page::{LONGEST, encode, page_of},
    retry_after::RetryAfter,
    signed::{Refused, Signed, cookie_headers},
    state::{AppState, SignIn},
    version,
};
use crate::{
    access::{AccessError, CookieError, Credentials, Identity, Requester, proxy},
    audit::Refusal,
    listen::ClientAddr,
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use execdeck_wire::{ApiError, ErrorCode};
use std::sync::Arc;

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

fn public(method: &Method, path: &str, headers: &HeaderMap) -> Public {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match path {
        "/healthz" | "/login/passkey" | "/login/oidc" | "/login/oidc/callback" if reads => Public::Everybody,
        "/login" | "/setup" if reads || *method == Method::POST => Public::Everybody,
        "/api/sign_in" | "/api/setup" | "/api/passkey_sign_in_options" | "/api/sign_in_with_passkey" if *method == Method::POST => {
            Public::Everybody
        }
        _ if reads && path.starts_with("/pkg/") => Public::Everybody,
        _ if opens_stream(method, path, headers) => Public::SaysItself,
        _ => Public::Nobody,
    }
}

/// Whether a request is to open a stream, at a path below the base path.
pub(crate) fn opens_stream(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let is_place = path.starts_with("/api/processes/") && path.ends_with("/stream");
    *method == Method::GET && is_place && headers.contains_key(header::UPGRADE)
}

pub(crate) async fn authenticate(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let public = public(request.method(), path, request.headers());
    let client = request.extensions().get::<ClientAddr>().copied();
    let is_file = path.starts_with("/pkg/");
    let is_counted = !(public == Public::Everybody && matches!(*request.method(), Method::GET | Method::HEAD));
    let identified = match &app.sign_in {
        SignIn::Accounts => identify(&app, request.headers(), client).await,
        SignIn::Application(application) => identify_by(application, &request).await,
    };
    let found = identified.and_then(|identity| {
        let signed = Signed(Requester { identity, address: client.map(|client| client.address) });
        if is_counted {
            app.per_person.request(signed.0.person).inspect_err(|_| app.deck.count_over_limit(&signed.caller()))?;
        }
        Ok(signed)
    });
    let is_known = found.is_ok();
    match found {
        Ok(signed) => {
            request.extensions_mut().insert(signed);
        }
        Err(error @ AccessError::TooManyRequests(_)) if public == Public::SaysItself => {
            request.extensions_mut().insert(Refused(error.into()));
        }
        Err(error @ AccessError::TooManyRequests(_)) => {
            let path = path.to_owned();
            return refuse(&app, request, &path, error).await;
        }
        Err(
            AccessError::NotSignedIn
            | AccessError::Ended
            | AccessError::InvalidToken
            | AccessError::AskedForPasskey
            | AccessError::KeptOut(_),
        ) if public != Public::Nobody => {}
        Err(_) if public == Public::Everybody => {}
        Err(error) => {
            let path = path.to_owned();
            return refuse(&app, request, &path, error).await;
        }
    }
    let mut response = next.run(request).await;
    // Which build this is, is nobody else's business. The addresses of the page's files have it in them.
    if is_known && !is_file {
        response.headers_mut().insert(version::HEADER, HeaderValue::from_static(version::version()));
    }
    // What somebody may see is not for whoever uses the same proxy, or the same browser after they have signed out.
    if public == Public::Nobody {
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

async fn identify(app: &AppState, headers: &HeaderMap, client: Option<ClientAddr>) -> Result<Arc<Identity>, AccessError> {
    let bearer = bearer(headers)?;
    let cookies = app.cookies(client);
    // One that is damaged is as good as none: the next sign-in replaces it.
    let cookie = cookies.session(cookie_headers(headers));
    let cookie = match cookie {
        Err(error @ CookieError::Twice) if bearer.is_none() => {
            return Err(AccessError::Refused(ApiError::new(ErrorCode::Unauthorized, error.to_string())));
        }
        cookie => cookie.ok().flatten(),
    };
    let proxied = client.is_some_and(|client| client.proxied);
    let proxy = proxy::read(&app.config.access, proxied, |name| headers.get_all(name).iter().map(HeaderValue::as_bytes).collect())?;
    app.deck.access().authenticate(&Credentials { cookie, bearer, proxy }).await.map_err(|error| match error {
        AccessError::Ended if bearer.is_some() => AccessError::InvalidToken,
        error => error,
    })
}

/// What follows `Bearer`. Another scheme, such as that of a proxy's own password, says nothing about who this is.
/// What is not written as it should be is a token that nobody has.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, AccessError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        let message = "The request has more than one Authorization header; send one.";
        return Err(AccessError::Refused(ApiError::new(ErrorCode::BadRequest, message)));
    }
    let value = value.to_str().unwrap_or("Bearer \u{fffd}");
    // A scheme ends at the first blank (RFC 9110, section 11.4); a tab is none.
    let end = value.find([' ', '\t']).unwrap_or(value.len());
    let (scheme, token) = value.split_at(end);
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    Ok(Some(token.strip_prefix(' ').map_or("", |token| token.trim_matches(' '))))
}

/// Programs get an error; browsers are led to the page where one signs in, and from there to where they wanted to go.
async fn refuse(app: &AppState, request: Request, path: &str, error: AccessError) -> Response {
    if let (Some(seconds), Some(retry)) = (error.retry_seconds(), request.extensions().get::<RetryAfter>()) {
        retry.set(seconds);
    }
    let address = request.extensions().get::<ClientAddr>().map(|client| client.address);
    let is_page = !path.starts_with("/api/") && path != "/metrics" && matches!(bearer(request.headers()), Ok(None));
    if is_page && matches!(error, AccessError::NotSignedIn | AccessError::Ended | AccessError::AskedForPasskey) {
        let query = request.uri().query().filter(|_| request.method() != Method::POST);
        let next = query.map_or_else(|| page_of(path).to_owned(), |query| format!("{path}?{query}"));
        if let SignIn::Application(application) = &app.sign_in {
            app.deck.count_stranger(address, Refusal::NotSignedIn);
            let next = if next == "/" || next.len() > LONGEST { "/admin/exec" } else { &next };
            return lead_to_sign_in(app, application.as_ref(), &app.path(next), request, error).await;
        }
        let login = if next == "/" || next == "/admin/exec" || next.len() > LONGEST {
            "/login".to_owned()
        } else {
            format!("/login?next={}", encode(&next))
        };
        // A form would be lost on the way to the page where one signs in.
        if request.method() == Method::POST && path != "/logout" {
            app.deck.count_stranger(address, Refusal::NotSignedIn);
            let mut parts = request.into_parts().0;
            let Ok(visit) = Visit::from_request_parts(&mut parts, app).await;
            return visit.signed_out(&app.path(&login));
        }
        return Redirect::to(&app.path(&login)).into_response();
    }
    // Who has sent too many requests is known, and counted as such.
    if !matches!(error, AccessError::Database(_) | AccessError::TooManyRequests(_)) {
        app.deck.count_stranger(address, Refusal::NotSignedIn);
    }
    let mut response = if is_page {
        let mut parts = request.into_parts().0;
        let Ok(visit) = Visit::from_request_parts(&mut parts, app).await;
        visit.refuse(error.into())
    } else {
        Failure::from(error).into_response()
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_public() {
        let none = HeaderMap::new();
        for (method, path) in [
            (Method::GET, "/login"),
            (Method::GET, "/login/oidc"),
            (Method::GET, "/login/oidc/callback"),
            (Method::POST, "/setup"),
            (Method::POST, "/api/sign_in"),
            (Method::GET, "/pkg/1/a.js"),
        ] {
            assert!(public(&method, path, &none) == Public::Everybody, "{path}");
        }
        for (method, path) in [
            (Method::POST, "/healthz"),
            (Method::GET, "/api/sign_in"),
            (Method::POST, "/api/list_processes"),
            (Method::GET, "/metrics"),
            (Method::GET, "/admin/exec"),
            (Method::GET, "/login/"),
            (Method::POST, "/login/oidc"),
            (Method::POST, "/login/oidc/callback"),
            (Method::GET, "/login/oidc/other"),
            (Method::POST, "/login/passkey"),
            (Method::POST, "/api/passkey_options"),
            (Method::GET, "/api/sign_in_with_passkey"),
            (Method::GET, "/api/processes/x/stream"),
            (Method::OPTIONS, "/login"),
            (Method::GET, "/"),
        ] {
            assert!(public(&method, path, &none) == Public::Nobody, "{path}");
        }
    }
}
