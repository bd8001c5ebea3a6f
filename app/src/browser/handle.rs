//! The handle of a terminal session: what the page and the terminal ask of it, in the order in which they do.

use crate::wire::TerminalSize;
use futures_channel::mpsc;
use leptos::prelude::window;

/// The key in local storage that says whether output is announced to screen readers.
const SCREEN_READER: &str = "execdeck.screen-reader";

/// A request to the session.
pub(super) enum Outgoing {
    /// Bytes for the process.
    Input(Vec<u8>),
    /// Close the process's input.
    CloseStdin,
    /// All output before the offset has been shown.
    Acknowledge(u64),
    /// The widget has room for this size.
    Room(TerminalSize),
    /// Go to the tail and stay there, or stay where the reader is.
    Follow(bool),
    /// A message of the widget to the server, as JSON.
    Message(String),
    /// Announce output to screen readers, or don't.
    ScreenReader(bool),
    Close,
}

/// A running session, for those who ask something of it.
#[derive(Clone)]
pub(crate) struct Session {
    outgoing: mpsc::UnboundedSender<Outgoing>,
}

impl Session {
    /// A handle, and the requests that come through it.
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Outgoing>) {
        let (outgoing, queue) = mpsc::unbounded();
        (Self { outgoing }, queue)
    }

    /// Types a line. Without a connection it waits for one.
    pub(crate) fn send_line(&self, line: &str) {
        self.send(Outgoing::Input(format!("{line}\n").into_bytes()));
    }

    /// Closes the process's input.
    pub(crate) fn close_stdin(&self) {
        self.send(Outgoing::CloseStdin);
    }

    /// Follows the tail, or stays where the reader is.
    pub(crate) fn set_follow(&self, follow: bool) {
        self.send(Outgoing::Follow(follow));
    }

    /// Announces output to screen readers or stops doing so, now and in later sessions.
    pub(crate) fn set_screen_reader(&self, on: bool) {
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = if on { storage.set_item(SCREEN_READER, "on") } else { storage.remove_item(SCREEN_READER) };
        }
        self.send(Outgoing::ScreenReader(on));
    }

    /// Ends the session; another may open in the same element.
    pub(crate) fn close(&self) {
        self.send(Outgoing::Close);
    }

    pub(super) fn send(&self, outgoing: Outgoing) {
        let _ = self.outgoing.unbounded_send(outgoing);
    }
}

/// Whether output was last set to be announced to screen readers.
pub(crate) fn wants_screen_reader() -> bool {
    window().local_storage().ok().flatten().and_then(|storage| storage.get_item(SCREEN_READER).ok()).flatten().is_some()
}
