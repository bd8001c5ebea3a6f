//! Passkeys, on the pages for signing in and on the account's page. `frontend/js/passkeys.js` does what needs a script.

use super::{
    PageContext, Problem,
    fields::{Field, field, form_error, moment, of_form},
};
use crate::{
    texts::t,
    wire::{PasskeyInfo, Timestamp},
};
use leptos::prelude::*;

/// What the account's page shows about passkeys.
#[derive(Clone, Debug, Default)]
pub struct Passkeys {
    /// One's passkeys.
    pub list: Vec<PasskeyInfo>,
    /// Whether one is asked for a passkey after the password.
    pub asked: bool,
    /// Scheme, host and port at which passkeys work; none if they do not work here.
    pub origin: Option<String>,
    /// The host name that passkeys of this address are for.
    pub host: String,
}

pub(super) const FORM: &str = "/admin/account/passkeys";

/// The button that signs in with a passkey, and what is said where it cannot. `second`: after the password.
pub(super) fn sign_in_button(page: &PageContext, origin: Option<&String>, next: &str, second: bool) -> impl IntoView + use<> {
    let Some(origin) = origin.cloned() else {
        let why = t!("Passkeys do not work at this address: open this page by a host name over HTTPS, or as localhost.");
        return view! { <p class="muted">{why}</p> }.into_any();
    };
    let (kind, text) = if second { ("after-password", t!("Continue with a passkey")) } else { ("sign-in", t!("Sign in with a passkey")) };
    view! {
        <div class="passkey" data-passkey=kind data-origin=origin data-next=page.href(next)>
            <button type="button" class=second.then_some("primary") hidden>{text}</button>
            <p class="muted passkey-note" role="status"></p>
            <p class="note failed passkey-error" role="alert" hidden></p>
            <noscript><p class="muted">{t!("Signing in with a passkey needs JavaScript.")}</p></noscript>
        </div>
    }
    .into_any()
}

/// The section of the account's page. Its one form has a button for each thing to do; Enter adds a passkey.
pub(super) fn section(page: &PageContext, passkeys: &Passkeys, has_password: bool, problem: Option<&Problem>) -> impl IntoView + use<> {
    let problem = of_form(problem, FORM);
    let (some, works) = (!passkeys.list.is_empty(), passkeys.origin.is_some());
    let usable = works && passkeys.list.iter().any(|passkey| passkey.site == passkeys.host);
    let hint = if usable {
        t!("Needed for every change here. Leave it empty to use a passkey instead.")
    } else {
        t!("Needed for every change here.")
    };
    let password = Field {
        name: "password",
        label: t!("Current password"),
        kind: "password",
        autocomplete: "current-password",
        hint,
        optional: usable,
        ..Field::default()
    };
    let add = works.then(|| {
        let label =
            Field { name: "label", label: t!("Name of the new passkey"), hint: t!("Such as that of the device."), ..Field::default() };
        view! {
            {field(FORM, &label, problem)}
            <div class="form-end"><button type="submit" name="do" value="add">{t!("Add a passkey")}</button></div>
        }
    });
    view! {
        <form class="form card passkey" method="post" action=page.href(FORM) data-passkey="account" data-usable=usable.to_string()
            data-origin=passkeys.origin.clone() data-next=page.href("/admin/account")>
            <h2>{t!("Passkeys")}</h2>
            <p class="muted">{t!("A passkey signs you in with the fingerprint, face or PIN of your device, or with a security key, instead of your password.")}</p>
            {(!works).then(|| view! { <p class="muted">{t!("Passkeys do not work at this address. Open this page as localhost if the server runs on this machine, or set server.public_url to the HTTPS address that browsers use.")}</p> })}
            <noscript><p class="muted">{t!("Adding a passkey and signing in with one need JavaScript.")}</p></noscript>
            <p class="muted passkey-note" role="status"></p>
            <p class="note failed passkey-error" role="alert" hidden></p>
            {form_error(problem)}
            {(has_password && (works || some)).then(|| field(FORM, &password, problem))}
            {add}
            {some.then(|| table(passkeys))}
            {some.then(|| second_factor(passkeys, has_password))}
        </form>
    }
}

fn table(passkeys: &Passkeys) -> impl IntoView + use<> {
    let now = Timestamp::now();
    let row = |passkey: &PasskeyInfo| {
        let elsewhere =
            (passkey.site != passkeys.host).then(|| view! { " " <span class="label">{t!("for {host}", host = passkey.site)}</span> });
        view! {
            <tr>
                <td>{passkey.label.clone()}{elsewhere}</td>
                <td>{moment(Some(passkey.created_at), now)}</td>
                <td>{moment(passkey.last_used, now)}</td>
                <td>
                    <button class="small" type="submit" name="do" value=format!("remove {}", passkey.id) formnovalidate
                        aria-label=t!("Remove {name}", name = passkey.label)>{t!("Remove")}</button>
                </td>
            </tr>
        }
    };
    view! {
        <div class="table">
            <table>
                <thead><tr><th>{t!("Passkey")}</th><th>{t!("Added")}</th><th>{t!("Last used")}</th><th><span class="unseen">{t!("Actions")}</span></th></tr></thead>
                <tbody>{passkeys.list.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn second_factor(passkeys: &Passkeys, has_password: bool) -> impl IntoView + use<> {
    let (text, value, button) = if passkeys.asked {
        (t!("You are asked for a passkey after the password, which alone is not enough."), "ask off", t!("Stop asking for a passkey"))
    } else if has_password {
        let text = t!("Your password alone is still enough to sign in. If you require a passkey as well, your other sessions end.");
        (text, "ask on", t!("Ask for a passkey after the password"))
    } else {
        let text =
            t!("You can sign in without a passkey, too. If one is asked for, a proxy's word is not enough, and your other sessions end.");
        (text, "ask on", t!("Always ask for a passkey"))
    };
    view! {
        <p class="muted">{text}</p>
        <div class="form-end"><button type="submit" name="do" value=value formnovalidate>{button}</button></div>
    }
}
