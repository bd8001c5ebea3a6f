//! Who may be active now, and who waits until others have ended. Knows ids and labels, nothing of processes.
//!
//! Nothing that could be let in ever waits: whenever something is given back, those are let in at once for which there is
//! room now, in the order of their ids, which is that of creation. One that waits for others with its label, or is set aside, does not
//! hold up those behind it.
//!
//! # Layout
//! - [`Queue`]: lets in, in order. `place`: what is held meanwhile, which is given back when it is dropped. `labels`: how many
//!   may be active with a label.

mod labels;
mod place;
#[cfg(test)]
mod tests;

use labels::{Group, PerLabel};
pub(crate) use place::{Place, Slot};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;
use uuid::Uuid;

/// The queue of an engine. Cheap to clone; all clones are one queue.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Inner>);

struct Inner {
    limits: Limits,
    state: Mutex<State>,
}

/// How many processes there may be.
struct Limits {
    active: usize,
    waiting: usize,
    labels: PerLabel,
}

#[derive(Default)]
struct State {
    active: usize,
    /// How many are active of each group that is limited.
    groups: HashMap<Group, usize>,
    /// By their ids, which are in the order of creation.
    waiting: BTreeMap<Uuid, Waiting>,
    is_paused: bool,
    is_closed: bool,
}

struct Waiting {
    groups: Vec<Group>,
    is_aside: bool,
    grant: oneshot::Sender<Slot>,
}

/// How a process is let in.
pub(crate) enum Admitted {
    /// It may be started at once.
    Now(Slot),
    /// It waits.
    Waiting(Place),
}

/// Why a process is not let in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// As many as may be active are, and there is no queue.
    TooMany(usize),
    /// As many as may be active with this label are, and there is no queue.
    TooManyOf(String, usize),
    /// As many wait as may.
    QueueFull(usize),
}

type Grants = Vec<(oneshot::Sender<Slot>, Slot)>;

impl Queue {
    /// A queue for so many active processes, so many that wait, and so many active ones with a label, which is `key=value` or,
    /// for each of its values, `key`.
    pub(crate) fn new(active: usize, waiting: usize, per_label: &BTreeMap<String, usize>) -> Self {
        let limits = Limits { active, waiting, labels: PerLabel::new(per_label) };
        Self(Arc::new(Inner { limits, state: Mutex::default() }))
    }

    /// Lets a new process in, now or later.
    pub(crate) fn admit(&self, id: Uuid, labels: &BTreeMap<String, String>) -> Result<Admitted, Refused> {
        let groups = self.0.limits.labels.groups(labels);
        let mut state = self.lock();
        if state.grants_now() && state.has_room(&self.0.limits, &groups) {
            state.take(&groups);
            return Ok(Admitted::Now(Slot::new(self.clone(), groups)));
        }
        let limits = &self.0.limits;
        if state.waiting.len() < limits.waiting {
            return Ok(Admitted::Waiting(self.enter(&mut state, id, groups, false)));
        }
        if limits.waiting > 0 {
            return Err(Refused::QueueFull(limits.waiting));
        }
        let full = groups.iter().find(|group| state.active < limits.active && state.is_full(limits, group));
        Err(full.map_or(Refused::TooMany(limits.active), |group| Refused::TooManyOf(limits.labels.name(group), limits.labels.most(group))))
    }

    /// Lets a process wait that has waited before, however many do.
    pub(crate) fn wait_again(&self, id: Uuid, labels: &BTreeMap<String, String>) -> Place {
        let groups = self.0.limits.labels.groups(labels);
        let mut state = self.lock();
        let place = self.enter(&mut state, id, groups, false);
        let granted = self.let_in(&mut state);
        drop(state);
        grant(granted);
        place
    }

    /// The same, but it is not let in before [`call_back`](Self::call_back). It keeps its place.
    pub(crate) fn wait_aside(&self, id: Uuid, labels: &BTreeMap<String, String>) -> Place {
        let groups = self.0.limits.labels.groups(labels);
        self.enter(&mut self.lock(), id, groups, true)
    }

    /// Lets a process in again that was set aside.
    pub(crate) fn call_back(&self, id: Uuid) {
        let mut state = self.lock();
        if let Some(waiting) = state.waiting.get_mut(&id) {
            waiting.is_aside = false;
        }
        let granted = self.let_in(&mut state);
        drop(state);
        grant(granted);
    }

    /// Takes a slot for a process that already runs, whatever the limits are now.
    pub(crate) fn occupy(&self, labels: &BTreeMap<String, String>) -> Slot {
        let groups = self.0.limits.labels.groups(labels);
        self.lock().take(&groups);
        Slot::new(self.clone(), groups)
    }

    /// Takes a process out of the queue, whose place then gets no slot any more. Returns whether it was still waiting.
    pub(crate) fn cancel(&self, id: Uuid) -> bool {
        let waiting = self.lock().waiting.remove(&id);
        waiting.is_some()
    }

    /// Who waits, in order.
    pub(crate) fn waiting(&self) -> Vec<Uuid> {
        self.lock().waiting.keys().copied().collect()
    }

    /// The place of a process in the queue, from 1; `None` if it does not wait.
    pub(crate) fn position(&self, id: Uuid) -> Option<u32> {
        let state = self.lock();
        state.waiting.contains_key(&id).then(|| u32::try_from(state.waiting.range(..=id).count()).unwrap_or(u32::MAX))
    }

    /// How many processes wait.
    pub(crate) fn length(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Lets nobody in until [`resume`](Self::resume). Returns whether it did before.
    pub(crate) fn pause(&self) -> bool {
        !std::mem::replace(&mut self.lock().is_paused, true)
    }

    /// Lets in again those for whom there is room.
    pub(crate) fn resume(&self) {
        let mut state = self.lock();
        state.is_paused = false;
        let granted = self.let_in(&mut state);
        drop(state);
        grant(granted);
    }

    /// Lets nobody in any more.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
    }

    fn release(&self, groups: &[Group]) {
        let mut state = self.lock();
        state.give_back(groups);
        let granted = self.let_in(&mut state);
        drop(state);
        grant(granted);
    }

    fn enter(&self, state: &mut State, id: Uuid, groups: Vec<Group>, is_aside: bool) -> Place {
        let (grant, granted) = oneshot::channel();
        state.waiting.insert(id, Waiting { groups, is_aside, grant });
        Place::new(self.clone(), id, granted)
    }

    /// Takes those out of the queue for whom there is room now, in order.
    fn let_in(&self, state: &mut State) -> Grants {
        let mut granted = Vec::new();
        let limits = &self.0.limits;
        if !state.grants_now() || state.active >= limits.active {
            return granted;
        }
        let waiting: Vec<Uuid> = state.waiting.keys().copied().collect();
        for id in waiting {
            if state.active >= limits.active {
                break;
            }
            let has_room = state.waiting.get(&id).is_some_and(|waiting| !waiting.is_aside && state.has_room(limits, &waiting.groups));
            if let Some(Waiting { groups, grant, .. }) = has_room.then(|| state.waiting.remove(&id)).flatten() {
                state.take(&groups);
                granted.push((grant, Slot::new(self.clone(), groups)));
            }
        }
        granted
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands over slots, with the state unlocked: a slot that nobody waits for any more is given back right here.
fn grant(granted: Grants) {
    for (grant, slot) in granted {
        drop(grant.send(slot));
    }
}

impl State {
    const fn grants_now(&self) -> bool {
        !self.is_paused && !self.is_closed
    }

    fn is_full(&self, limits: &Limits, group: &Group) -> bool {
        self.groups.get(group).copied().unwrap_or_default() >= limits.labels.most(group)
    }

    fn has_room(&self, limits: &Limits, groups: &[Group]) -> bool {
        self.active < limits.active && !groups.iter().any(|group| self.is_full(limits, group))
    }

    fn take(&mut self, groups: &[Group]) {
        self.active += 1;
        for group in groups {
            *self.groups.entry(group.clone()).or_default() += 1;
        }
    }

    fn give_back(&mut self, groups: &[Group]) {
        self.active -= 1;
        for group in groups {
            if let Some(number) = self.groups.get_mut(group) {
                *number -= 1;
                if *number == 0 {
                    self.groups.remove(group);
                }
            }
        }
    }
}
