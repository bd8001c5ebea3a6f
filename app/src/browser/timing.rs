//! Clocks, pauses and timeouts.

use super::server;
use futures_util::future::{Either, abortable, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use send_wrapper::SendWrapper;

/// The server's time in milliseconds, updated each second.
pub(crate) fn tick() -> Signal<i64> {
    let now = RwSignal::new(server::now_ms());
    let (task, stop) = abortable(async move {
        loop {
            TimeoutFuture::new(1000).await;
            // Until the server's time is known, the server's own text stays.
            if server::is_clock_known() {
                now.set(server::now_ms());
            }
        }
    });
    leptos::task::spawn_local(async {
        let _ = task.await;
    });
    on_cleanup(move || stop.abort());
    now.into()
}

/// The future's value, unless it takes longer than this many milliseconds.
pub(crate) fn timeout<T>(milliseconds: u32, future: impl Future<Output = T>) -> impl Future<Output = Option<T>> + Send {
    let (future, timeout) = (Box::pin(future), TimeoutFuture::new(milliseconds));
    // A browser has one thread; resources ask for what may be sent to another all the same.
    SendWrapper::new(async {
        match select(future, timeout).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    })
}

/// Waits for this many milliseconds.
pub(crate) async fn sleep(milliseconds: u32) {
    TimeoutFuture::new(milliseconds).await;
}

/// Calls back after this many milliseconds, unless the owner of the calling code is gone by then.
#[cfg(feature = "admin")]
pub(crate) fn after(milliseconds: u32, callback: impl FnOnce() + 'static) {
    let (task, stop) = abortable(async move {
        TimeoutFuture::new(milliseconds).await;
        callback();
    });
    leptos::task::spawn_local(async {
        let _ = task.await;
    });
    on_cleanup(move || stop.abort());
}
