//! Who may use a processor for a moment: some at a time, and of one person's searches one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many at a time. Each gives its turn to the next one after a moment.
const AT_ONCE: usize = 2;

/// The turns of all people. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(super) struct AllTurns {
    all: Arc<Semaphore>,
    people: Arc<Mutex<HashMap<String, Weak<Semaphore>>>>,
}

/// The turns of one person.
pub(super) struct Turns {
    all: Arc<Semaphore>,
    own: Arc<Semaphore>,
}

/// A turn, until it is dropped.
pub(super) struct Turn {
    _all: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

impl AllTurns {
    pub(super) fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(AT_ONCE)), people: Arc::default() }
    }

    pub(super) fn of(&self, person: &str) -> Turns {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.retain(|_, turns| turns.strong_count() > 0);
        let own = people.get(person).and_then(Weak::upgrade).unwrap_or_else(|| Arc::new(Semaphore::new(1)));
        people.insert(person.to_owned(), Arc::downgrade(&own));
        Turns { all: Arc::clone(&self.all), own }
    }
}

impl Turns {
    /// The next turn, after those of the same person who have waited longer.
    pub(super) async fn next(&self) -> Turn {
        let permit = async |turns: &Arc<Semaphore>| Arc::clone(turns).acquire_owned().await.expect("it is never closed");
        Turn { _own: permit(&self.own).await, _all: permit(&self.all).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn one_person_does_not_take_the_turns_of_all() {
        let all = AllTurns::new();
        let (first, second, other) = (all.of("ada"), all.of("ada"), all.of("vera"));
        let turn = first.next().await;
        assert!(timeout(Duration::from_millis(50), second.next()).await.is_err());
        let theirs = timeout(Duration::from_secs(10), other.next()).await.unwrap();
        drop(turn);
        let next = timeout(Duration::from_secs(10), second.next()).await.unwrap();
        assert!(timeout(Duration::from_millis(50), all.of("third").next()).await.is_err(), "two at a time");
        drop((theirs, next));
    }
}
