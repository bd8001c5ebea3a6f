//! A terminal session: one process's output in one element, for as long as it is shown. Connects again by itself, from
//! the offset that it has reached, so that nothing is shown twice or left out.

use super::{
    ConnectionState, SessionOptions, SessionSignals,
    connection::{Connection, Outcome},
    reconnect::Lifecycle,
    widget::Widget,
};
use crate::wire::TerminalSize;
use futures_channel::mpsc;
use futures_util::{StreamExt, future::abortable};
use leptos::{html::Div, prelude::*};

/// Where the browser keeps whether the terminal is read out.
const SCREEN_READER: &str = "execdeck.screen-reader";

/// What the page may do with its session.
#[derive(Clone)]
pub(crate) struct Session {
    outgoing: mpsc::UnboundedSender<Outgoing>,
}

/// What the page or its terminal wants of the session.
pub(super) enum Outgoing {
    /// Bytes for the process.
    Input(Vec<u8>),
    /// No more input will come.
    CloseStdin,
    /// All output before the offset was shown.
    Acknowledge(u64),
    /// The widget has room for this size.
    Room(TerminalSize),
    Follow(bool),
    ScreenReader(bool),
    Close,
}

impl Session {
    /// Types a line. While there is no connection it waits for one.
    pub(crate) fn send_line(&self, line: &str) {
        self.send(Outgoing::Input(format!("{line}\n").into_bytes()));
    }

    /// Says that no more input comes.
    pub(crate) fn close_stdin(&self) {
        self.send(Outgoing::CloseStdin);
    }

    /// Goes to the tail and stays there, or stays where it is.
    pub(crate) fn set_follow(&self, follow: bool) {
        self.send(Outgoing::Follow(follow));
    }

    /// Has the terminal read out by screen readers, now and in later sessions.
    pub(crate) fn set_screen_reader(&self, on: bool) {
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = if on { storage.set_item(SCREEN_READER, "on") } else { storage.remove_item(SCREEN_READER) };
        }
        self.send(Outgoing::ScreenReader(on));
    }

    /// Ends the session; another one may open in the same place.
    pub(crate) fn close(&self) {
        self.send(Outgoing::Close);
    }

    pub(super) fn send(&self, outgoing: Outgoing) {
        let _ = self.outgoing.unbounded_send(outgoing);
    }
}

/// Whether the terminal is to be read out, as it was set last.
pub(crate) fn wants_screen_reader() -> bool {
    window().local_storage().ok().flatten().and_then(|storage| storage.get_item(SCREEN_READER).ok()).flatten().is_some()
}

/// Opens a session in the element, which lasts until it is closed or the calling component is gone.
pub(crate) fn open_session(element: NodeRef<Div>, options: SessionOptions, signals: SessionSignals) -> Session {
    let (outgoing, queue) = mpsc::unbounded();
    let session = Session { outgoing };
    let (task, stop) = abortable(run(element, options, signals, session.clone(), queue));
    signals.connection.set(ConnectionState::Connecting);
    leptos::task::spawn_local(async {
        let _ = task.await;
    });
    on_cleanup(move || {
        stop.abort();
        signals.connection.try_set(ConnectionState::Idle);
    });
    session
}

async fn run(
    element: NodeRef<Div>,
    options: SessionOptions,
    signals: SessionSignals,
    session: Session,
    mut queue: mpsc::UnboundedReceiver<Outgoing>,
) {
    let Some(element) = element.get_untracked() else { return };
    let Some(widget) = Widget::open(element.into(), options, signals, session).await else {
        return signals.connection.set(ConnectionState::Refused("The terminal could not be loaded. Reload the page.".into()));
    };
    if let Some(size) = options.terminal {
        widget.set_size(size.cols, size.rows);
    }
    widget.set_screen_reader(wants_screen_reader());
    let mut connection = Connection::new(&widget, options, signals);
    let mut lifecycle = Lifecycle::new();
    let mut attempt = 0;
    loop {
        match connection.run(&mut queue, &mut lifecycle).await {
            Outcome::Finished(state) => {
                signals.connection.set(state);
                break;
            }
            Outcome::Closed => return,
            Outcome::Lost => {}
        }
        if connection.received_anything() {
            attempt = 0;
        }
        signals.connection.set(ConnectionState::Lost);
        widget.set_active(false);
        lifecycle.pause(attempt).await;
        attempt += 1;
    }
    widget.set_active(false);
    // The terminal stays as it is, to be read; what is still asked of it concerns nobody else.
    while let Some(outgoing) = queue.next().await {
        match outgoing {
            Outgoing::Follow(follow) => widget.set_follow(follow),
            Outgoing::ScreenReader(on) => widget.set_screen_reader(on),
            Outgoing::Close => return,
            _ => {}
        }
    }
}
