//! What happens to the processes that a caller may see, and to the server.

use super::{Caller, rights::covers};
use execdeck_engine::Event;
use tokio::sync::broadcast;

/// The listener was too slow and has missed events, or the deck has closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventsLost;

/// Events of the processes that a caller may see, and of the server.
pub struct Events {
    events: broadcast::Receiver<Event>,
    caller: Caller,
}

impl Events {
    pub(super) fn new(events: broadcast::Receiver<Event>, caller: Caller) -> Self {
        Self { events, caller }
    }

    /// Waits for the next event. Cancel-safe.
    pub async fn next(&mut self) -> Result<Event, EventsLost> {
        loop {
            let event = self.events.recv().await.map_err(|_| EventsLost)?;
            let covered = match &event {
                Event::Process(process) | Event::Removed(process) => covers(&self.caller, process),
                Event::Problems(_) => true,
            };
            if covered {
                return Ok(event);
            }
        }
    }
}
