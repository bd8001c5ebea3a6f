//! How many attempts to sign in may be slowed down at once.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// All together.
const MOST: usize = 256;
/// For one name, so that guesses at one leave room for the others.
const MOST_OF_ONE: usize = 16;

/// Counts the attempts that wait, by name.
#[derive(Default)]
pub(super) struct Delays(Mutex<HashMap<String, usize>>);

/// One attempt that waits, until it is dropped.
pub(super) struct Delayed<'a> {
    delays: &'a Delays,
    name: String,
}

impl Delays {
    /// A place to wait in, unless too many wait.
    pub(super) fn take(&self, name: &str) -> Option<Delayed<'_>> {
        let mut waiting = self.lock();
        if waiting.values().sum::<usize>() >= MOST {
            return None;
        }
        let of_one = waiting.entry(name.to_owned()).or_default();
        if *of_one >= MOST_OF_ONE {
            return None;
        }
        *of_one += 1;
        Some(Delayed { delays: self, name: name.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Delayed<'_> {
    fn drop(&mut self) {
        let mut waiting = self.delays.lock();
        if let Some(of_one) = waiting.get_mut(&self.name) {
            *of_one -= 1;
            if *of_one == 0 {
                waiting.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_leaves_room_for_others_and_places_are_given_back() {
        let delays = Delays::default();
        let take = |name: &str| (0..1000).map_while(|_| delays.take(name)).collect::<Vec<_>>();
        let guessed = take("ada");
        assert_eq!((guessed.len(), take("bob").len()), (MOST_OF_ONE, MOST_OF_ONE));
        let others: Vec<_> = (0..1000).map_while(|number| delays.take(&format!("p{number}"))).collect();
        assert_eq!(others.len(), MOST - MOST_OF_ONE);
        drop((guessed, others));
        assert!(delays.lock().is_empty());
    }
}
