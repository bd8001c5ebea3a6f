//! A terminal session: the output of one process in one element, for as long as it is shown. It reconnects by itself at
//! the offset it has reached, so that nothing is shown twice or left out.

use super::{
    ConnectionState, SessionOptions, SessionSignals,
    connection::{Connection, Outcome},
    handle::{Outgoing, Session, wants_screen_reader},
    reconnect::Lifecycle,
    widget::Widget,
};
use crate::{
    assets::asset_folder,
    server::{BasePath, ServerVersion},
    texts::t,
};
use futures_channel::mpsc;
use futures_util::{StreamExt, future::abortable};
use leptos::{html::Div, prelude::*};

/// Opens a session in the element, with the server of the Leptos context or the document. It lasts until it is closed or the
/// calling component is disposed of.
pub(crate) fn open_session(element: NodeRef<Div>, options: SessionOptions, signals: SessionSignals) -> Session {
    let (session, queue) = Session::new();
    // The context is that of the caller, and of no later time.
    let base = BasePath::current();
    let folder = asset_folder(&base, &ServerVersion::current());
    let (task, stop) = abortable(run(element, options, signals, session.clone(), queue, base, folder));
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
    base: BasePath,
    folder: String,
) {
    let Some(element) = element.get_untracked() else { return };
    let Some(widget) = Widget::open(folder, element.into(), options, signals, session).await else {
        return signals.connection.set(ConnectionState::Refused(t!("The output could not be loaded. Reload the page.").into()));
    };
    if let Some(size) = options.terminal {
        widget.set_size(size.cols, size.rows);
    }
    widget.set_screen_reader(wants_screen_reader());
    let mut connection = Connection::new(&widget, options, signals, base);
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
        widget.viewers("null");
        lifecycle.pause(attempt).await;
        attempt += 1;
    }
    widget.set_active(false);
    widget.viewers("null");
    // The terminal stays, to be read; the remaining requests concern only how it is shown.
    while let Some(outgoing) = queue.next().await {
        match outgoing {
            Outgoing::Follow(follow) => widget.set_follow(follow),
            Outgoing::ScreenReader(on) => widget.set_screen_reader(on),
            Outgoing::Close => return,
            _ => {}
        }
    }
}
