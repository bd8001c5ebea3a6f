//! When to try again: after a pause that grows, or at once when the page or the network comes back.

use super::timing::timeout;
use futures_channel::mpsc;
use futures_util::{FutureExt, StreamExt, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::VisibilityState;

/// A change in the page's lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LifecycleEvent {
    /// It is visible, in front or online again: a good time to connect.
    Resumed,
    /// It is being left, perhaps for the back/forward cache, which allows no open connection.
    Suspended,
    /// The network is gone: what is open may be dead, and only what is near can be reached.
    Offline,
}

type Listener = (web_sys::EventTarget, &'static str, Closure<dyn FnMut()>);

/// Reports these events until it is dropped.
pub(super) struct Lifecycle {
    receiver: mpsc::UnboundedReceiver<LifecycleEvent>,
    listeners: Vec<Listener>,
    /// Whether the last event was [`LifecycleEvent::Suspended`].
    suspended: bool,
}

impl Lifecycle {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded();
        let mut listeners: Vec<Listener> = Vec::new();
        let mut listen = |target: web_sys::EventTarget, name, event: fn() -> Option<LifecycleEvent>| {
            let sender = sender.clone();
            let closure = Closure::<dyn FnMut()>::new(move || {
                if let Some(event) = event() {
                    let _ = sender.unbounded_send(event);
                }
            });
            let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
            listeners.push((target, name, closure));
        };
        listen(window().into(), "online", || Some(LifecycleEvent::Resumed));
        listen(window().into(), "focus", || Some(LifecycleEvent::Resumed));
        listen(window().into(), "pageshow", || Some(LifecycleEvent::Resumed));
        listen(window().into(), "offline", || Some(LifecycleEvent::Offline));
        listen(window().into(), "pagehide", || Some(LifecycleEvent::Suspended));
        listen(document().into(), "visibilitychange", || {
            (document().visibility_state() == VisibilityState::Visible).then_some(LifecycleEvent::Resumed)
        });
        Self { receiver, listeners, suspended: false }
    }

    pub(super) async fn next(&mut self) -> LifecycleEvent {
        let event = self.receiver.next().await.unwrap_or(LifecycleEvent::Resumed);
        self.suspended = event == LifecycleEvent::Suspended;
        event
    }

    /// Waits half a second, then twice as long each time up to ten seconds, each a little more or less so that many
    /// pages do not come back in step. Ends early when the page or the network is back, and not before the page is back if it
    /// was left.
    pub(super) async fn pause(&mut self, attempt: u32) {
        let most = (500.0 * 2f64.powi(attempt.min(5) as i32)).min(10_000.0);
        let mut pause = TimeoutFuture::new((most * (0.5 + js_sys::Math::random() / 2.0)) as u32).fuse();
        loop {
            let suspended = self.suspended;
            let mut next = Box::pin(self.next().fuse());
            select! {
                () = pause => if !suspended { return },
                event = next => if event == LifecycleEvent::Resumed { return },
            }
        }
    }
}

/// Waits for this many milliseconds, or until the page or the network comes back.
pub(crate) async fn sleep_unless_resumed(milliseconds: u32) {
    let mut lifecycle = Lifecycle::new();
    timeout(milliseconds, async { while lifecycle.next().await != LifecycleEvent::Resumed {} }).await;
}

impl Drop for Lifecycle {
    fn drop(&mut self) {
        for (target, name, closure) in &self.listeners {
            let _ = target.remove_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        }
    }
}
