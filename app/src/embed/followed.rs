//! One process, as it is now.

use super::deck::Deck;
use crate::{
    api::{CallError, get_process},
    browser::{self, ProcessEvent},
    live::{PAUSE, Rounds},
    revision::keep_newer,
    texts::t,
    wire::{ErrorCode, Process},
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What is known of a process.
#[derive(Clone)]
pub(super) enum Found {
    /// Nothing yet.
    Loading,
    /// The process, which changes.
    Here(ArcRwSignal<Process>),
    /// Why it cannot be shown.
    Not(String),
}

/// A process that is followed.
#[derive(Clone, Copy)]
pub(super) struct Followed {
    pub found: RwSignal<Found>,
    /// Whether it was removed after it was found.
    pub removed: RwSignal<bool>,
}

/// Loads the process, and keeps it up to date until the calling component is gone.
pub(super) fn follow(deck: &Deck, id: Uuid) -> Followed {
    let followed = Followed { found: RwSignal::new(Found::Loading), removed: RwSignal::new(false) };
    let rounds = Rounds::new();
    let load = {
        let deck = deck.clone();
        move || followed.load(&deck, id, rounds)
    };
    Effect::new({
        let load = load.clone();
        move |_| load()
    });
    deck.events.listen(move |event| match event {
        ProcessEvent::Process(process) if process.id == id => {
            // Copies in events are shortened, which nothing here shows.
            match followed.found.try_get_untracked() {
                Some(Found::Here(known)) => keep_newer(&known, (**process).clone()),
                Some(Found::Not(_)) => load(),
                Some(Found::Loading) | None => {}
            }
        }
        ProcessEvent::Removed(removed) if *removed == id => drop(followed.removed.try_set(true)),
        // Anything may have happened before the connection was made, or in an event that cannot be read.
        ProcessEvent::Connected | ProcessEvent::Unreadable => load(),
        ProcessEvent::Process(_) | ProcessEvent::Removed(_) => {}
    });
    followed
}

impl Followed {
    fn load(self, deck: &Deck, id: Uuid, rounds: Rounds) {
        let Some(round) = rounds.begin() else { return };
        let deck = deck.clone();
        spawn_local(async move {
            while rounds.is_current(round) {
                match deck.ask(get_process(id)).await {
                    Ok(process) => return self.take(process),
                    Err(CallError(error)) if error.code.is_temporary() => browser::sleep(PAUSE).await,
                    Err(CallError(error)) => return self.fail(error.code, error.message),
                }
            }
        });
    }

    fn take(self, process: Process) {
        match self.found.try_get_untracked() {
            Some(Found::Here(known)) => keep_newer(&known, process),
            _ => drop(self.found.try_set(Found::Here(ArcRwSignal::new(process)))),
        }
    }

    fn fail(self, code: ErrorCode, message: String) {
        let is_missing = code == ErrorCode::NotFound;
        match self.found.try_get_untracked() {
            Some(Found::Here(_)) if is_missing => drop(self.removed.try_set(true)),
            Some(Found::Here(_)) | None => {}
            Some(_) if is_missing => {
                let text = t!("This process does not exist. It may have been removed.");
                self.found.try_set(Found::Not(text.into()));
            }
            Some(_) => drop(self.found.try_set(Found::Not(message))),
        }
    }
}
