//! A moment in the time zone of the person who looks.

use crate::{browser, wire::Timestamp};
use leptos::prelude::*;

/// A moment in UTC, to the second.
fn utc(time: Timestamp) -> String {
    let text = time.to_string().replacen('T', " ", 1);
    text.split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned() + " UTC"
}

/// UTC in the server's page, afterwards the local time and zone, with UTC on hover. A dash for no moment.
#[component]
pub(crate) fn Time(#[prop(into)] time: Signal<Option<Timestamp>>) -> impl IntoView {
    let utc = move || time.get().map_or("–".to_owned(), utc);
    // Only after hydration, which begins with what the server wrote. The first one takes a phone a while, so it is a task of its own.
    let local = RwSignal::new(None::<String>);
    Effect::new(move |before: Option<()>| {
        time.track();
        let show = move || drop(local.try_set(time.get_untracked().and_then(|time| browser::local_time(time.as_millis()))));
        if before.is_none() { browser::after(0, show) } else { show() }
    });
    let iso = move || time.get().map(|time| time.to_string());
    view! { <time datetime=iso title=utc>{move || local.get().unwrap_or_else(utc)}</time> }
}

/// A text in place of a moment in a row, which on hover is shown in local time and in UTC.
#[component]
pub(crate) fn Moment(time: Timestamp, text: impl Fn() -> String + Send + 'static) -> impl IntoView {
    // The local time is worked out when it is asked for: a list has many.
    let show = move |event: leptos::ev::PointerEvent| {
        if let Some(local) = browser::local_time(time.as_millis()) {
            event_target::<leptos::web_sys::HtmlElement>(&event).set_title(&format!("{local} ({})", utc(time)));
        }
    };
    view! { <time class="row-age" datetime=time.to_string() title=utc(time) on:pointerenter=show>{text}</time> }
}
