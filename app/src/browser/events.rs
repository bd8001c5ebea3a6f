//! The event stream: what happens to processes while the page is open. All tabs of a browser share one connection, see
//! `app/js/events.js`.

use super::{ConnectionState, ProcessEvent, json::read_json};
use crate::server::BasePath;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/events.js")]
extern "C" {
    type EventFeed;

    #[wasm_bindgen(constructor)]
    fn new(address: &str, receive: &Closure<dyn FnMut(String, String)>) -> EventFeed;
    #[wasm_bindgen(method)]
    fn close(this: &EventFeed);
}

struct Feed {
    feed: EventFeed,
    _receive: Closure<dyn FnMut(String, String)>,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.feed.close();
    }
}

/// Hands over events until the calling component is gone.
pub(crate) fn follow_events(connection: RwSignal<ConnectionState>, handle: impl Fn(ProcessEvent) + 'static) {
    connection.set(ConnectionState::Connecting);
    let receive = Closure::<dyn FnMut(String, String)>::new(move |kind: String, data: String| {
        let event = match kind.as_str() {
            "connected" => {
                connection.try_set(ConnectionState::Live);
                ProcessEvent::Connected
            }
            "lost" => {
                connection.try_set(ConnectionState::Lost);
                return;
            }
            "removed" => data.parse().map_or(ProcessEvent::Unreadable, ProcessEvent::Removed),
            _ => read_json(&data).map_or(ProcessEvent::Unreadable, ProcessEvent::Process),
        };
        handle(event);
    });
    let feed = EventFeed::new(&BasePath::current().join("/api/events"), &receive);
    let feed = StoredValue::new_local(Some(Feed { feed, _receive: receive }));
    on_cleanup(move || {
        feed.try_update_value(Option::take);
        connection.try_set(ConnectionState::Idle);
    });
}
