//! What every page's bar has from the server alone, so that it costs the browser no code: links to the pages that are documents of
//! their own, the account, signing out, and a menu that has them where the bar is too narrow.

use crate::server::BasePath;
use leptos::prelude::*;

/// A page that is a document of its own: its path and its name.
pub(crate) type Document = (&'static str, &'static str);

pub(crate) const TEMPLATES: Document = ("/admin/exec/templates", "Templates");
pub(crate) const SEARCH: Document = ("/admin/exec/search", "Search");
pub(crate) const PEOPLE: Document = ("/admin/people", "People");
pub(crate) const AUDIT: Document = ("/admin/audit", "Audit");

/// A link to each of them.
pub(crate) fn document_links(base: &BasePath, documents: &[Document]) -> impl IntoView + use<> {
    documents.iter().map(|(path, name)| view! { <a href=base.join(path) rel="external">{*name}</a> }).collect_view()
}

/// The end of the bar: who is signed in, and the way out. `has_accounts`: not so in an application with its own sign-in.
pub(crate) fn bar_end(base: &BasePath, person: String, has_accounts: bool, documents: &[Document]) -> impl IntoView + use<> {
    let person = view! { <span>{person}</span> };
    let account = if has_accounts {
        view! { <a class="person" href=base.join("/admin/account") rel="external" title="Your account">{person}</a> }.into_any()
    } else {
        view! { <span class="person">{person}</span> }.into_any()
    };
    let sign_out = || {
        has_accounts.then(|| {
            view! {
                <form class="sign-out" method="post" action=base.join("/logout")><button class="ghost" type="submit">"Sign out"</button></form>
            }
        })
    };
    view! {
        {account}
        {sign_out()}
        <details class="bar-menu">
            <summary class="button ghost">"Menu"</summary>
            <div class="menu-items">{document_links(base, documents)}{sign_out()}</div>
        </details>
    }
}
