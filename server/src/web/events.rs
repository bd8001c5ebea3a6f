//! `GET /api/events`: what happens to processes, as server-sent events.

use super::App;
use crate::deck::Event;
use axum::{
    extract::State,
    response::{
        IntoResponse, Sse,
        sse::{self, KeepAlive},
    },
};
use futures_util::stream;
use std::convert::Infallible;
use tokio::sync::broadcast::error::RecvError;

pub(crate) async fn events(State(app): State<App>) -> impl IntoResponse {
    let hello = sse::Event::default().comment("execdeck");
    let events = stream::unfold((app.deck.events(&app.caller()), Some(hello)), |(mut events, hello)| async move {
        if let Some(hello) = hello {
            return Some((Ok::<_, Infallible>(hello), (events, None)));
        }
        match events.recv().await {
            Ok(event) => Some((Ok(encode(&event)), (events, None))),
            // A client that missed some would show a wrong state: it connects anew and lists.
            Err(RecvError::Lagged(_) | RecvError::Closed) => None,
        }
    });
    let sse = Sse::new(events).keep_alive(KeepAlive::default());
    ([("cache-control", "no-store"), ("x-accel-buffering", "no")], sse)
}

fn encode(event: &Event) -> sse::Event {
    match event {
        Event::Process(process) => {
            let json = serde_json::to_string(process.as_ref()).expect("a process is always valid JSON");
            sse::Event::default().event("process").data(json)
        }
        Event::Removed(id) => sse::Event::default().event("removed").data(id.to_string()),
    }
}
