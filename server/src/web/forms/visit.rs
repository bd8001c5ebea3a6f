//! Who sends a form, and what its pages need.

use crate::{
    access::AccessError,
    deck::{self, Caller},
    listen::ClientAddr,
    web::{
        error::Failure,
        people::People,
        signed::{self, Signed},
        state::AppState,
        version::version,
    },
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
};
use execdeck_app::{
    BasePath, ServerVersion,
    plain::{PageContext, Problem, refusal, signed_out},
    t,
    theme::Theme,
};
use execdeck_wire::{ApiError, Right};
use std::convert::Infallible;
use uuid::Uuid;

/// The pages' content security policy: no script but the site's own files, which call nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The same for pages whose script asks this server, and no other, for what it shows.
const SCRIPTED_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; \
                               form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// One request for a page without scripts, or of one of its forms.
pub(in crate::web) struct Visit {
    pub app: AppState,
    /// What they ask of people.
    pub people: People,
    /// What pages need to know.
    pub page: PageContext,
    /// The address of the server as the browser knows it.
    pub origin: String,
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ClientAddr>().copied();
        let cookies = app.cookies(address);
        let server = &app.config.server;
        let client = signed::client(server, &cookies, address, &parts.headers);
        let identity = parts.extensions.get::<Signed>().map(|signed| signed.0.clone());
        let page = PageContext {
            base: BasePath(server.base_path.clone()),
            path: parts.uri.path().to_owned(),
            version: ServerVersion(version().to_owned()),
            theme: theme(&parts.headers),
            me: identity.as_ref().map(|by| app.deck.me(by)),
            problems: identity.as_ref().filter(|by| by.rights.contains(Right::View)).map(|_| messages(app)).unwrap_or_default(),
        };
        let scheme = if address.is_some_and(|client| client.https) { "https" } else { "http" };
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        let origin = server.public_url.as_ref().map_or_else(|| format!("{scheme}://{host}"), crate::config::PublicUrl::origin);
        let retry = parts.extensions.get().cloned().unwrap_or_default();
        let people = People { deck: app.deck.clone(), client, cookies, identity, retry };
        Ok(Self { app: app.clone(), people, page, origin: format!("{origin}{}", server.base_path) })
    }
}

/// What is wrong with the server.
fn messages(app: &AppState) -> Vec<String> {
    app.deck.problems().into_iter().map(|problem| problem.message).collect()
}

fn theme(headers: &HeaderMap) -> Theme {
    let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok());
    Theme::from_cookies(cookies.unwrap_or_default()).unwrap_or_default()
}

impl Visit {
    /// What the one who has sent the request may do.
    pub(super) fn caller(&self) -> Result<Caller, ApiError> {
        Ok(deck::caller(self.people.identity.as_ref().ok_or(AccessError::NotSignedIn)?))
    }

    /// Whose account it is.
    pub(super) fn person(&self) -> Result<Uuid, ApiError> {
        Ok(self.people.identity.as_ref().ok_or(AccessError::NotSignedIn)?.person)
    }

    /// Leads to another page, below the base path.
    pub(super) fn redirect(&self, path: &str) -> Response {
        Redirect::to(&self.app.path(path)).into_response()
    }

    /// Tells somebody who has sent a form that they are signed out. `login`: the address where they sign in.
    pub(in crate::web) fn signed_out(&self, login: &str) -> Response {
        respond(StatusCode::UNAUTHORIZED, signed_out(&self.page, login))
    }

    /// Says why there is no page.
    pub(in crate::web) fn refuse(&self, error: ApiError) -> Response {
        let message = error.message.clone();
        respond(Failure(error).status(), refusal(&self.page, &message))
    }
}

/// A page as a response. Nothing keeps it: it may show what only one person may see, and what is shown once.
pub(super) fn respond(status: StatusCode, html: String) -> Response {
    respond_with(POLICY, status, html)
}

/// The same for a page whose script asks the server for what it shows.
pub(super) fn respond_scripted(status: StatusCode, html: String) -> Response {
    respond_with(SCRIPTED_POLICY, status, html)
}

fn respond_with(policy: &'static str, status: StatusCode, html: String) -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Html(html)).into_response()
}

/// Adds the cookies to a response.
pub(super) fn with_cookies(mut response: Response, cookies: Vec<String>) -> Response {
    for cookie in cookies.into_iter().filter_map(|cookie| HeaderValue::try_from(cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// An error as what is wrong with a form: with one of its fields, or as a whole. Also the status of the page that says so.
pub(super) fn problem(form: &str, fields: &[&str], error: ApiError) -> (StatusCode, Option<Problem>) {
    let field = error.field.clone().filter(|field| fields.contains(&field.as_str())).unwrap_or_default();
    let message = error.message.clone();
    (Failure(error).status(), Some(Problem { form: form.to_owned(), field, message }))
}

/// The answer to two passwords that should be the same and are not.
pub(super) fn check_repeat(password: &str, repeat: &str) -> Result<(), ApiError> {
    if password == repeat {
        return Ok(());
    }
    let error = ApiError::new(execdeck_wire::ErrorCode::BadRequest, t!("The passwords differ. Enter the same password twice."));
    Err(ApiError { field: Some("repeat".into()), ..error })
}
