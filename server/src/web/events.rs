//! `GET /api/events`: what happens to processes, as server-sent events.
//!
//! `process` carries the process, as in a list; `removed`, its id; `ping`, the server's build and clock, at the start and
//! after 20 s of silence.

use super::{state::AppState, version::version};
use crate::deck::Event;
use axum::{
    extract::State,
    response::{IntoResponse, Sse, sse},
};
use execdeck_wire::{Ping, Timestamp};
use futures_util::{StreamExt, stream};
use std::{convert::Infallible, time::Duration};
use tokio::{sync::broadcast::error::RecvError, time::timeout};

/// How long a connection may be silent.
const SILENCE: Duration = Duration::from_secs(20);

pub(crate) async fn events(State(app): State<AppState>) -> impl IntoResponse {
    let events = stream::unfold(app.deck.events(&app.caller()), |mut events| async move {
        let event = match timeout(SILENCE, events.recv()).await {
            Ok(Ok(event)) => encode(&event),
            Err(_) => ping(),
            // A client that missed events would show a wrong state; it reconnects and reloads the list.
            Ok(Err(RecvError::Lagged(_) | RecvError::Closed)) => return None,
        };
        Some((event, events))
    });
    // Sent immediately: tells the client that it is connected, and to which build.
    let events = stream::iter([ping()]).chain(events).take_until(app.shutdown.token.cancelled_owned());
    ([("cache-control", "no-store"), ("x-accel-buffering", "no")], Sse::new(events.map(Ok::<_, Infallible>)))
}

fn encode(event: &Event) -> sse::Event {
    match event {
        Event::Process(process) => with_json("process", process.as_ref()),
        Event::Removed(id) => sse::Event::default().event("removed").data(id.to_string()),
    }
}

fn ping() -> sse::Event {
    with_json("ping", &Ping { version: version().to_owned(), time: Timestamp::now() })
}

fn with_json(name: &str, data: &impl serde::Serialize) -> sse::Event {
    sse::Event::default().event(name).data(serde_json::to_string(data).expect("wire types are always valid JSON"))
}
