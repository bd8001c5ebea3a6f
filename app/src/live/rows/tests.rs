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
    rows.shown.iter().map(|row| (row.id.as_u128(), row.process.read_untracked().revision)).collect()
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
    assert_eq!(rows.shown[0].process.read_untracked().output.end, 10);
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
    let filter = ProcessFilter { state: Some(crate::wire::StateFilter::Active), ..ProcessFilter::default() };
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
    assert!(rows.shown.len() <= 2 * PAGE + 1, "{}", rows.shown.len());
    let oldest = rows.shown.last().unwrap().id;
    assert_eq!(rows.next, Some(oldest), "what was dropped is on the next page");
}

#[test]
fn active_processes_stand_above_the_history_as_they_do_after_loading() {
    let mut rows = rows(vec![process(1, 1, ProcessState::Running)]);
    rows.change(process(2, 1, ProcessState::Running));
    assert!(rows.change(process(2, 2, ProcessState::Exited)));
    rows.change(process(3, 2, ProcessState::Exited));
    assert_eq!(shown(&rows), [(1, 1), (3, 2), (2, 2)]);
}

#[test]
fn rows_under_the_pointer_stay_where_they_are() {
    let mut rows = rows(vec![process(2, 1, ProcessState::Running), process(1, 1, ProcessState::Running)]);
    rows.hold(true);
    assert!(!rows.change(process(3, 1, ProcessState::Running)));
    assert!(!rows.change(process(2, 2, ProcessState::Exited)));
    assert_eq!((shown(&rows), rows.waiting()), (vec![(2, 2), (1, 1)], 1));
    assert!(rows.hold(false));
    assert_eq!((shown(&rows), rows.waiting()), (vec![(3, 1), (1, 1), (2, 2)], 0));
}

#[test]
fn a_row_that_leaves_the_filter_stays_under_the_pointer() {
    let filter = ProcessFilter { state: Some(crate::wire::StateFilter::Active), ..ProcessFilter::default() };
    let mut rows = Rows::new(listing(vec![process(1, 1, ProcessState::Running)]), filter, None);
    rows.hold(true);
    rows.change(process(1, 2, ProcessState::Exited));
    assert_eq!(shown(&rows).len(), 1);
    assert!(rows.hold(false) && shown(&rows).is_empty());
}

#[test]
fn processes_that_end_after_the_last_one_came_are_trimmed_too() {
    let mut rows = rows(Vec::new());
    for number in 1..=150 {
        rows.change(process(number, 1, ProcessState::Running));
    }
    for number in 1..=150 {
        rows.change(process(number, 2, ProcessState::Exited));
    }
    assert_eq!(rows.shown.len(), 2 * PAGE);
}
