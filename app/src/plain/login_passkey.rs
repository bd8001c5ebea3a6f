//! The second step of signing in: a passkey, after the right password.

use super::{PageContext, document::document, passkeys::sign_in_button};
use leptos::prelude::*;

/// The page that asks for a passkey. It says nothing about the account, and shows the same to everybody. `origin`: where
/// passkeys work, if they do; `next`: where to go afterwards, below the base path.
pub fn login_passkey(page: &PageContext, origin: Option<&String>, next: &str) -> String {
    document(page, "Sign in", Some("passkeys.js"), || {
        view! {
            <section class="page sign-in">
                <h1>"One more step"</h1>
                <p>"This account also requires a passkey. You have five minutes."</p>
                {sign_in_button(page, origin, next, true)}
                <p><a href=page.href("/login")>"Sign in as somebody else"</a></p>
                <p class="muted">
                    "Lost your passkey? An administrator can remove it, also with "<code>"execdeck user passkeys NAME --remove-all"</code>"."
                </p>
            </section>
        }
    })
}
