//! How many processes each person has.

use execdeck_engine::Engine;
use execdeck_wire::{ApiError, ErrorCode};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// Counts the active processes of each person, those in the queue and those started at boot included. Cheap to clone; all clones count
/// together.
#[derive(Clone)]
pub(super) struct Slots {
    /// The most that one person may have; 0 for no limit.
    most: usize,
    engine: Engine,
    /// Whose processes are being started, which the engine does not count yet.
    starting: Arc<Mutex<HashMap<Uuid, String>>>,
}

/// One of the processes that somebody may have, until it is dropped. By then the engine counts it, if it was started.
pub(super) struct Slot {
    slots: Slots,
    id: Uuid,
}

impl Slots {
    pub(super) fn new(engine: Engine, most: usize) -> Self {
        Self { most, engine, starting: Arc::default() }
    }

    /// Takes a place for a process of this person that is about to be started under this id, unless they have as many as they may.
    pub(super) fn take(&self, name: &str, id: Uuid) -> Result<Slot, ApiError> {
        let mut starting = self.lock();
        if self.most != 0 {
            let begun = starting.iter().filter(|(_, starter)| *starter == name).map(|(id, _)| *id);
            // One that has just been started is among both.
            let all: HashSet<Uuid> = begun.chain(self.engine.active_of(name)).collect();
            if all.len() >= self.most {
                let (number, most) = (all.len(), self.most);
                let message =
                    format!("You have {number} active processes, and {most} is the most for one person (limits.processes). Stop one.");
                return Err(ApiError::new(ErrorCode::LimitReached, message));
            }
        }
        starting.insert(id, name.to_owned());
        Ok(Slot { slots: self.clone(), id })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, String>> {
        self.starting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.lock().remove(&self.id);
    }
}
