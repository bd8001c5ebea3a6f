//! Who watches a process, and one writer at a time among those who watch together.
//!
//! `room`: the rules. Here: who is told when.

mod room;

use super::{Caller, Deck};
use execdeck_engine::Viewer;
use execdeck_wire::{self as wire, Right, TerminalSize, Viewers};
use room::{Newcomer, Rights, Room, Typed};
use std::{
    collections::HashMap,
    future::pending,
    mem,
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
    /// Whether the policy lets the person type into this process, if their rights do.
    is_allowed: bool,
    changes: watch::Receiver<()>,
    /// What the viewer was told last.
    told: Option<Viewers>,
    /// There may be something to tell.
    is_stale: bool,
    /// When it was looked for last.
    looked: Option<Instant>,
    /// When something changes by itself.
    deadline: Option<Instant>,
    /// Something that the viewer has typed was dropped, and it has not been told.
    dropped: bool,
}

/// Changes the rights of a viewer that is present.
#[derive(Clone)]
pub struct PresenceRights {
    shared: Arc<Shared>,
    id: u32,
    is_allowed: bool,
}

impl Deck {
    /// Makes a viewer present among those of the same process.
    pub async fn join(&self, caller: &Caller, viewer: &Viewer) -> Presence {
        let process = viewer.peek_process();
        let is_allowed = self.may_type(caller, &process).await;
        let who = Newcomer { name: caller.name.clone(), rights: rights(caller.rights, is_allowed) };
        Presence::join(self.rooms.clone(), process.id, who, is_allowed)
    }
}

fn rights(all: wire::Rights, is_allowed: bool) -> Rights {
    Rights { can_type: is_allowed && all.contains(Right::Input), may_take_over: all.contains(Right::Administer) }
}

impl Presence {
    fn join(rooms: Rooms, process: Uuid, who: Newcomer, is_allowed: bool) -> Self {
        let mut all = lock(&rooms.0);
        let shared =
            Arc::clone(all.entry(process).or_insert_with(|| Arc::new(Shared { room: Mutex::default(), changes: watch::Sender::new(()) })));
        let id = lock(&shared.room).join(who);
        drop(all);
        let changes = shared.changes.subscribe();
        shared.tell();
        Self { rooms, process, shared, id, is_allowed, changes, told: None, is_stale: true, looked: None, deadline: None, dropped: false }
    }

    /// Waits for something that the viewer is to be told. Cancel-safe.
    pub async fn changed(&mut self) -> Viewers {
        loop {
            if !self.is_stale && !self.dropped {
                tokio::select! {
                    _ = self.changes.changed() => {}
                    () = sleep_to(self.deadline) => {}
                }
                self.is_stale = true;
            }
            if let Some(looked) = self.looked {
                sleep_until(looked + PAUSE).await;
            }
            if let Some(news) = self.look(Instant::now()) {
                return news;
            }
        }
    }

    /// What is there to tell now.
    fn look(&mut self, now: Instant) -> Option<Viewers> {
        self.is_stale = false;
        self.looked = Some(now);
        self.changes.borrow_and_update();
        let mut room = lock(&self.shared.room);
        if room.settle(now) {
            self.shared.tell();
        }
        self.deadline = room.deadline(now);
        let view = room.view(self.id, now);
        drop(room);
        let dropped = mem::take(&mut self.dropped);
        let is_news = dropped || self.told.as_ref() != Some(&view);
        is_news.then(|| Viewers { dropped, ..self.told.insert(view).clone() })
    }

    /// For changes of the person's rights.
    pub fn rights(&self) -> PresenceRights {
        PresenceRights { shared: self.shared.clone(), id: self.id, is_allowed: self.is_allowed }
    }

    /// Whether what the viewer types now is taken. If not, it will be told.
    pub fn accepts_input(&mut self) -> bool {
        let typed = lock(&self.shared.room).typed(self.id, Instant::now());
        match typed {
            Typed::Taken => {}
            Typed::Claimed => self.shared.tell(),
            Typed::Dropped => self.dropped = true,
        }
        typed != Typed::Dropped
    }

    /// Whether what the viewer's terminal answers by itself is taken.
    pub fn accepts_reply(&self) -> bool {
        lock(&self.shared.room).replied(self.id)
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
        self.shared.tell_if(|room| change(room, self.id));
    }
}

impl PresenceRights {
    /// The person now has these rights.
    pub fn renew(&self, all: wire::Rights) {
        let rights = rights(all, self.is_allowed);
        self.shared.tell_if(|room| room.renew(self.id, rights, Instant::now()));
    }
}

impl Shared {
    fn tell_if(&self, change: impl FnOnce(&mut Room) -> bool) {
        let is_news = change(&mut lock(&self.room));
        if is_news {
            self.tell();
        }
    }

    fn tell(&self) {
        self.changes.send_replace(());
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
        self.shared.tell();
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
        let rights = Rights { can_type: true, may_take_over: false };
        Presence::join(rooms.clone(), Uuid::nil(), Newcomer { name: name.into(), rights }, true)
    }

    #[tokio::test]
    async fn viewers_are_told_of_each_other_and_rooms_end() {
        let rooms = Rooms::default();
        let mut ada = join(&rooms, "ada");
        assert_eq!(ada.changed().await.total, 1);
        let mut bob = join(&rooms, "bob");
        assert_eq!((ada.changed().await.total, bob.changed().await.total), (2, 2));
        assert!(ada.accepts_input() && !bob.accepts_input());
        let told = bob.changed().await;
        assert!(told.dropped && told.may == ViewerMay::Ask && told.writer == Some(ada.id));
        assert!(!bob.accepts_input() && bob.changed().await.dropped, "told again");
        bob.ask();
        let told = bob.changed().await;
        assert!(!told.dropped && told.asking == [bob.id]);
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
