//! The rules, without anybody who is told.

use super::*;

fn room(names: &[&str]) -> (Room, Vec<u32>) {
    let mut room = Room::default();
    let rights = |name: &str| Rights { can_type: name != "viewer", may_take_over: name == "admin" };
    let ids = names.iter().map(|name| room.join(Newcomer { name: (*name).into(), rights: rights(name) })).collect();
    (room, ids)
}

#[test]
fn one_types_at_a_time_until_idle_or_gone() {
    let (mut room, ids) = room(&["ada", "bob", "ada", "viewer"]);
    let now = Instant::now();
    assert_eq!(room.typed(ids[0], now), Typed::Claimed);
    assert_eq!(room.typed(ids[0], now), Typed::Taken);
    assert_eq!(room.typed(ids[1], now), Typed::Dropped);
    assert_eq!(room.typed(ids[3], now), Typed::Taken, "refused by whoever checks rights, and no claim");
    assert_eq!(room.view(ids[1], now).writer, Some(ids[0]));
    assert!(room.view(ids[1], now).may == ViewerMay::Ask && room.view(ids[2], now).may == ViewerMay::Type);
    assert_eq!(room.typed(ids[2], now), Typed::Claimed, "the same person in another window");
    let later = now + IDLE;
    assert_eq!(room.deadline(now), Some(later));
    assert!(room.view(ids[1], later).may == ViewerMay::Type && room.deadline(later).is_none());
    assert_eq!(room.typed(ids[1], later), Typed::Claimed);
    room.leave(ids[1], later);
    assert_eq!(room.typed(ids[0], later), Typed::Claimed);
}

#[test]
fn whoever_asks_may_type_when_let_or_not_answered() {
    let (mut room, ids) = room(&["ada", "bob", "eve", "viewer"]);
    let now = Instant::now();
    room.typed(ids[0], now);
    assert!(room.ask(ids[1], now) && !room.ask(ids[1], now) && !room.ask(ids[3], now));
    assert_eq!(room.view(ids[0], now).asking, [ids[1]]);
    assert!(!room.answer(ids[2], ids[1], true, now), "only the writer answers");
    assert!(room.answer(ids[0], ids[1], false, now) && room.typed(ids[1], now) == Typed::Dropped);
    room.ask(ids[1], now);
    assert!(room.answer(ids[0], ids[1], true, now) && room.typed(ids[0], now) == Typed::Dropped);
    room.ask(ids[2], now);
    let later = now + ASK_TIMEOUT;
    room.typed(ids[1], later);
    assert_eq!(room.deadline(now), Some(later));
    assert!(room.settle(later) && !room.settle(later));
    assert_eq!(room.view(ids[1], later).writer, Some(ids[2]));
    room.ask(ids[0], later);
    room.leave(ids[2], later);
    assert_eq!(room.view(ids[1], later).writer, Some(ids[0]), "whoever asks comes next when the writer leaves");
}

#[test]
fn each_writer_has_the_time_to_answer_each_request() {
    let (mut room, ids) = room(&["ada", "bob", "eve"]);
    let now = Instant::now();
    room.typed(ids[0], now);
    room.ask(ids[1], now);
    room.ask(ids[2], now + Duration::from_millis(100));
    let later = now + ASK_TIMEOUT;
    assert!(room.settle(later) && room.view(ids[1], later).writer == Some(ids[1]));
    let soon = later + Duration::from_secs(1);
    assert!(!room.settle(soon) && room.deadline(soon) == Some(later + ASK_TIMEOUT));
    assert_eq!(room.view(ids[1], soon).asking, [ids[2]]);
    let last = later + ASK_TIMEOUT;
    room.typed(ids[1], last);
    assert!(room.settle(last) && room.view(ids[1], last).writer == Some(ids[2]));
}

#[test]
fn a_no_holds_for_all_windows_of_who_asks_and_as_long_as_the_writer_types() {
    let (mut room, ids) = room(&["ada", "bob", "bob", "eve"]);
    let now = Instant::now();
    room.typed(ids[0], now);
    assert!(room.ask(ids[1], now) && room.ask(ids[2], now) && room.answer(ids[0], ids[1], false, now));
    assert!(room.view(ids[0], now).asking.is_empty());
    assert!(room.ask(ids[2], now));
    let later = now + ASK_TIMEOUT;
    room.typed(ids[0], later);
    assert!(!room.settle(later) && room.deadline(later) == Some(later + IDLE));
    assert!(room.settle(later + IDLE) && room.view(ids[2], later + IDLE).writer == Some(ids[2]));
    assert!(room.ask(ids[3], later + IDLE) && room.answer(ids[2], ids[3], true, later + IDLE));
    assert!(room.ask(ids[1], later + IDLE), "another writer");
    assert_eq!(room.deadline(later + IDLE), Some(later + IDLE + ASK_TIMEOUT));
}

#[test]
fn rights_change_while_somebody_is_there() {
    let (mut room, ids) = room(&["admin", "bob", "eve"]);
    let now = Instant::now();
    room.typed(ids[1], now);
    let demoted = Rights { can_type: true, may_take_over: false };
    assert!(room.renew(ids[0], demoted, now) && !room.renew(ids[0], demoted, now));
    assert!(!room.take_over(ids[0], now) && room.view(ids[0], now).may == ViewerMay::Ask);
    room.ask(ids[2], now);
    let none = Rights { can_type: false, may_take_over: false };
    assert!(room.renew(ids[1], none, now));
    assert_eq!((room.view(ids[1], now).may, room.view(ids[1], now).writer), (ViewerMay::Watch, Some(ids[2])));
}

#[test]
fn replies_of_a_terminal_are_those_of_the_writer_and_no_typing() {
    let (mut room, ids) = room(&["ada", "bob"]);
    let now = Instant::now();
    assert!(room.replied(ids[0]) && room.replied(ids[1]), "nobody has typed yet");
    room.typed(ids[0], now);
    assert!(room.replied(ids[0]) && !room.replied(ids[1]));
    assert_eq!(room.view(ids[1], now + IDLE).may, ViewerMay::Type);
    assert!(!room.take_over(ids[0], now), "who types takes over nothing");
}

#[test]
fn only_administrators_take_over() {
    let (mut room, ids) = room(&["ada", "bob", "admin", "viewer"]);
    let now = Instant::now();
    room.typed(ids[0], now);
    assert!(!room.take_over(ids[1], now) && !room.take_over(ids[3], now));
    assert!(room.view(ids[2], now).may == ViewerMay::TakeOver && room.take_over(ids[2], now));
    assert_eq!(room.typed(ids[0], now), Typed::Dropped);
}

#[test]
fn what_one_is_told_is_bounded_and_names_who_matters() {
    let names: Vec<_> = (0..200).map(|number| format!("p{number}")).collect();
    let (mut room, ids) = room(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let now = Instant::now();
    room.typed(ids[150], now);
    ids[60..120].iter().for_each(|id| assert!(room.ask(*id, now)));
    let view = room.view(ids[199], now);
    assert_eq!((view.total, view.viewers.len()), (200, LISTED));
    for id in [ids[199], ids[150], view.asking[0]] {
        assert!(view.viewers.iter().any(|viewer| viewer.id == id));
    }
    assert!(room.resize(ids[0], TerminalSize { cols: 80, rows: 24 }) && !room.resize(ids[0], TerminalSize { cols: 80, rows: 24 }));
}
