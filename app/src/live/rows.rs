//! The rows of an open list. Events and snapshots come in any order, and the newest copy of each process wins.
//!
//! While the pointer is over the list, its rows stay where they are: nobody is to stop another process than the one they
//! aim at. What comes and goes meanwhile waits until the pointer has left.

use super::listing::{Listing, PAGE, belongs};
use crate::{
    revision::{is_newer, keep_newer},
    wire::{Process, ProcessFilter},
};
use leptos::prelude::*;
use std::collections::{HashMap, VecDeque};
use uuid::Uuid;

/// How many ended processes the list holds at most; older ones are on pages of their own.
pub(crate) const MOST_HISTORY: usize = 500;
/// How many of the processes that left the list are remembered, so that a late snapshot does not bring them back.
const MOST_GONE: usize = 1000;

/// One row. It has a signal of its own, so that a change renders only this row, and which is dropped with it.
#[derive(Clone)]
pub(crate) struct Row {
    pub id: Uuid,
    pub process: ArcRwSignal<Process>,
    /// The number of the event that last changed it.
    changed: u64,
}

/// All rows and the filter that selects them.
#[derive(Clone)]
pub(crate) struct Rows {
    pub shown: Vec<Row>,
    pub next: Option<Uuid>,
    filter: ProcessFilter,
    before: Option<Uuid>,
    /// How many ended processes were asked for.
    pub history: usize,
    events: u64,
    /// Those that left, with their revision then.
    gone: HashMap<Uuid, u64>,
    gone_order: VecDeque<Uuid>,
    held: bool,
    /// Changes that would move rows which are held, oldest first.
    waiting: Vec<Process>,
}

impl Rows {
    pub(crate) fn new(listing: Listing, filter: ProcessFilter, before: Option<Uuid>) -> Self {
        let row = |process: Process| Row { id: process.id, process: ArcRwSignal::new(process), changed: 0 };
        Self {
            shown: listing.processes.into_iter().map(row).collect(),
            next: listing.next,
            filter,
            before,
            history: PAGE,
            events: 0,
            gone: HashMap::new(),
            gone_order: VecDeque::new(),
            held: false,
            waiting: Vec::new(),
        }
    }

    /// Keeps the rows where they are, or lets them move again. Returns whether any have moved.
    pub(crate) fn hold(&mut self, held: bool) -> bool {
        self.held = held;
        if held {
            return false;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let mut moved = false;
        for process in waiting {
            moved |= self.change(process);
        }
        self.sort() || moved
    }

    /// How many new processes are not shown yet.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.iter().filter(|process| self.shown.iter().all(|row| row.id != process.id)).count()
    }

    /// Active processes first, each part newest first, as the server lists them. Returns whether that moved any.
    fn sort(&mut self) -> bool {
        if self.held || self.filter.state.is_some() {
            return false;
        }
        let key = |row: &Row| std::cmp::Reverse((row.process.read_untracked().state.is_active(), row.id));
        let sorted = self.shown.is_sorted_by_key(key);
        self.shown.sort_by_key(key);
        !sorted
    }

    /// The number of events so far. A snapshot asked for now may not include later ones.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// How many ended processes to load so that everything shown stays.
    pub(crate) fn shown_history(&self) -> usize {
        // A list of one state has no active processes above its pages.
        let paged = self.filter.state.is_some();
        let shown = self.shown.iter().filter(|row| paged || !row.process.read_untracked().state.is_active()).count();
        shown.clamp(self.history, MOST_HISTORY)
    }

    /// Takes a process that is new or has changed. Returns whether rows came or went.
    pub(crate) fn change(&mut self, process: Process) -> bool {
        self.events += 1;
        if self.gone.get(&process.id).is_some_and(|revision| process.revision <= *revision) {
            return false;
        }
        let belongs = belongs(&process, &self.filter, self.before);
        let known = self.shown.iter().position(|row| row.id == process.id);
        if self.held && (known.is_some() != belongs) {
            self.waiting.retain(|other| other.id != process.id);
            self.waiting.push(process);
            return false;
        }
        match known {
            Some(at) if belongs => {
                self.shown[at].changed = self.events;
                keep_newer(&self.shown[at].process, process);
                let before = self.shown.len();
                let moved = self.sort();
                if !self.held {
                    self.trim();
                }
                moved || self.shown.len() != before
            }
            Some(at) if !is_newer(&self.shown[at].process.read_untracked(), &process) => {
                self.leave(process.id, process.revision);
                self.shown.remove(at);
                true
            }
            None if belongs && self.next.is_none_or(|next| process.id > next || process.state.is_active()) => {
                let row = Row { id: process.id, process: ArcRwSignal::new(process), changed: self.events };
                self.shown.insert(0, row);
                self.sort();
                self.trim();
                true
            }
            _ => false,
        }
    }

    /// A removed process never comes back.
    pub(crate) fn remove(&mut self, id: Uuid) {
        self.events += 1;
        self.leave(id, u64::MAX);
        self.waiting.retain(|process| process.id != id);
        self.shown.retain(|row| row.id != id);
    }

    /// Takes a snapshot that was asked for when there were `asked_at` events.
    pub(crate) fn refresh(&mut self, listing: Listing, asked_at: u64) {
        let mut old = std::mem::take(&mut self.shown);
        for process in listing.processes {
            if self.gone.get(&process.id).is_some_and(|revision| process.revision <= *revision) {
                continue;
            }
            match old.iter().position(|row| row.id == process.id) {
                Some(at) => {
                    let row = old.remove(at);
                    keep_newer(&row.process, process);
                    self.shown.push(row);
                }
                None => self.shown.push(Row { id: process.id, process: ArcRwSignal::new(process), changed: 0 }),
            }
        }
        // Rows that were added below meanwhile lie beyond the snapshot's end. They have ended and do not change.
        let (beyond, old): (Vec<_>, Vec<_>) = old
            .into_iter()
            .partition(|row| listing.next.is_some_and(|next| row.id < next) && !row.process.read_untracked().state.is_active());
        // Rows that an event brought since are not in it.
        let newer = old.into_iter().filter(|row| row.changed > asked_at);
        self.shown.splice(0..0, newer);
        if beyond.is_empty() {
            self.next = listing.next;
        }
        self.shown.extend(beyond);
    }

    /// Adds the next page.
    #[cfg(any(test, feature = "admin"))]
    pub(crate) fn extend(&mut self, listing: Listing) {
        for process in listing.processes {
            if !self.gone.contains_key(&process.id) && self.shown.iter().all(|row| row.id != process.id) {
                self.shown.push(Row { id: process.id, process: ArcRwSignal::new(process), changed: 0 });
            }
        }
        self.next = listing.next;
        self.history = self.shown_history();
    }

    fn leave(&mut self, id: Uuid, revision: u64) {
        if self.gone.insert(id, revision).is_none() {
            self.gone_order.push_back(id);
        }
        if self.gone_order.len() > MOST_GONE
            && let Some(oldest) = self.gone_order.pop_front()
        {
            self.gone.remove(&oldest);
        }
    }

    /// Drops the oldest ended processes as new ones come in; they are still on the next page.
    fn trim(&mut self) {
        let ended = |row: &Row| !row.process.read_untracked().state.is_active();
        let mut surplus = self.shown.iter().filter(|row| ended(row)).count().saturating_sub(self.history.max(PAGE) * 2);
        while surplus > 0
            && let Some(at) = self.shown.iter().rposition(ended)
        {
            self.shown.remove(at);
            self.next = self.shown.iter().rev().find(|row| ended(row)).map(|row| row.id);
            surplus -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
