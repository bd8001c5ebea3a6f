//! What every page's bar has from the server alone, so that it costs the browser no code: links to the pages that are documents of
//! their own, the account, signing out, and a menu that has them where the bar is too narrow.

use super::{Icon, Name};
use crate::{server::BasePath, texts::t, theme::Theme};
use leptos::prelude::*;

/// A page that is a document of its own: its path and its name.
pub(crate) type Document = (&'static str, fn() -> &'static str);

pub(crate) const TEMPLATES: Document = ("/admin/exec/templates", || t!("Templates"));
pub(crate) const SEARCH: Document = ("/admin/exec/search", || t!("Search"));
pub(crate) const PEOPLE: Document = ("/admin/people", || t!("People"));
pub(crate) const AUDIT: Document = ("/admin/audit", || t!("Audit"));

/// A link to each of them. `here`: the path of the page that is shown.
pub(crate) fn document_links(base: &BasePath, documents: &[Document], here: &str) -> impl IntoView + use<> {
    let link = |(path, name): &Document| view! { <a href=base.join(path) rel="external" aria-current=current(path, here)>{name()}</a> };
    documents.iter().map(link).collect_view()
}

/// What `aria-current` says of a link: it leads to this page, or to the one that this page is below.
pub(crate) fn current(path: &str, here: &str) -> Option<&'static str> {
    match here.strip_prefix(path)? {
        "" => Some("page"),
        below => below.starts_with('/').then_some("true"),
    }
}

/// Buttons that need no code before they are pressed (`frontend/js/act.js`).
pub(crate) fn bar_tools(theme: Theme) -> impl IntoView + use<> {
    let theme = t!("Change theme (now {theme})", theme = theme.label());
    view! {
        <button class="ghost square needs-script commands" type="button" data-does="palette" aria-label=t!("Commands (Ctrl K)") title=t!("Commands (Ctrl K)")>
            <Icon name=Name::Search/>
        </button>
        <button class="ghost square needs-script" type="button" data-does="theme" aria-label=theme.clone() title=theme><Icon name=Name::Theme/></button>
    }
}

/// The end of the bar: who is signed in, and the way out. `has_accounts`: not so in an application with its own sign-in. `here`: the path of the page that is shown.
pub(crate) fn bar_end(base: &BasePath, person: String, has_accounts: bool, documents: &[Document], here: &str) -> impl IntoView + use<> {
    let person = view! { <span translate="no">{person}</span> };
    let account = if has_accounts {
        view! { <a class="person" href=base.join("/admin/account") rel="external" title=t!("Your account") aria-current=current("/admin/account", here)>{person}</a> }.into_any()
    } else {
        view! { <span class="person">{person}</span> }.into_any()
    };
    let sign_out = || {
        has_accounts.then(|| {
            view! {
                <form class="sign-out" method="post" action=base.join("/logout")><button class="ghost" type="submit">{t!("Sign out")}</button></form>
            }
        })
    };
    view! {
        {account}
        {sign_out()}
        <details class="bar-menu">
            <summary class="button ghost">{t!("Menu")}</summary>
            <div class="menu-items">{document_links(base, documents, here)}{sign_out()}</div>
        </details>
    }
}
