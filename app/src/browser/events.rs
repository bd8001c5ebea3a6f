//! The event stream: what happens to processes while the page is open.

use super::{
    ConnectionState, ProcessEvent,
    reconnect::{Lifecycle, LifecycleEvent},
};
use futures_util::{FutureExt, StreamExt, future::abortable, select};
use gloo_net::eventsource::futures::EventSource;
use leptos::prelude::*;

/// Hands over events until the calling component is gone.
pub(crate) fn follow_events(link: RwSignal<ConnectionState>, take: impl Fn(ProcessEvent) + 'static) {
    let (task, stop) = abortable(async move {
        let mut lifecycle = Lifecycle::new();
        let mut attempt = 0;
        loop {
            follow(link, &take, &mut lifecycle, &mut attempt).await;
            link.set(ConnectionState::Lost);
            lifecycle.pause(attempt).await;
            attempt += 1;
        }
    });
    leptos::task::spawn_local(async {
        let _ = task.await;
    });
    on_cleanup(move || {
        stop.abort();
        link.try_set(ConnectionState::Idle);
    });
}

async fn follow(link: RwSignal<ConnectionState>, take: &impl Fn(ProcessEvent), lifecycle: &mut Lifecycle, attempt: &mut u32) {
    let Ok(mut source) = EventSource::new("/api/events") else { return };
    let (Ok(processes), Ok(removed)) = (source.subscribe("process"), source.subscribe("removed")) else { return };
    let mut events = futures_util::stream::select(processes, removed).fuse();
    // The browser tells of no opening here; the state does.
    let mut opened = false;
    loop {
        if !opened && source.state() == gloo_net::eventsource::State::Open {
            opened = true;
            *attempt = 0;
            link.set(ConnectionState::Live);
            take(ProcessEvent::Connected);
        }
        let mut lifecycle_event = Box::pin(lifecycle.next().fuse());
        let mut look = gloo_timers::future::TimeoutFuture::new(if opened { 2000 } else { 50 }).fuse();
        select! {
            event = events.next() => match event {
                Some(Ok((kind, message))) => {
                    let text = message.data().as_string().unwrap_or_default();
                    match kind.as_str() {
                        "removed" => if let Ok(id) = text.parse() { take(ProcessEvent::Removed(id)) },
                        _ => if let Ok(process) = serde_json::from_str(&text) { take(ProcessEvent::Process(process)) },
                    }
                }
                _ => return,
            },
            change = lifecycle_event => if change == LifecycleEvent::Suspended { return },
            () = look => if opened && source.state() != gloo_net::eventsource::State::Open { return },
        }
    }
}
