//! The bar on top of every page.

use super::{Icon, Name, VersionNotice};
use crate::{
    address::href,
    browser::{self, ConnectionState},
    server::PersonName,
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};

/// Product mark, navigation, connection and theme.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let link = expect_context::<RwSignal<ConnectionState>>();
    let word = move || match link.get() {
        ConnectionState::Idle | ConnectionState::Ended => "",
        ConnectionState::Connecting => "Connecting",
        ConnectionState::Live => "Live",
        ConnectionState::Lost => "Reconnecting",
        ConnectionState::Refused(_) => "Not connected",
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
    let theme = RwSignal::new(browser::current_theme());
    Effect::new(move |_| browser::follow_theme(theme));
    let theme_label = move || format!("Change theme (now {})", theme.get().label());
    view! {
        <header class="bar">
            <a class="mark" href=href("/admin/exec") aria-label="Execdeck, all processes">
                <span class="mark-sign" aria-hidden="true">"›_"</span>
                <span>"Execdeck"</span>
            </a>
            <nav aria-label="Main">
                <A href="/admin/exec" exact=true><Icon name=Name::Processes/><span>"Processes"</span></A>
                <div inner_html=more_links()></div>
            </nav>
            <span class=class role="status"><i aria-hidden="true"></i><span>{word}</span></span>
            <button class="ghost square needs-script commands" type="button" data-opens="palette" aria-label="Commands (Ctrl K)" title="Commands (Ctrl K)">
                <Icon name=Name::Search/>
            </button>
            <button class="ghost square needs-script" type="button" aria-label=theme_label title=theme_label
                on:click=move |_| theme.set(browser::change_theme())>
                <Icon name=Name::Theme/>
            </button>
            <a class="person" href=href("/admin/account") rel="external" title="Your account"><span>{PersonName::current().0}</span></a>
            <a class="button primary" href=href("/admin/exec/new")><Icon name=Name::Add/><span>"New process"</span></a>
        </header>
        <VersionNotice/>
    }
}

/// Links to pages that are documents of their own, and signing out. The browser has them from the server, and needs no code for them.
#[cfg(feature = "ssr")]
fn more_links() -> String {
    let link = |path: &str, label: &str| format!("<a href=\"{}\" rel=\"external\">{label}</a>", href(path));
    let (first, audit) =
        (link("/admin/exec/templates", "Templates") + &link("/admin/exec/search", "Search"), link("/admin/audit", "Audit"));
    if use_context() == Some(crate::server::HasAccounts(false)) {
        return first + &audit;
    }
    let links = first + &link("/admin/people", "People") + &audit;
    let sign_out = href("/logout");
    format!(
        "{links}<form class=\"sign-out\" method=\"post\" action=\"{sign_out}\"><button class=\"ghost\" type=\"submit\">Sign out</button></form>"
    )
}

#[cfg(not(feature = "ssr"))]
const fn more_links() -> &'static str {
    ""
}
