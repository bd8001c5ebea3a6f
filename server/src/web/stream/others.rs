//! The other viewers of the same process, for a viewer that wants to know of them.

use super::close::CloseReason;
use crate::deck::{Presence, PresenceRights};
use execdeck_wire::{Frame, TerminalSize, Viewers};
use std::future::pending;

/// The place among the others, if the viewer has asked for one.
pub(super) struct Others {
    presence: Option<Presence>,
    /// Lines of a pipe arrive whole, whoever types them.
    is_terminal: bool,
}

impl Others {
    pub(super) fn new(presence: Option<Presence>, is_terminal: bool) -> Self {
        Self { presence, is_terminal }
    }

    /// Waits for news of them. Cancel-safe.
    pub(super) async fn changed(&mut self) -> Viewers {
        match &mut self.presence {
            Some(presence) => presence.changed().await,
            None => pending().await,
        }
    }

    /// For changes of the viewer's rights.
    pub(super) fn rights(&self) -> Option<PresenceRights> {
        self.presence.as_ref().map(Presence::rights)
    }

    /// Whether what is typed is passed on.
    pub(super) fn accepts_input(&mut self) -> bool {
        !self.is_terminal || self.presence.as_mut().is_none_or(Presence::accepts_input)
    }

    /// Whether what the terminal answers by itself is passed on.
    pub(super) fn accepts_reply(&self) -> bool {
        !self.is_terminal || self.presence.as_ref().is_none_or(Presence::accepts_reply)
    }

    pub(super) fn resized(&self, size: TerminalSize) {
        if let Some(presence) = &self.presence {
            presence.resized(size);
        }
    }

    /// The place, for a message that makes sense only with one.
    pub(super) fn present(&self) -> Result<&Presence, CloseReason> {
        self.presence.as_ref().ok_or_else(|| CloseReason::bad_request("this message needs a stream that was opened with viewers=true"))
    }
}

/// The frame that tells a viewer of the others.
pub(super) fn frame(viewers: &Viewers) -> Vec<u8> {
    let json = serde_json::to_string(viewers).expect("viewers are always valid JSON");
    Frame::Viewers(&json).encode()
}
