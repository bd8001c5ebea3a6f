//! Keeps an open list up to date.

use super::{
    listing::{load, load_counts},
    rows::Rows,
};
use crate::{
    browser::{self, ConnectionState, ProcessEvent},
    wire::{ApiError, Counts, ErrorCode},
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// After how many milliseconds without an answer a request is sent again.
const NO_ANSWER: u32 = 10_000;
/// How long to wait after an error before the list is requested again, in milliseconds.
const PAUSE: u32 = 3000;

/// What a list shows: the search text, and the process after which it begins.
pub(super) type Place = (String, Option<Uuid>);

/// Keeps the list up to date while it is open.
pub(super) fn follow(
    place: Place,
    rows: RwSignal<Rows>,
    counts: RwSignal<Counts>,
    waiting: RwSignal<usize>,
    now: Signal<i64>,
    error: RwSignal<String>,
) {
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
            ProcessEvent::Connected | ProcessEvent::Unreadable => return refresh(place.clone(), rows, counts, error),
        }
        outdated.try_set(true);
    };
    Effect::new(move |_| browser::follow_events(connection, handle.clone()));
    Effect::new(move |_| {
        now.track();
        if outdated.get_untracked() && browser::is_visible() {
            outdated.set(false);
            spawn_local(async move {
                if let Ok(loaded) = load_counts().await {
                    counts.try_set(loaded);
                }
            });
        }
    });
}

/// Loads everything that is shown again, until that works.
fn refresh((text, before): Place, rows: RwSignal<Rows>, counts: RwSignal<Counts>, error: RwSignal<String>) {
    spawn_local(async move {
        while let Some((asked_at, history)) = rows.try_with_untracked(|rows| (rows.events(), rows.shown_history())) {
            // A connection that has died unnoticed never answers; the next request takes another one.
            let problem = match browser::within(NO_ANSWER, load(text.clone(), before, history)).await {
                Some(Ok(listing)) => {
                    counts.try_set(listing.counts);
                    error.try_set(String::new());
                    rows.try_update(|rows| rows.refresh(listing, asked_at));
                    return;
                }
                Some(Err(failure)) => failure.0,
                None => ApiError::new(ErrorCode::Unavailable, "The server doesn't answer."),
            };
            // Rows that may be out of date must not look current.
            error.try_set(format!("The list may be out of date. {}", problem.message));
            if !problem.code.is_temporary() {
                return;
            }
            browser::sleep(PAUSE).await;
        }
    });
}
