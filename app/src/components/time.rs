//! A moment, as the person's browser writes it.

use crate::{browser, wire::Timestamp};
use leptos::prelude::*;

/// UTC as the server writes it, then the person's own time and zone; UTC on hover. A dash for no moment.
#[component]
pub(crate) fn Time(#[prop(into)] time: Signal<Option<Timestamp>>) -> impl IntoView {
    let utc = move || {
        time.get().map_or("–".to_owned(), |time| {
            time.to_string().replacen('T', " ", 1).split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned() + " UTC"
        })
    };
    // Only after hydration, which begins with what the server has written.
    let local = RwSignal::new(None::<String>);
    Effect::new(move |_| local.set(time.get().and_then(|time| browser::local_time(time.as_millis()))));
    let iso = move || time.get().map(|time| time.to_string());
    view! { <time datetime=iso title=utc>{move || local.get().unwrap_or_else(utc)}</time> }
}
