//! Signing in with an OpenID provider: the way there, and the way back. These are the only GETs that change something; nobody
//! is signed in without the cookie of an attempt that was started in the same browser.

use super::{
    login::{self, Arrival},
    visit::{Visit, problem, respond, with_cookies},
};
use crate::{
    deck::Finished,
    oidc::{ATTEMPT_SECONDS, Answer, Start},
    web::{next_page::next_page, signed::cookie_headers},
};
use axum::{
    extract::Query,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use execdeck_app::{
    plain::{LoginForm, login as login_html},
    t,
};
use execdeck_wire::{ApiError, ErrorCode};

/// Sends the browser to the provider.
pub(super) async fn start(visit: Visit, headers: HeaderMap, Query(arrival): Query<Arrival>) -> Response {
    let next = next_page(&arrival.next);
    if visit.people.identity.is_some() && visit.app.deck.provider_name().is_some() {
        return visit.redirect(next);
    }
    let (cookies, address) = (&visit.people.cookies, visit.people.client.address);
    let browser = cookies.attempt(cookie_headers(&headers)).ok().flatten();
    let started = match require_document(&headers) {
        Ok(()) => visit.app.deck.start_provider_sign_in(Start { next, browser, address }).await,
        Err(error) => Err(error),
    };
    match started {
        Ok(started) => {
            let cookie = cookies.set_attempt(&started.browser, ATTEMPT_SECONDS);
            let way = [(header::LOCATION, started.location), (header::CACHE_CONTROL, "no-store".to_owned())];
            with_cookies((StatusCode::SEE_OTHER, way).into_response(), vec![cookie])
        }
        Err(error) => refuse(&visit, next, error),
    }
}

/// Signs in whoever comes back from the provider.
pub(super) async fn callback(visit: Visit, headers: HeaderMap, Query(answer): Query<Answer>) -> Response {
    let browser = visit.people.cookies.attempt(cookie_headers(&headers)).ok().flatten();
    let finished = match require_document(&headers) {
        Ok(()) => visit.app.deck.finish_provider_sign_in(answer, browser, &visit.people.client).await,
        Err(error) => Err(error),
    };
    match finished {
        Ok((Finished::PasskeyNext(secret), next)) => {
            let attempt = visit.people.cookies.clear_attempt();
            login::go_on_with_passkey(&visit, next_page(&next), &secret, vec![attempt])
        }
        Ok((Finished::SignedIn(signed_in), next)) => {
            let mut cookies = visit.people.cookies_of(&signed_in);
            cookies.push(visit.people.cookies.clear_attempt());
            with_cookies(visit.redirect(next_page(&next)), cookies)
        }
        // Somebody has gone back, or reloaded, after they had signed in.
        Err(error) if visit.people.identity.is_some() && error.code == ErrorCode::BadRequest => visit.redirect("/admin/exec"),
        Err(error) => refuse(&visit, "/admin/exec", error),
    }
}

/// Only a page that somebody looks at may sign them in: no image, no frame, no script of whatever page.
fn require_document(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get("sec-fetch-dest").map(HeaderValue::as_bytes) {
        None | Some(b"document") => Ok(()),
        Some(_) => Err(ApiError::new(ErrorCode::Forbidden, t!("Sign-in needs a page of its own. Open this address directly."))),
    }
}

fn refuse(visit: &Visit, next: &str, error: ApiError) -> Response {
    if error.code == ErrorCode::NotFound {
        return visit.refuse(error);
    }
    let (status, problem) = problem("/login", &[], error);
    let form = LoginForm { problem, ..login::form(visit, next) };
    respond(status, login_html(&visit.page, &form))
}
