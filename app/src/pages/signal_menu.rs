//! The menu beside Stop: another signal than the process's own.

use crate::components::{Name, StopForm};
use leptos::prelude::*;
use uuid::Uuid;

const SIGNALS: [(&str, &str, Name); 6] = [
    ("KILL", "Kill the whole tree", Name::Cross),
    ("INT", "Send INT (interrupt)", Name::Send),
    ("HUP", "Send HUP (reload)", Name::Send),
    ("USR1", "Send USR1", Name::Send),
    ("STOP", "Send STOP (pause)", Name::Send),
    ("CONT", "Send CONT (resume)", Name::Send),
];

/// Opens without JavaScript too; with it the menu closes once something is chosen, on Escape and when it is left
/// (`frontend/js/menus.js`).
#[component]
pub(super) fn SignalMenu(id: Uuid, name: String, error: RwSignal<String>) -> impl IntoView {
    let items = SIGNALS.map(|(signal, label, icon)| view! { <StopForm id name=name.clone() error signal label icon class="ghost"/> });
    view! {
        <details class="menu">
            <summary class="button danger" aria-label="Choose a signal" title="Choose a signal">"▾"</summary>
            <div class="menu-items">{items.into_iter().collect_view()}</div>
        </details>
    }
}
