//! Keeps an open list up to date.

use crate::{
    api::{CallError, list_processes},
    browser::{self, ConnectionState, ProcessEvent},
    live::{PAUSE, Rounds, Rows, answered, load},
    query,
    texts::t,
    wire::{Counts, ProcessFilter},
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What a list shows: the search text, and the process after which it begins.
pub(super) type Place = (String, Option<Uuid>);

/// How many events are kept for a list that is being loaded; with more, it is loaded once more.
const MOST_MISSED: usize = 1000;

/// What happens while the page is open. Each search has a list of its own; the connection is one for all of them.
#[derive(Clone, Copy)]
pub(super) struct Events(StoredValue<Heard>);

struct Heard {
    /// The list on the screen.
    list: Option<Callback<ProcessEvent>>,
    /// What came since the next list was asked for, which may not be in the answer. None while no list is awaited.
    missed: Option<Vec<ProcessEvent>>,
}

impl Events {
    /// Connects once the page is in the browser, until it is gone.
    pub(super) fn follow() -> Self {
        let events = Self(StoredValue::new(Heard { list: None, missed: Some(Vec::new()) }));
        let connection = expect_context::<RwSignal<ConnectionState>>();
        Effect::new(move |_| browser::follow_events(connection, move |event| events.hear(event)));
        events
    }

    /// Another list is asked for.
    pub(super) fn await_list(self) {
        self.0.try_update_value(|heard| heard.missed = Some(Vec::new()));
    }

    fn hear(self, event: ProcessEvent) {
        let list = self.0.try_update_value(|heard| {
            if let Some(missed) = &mut heard.missed {
                if missed.len() == MOST_MISSED {
                    *missed = vec![ProcessEvent::Unreadable];
                }
                missed.push(event.clone());
            }
            heard.list
        });
        // While the next list is on its way, the last one is still seen but not kept any more.
        list.flatten().and_then(|list| list.try_run(event));
    }

    /// The list that was asked for is on the screen.
    fn tell(self, list: Callback<ProcessEvent>) {
        let missed = self.0.try_update_value(|heard| {
            heard.list = Some(list);
            heard.missed.take()
        });
        for event in missed.flatten().unwrap_or_else(|| vec![ProcessEvent::Unreadable]) {
            list.try_run(event);
        }
    }
}

/// An open list.
#[derive(Clone, Copy)]
struct List {
    rows: RwSignal<Rows>,
    counts: RwSignal<Counts>,
    error: RwSignal<String>,
    rounds: Rounds,
}

/// Keeps the list up to date while it is open.
pub(super) fn keep_current(
    events: Events,
    place: Place,
    rows: RwSignal<Rows>,
    counts: RwSignal<Counts>,
    waiting: RwSignal<usize>,
    now: Signal<i64>,
    error: RwSignal<String>,
) {
    let list = List { rows, counts, error, rounds: Rounds::new() };
    // However many events come, the counts are loaded once a second at most, and only while the page is visible.
    let outdated = RwSignal::new(false);
    let handle = move |event| {
        match event {
            ProcessEvent::Process(process) => {
                // A row that changes updates itself; the list is rendered again when rows come or go.
                let changed = rows.try_update_untracked(|rows| rows.change(*process));
                if changed == Some(true) {
                    rows.update(|_| {});
                }
                if let Some(number) = rows.try_with_untracked(Rows::waiting) {
                    waiting.try_set(number);
                }
            }
            ProcessEvent::Removed(id) => {
                rows.try_update(|rows| rows.remove(id));
            }
            // Anything may have happened before the connection was made, or in an event that cannot be read.
            ProcessEvent::Connected | ProcessEvent::Unreadable => return refresh(place.clone(), list),
        }
        outdated.try_set(true);
    };
    let handle = Callback::new(handle);
    Effect::new(move |_| events.tell(handle));
    Effect::new(move |_| {
        now.track();
        if outdated.get_untracked() && browser::is_visible() {
            outdated.set(false);
            spawn_local(async move {
                let any = ProcessFilter { limit: Some(1), ..ProcessFilter::default() };
                if let Ok(page) = list_processes(any).await {
                    counts.try_set(page.counts);
                }
            });
        }
    });
}

/// Loads everything that is shown again, until that works or another round has begun.
fn refresh((text, before): Place, list: List) {
    let List { rows, counts, error, rounds } = list;
    let Some(round) = rounds.begin() else { return };
    let filter = query::parse(&text).unwrap_or_default();
    spawn_local(async move {
        while let Some((asked_at, history)) = rows.try_with_untracked(|rows| (rows.events(), rows.shown_history())) {
            let loaded = answered(load(filter.clone(), before, history)).await;
            if !rounds.is_current(round) {
                return;
            }
            let problem = match loaded {
                Ok(listing) => {
                    counts.try_set(listing.counts);
                    error.try_set(String::new());
                    rows.try_update(|rows| rows.refresh(listing, asked_at));
                    return;
                }
                Err(CallError(problem)) => problem,
            };
            error.try_set(t!("The list may be out of date. {reason}", reason = problem.message));
            if !problem.code.is_temporary() {
                return;
            }
            browser::sleep(PAUSE).await;
        }
    });
}
