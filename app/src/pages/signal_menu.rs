//! The menu beside Stop: another signal than the process's own.

use crate::{
    components::{Name, StopForm},
    texts::t,
};
use leptos::prelude::*;
use uuid::Uuid;

fn signals() -> [(&'static str, &'static str, Name); 6] {
    [
        ("KILL", t!("Kill the whole tree"), Name::Cross),
        ("INT", t!("Send INT (interrupt)"), Name::Send),
        ("HUP", t!("Send HUP (reload)"), Name::Send),
        ("USR1", t!("Send USR1"), Name::Send),
        ("STOP", t!("Send STOP (pause)"), Name::Send),
        ("CONT", t!("Send CONT (resume)"), Name::Send),
    ]
}

/// Opens without JavaScript too; with it the menu closes once something is chosen, on Escape and when it is left
/// (`frontend/js/menus.js`).
#[component]
pub(super) fn SignalMenu(id: Uuid, name: String, error: RwSignal<String>) -> impl IntoView {
    let items = signals().map(|(signal, label, icon)| view! { <StopForm id name=name.clone() error signal label icon class="ghost"/> });
    view! {
        <details class="menu">
            <summary class="button danger" aria-label=t!("Choose a signal") title=t!("Choose a signal")>"▾"</summary>
            <div class="menu-items">{items.into_iter().collect_view()}</div>
        </details>
    }
}
