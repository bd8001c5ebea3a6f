//! A state as shape, colour and words.

use super::Name;
use crate::{
    format,
    wire::{Process, ProcessState},
};
use leptos::prelude::*;

/// Colour never speaks alone: each state has a shape and its word.
#[component]
pub(crate) fn StateMark(process: RwSignal<Process>) -> impl IntoView {
    let icon = move || process.with(icon).used();
    view! {
        <span class=move || process.with(class)>
            <svg class="icon" aria-hidden="true" inner_html=icon></svg>
            <span>{move || process.with(format::outcome)}</span>
        </span>
    }
}

fn class(process: &Process) -> String {
    format!("state {}", format::hue(process))
}

/// The shape of a state.
pub(crate) fn icon(process: &Process) -> Name {
    match (process.state, process.is_unsuccessful()) {
        _ if process.gave_up => Name::Cross,
        (ProcessState::Queued, _) => Name::Queued,
        (ProcessState::Restarting, _) => Name::Again,
        (ProcessState::Starting | ProcessState::Running, _) => Name::Running,
        (ProcessState::Stopping | ProcessState::Killed, _) | (ProcessState::Failed, false) => Name::Stop,
        (ProcessState::TimedOut, _) => Name::Clock,
        (ProcessState::Failed, _) => Name::Alert,
        (ProcessState::Interrupted | ProcessState::Unknown, _) => Name::Interrupted,
        (ProcessState::Exited, true) => Name::Cross,
        (ProcessState::Exited, false) => Name::Check,
    }
}
