//! Which processes have output that somebody is still reading.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// How many viewers have not read everything yet, by process.
#[derive(Default)]
pub(crate) struct Readings(Mutex<HashMap<Uuid, usize>>);

impl Readings {
    /// A viewer that has something to read.
    pub(crate) fn begin(self: &Arc<Self>, id: Uuid) -> Reading {
        let mut reading = Reading { readings: Arc::clone(self), id, counted: false };
        reading.set(true);
        reading
    }

    /// Whether a viewer has something left to read.
    pub(crate) fn is_read(&self, id: Uuid) -> bool {
        self.lock().contains_key(&id)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One viewer of one process.
pub(crate) struct Reading {
    readings: Arc<Readings>,
    id: Uuid,
    counted: bool,
}

impl Reading {
    /// Says whether there is anything left to read.
    pub(crate) fn set(&mut self, counted: bool) {
        if counted == self.counted {
            return;
        }
        self.counted = counted;
        let mut readings = self.readings.lock();
        let number = readings.entry(self.id).or_default();
        *number = if counted { *number + 1 } else { *number - 1 };
        if *number == 0 {
            readings.remove(&self.id);
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_as_long_as_one_viewer_has_something_left() {
        let (readings, id) = (Arc::<Readings>::default(), Uuid::from_u128(1));
        let mut first = readings.begin(id);
        let second = readings.begin(id);
        first.set(false);
        first.set(false);
        assert!(readings.is_read(id) && !readings.is_read(Uuid::from_u128(2)));
        drop(second);
        assert!(!readings.is_read(id));
        first.set(true);
        assert!(readings.is_read(id));
        drop(first);
        assert!(!readings.is_read(id));
    }
}
