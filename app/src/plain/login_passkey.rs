//! The second step of signing in: a passkey, after the right password.

use super::{
    PageContext,
    document::document,
    fields::{ELEMENT, sentence},
    passkeys::sign_in_button,
};
use crate::texts::t;
use leptos::prelude::*;

/// The page that asks for a passkey. It says nothing about the account, and shows the same to everybody. `origin`: where
/// passkeys work, if they do; `next`: where to go afterwards, below the base path.
pub fn login_passkey(page: &PageContext, origin: Option<&String>, next: &str) -> String {
    document(page, t!("Sign in"), Some("passkeys.js"), || {
        view! {
            <section class="page sign-in">
                <h1>{t!("One more step")}</h1>
                <p>{t!("This account also requires a passkey. You have five minutes.")}</p>
                {sign_in_button(page, origin, next, true)}
                <p><a href=page.href("/login")>{t!("Sign in as somebody else")}</a></p>
                <p class="muted">
                    {sentence(&t!("Lost your passkey? An administrator can remove it, also with {command}.", command = ELEMENT), view! { <code translate="no">"execdeck user passkeys NAME --remove-all"</code> })}
                </p>
            </section>
        }
    })
}
