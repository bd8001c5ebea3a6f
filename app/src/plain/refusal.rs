//! Why somebody does not get a page.

use super::{PageContext, document::document};
use crate::texts::t;
use leptos::prelude::*;

/// The answer to a form of somebody who is signed out. It keeps the form in the browser: nothing that was typed is lost. `login`: the
/// address of the page where one signs in.
pub fn signed_out(page: &PageContext, login: &str) -> String {
    document(page, t!("You are signed out"), None, || {
        view! {
            <section class="empty" role="alert">
                <h1>{t!("You are signed out")}</h1>
                <p>{t!("Sign in in the tab that the button opens, then come back to this tab and reload it. Your browser then sends the form again, and nothing that you typed is lost.")}</p>
                <p class="empty-ways"><a class="button primary" href=login.to_owned() target="_blank">{t!("Sign in")}</a></p>
            </section>
        }
    })
}

/// The page that says why there is none, and what to do.
pub fn refusal(page: &PageContext, message: &str) -> String {
    document(page, t!("That didn't work"), None, || {
        view! {
            <section class="empty" role="alert">
                <h1>{t!("That didn't work")}</h1>
                <p>{message.to_owned()}</p>
                <p class="empty-ways"><a class="button" href=page.href("/admin/exec")>{t!("All processes")}</a></p>
            </section>
        }
    })
}
