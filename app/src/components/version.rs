//! The notice of a tab whose server has been updated.

use crate::{
    address::href,
    browser::{self, ConnectionState},
    server::ServerVersion,
    texts::t,
};
use leptos::{prelude::*, task::spawn_local};

/// Appears when the server is no longer the build that sent this page. Checks at hydration and after each lost connection.
#[component]
pub(super) fn VersionNotice() -> impl IntoView {
    let connection = expect_context::<RwSignal<ConnectionState>>();
    let own = ServerVersion::current().0;
    let older = RwSignal::new(false);
    let ask = move |own: String| {
        let address = href("/healthz");
        spawn_local(async move {
            if let Some(version) = browser::ask_version(address).await {
                older.try_set(!own.is_empty() && version != own);
            }
        });
    };
    Effect::new(move |was_lost: Option<bool>| {
        let (live, lost) = connection.with(|connection| (*connection == ConnectionState::Live, *connection == ConnectionState::Lost));
        if was_lost.is_none() || (live && was_lost == Some(true)) {
            ask(own.clone());
        }
        lost || (!live && was_lost == Some(true))
    });
    view! {
        <div class="note warned" role="status" hidden=move || !older.get()>
            <span>{t!("Execdeck has been updated.")}</span>
            <button class="small" type="button" on:click=|_| browser::reload()>{t!("Reload")}</button>
        </div>
    }
}
