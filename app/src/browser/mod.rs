//! Everything that touches the browser. The server has a twin of it that does nothing.

#[cfg(feature = "hydrate")]
mod connection;
#[cfg(feature = "hydrate")]
mod dom;
#[cfg(feature = "hydrate")]
mod events;
#[cfg(feature = "hydrate")]
mod ffi;
#[cfg(feature = "hydrate")]
mod handle;
#[cfg(feature = "hydrate")]
mod json;
#[cfg(all(feature = "admin", feature = "hydrate"))]
mod page;
#[cfg(feature = "hydrate")]
mod press;
#[cfg(feature = "hydrate")]
mod reconnect;
#[cfg(feature = "hydrate")]
mod server;
#[cfg(feature = "hydrate")]
mod session;
#[cfg(feature = "hydrate")]
mod styles;
#[cfg(feature = "hydrate")]
mod timing;
#[cfg(feature = "hydrate")]
mod widget;

#[cfg(not(feature = "hydrate"))]
mod twin;
#[cfg(all(feature = "admin", not(feature = "hydrate")))]
mod twin_page;
#[cfg(not(feature = "hydrate"))]
pub(crate) use twin::*;
#[cfg(all(feature = "admin", not(feature = "hydrate")))]
pub(crate) use twin_page::*;

#[cfg(feature = "hydrate")]
pub(crate) use {
    dom::{confirm, focus_invalid_in, form_pairs, is_visible, local_time, lowercase, reset_form, submit_form_of},
    events::follow_events,
    handle::{Session, wants_screen_reader},
    json::read_json,
    press::is_second_press,
    reconnect::sleep_unless_resumed,
    server::ask_version,
    session::open_session,
    styles::load_styles,
    timing::{sleep, tick, timeout},
};

#[cfg(all(feature = "admin", feature = "hydrate"))]
pub(crate) use {
    page::{focus_first, focus_invalid, focus_main, ignore_held_enter, keep_focus, open_list, page_shown, reload, textarea_text},
    press::forget_press,
    timing::after,
};

use crate::wire::{Process, TerminalSize};
use leptos::prelude::RwSignal;
use uuid::Uuid;

/// How the page is connected to its server.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only browsers connect"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionState {
    /// Nothing is streamed.
    Idle,
    /// The first connection is being made.
    Connecting,
    /// Events arrive as they happen.
    Live,
    /// The connection was lost and is being made again.
    Lost,
    /// The output has ended; nothing more will come.
    Ended,
    /// The server refused, for this reason.
    Refused(String),
}

/// Something that happened to a process, or to the connection that reports it.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only browsers hear of it"))]
#[derive(Clone)]
pub(crate) enum ProcessEvent {
    /// One is new or has changed.
    Process(Box<Process>),
    /// One was removed.
    Removed(Uuid),
    /// One that this page cannot read: its server is newer. What it shows may be wrong until it is loaded again.
    Unreadable,
    /// The connection is new: anything may have happened before.
    Connected,
}

/// What a terminal session needs to know.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only browsers have terminals"))]
#[derive(Clone, Copy)]
pub(crate) struct SessionOptions {
    /// Which process.
    pub id: Uuid,
    /// Its terminal's size; none for pipes.
    pub terminal: Option<TerminalSize>,
    /// Whether from the very first byte instead of the tail, or of the screen of a terminal that is still used.
    pub from_start: bool,
    /// Whether to show the beginning of the output, every byte but no more than a page holds, instead of what comes.
    pub head: bool,
}

/// What a terminal session tells its page.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only browsers have terminals"))]
#[derive(Clone, Copy)]
pub(crate) struct SessionSignals {
    /// The process as it is now.
    pub process: RwSignal<Process>,
    /// How the session is connected.
    pub connection: RwSignal<ConnectionState>,
    /// Whether the reader follows the tail.
    pub following: RwSignal<bool>,
    /// Whether Tab moves the focus instead of being typed.
    pub tab_moves: RwSignal<bool>,
    /// Changes when another view of the output was chosen, which a new session opens.
    pub view: RwSignal<bool>,
    /// Where an output that is shown from its start is cut.
    pub head: RwSignal<Option<HeadCut>>,
}

/// How much is shown of an output that is longer than a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeadCut {
    /// Lines from the start.
    pub lines: u32,
    /// Bytes from the start.
    pub bytes: u64,
}
