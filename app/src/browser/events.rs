//! The event stream: what happens to processes while the page is open.

use super::{
    Link, News,
    reconnect::{Moment, Moments},
};
use futures_util::{FutureExt, StreamExt, future::abortable, select};
use gloo_net::eventsource::futures::EventSource;
use leptos::prelude::*;

/// Hands over news until the calling component is gone.
pub(crate) fn follow_events(link: RwSignal<Link>, take: impl Fn(News) + 'static) {
    let (task, stop) = abortable(async move {
        let mut moments = Moments::new();
        let mut attempt = 0;
        loop {
            follow(link, &take, &mut moments, &mut attempt).await;
            link.set(Link::Lost);
            moments.pause(attempt).await;
            attempt += 1;
        }
    });
    leptos::task::spawn_local(async {
        let _ = task.await;
    });
    on_cleanup(move || {
        stop.abort();
        link.try_set(Link::Idle);
    });
}

async fn follow(link: RwSignal<Link>, take: &impl Fn(News), moments: &mut Moments, attempt: &mut u32) {
    let Ok(mut source) = EventSource::new("/api/events") else { return };
    let (Ok(processes), Ok(removed)) = (source.subscribe("process"), source.subscribe("removed")) else { return };
    let mut news = futures_util::stream::select(processes, removed).fuse();
    // The browser tells of no opening here; the state does.
    let mut opened = false;
    loop {
        if !opened && source.state() == gloo_net::eventsource::State::Open {
            opened = true;
            *attempt = 0;
            link.set(Link::Live);
            take(News::Connected);
        }
        let mut moment = Box::pin(moments.next().fuse());
        let mut look = gloo_timers::future::TimeoutFuture::new(if opened { 2000 } else { 50 }).fuse();
        select! {
            event = news.next() => match event {
                Some(Ok((kind, message))) => {
                    let text = message.data().as_string().unwrap_or_default();
                    match kind.as_str() {
                        "removed" => if let Ok(id) = text.parse() { take(News::Removed(id)) },
                        _ => if let Ok(process) = serde_json::from_str(&text) { take(News::Process(process)) },
                    }
                }
                _ => return,
            },
            moment = moment => if moment == Moment::Left { return },
            () = look => if opened && source.state() != gloo_net::eventsource::State::Open { return },
        }
    }
}
