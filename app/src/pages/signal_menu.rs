//! The menu beside Stop: another signal than the process's own.

use crate::{
    browser,
    components::{Name, StopForm},
};
use leptos::{html::Details, prelude::*};
use uuid::Uuid;

const SIGNALS: [(&str, &str, Name); 6] = [
    ("KILL", "Kill the whole tree", Name::Cross),
    ("INT", "Send INT (interrupt)", Name::Send),
    ("HUP", "Send HUP (reload)", Name::Send),
    ("USR1", "Send USR1", Name::Send),
    ("STOP", "Send STOP (pause)", Name::Send),
    ("CONT", "Send CONT (resume)", Name::Send),
];

/// Opens without JavaScript too; with it the menu closes once something is chosen, on Escape and when it is left.
#[component]
pub(super) fn SignalMenu(id: Uuid, name: String, error: RwSignal<String>) -> impl IntoView {
    let menu = NodeRef::<Details>::new();
    browser::close_when_left(menu);
    let close = move |_| {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
            browser::focus_summary(&menu);
        }
    };
    let items = SIGNALS.map(|(signal, label, icon)| view! { <StopForm id name=name.clone() error signal label icon class="ghost"/> });
    view! {
        <details class="menu" node_ref=menu on:submit=close>
            <summary class="button danger" aria-label="Choose a signal" title="Choose a signal">"▾"</summary>
            <div class="menu-items">{items.into_iter().collect_view()}</div>
        </details>
    }
}
