//! The life of a widget that shows output: loaded when the page is idle, disposed of when its session ends, even if that is before
//! it has loaded.

use super::{
    SessionOptions, SessionSignals,
    ffi::{Others, Terminal, open_widget},
    handle::{Outgoing, Session},
};
use crate::wire::TerminalSize;
use futures_channel::oneshot;
use leptos::prelude::*;
use std::ops::Deref;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::HtmlElement;

/// How long, in milliseconds, the terminal waits for an idle page at most.
const LONGEST_WAIT: u32 = 500;

/// An open terminal with the callbacks that it calls. Dropping it disposes of it.
pub(super) struct Widget {
    terminal: Terminal,
    _callbacks: Callbacks,
}

struct Callbacks {
    shown: Closure<dyn FnMut(f64)>,
    typed: Closure<dyn FnMut(Vec<u8>)>,
    room: Closure<dyn FnMut(u16, u16)>,
    changed: Closure<dyn FnMut(String, bool)>,
    said: Closure<dyn FnMut(String)>,
}

impl Deref for Widget {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}

impl Drop for Widget {
    fn drop(&mut self) {
        self.terminal.viewers("null");
        self.terminal.dispose();
    }
}

impl Widget {
    /// Loads the terminal from the folder of the build's files, and opens it. None if it could not be loaded.
    ///
    /// Loading a script cannot be cancelled, so a task of its own waits for it and disposes of the terminal if the session
    /// has ended by then.
    pub(super) async fn open(
        folder: String,
        element: HtmlElement,
        options: SessionOptions,
        signals: SessionSignals,
        session: Session,
    ) -> Option<Self> {
        let (opened, widget) = oneshot::channel();
        leptos::task::spawn_local(async move {
            idle().await;
            if opened.is_canceled() {
                return;
            }
            let callbacks = Callbacks::new(session, signals);
            let Callbacks { shown, typed, room, changed, said } = &callbacks;
            let id = options.id.to_string();
            let others = Others::new(&element, &folder, said);
            let terminal =
                open_widget(&folder, &element, &id, options.terminal.is_some(), options.head, &others, shown, typed, room, changed).await;
            let widget = terminal.ok().map(|terminal| Self { terminal: terminal.unchecked_into(), _callbacks: callbacks });
            // Returned, and so dropped, if the session has ended meanwhile.
            let _ = opened.send(widget);
        });
        widget.await.ok().flatten()
    }
}

impl Callbacks {
    fn new(session: Session, signals: SessionSignals) -> Self {
        let [shown, typed, room, said] = [session.clone(), session.clone(), session.clone(), session];
        Self {
            shown: Closure::new(move |offset: f64| shown.send(Outgoing::Acknowledge(offset as u64))),
            typed: Closure::new(move |bytes| typed.send(Outgoing::Input(bytes))),
            room: Closure::new(move |cols, rows| room.send(Outgoing::Room(TerminalSize { cols, rows }))),
            said: Closure::new(move |message| said.send(Outgoing::Message(message))),
            changed: Closure::new(move |name: String, on| {
                let signal = match name.as_str() {
                    "tab" => signals.tab_moves,
                    "view" => signals.view,
                    _ => signals.following,
                };
                let _ = signal.try_set(on);
            }),
        }
    }
}

/// Waits until the page is idle, so that the terminal does not delay its first use.
async fn idle() {
    let (sender, receiver) = oneshot::channel();
    let callback = Closure::once_into_js(move || {
        let _ = sender.send(());
    });
    let options = web_sys::IdleRequestOptions::new();
    options.set_timeout(LONGEST_WAIT);
    // Safari has no idle callbacks: the call fails there, and drops the callback.
    if window().request_idle_callback_with_options(callback.unchecked_ref(), &options).is_ok() {
        let _ = receiver.await;
    }
}
