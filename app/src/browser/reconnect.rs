//! When to try again: after a pause that grows, or at once when the page or the network comes back.

use futures_channel::mpsc;
use futures_util::{FutureExt, StreamExt, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::VisibilityState;

/// What the page goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// It is seen again, or online again: a good time to connect.
    Back,
    /// It is left, perhaps into the back/forward cache, where no connection may stay open.
    Left,
}

type Listener = (web_sys::EventTarget, &'static str, Closure<dyn FnMut()>);

/// Tells of the moments until it is dropped.
pub(super) struct Moments {
    receiver: mpsc::UnboundedReceiver<Moment>,
    listeners: Vec<Listener>,
}

impl Moments {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded();
        let mut listeners: Vec<Listener> = Vec::new();
        let mut listen = |target: web_sys::EventTarget, name, moment: fn() -> Option<Moment>| {
            let sender = sender.clone();
            let closure = Closure::<dyn FnMut()>::new(move || {
                if let Some(moment) = moment() {
                    let _ = sender.unbounded_send(moment);
                }
            });
            let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
            listeners.push((target, name, closure));
        };
        listen(window().into(), "online", || Some(Moment::Back));
        listen(window().into(), "pageshow", || Some(Moment::Back));
        listen(window().into(), "pagehide", || Some(Moment::Left));
        listen(document().into(), "visibilitychange", || {
            (document().visibility_state() == VisibilityState::Visible).then_some(Moment::Back)
        });
        Self { receiver, listeners }
    }

    pub(super) async fn next(&mut self) -> Moment {
        self.receiver.next().await.unwrap_or(Moment::Back)
    }

    /// Waits half a second, then twice as long each time up to ten seconds, each a little more or less so that many
    /// pages do not come back in step. Ends early when the page or the network is back.
    pub(super) async fn pause(&mut self, attempt: u32) {
        let most = (500.0 * 2f64.powi(attempt.min(5) as i32)).min(10_000.0);
        let mut pause = TimeoutFuture::new((most * (0.5 + js_sys::Math::random() / 2.0)) as u32).fuse();
        loop {
            let mut next = Box::pin(self.next().fuse());
            select! {
                () = pause => return,
                moment = next => if moment == Moment::Back { return },
            }
        }
    }
}

impl Drop for Moments {
    fn drop(&mut self) {
        for (target, name, closure) in &self.listeners {
            let _ = target.remove_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        }
    }
}
