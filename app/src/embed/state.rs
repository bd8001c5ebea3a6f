//! The state of a process as a badge.

use super::{
    deck::Deck,
    followed::{Followed, Found, follow},
};
use crate::{
    format,
    wire::{self, Process},
};
use leptos::prelude::*;
use uuid::Uuid;

/// The state of one process as a badge, live. Colour never speaks alone: each state has a sign and its word.
///
/// ```no_run
/// use execdeck_app::embed::{Execdeck, ProcessState};
/// use leptos::prelude::*;
/// use uuid::Uuid;
///
/// #[component]
/// fn LastBackup(id: Uuid) -> impl IntoView {
///     view! { <Execdeck base="/deck">"Last backup: "<ProcessState id/></Execdeck> }
/// }
/// ```
#[component]
pub fn ProcessState(
    /// Which process; nothing is shown for none.
    #[prop(into)]
    id: Signal<Option<Uuid>>,
) -> impl IntoView {
    let deck = Deck::of_component();
    let id = Memo::new(move |_| id.get());
    let badge = move || {
        id.get().map(|id| {
            let Followed { found, removed } = follow(&deck, id);
            move || match found.get() {
                Found::Loading => word("loading").into_any(),
                Found::Not(_) => word("not found").into_any(),
                Found::Here(_) if removed.get() => word("removed").into_any(),
                Found::Here(process) => view! { <Badge process=process.into()/> }.into_any(),
            }
        })
    };
    view! { <span class="execdeck-status" role="status">{badge}</span> }
}

fn word(text: &'static str) -> impl IntoView {
    view! { <span class="execdeck-state" data-hue="neutral"><span>{text}</span></span> }
}

/// The badge.
#[component]
pub(super) fn Badge(process: RwSignal<Process>) -> impl IntoView {
    view! {
        <span class="execdeck-state" data-hue=move || process.with(format::hue)>
            <span class="execdeck-sign" aria-hidden="true">{move || process.with(sign)}</span>
            <span>{move || process.with(format::outcome)}</span>
        </span>
    }
}

/// A sign that tells states apart without colours.
fn sign(process: &Process) -> &'static str {
    match (process.state, process.is_unsuccessful()) {
        (wire::ProcessState::Starting | wire::ProcessState::Running, _) => "●",
        (wire::ProcessState::Stopping | wire::ProcessState::Killed, _) => "■",
        (wire::ProcessState::TimedOut, _) => "◷",
        (wire::ProcessState::Failed, _) => "!",
        (wire::ProcessState::Interrupted | wire::ProcessState::Unknown, _) => "?",
        (wire::ProcessState::Exited, true) => "✕",
        (wire::ProcessState::Exited, false) => "✓",
    }
}
