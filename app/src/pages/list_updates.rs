//! Keeps an open list up to date.

use crate::{
    api::{CallError, list_processes},
    browser::{self, ConnectionState, ProcessEvent},
    live::{PAUSE, Rounds, Rows, answered, load},
    query,
    wire::{Counts, ProcessFilter},
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What a list shows: the search text, and the process after which it begins.
pub(super) type Place = (String, Option<Uuid>);

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
    place: Place,
    rows: RwSignal<Rows>,
    counts: RwSignal<Counts>,
    waiting: RwSignal<usize>,
    now: Signal<i64>,
    error: RwSignal<String>,
) {
    let list = List { rows, counts, error, rounds: Rounds::new() };
    let connection = expect_context::<RwSignal<ConnectionState>>();
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
    Effect::new(move |_| browser::follow_events(connection, handle.clone()));
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
            error.try_set(format!("The list may be out of date. {}", problem.message));
            if !problem.code.is_temporary() {
                return;
            }
            browser::sleep(PAUSE).await;
        }
    });
}
