//! Signing in.

use super::{
    PageContext, Problem,
    document::document,
    fields::{ELEMENT, Field, field, form_error, sentence},
    passkeys::sign_in_button,
};
use crate::{address::encode, texts::t};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct LoginForm {
    /// Where to go afterwards, below the base path.
    pub next: String,
    /// The name as typed.
    pub name: String,
    /// What is wrong.
    pub problem: Option<Problem>,
    /// Whether somebody has just signed out.
    pub signed_out: bool,
    /// What people know the OpenID provider as, if there is one.
    pub provider: Option<String>,
    /// Scheme, host and port at which passkeys work; none if they do not work here.
    pub passkey_origin: Option<String>,
}

const FORM: &str = "/login";

/// The page on which people sign in.
pub fn login(page: &PageContext, form: &LoginForm) -> String {
    let problem = form.problem.as_ref();
    let name = Field {
        name: "name",
        label: t!("Name"),
        value: &form.name,
        autocomplete: "username",
        focused: form.name.is_empty(),
        ..Field::default()
    };
    let password = Field {
        name: "password",
        label: t!("Password"),
        kind: "password",
        autocomplete: "current-password",
        focused: !form.name.is_empty(),
        ..Field::default()
    };
    document(page, t!("Sign in"), Some("passkeys.js"), || {
        view! {
            <section class="page sign-in">
                <h1>{t!("Sign in")}</h1>
                {form.signed_out.then(|| view! { <p class="note succeeded" role="status">{t!("You are signed out.")}</p> })}
                {form_error(problem)}
                <form class="form card" method="post" action=page.href(FORM)>
                    <input type="hidden" name="next" value=form.next.clone()/>
                    {field(FORM, &name, problem)}
                    {field(FORM, &password, problem)}
                    <button class="primary" type="submit">{t!("Sign in")}</button>
                </form>
                {sign_in_button(page, form.passkey_origin.as_ref(), &form.next, false)}
                {form.provider.as_ref().map(|provider| provider_button(page, provider, &form.next))}
                <p class="muted">{sentence(&t!("Forgotten your password? An administrator can set a new one, also with {command}.", command = ELEMENT), view! { <code translate="no">"execdeck user passwd NAME"</code> })}</p>
            </section>
        }
    })
}

/// The way to the provider: a link, since forms are answered by this server only.
fn provider_button(page: &PageContext, provider: &str, next: &str) -> impl IntoView + use<> {
    let way = format!("/login/oidc?next={}", encode(next));
    view! {
        <p class="or muted"><span>{t!("or")}</span></p>
        <a class="button provider" href=page.href(&way)>{t!("Sign in with {provider}", provider)}</a>
    }
}
