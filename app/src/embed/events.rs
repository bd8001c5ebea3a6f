//! One event stream for all components of an Execdeck.

use crate::{
    browser::{self, ConnectionState, ProcessEvent},
    live::Rounds,
};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// How long the stream may be lost before people are told, in milliseconds.
const INTERRUPTION: u32 = 2000;

type Listener = Arc<dyn Fn(&ProcessEvent) + Send + Sync>;

/// Passes events on to the components that listen.
#[derive(Clone, Copy)]
pub(super) struct Events {
    listeners: StoredValue<Listeners>,
    /// How the stream is connected.
    pub connection: RwSignal<ConnectionState>,
}

#[derive(Default)]
struct Listeners {
    last: u64,
    all: Vec<(u64, Listener)>,
}

impl Events {
    pub(super) fn new() -> Self {
        Self { listeners: StoredValue::default(), connection: RwSignal::new(ConnectionState::Idle) }
    }

    /// Hears of events until the calling component is gone.
    pub(super) fn listen(self, listener: impl Fn(&ProcessEvent) + Send + Sync + 'static) {
        let number = self.listeners.try_update_value(|listeners| {
            listeners.last += 1;
            listeners.all.push((listeners.last, Arc::new(listener)));
            listeners.last
        });
        on_cleanup(move || {
            self.listeners.try_update_value(|listeners| listeners.all.retain(|(other, _)| Some(*other) != number));
        });
    }

    /// Reads the stream until the calling effect runs again or is gone.
    pub(super) fn follow(self) {
        browser::follow_events(self.connection, move |event| self.tell(&event));
    }

    /// Whether the stream has been lost for longer than a short interruption lasts, kept up to date while the calling component is
    /// there.
    pub(super) fn overdue(self) -> RwSignal<bool> {
        let overdue = RwSignal::new(false);
        let rounds = Rounds::new();
        Effect::new(move |_| {
            let is_lost = self.connection.with(|connection| *connection == ConnectionState::Lost);
            let Some(round) = rounds.begin() else { return };
            overdue.set(false);
            if is_lost {
                spawn_local(async move {
                    browser::sleep(INTERRUPTION).await;
                    if rounds.is_current(round) {
                        overdue.try_set(true);
                    }
                });
            }
        });
        overdue
    }

    fn tell(self, event: &ProcessEvent) {
        // A listener may add others.
        let all = self.listeners.try_with_value(|listeners| listeners.all.clone());
        for (_, listener) in all.into_iter().flatten() {
            listener(event);
        }
    }
}
