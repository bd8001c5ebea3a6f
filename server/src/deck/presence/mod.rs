//! Who watches a process, and one writer at a time among those who watch together.
//!
//! `room`: the rules. Here: who is told when.

mod room;

use super::{Caller, Deck};
use execdeck_engine::Viewer;
use execdeck_wire::{Right, TerminalSize, Viewers};
use room::{Newcomer, Room, Typed};
use std::{
    collections::HashMap,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

/// A viewer is told no more often than this.
const PAUSE: Duration = Duration::from_millis(100);

/// The rooms of all processes that somebody watches.
#[derive(Clone, Default)]
pub(super) struct Rooms(Arc<Mutex<HashMap<Uuid, Arc<Shared>>>>);

struct Shared {
    room: Mutex<Room>,
    changes: watch::Sender<()>,
}

/// A viewer among the others, until it is dropped.
pub struct Presence {
    rooms: Rooms,
    process: Uuid,
    shared: Arc<Shared>,
    id: u32,
    changes: watch::Receiver<()>,
    /// What the viewer was told last, and when.
    told: Option<(Viewers, Instant)>,
    /// Something it has typed was dropped, and it has not been told.
    dropped: bool,
}

impl Deck {
    /// Makes a viewer present among those of the same process.
    pub async fn join(&self, caller: &Caller, viewer: &Viewer) -> Presence {
        let process = viewer.peek_process();
        let can_type = caller.may(Right::Input) && self.may_type(caller, &process).await;
        let who = Newcomer { name: caller.name.clone(), can_type, may_take_over: caller.may(Right::Administer) };
        Presence::join(self.rooms.clone(), process.id, who)
    }
}

impl Presence {
    fn join(rooms: Rooms, process: Uuid, who: Newcomer) -> Self {
        let mut all = lock(&rooms.0);
        let shared =
            Arc::clone(all.entry(process).or_insert_with(|| Arc::new(Shared { room: Mutex::default(), changes: watch::Sender::new(()) })));
        let id = lock(&shared.room).join(who);
        drop(all);
        let changes = shared.changes.subscribe();
        shared.changes.send_replace(());
        Self { rooms, process, shared, id, changes, told: None, dropped: false }
    }

    /// Waits for something that the viewer is to be told. Cancel-safe.
    pub async fn changed(&mut self) -> Viewers {
        loop {
            if let Some((_, when)) = self.told {
                sleep_until(when + PAUSE).await;
            }
            self.changes.borrow_and_update();
            let now = Instant::now();
            let (view, deadline) = {
                let mut room = lock(&self.shared.room);
                if room.settle(now) {
                    self.shared.changes.send_replace(());
                }
                (Viewers { dropped: self.dropped, ..room.view(self.id, now) }, room.deadline(now))
            };
            if self.told.as_ref().is_none_or(|(told, _)| *told != view) {
                self.told = Some((view.clone(), now));
                self.dropped = false;
                return view;
            }
            tokio::select! {
                _ = self.changes.changed() => {}
                () = sleep_to(deadline) => {}
            }
        }
    }

    /// Whether what the viewer types now is taken. If not, it will be told.
    pub fn takes_input(&mut self) -> bool {
        let typed = lock(&self.shared.room).typed(self.id, Instant::now());
        if typed == Typed::Dropped {
            self.dropped = true;
        }
        if typed != Typed::Taken {
            self.tell();
        }
        typed != Typed::Dropped
    }

    /// The viewer's window has this size.
    pub fn resized(&self, size: TerminalSize) {
        self.tell_if(|room, id| room.resize(id, size));
    }

    /// The viewer types from now on, if it may take over.
    pub fn take_over(&self) {
        self.tell_if(|room, id| room.take_over(id, Instant::now()));
    }

    /// The viewer asks whoever types.
    pub fn ask(&self) {
        self.tell_if(|room, id| room.ask(id, Instant::now()));
    }

    /// The viewer answers another one.
    pub fn answer(&self, asking: u32, accept: bool) {
        self.tell_if(|room, id| room.answer(id, asking, accept, Instant::now()));
    }

    fn tell_if(&self, change: impl FnOnce(&mut Room, u32) -> bool) {
        let is_news = change(&mut lock(&self.shared.room), self.id);
        if is_news {
            self.tell();
        }
    }

    fn tell(&self) {
        self.shared.changes.send_replace(());
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut all = lock(&self.rooms.0);
        let is_empty = {
            let mut room = lock(&self.shared.room);
            room.leave(self.id, Instant::now());
            room.is_empty()
        };
        if is_empty {
            all.remove(&self.process);
        }
        drop(all);
        self.tell();
    }
}

async fn sleep_to(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::ViewerMay;

    fn join(rooms: &Rooms, name: &str) -> Presence {
        Presence::join(rooms.clone(), Uuid::nil(), Newcomer { name: name.into(), can_type: true, may_take_over: false })
    }

    #[tokio::test]
    async fn viewers_are_told_of_each_other_and_rooms_end() {
        let rooms = Rooms::default();
        let mut ada = join(&rooms, "ada");
        assert_eq!(ada.changed().await.total, 1);
        let mut bob = join(&rooms, "bob");
        assert_eq!((ada.changed().await.total, bob.changed().await.total), (2, 2));
        assert!(ada.takes_input() && !bob.takes_input());
        let told = bob.changed().await;
        assert!(told.dropped && told.may == ViewerMay::Ask && told.writer == Some(ada.id));
        assert!(!bob.changed().await.dropped, "told once");
        bob.ask();
        assert_eq!(bob.changed().await.asking, [bob.id]);
        let (asked, asking) = (ada.changed().await, bob.id);
        assert_eq!(asked.asking, [asking]);
        ada.answer(asking, true);
        assert_eq!(bob.changed().await.writer, Some(bob.id));
        drop(ada);
        assert_eq!(bob.changed().await.total, 1);
        drop(bob);
        assert!(rooms.0.lock().unwrap().is_empty());
    }
}
