//! What a process holds in the queue or as an active one, until it is dropped.

use super::{Group, Queue};
use tokio::sync::oneshot;
use uuid::Uuid;

/// A slot for one of the processes that may be active at once.
pub(crate) struct Slot {
    queue: Queue,
    groups: Vec<Group>,
}

impl Slot {
    pub(super) const fn new(queue: Queue, groups: Vec<Group>) -> Self {
        Self { queue, groups }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.queue.release(&self.groups);
    }
}

/// A place in the queue.
pub(crate) struct Place {
    queue: Queue,
    id: Uuid,
    pub(super) granted: oneshot::Receiver<Slot>,
    /// It has been granted or cancelled: the process may have another place by now.
    is_over: bool,
}

impl Place {
    pub(super) const fn new(queue: Queue, id: Uuid, granted: oneshot::Receiver<Slot>) -> Self {
        Self { queue, id, granted, is_over: false }
    }

    /// Waits for a slot; `None` if the process was taken out of the queue. Cancel-safe.
    pub(crate) async fn granted(&mut self) -> Option<Slot> {
        let granted = (&mut self.granted).await;
        self.is_over = true;
        granted.ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_over {
            // If it was granted meanwhile, the slot is given back with the channel.
            self.queue.cancel(self.id);
        }
    }
}
