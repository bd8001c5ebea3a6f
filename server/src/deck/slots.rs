//! How many processes each person has.

use execdeck_engine::{Engine, Error as EngineError};
use execdeck_wire::{ApiError, ErrorCode, ProcessFilter, StateFilter};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// How many processes are read at a time.
const PAGE: u32 = 500;

/// Counts the active processes of each person, those in the queue included. Cheap to clone; all clones count together.
#[derive(Clone)]
pub(super) struct Slots {
    /// The most that one person may have; 0 for no limit.
    most: usize,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

/// One of the processes that somebody may have, until it is dropped.
pub(super) struct Slot {
    slots: Slots,
    name: String,
}

impl Slots {
    /// Begins with the processes that run already.
    pub(super) async fn open(engine: &Engine, most: usize) -> Result<Self, EngineError> {
        let slots = Self { most, taken: Arc::default() };
        let mut before = None;
        loop {
            let filter = ProcessFilter { state: Some(StateFilter::Active), before, limit: Some(PAGE), ..ProcessFilter::default() };
            let page = engine.list(filter).await?;
            for process in page.processes {
                if let Some(slot) = slots.occupy(&process.started_by, usize::MAX) {
                    slot.hold(engine, process.id);
                }
            }
            before = page.next;
            if before.is_none() {
                return Ok(slots);
            }
        }
    }

    /// Takes a place for one more process of this person, unless they have as many as they may.
    pub(super) fn take(&self, name: &str) -> Result<Slot, ApiError> {
        let most = if self.most == 0 { usize::MAX } else { self.most };
        self.occupy(name, most).ok_or_else(|| {
            let message = format!("You have {most} active processes, which is the most for one person (limits.processes). Stop one.");
            ApiError::new(ErrorCode::LimitReached, message)
        })
    }

    fn occupy(&self, name: &str, most: usize) -> Option<Slot> {
        let mut taken = self.lock();
        let number = taken.entry(name.to_owned()).or_default();
        if *number >= most {
            return None;
        }
        *number += 1;
        Some(Slot { slots: self.clone(), name: name.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Keeps the place until the process has ended. The engine closes all the same when nobody else uses it.
    pub(super) fn hold(self, engine: &Engine, id: Uuid) {
        let over = engine.ended_or_closed(id);
        tokio::spawn(async move {
            over.await;
            drop(self);
        });
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock();
        if let Some(number) = taken.get_mut(&self.name) {
            *number -= 1;
            if *number == 0 {
                taken.remove(&self.name);
            }
        }
    }
}
