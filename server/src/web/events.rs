//! `GET /api/events`: what happens to processes, as server-sent events.
//!
//! `process` carries the process, as in a list; `removed`, its id; `health`, what is wrong with the server, at the start and when
//! it changes; `ping`, the server's build and clock, at the start and after 20 s of silence.

use super::{
    error::Failure,
    query::{Nothing, Parameters},
    signed::Signed,
    state::AppState,
    version::version,
};
use crate::deck::{Event, EventsLost};
use axum::{
    extract::State,
    response::{IntoResponse, Sse, sse},
};
use execdeck_wire::{Health, Ping, Problem, Timestamp};
use futures_util::{StreamExt, stream};
use std::{convert::Infallible, time::Duration};
use tokio::time::timeout;

/// How long a connection may be silent.
const SILENCE: Duration = Duration::from_secs(20);

pub(crate) async fn events(State(app): State<AppState>, signed: Signed, _: Parameters<Nothing>) -> Result<impl IntoResponse, Failure> {
    let place = app.open_socket(&signed)?;
    let events = app.deck.events(&signed.caller()).await?;
    // After the subscription: no change is missed between the two.
    let now = health(&app.deck.problems());
    let events = stream::unfold((events, place), |(mut events, place)| async move {
        let event = match timeout(SILENCE, events.next()).await {
            Ok(Ok(event)) => encode(&event),
            Err(_) => ping(),
            // A client that missed events would show a wrong state; it reconnects and reloads the list.
            Ok(Err(EventsLost)) => return None,
        };
        Some((event, (events, place)))
    });
    // Whoever may do something else than before reconnects, and sees what they may see now.
    let (before, mut watch) = (signed.0.clone(), app.deck.access().watch(&signed.0.identity));
    let changed = async move { watch.lost(|now| now.rights == before.rights && now.grants == before.grants).await };
    let stop = app.shutdown.token.cancelled_owned();
    let over = async move {
        tokio::select! {
            _ = changed => {}
            () = stop => {}
        }
    };
    // Sent immediately: tells the client that it is connected, and to which build.
    let events = stream::iter([ping(), now]).chain(events).take_until(over);
    Ok(([("cache-control", "no-store"), ("x-accel-buffering", "no")], Sse::new(events.map(Ok::<_, Infallible>))))
}

fn encode(event: &Event) -> sse::Event {
    match event {
        Event::Process(process) => with_json("process", process.as_ref()),
        Event::Removed(process) => sse::Event::default().event("removed").data(process.id.to_string()),
        Event::Problems(problems) => health(problems),
    }
}

fn health(problems: &[Problem]) -> sse::Event {
    with_json("health", &Health { problems: problems.to_vec(), disk: None })
}

fn ping() -> sse::Event {
    with_json("ping", &Ping { version: version().to_owned(), time: Timestamp::now() })
}

fn with_json(name: &str, data: &impl serde::Serialize) -> sse::Event {
    sse::Event::default().event(name).data(serde_json::to_string(data).expect("wire types are always valid JSON"))
}
