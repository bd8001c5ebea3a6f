//! Signing in and out, and the first start.

use super::visit::{Visit, check_repeat, problem, respond, with_cookies};
use crate::{
    access::{AccessError, Site},
    web::{
        error::Failure,
        next_page::{encode, next_page},
    },
};
use axum::{
    extract::{Form, Query},
    http::StatusCode,
    response::Response,
};
use execdeck_app::plain::{LoginForm, SetupForm, login, login_passkey, setup as setup_html};
use execdeck_app::service::PeopleService;
use execdeck_wire::Password;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    pub(super) next: String,
    /// Whether somebody has just signed out.
    out: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SignIn {
    name: String,
    password: Password,
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Setup {
    code: String,
    name: String,
    password: Password,
    repeat: Password,
}

/// The form without anything in it.
pub(super) fn form(visit: &Visit, next: &str) -> LoginForm {
    LoginForm {
        next: next.to_owned(),
        provider: visit.app.deck.provider_name().map(str::to_owned),
        passkey_origin: passkey_origin(visit),
        ..LoginForm::default()
    }
}

/// The page on which one signs in. At the first start there is nobody who could, unless a provider lets them in.
pub(super) async fn page(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, Failure> {
    let access = visit.app.deck.access();
    if access.needs_setup().await? && !access.provider_creates() {
        return Ok(visit.redirect("/setup"));
    }
    if visit.people.identity.is_some() {
        return Ok(visit.redirect(next_page(&arrival.next)));
    }
    let form = LoginForm { signed_out: arrival.out, ..form(&visit, next_page(&arrival.next)) };
    Ok(respond(StatusCode::OK, login(&visit.page, &form)))
}

/// The page that asks for a passkey after the password. It is the same whether the password was right.
pub(super) async fn passkey_page(visit: Visit, Query(arrival): Query<Arrival>) -> Response {
    respond(StatusCode::OK, login_passkey(&visit.page, passkey_origin(&visit).as_ref(), next_page(&arrival.next)))
}

fn passkey_origin(visit: &Visit) -> Option<String> {
    visit.people.client.site.as_ref().map(Site::origin)
}

/// Sends somebody on to the page that asks for a passkey. The secret is for the cookie by which their browser is known there.
pub(super) fn go_on_with_passkey(visit: &Visit, next: &str, secret: &Password, mut cookies: Vec<String>) -> Response {
    cookies.push(visit.people.cookies.set_passkey(&secret.0));
    with_cookies(visit.redirect(&format!("/login/passkey?next={}", encode(next))), cookies)
}

pub(super) async fn sign_in(visit: Visit, Form(sent): Form<SignIn>) -> Response {
    let next = next_page(&sent.next);
    match visit.people.sign_in_or_go_on(&sent.name, &sent.password).await {
        Ok(signed_in) => with_cookies(visit.redirect(next), signed_in.cookies),
        Err(AccessError::PasskeyNext(secret)) => go_on_with_passkey(&visit, next, &secret, Vec::new()),
        Err(error) => {
            let (status, problem) = problem("/login", &[], visit.people.refused(error));
            respond(status, login(&visit.page, &LoginForm { name: sent.name, problem, ..form(&visit, next) }))
        }
    }
}

/// The page of the first start. Afterwards there is nothing to set up.
pub(super) async fn setup_page(visit: Visit) -> Result<Response, Failure> {
    if !visit.app.deck.access().needs_setup().await? {
        return Ok(visit.redirect("/login"));
    }
    Ok(respond(StatusCode::OK, setup_html(&visit.page, &SetupForm::default())))
}

pub(super) async fn setup(visit: Visit, Form(sent): Form<Setup>) -> Response {
    let set_up = async {
        check_repeat(&sent.password.0, &sent.repeat.0)?;
        visit.people.setup(sent.code.clone(), sent.name.clone(), sent.password).await
    };
    match set_up.await {
        Ok(signed_in) => with_cookies(visit.redirect("/admin/exec"), signed_in.cookies),
        Err(error) => {
            let (status, problem) = problem("/setup", &["code", "name", "password", "repeat"], error);
            respond(status, setup_html(&visit.page, &SetupForm { code: sent.code, name: sent.name, problem }))
        }
    }
}

pub(super) async fn sign_out(visit: Visit) -> Response {
    match visit.people.sign_out().await {
        Ok(cookies) => with_cookies(visit.redirect("/login?out=true"), cookies),
        Err(error) => visit.refuse(error),
    }
}
