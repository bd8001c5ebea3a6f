//! The rows of the list while it is open: events and snapshots come in any order, and the newest truth of each wins.

use super::listing::{Listing, belongs};
use crate::wire::{Process, ProcessFilter};
use leptos::prelude::*;
use std::collections::{HashMap, VecDeque};
use uuid::Uuid;

/// How many processes of the history the list holds at most; what is older has pages of its own.
pub(super) const MOST_HISTORY: usize = 500;
/// How many processes that left the list are remembered, so that a late snapshot does not bring them back.
const MOST_GONE: usize = 1000;

/// One row. Its signal belongs to it alone, so that a change draws one row, and goes with it.
#[derive(Clone)]
pub(super) struct Row {
    pub id: Uuid,
    pub process: ArcRwSignal<Process>,
    /// When an event last changed it, as a number of events.
    changed: u64,
}

/// Whether the first of two copies of a process is the newer one.
pub(super) fn is_newer(process: &Process, than: &Process) -> bool {
    (process.revision, process.output.end) > (than.revision, than.output.end)
}

/// All rows and what they are chosen by.
#[derive(Clone)]
pub(super) struct Rows {
    pub rows: Vec<Row>,
    pub next: Option<Uuid>,
    filter: ProcessFilter,
    before: Option<Uuid>,
    /// How many processes of the history were asked for.
    pub history: usize,
    events: u64,
    /// Those that left, with the revision at which they did.
    gone: HashMap<Uuid, u64>,
    gone_order: VecDeque<Uuid>,
}

impl Rows {
    pub(super) fn new(listing: Listing, filter: ProcessFilter, before: Option<Uuid>) -> Self {
        let row = |process: Process| Row { id: process.id, process: ArcRwSignal::new(process), changed: 0 };
        Self {
            rows: listing.processes.into_iter().map(row).collect(),
            next: listing.next,
            filter,
            before,
            history: super::listing::PAGE,
            events: 0,
            gone: HashMap::new(),
            gone_order: VecDeque::new(),
        }
    }

    /// How many events there were: what a snapshot that is asked for now may not know.
    pub(super) fn events(&self) -> u64 {
        self.events
    }

    /// How many processes of the history to load so that all that is shown stays.
    pub(super) fn shown_history(&self) -> usize {
        // A list of one state has no active ones on top of its pages.
        let paged = self.filter.state.is_some();
        let shown = self.rows.iter().filter(|row| paged || !row.process.read_untracked().state.is_active()).count();
        shown.clamp(self.history, MOST_HISTORY)
    }

    /// Takes a process that is new or has changed. Whether rows came or went.
    pub(super) fn change(&mut self, process: Process) -> bool {
        self.events += 1;
        if self.gone.get(&process.id).is_some_and(|revision| process.revision <= *revision) {
            return false;
        }
        let belongs = belongs(&process, &self.filter, self.before);
        let known = self.rows.iter().position(|row| row.id == process.id);
        match known {
            Some(at) if belongs => {
                self.rows[at].changed = self.events;
                update(&self.rows[at].process, process);
                false
            }
            Some(at) if !is_newer(&self.rows[at].process.read_untracked(), &process) => {
                self.leave(process.id, process.revision);
                self.rows.remove(at);
                true
            }
            None if belongs && self.next.is_none_or(|next| process.id > next || process.state.is_active()) => {
                let row = Row { id: process.id, process: ArcRwSignal::new(process), changed: self.events };
                self.rows.insert(0, row);
                self.trim();
                true
            }
            _ => false,
        }
    }

    /// A removed process never comes back.
    pub(super) fn remove(&mut self, id: Uuid) {
        self.events += 1;
        self.leave(id, u64::MAX);
        self.rows.retain(|row| row.id != id);
    }

    /// Takes a snapshot that was asked for when there were `asked_at` events.
    pub(super) fn refresh(&mut self, listing: Listing, asked_at: u64) {
        let mut old = std::mem::take(&mut self.rows);
        for process in listing.processes {
            if self.gone.get(&process.id).is_some_and(|revision| process.revision <= *revision) {
                continue;
            }
            match old.iter().position(|row| row.id == process.id) {
                Some(at) => {
                    let row = old.remove(at);
                    update(&row.process, process);
                    self.rows.push(row);
                }
                None => self.rows.push(Row { id: process.id, process: ArcRwSignal::new(process), changed: 0 }),
            }
        }
        // What was added below while it was on its way lies beyond its end, and an ended process stays as it is.
        let (beyond, old): (Vec<_>, Vec<_>) = old
            .into_iter()
            .partition(|row| listing.next.is_some_and(|next| row.id < next) && !row.process.read_untracked().state.is_active());
        // What an event has brought since is not in it.
        let newer = old.into_iter().filter(|row| row.changed > asked_at);
        self.rows.splice(0..0, newer);
        if beyond.is_empty() {
            self.next = listing.next;
        }
        self.rows.extend(beyond);
    }

    /// Adds the next page.
    pub(super) fn extend(&mut self, listing: Listing) {
        for process in listing.processes {
            if !self.gone.contains_key(&process.id) && self.rows.iter().all(|row| row.id != process.id) {
                self.rows.push(Row { id: process.id, process: ArcRwSignal::new(process), changed: 0 });
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

    /// The oldest of the history go when more come in on top; they stay on the next page.
    fn trim(&mut self) {
        let ended = |row: &Row| !row.process.read_untracked().state.is_active();
        let mut surplus = self.rows.iter().filter(|row| ended(row)).count().saturating_sub(self.history.max(super::listing::PAGE) * 2);
        while surplus > 0
            && let Some(at) = self.rows.iter().rposition(ended)
        {
            self.rows.remove(at);
            self.next = self.rows.iter().rev().find(|row| ended(row)).map(|row| row.id);
            surplus -= 1;
        }
    }
}

fn update(row: &ArcRwSignal<Process>, process: Process) {
    if is_newer(&process, &row.read_untracked()) {
        row.set(process);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ProcessState;

    fn process(number: u128, revision: u64, state: ProcessState) -> Process {
        let json = format!(
            r#"{{"id":"{}","revision":{revision},"name":"n","spec":{{"program":"p"}},"state":"{}","pid":null,"restarts":0,
            "created_at":"2026-11-24T15:00:00Z","started_at":null,"ended_at":null,"duration_ms":null,"exit":null,
            "output":{{"start":0,"end":0}},"started_by":"ada"}}"#,
            Uuid::from_u128(number),
            state.as_str()
        );
        serde_json::from_str(&json).unwrap()
    }

    fn listing(processes: Vec<Process>) -> Listing {
        Listing { processes, ..Listing::default() }
    }

    fn rows(processes: Vec<Process>) -> Rows {
        Rows::new(listing(processes), ProcessFilter::default(), None)
    }

    fn shown(rows: &Rows) -> Vec<(u128, u64)> {
        rows.rows.iter().map(|row| (row.id.as_u128(), row.process.read_untracked().revision)).collect()
    }

    #[test]
    fn a_snapshot_older_than_an_event_does_not_undo_it() {
        let mut rows = rows(vec![process(1, 1, ProcessState::Running)]);
        let asked_at = rows.events();
        rows.change(process(1, 2, ProcessState::Exited));
        rows.change(process(2, 1, ProcessState::Running));
        rows.refresh(listing(vec![process(1, 1, ProcessState::Running)]), asked_at);
        assert_eq!(shown(&rows), [(2, 1), (1, 2)]);
    }

    #[test]
    fn a_snapshot_that_was_asked_for_before_more_was_shown_takes_nothing_away() {
        let page = |numbers: std::ops::Range<u128>, next: Option<u128>| Listing {
            next: next.map(Uuid::from_u128),
            ..listing(numbers.rev().map(|number| process(number, 1, ProcessState::Exited)).collect())
        };
        let mut rows = Rows::new(page(5..8, Some(5)), ProcessFilter::default(), None);
        let asked_at = rows.events();
        rows.extend(page(2..5, Some(2)));
        rows.refresh(page(5..8, Some(5)), asked_at);
        assert_eq!(shown(&rows).len(), 6);
        assert_eq!(rows.next, Some(Uuid::from_u128(2)));
    }

    #[test]
    fn of_equal_revisions_the_one_with_more_output_wins() {
        let mut rows = rows(vec![process(1, 1, ProcessState::Running)]);
        let mut more = process(1, 1, ProcessState::Running);
        more.output.end = 10;
        rows.change(more);
        rows.change(process(1, 1, ProcessState::Running));
        assert_eq!(rows.rows[0].process.read_untracked().output.end, 10);
    }

    #[test]
    fn a_removed_process_never_comes_back() {
        let mut rows = rows(vec![process(1, 1, ProcessState::Exited)]);
        let asked_at = rows.events();
        rows.remove(Uuid::from_u128(1));
        rows.refresh(listing(vec![process(1, 1, ProcessState::Exited)]), asked_at);
        rows.change(process(1, 9, ProcessState::Exited));
        rows.extend(listing(vec![process(1, 1, ProcessState::Exited)]));
        assert_eq!(shown(&rows), []);
    }

    #[test]
    fn what_no_longer_matches_leaves_and_a_late_snapshot_does_not_bring_it_back() {
        let filter = crate::query::parse("state:running").unwrap();
        let mut rows = Rows::new(listing(vec![process(1, 1, ProcessState::Running)]), filter, None);
        let asked_at = rows.events();
        assert!(rows.change(process(1, 2, ProcessState::Exited)));
        rows.refresh(listing(vec![process(1, 1, ProcessState::Running)]), asked_at);
        assert_eq!(shown(&rows), []);
    }

    #[test]
    fn what_was_started_later_does_not_appear_among_older_ones() {
        let mut rows = Rows::new(listing(vec![process(3, 1, ProcessState::Exited)]), ProcessFilter::default(), Some(Uuid::from_u128(5)));
        rows.change(process(7, 1, ProcessState::Running));
        assert_eq!(shown(&rows), [(3, 1)]);
    }

    #[test]
    fn a_list_open_for_a_day_holds_a_bounded_number_of_rows() {
        let mut rows = rows(Vec::new());
        for number in 1..=5000 {
            rows.change(process(number, 1, ProcessState::Running));
            rows.change(process(number, 2, ProcessState::Exited));
        }
        assert!(rows.rows.len() <= 2 * super::super::listing::PAGE + 1, "{}", rows.rows.len());
        let oldest = rows.rows.last().unwrap().id;
        assert_eq!(rows.next, Some(oldest), "what was dropped is on the next page");
    }
}
