//! The bar on top of every page.

#[cfg(feature = "ssr")]
use super::links::{AUDIT, Document, PEOPLE, SEARCH, TEMPLATES, bar_end, bar_tools, document_links};
use super::{Icon, Name, VersionNotice};
use crate::{
    address::href,
    browser::{self, ConnectionState},
    texts::t,
};
#[cfg(feature = "ssr")]
use crate::{
    server::{BasePath, HasAccounts},
    service::Caller,
    theme::Theme,
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};

/// Product mark, navigation, connection and theme.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let link = expect_context::<RwSignal<ConnectionState>>();
    let word = move || match link.get() {
        ConnectionState::Idle | ConnectionState::Ended => "",
        ConnectionState::Connecting => t!("Connecting"),
        ConnectionState::Live => t!("Live"),
        ConnectionState::Lost => t!("Reconnecting"),
        ConnectionState::Refused(_) => t!("Not connected"),
    };
    let class = move || match link.get() {
        ConnectionState::Idle | ConnectionState::Ended => "link idle",
        ConnectionState::Connecting => "link connecting",
        ConnectionState::Live => "link live",
        ConnectionState::Lost | ConnectionState::Refused(_) => "link lost",
    };
    // The focus follows to the new page, for keyboards and screen readers.
    let path = use_location().pathname;
    Effect::new(move |last: Option<String>| {
        let path = path.get();
        if last.is_some_and(|last| last != path) {
            browser::focus_main();
        }
        path
    });
    view! {
        <header class="bar">
            <a class="mark" href=href("/admin/exec") aria-label=t!("Execdeck, all processes")>
                <span class="mark-sign" aria-hidden="true">"›_"</span>
                <span>"Execdeck"</span>
            </a>
            <nav aria-label=t!("Main")>
                <A href=href("/admin/exec") exact=true><Icon name=Name::Processes/><span>{t!("Processes")}</span></A>
                <div inner_html=more_links()></div>
            </nav>
            <span class=class role="status"><i aria-hidden="true"></i><span>{word}</span></span>
            <div class="bar-tools" inner_html=tools()></div>
            <a class="button primary" href=href("/admin/exec/new")><Icon name=Name::Add/><span>{t!("New process")}</span></a>
            <div class="bar-end" inner_html=account_links()></div>
        </header>
        <VersionNotice/>
    }
}

/// Links to the pages that are documents of their own. The browser has them from the server, and needs no code for them.
#[cfg(feature = "ssr")]
fn more_links() -> String {
    document_links(&BasePath::current(), documents(), "").to_html()
}

/// Buttons. From the server, too.
#[cfg(feature = "ssr")]
fn tools() -> String {
    bar_tools(use_context::<Theme>().unwrap_or_default()).to_html()
}

/// The account and signing out. From the server, too.
#[cfg(feature = "ssr")]
fn account_links() -> String {
    let person = use_context::<Caller>().map(|caller| caller.name).unwrap_or_default();
    bar_end(&BasePath::current(), person, has_accounts(), documents(), "").to_html()
}

/// Those that somebody may not see are hidden (`style/rights.css`).
#[cfg(feature = "ssr")]
fn documents() -> &'static [Document] {
    if has_accounts() { &[TEMPLATES, SEARCH, PEOPLE, AUDIT] } else { &[TEMPLATES, SEARCH, AUDIT] }
}

#[cfg(feature = "ssr")]
fn has_accounts() -> bool {
    use_context() != Some(HasAccounts(false))
}

#[cfg(not(feature = "ssr"))]
const fn more_links() -> &'static str {
    ""
}

#[cfg(not(feature = "ssr"))]
const fn tools() -> &'static str {
    ""
}

#[cfg(not(feature = "ssr"))]
const fn account_links() -> &'static str {
    ""
}
