//! The state of a process as a badge.

use super::{
    deck::Deck,
    followed::{Followed, Found, follow},
};
use crate::{
    format,
    texts::t,
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
                Found::Loading => word(t!("loading")).into_any(),
                Found::Not(_) => word(t!("not found")).into_any(),
                Found::Here(_) if removed.get() => word(t!("removed")).into_any(),
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
        _ if process.gave_up => "✕",
        (wire::ProcessState::Queued, _) => "…",
        (wire::ProcessState::Restarting, _) => "↻",
        (wire::ProcessState::Starting | wire::ProcessState::Running, _) => "●",
        (wire::ProcessState::Stopping | wire::ProcessState::Killed, _) | (wire::ProcessState::Failed, false) => "■",
        (wire::ProcessState::TimedOut, _) => "◷",
        (wire::ProcessState::Failed, _) => "!",
        (wire::ProcessState::Interrupted | wire::ProcessState::Unknown, _) => "?",
        (wire::ProcessState::Exited, true) => "✕",
        (wire::ProcessState::Exited, false) => "✓",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_process::process;
    use serde_json::{Value, json};

    fn badge(fields: Value) -> String {
        Owner::new().with(|| {
            let process = RwSignal::new(process(fields));
            view! { <Badge process/> }.to_html()
        })
    }

    #[test]
    fn a_badge_says_what_waits_and_what_was_given_up() {
        let queued = badge(json!({ "state": "queued", "queue_position": 2 }));
        assert!(queued.contains("queued #2") && queued.contains("…") && queued.contains("neutral"), "{queued}");
        let restarting = badge(json!({ "state": "restarting" }));
        assert!(restarting.contains("restarting") && restarting.contains('↻') && restarting.contains("warned"), "{restarting}");
        let gave_up = badge(json!({ "exit": { "code": 1 }, "gave_up": true }));
        assert!(gave_up.contains("gave up, exit 1") && gave_up.contains('✕') && gave_up.contains("failed"), "{gave_up}");
    }
}
