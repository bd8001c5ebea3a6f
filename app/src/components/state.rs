//! A state as shape, colour and words.

use super::{Icon, Name};
use crate::{
    format,
    wire::{Process, ProcessState},
};
use leptos::prelude::*;

/// Colour never speaks alone: each state has a shape and its word.
#[component]
pub(crate) fn StateMark(#[prop(into)] process: Signal<Process>) -> impl IntoView {
    let icon = Memo::new(move |_| match process.with(|process| (process.state, process.is_unsuccessful())) {
        (ProcessState::Starting | ProcessState::Running, _) => Name::Running,
        (ProcessState::Stopping | ProcessState::Killed, _) => Name::Stop,
        (ProcessState::TimedOut, _) => Name::Clock,
        (ProcessState::Failed, _) => Name::Alert,
        (ProcessState::Interrupted | ProcessState::Unknown, _) => Name::Interrupted,
        (ProcessState::Exited, true) => Name::Cross,
        (ProcessState::Exited, false) => Name::Check,
    });
    view! {
        <span class=move || format!("state {}", process.with(format::hue))>
            {move || view! { <Icon name=icon.get()/> }}
            <span>{move || process.with(format::outcome)}</span>
        </span>
    }
}
