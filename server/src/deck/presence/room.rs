//! The viewers of one process: who is there, who types, and who asks to.

use execdeck_wire::{TerminalSize, ViewerInfo, ViewerMay, Viewers};
use std::time::Duration;
use tokio::time::Instant;

/// Whoever has typed nothing for this long does not keep others from typing.
const IDLE: Duration = Duration::from_secs(30);
/// Whoever asks may type after this long if nobody answers.
const ASK_TIMEOUT: Duration = Duration::from_secs(15);
/// The most viewers that one is told about.
const LISTED: usize = 50;

/// What a viewer has typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Taken,
    /// Taken, and who types has changed.
    Claimed,
    /// Somebody else types.
    Dropped,
}

/// Somebody asks to type.
struct Ask {
    by: u32,
    since: Instant,
    /// The writer has said no before, and so is not away: only they can let them.
    was_refused: bool,
}

impl Ask {
    /// When they may type without an answer.
    fn deadline(&self) -> Option<Instant> {
        (!self.was_refused).then(|| self.since + ASK_TIMEOUT)
    }
}

/// Somebody who comes.
pub(super) struct Newcomer {
    pub name: String,
    pub rights: Rights,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rights {
    /// Type at all.
    pub can_type: bool,
    /// Take over without asking.
    pub may_take_over: bool,
}

struct Member {
    id: u32,
    who: Newcomer,
    size: Option<TerminalSize>,
}

#[derive(Default)]
pub(super) struct Room {
    last_id: u32,
    members: Vec<Member>,
    /// Who typed last, and when.
    writer: Option<(u32, Instant)>,
    asks: Vec<Ask>,
    /// The names of those to whom the writer has said no.
    refused: Vec<String>,
}

impl Room {
    pub(super) fn join(&mut self, who: Newcomer) -> u32 {
        self.last_id += 1;
        self.members.push(Member { id: self.last_id, who, size: None });
        self.last_id
    }

    pub(super) fn leave(&mut self, id: u32, now: Instant) {
        self.members.retain(|member| member.id != id);
        self.asks.retain(|ask| ask.by != id);
        if self.is_writer(id) {
            self.vacate(now);
        }
    }

    /// Whoever asked first comes next.
    fn vacate(&mut self, now: Instant) {
        self.writer = None;
        if let Some(next) = self.asks.first() {
            self.claim(next.by, now);
        }
    }

    /// The viewer's rights have changed. Returns whether that is news.
    pub(super) fn renew(&mut self, id: u32, rights: Rights, now: Instant) -> bool {
        let Some(member) = self.members.iter_mut().find(|member| member.id == id && member.who.rights != rights) else { return false };
        member.who.rights = rights;
        if !rights.can_type {
            member.size = None;
            self.asks.retain(|ask| ask.by != id);
            if self.is_writer(id) {
                self.vacate(now);
            }
        }
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns whether that is news.
    pub(super) fn resize(&mut self, id: u32, size: TerminalSize) -> bool {
        let member = self.members.iter_mut().find(|member| member.id == id && member.who.rights.can_type);
        member.is_some_and(|member| member.size.replace(size) != Some(size))
    }

    /// The viewer types. Whoever may not type at all is refused elsewhere.
    pub(super) fn typed(&mut self, id: u32, now: Instant) -> Typed {
        if !self.can_type(id) {
            return Typed::Taken;
        }
        if !self.may_type(id, now) {
            return Typed::Dropped;
        }
        let is_news = !self.is_writer(id) || self.is_idle(now);
        self.claim(id, now);
        if is_news { Typed::Claimed } else { Typed::Taken }
    }

    /// The terminal answers a query of the program, or the pointer moves: that comes from the writer, but is no typing. Returns
    /// whether it is taken.
    pub(super) fn replied(&self, id: u32) -> bool {
        !self.can_type(id) || self.writer.is_none_or(|(writer, _)| writer == id)
    }

    /// The viewer types from now on, if it may. Returns whether that is news.
    pub(super) fn take_over(&mut self, id: u32, now: Instant) -> bool {
        let may = matches!(self.may(id, now), ViewerMay::Type | ViewerMay::TakeOver);
        let is_news = may && (!self.is_writer(id) || self.is_idle(now));
        if may {
            self.claim(id, now);
        }
        is_news
    }

    /// Asks whoever types. Returns whether that is news.
    pub(super) fn ask(&mut self, id: u32, now: Instant) -> bool {
        if self.may_type(id, now) {
            return self.take_over(id, now);
        }
        let Some(member) = self.member(id).filter(|member| member.who.rights.can_type) else { return false };
        if self.asks.iter().any(|ask| ask.by == id) {
            return false;
        }
        let was_refused = self.refused.contains(&member.who.name);
        self.asks.push(Ask { by: id, since: now, was_refused });
        true
    }

    /// Answers a request to type, for all windows of whoever asks; any window of the writer may. Returns whether that is news.
    pub(super) fn answer(&mut self, id: u32, asking: u32, accept: bool, now: Instant) -> bool {
        if !self.asks.iter().any(|ask| ask.by == asking) || !self.is_writers(id) {
            return false;
        }
        if accept {
            self.claim(asking, now);
        } else {
            self.withdraw_asks(asking);
            self.refused.extend(self.member(asking).map(|member| member.who.name.clone()));
        }
        true
    }

    /// Lets those type who were not answered. Returns whether there are any.
    pub(super) fn settle(&mut self, now: Instant) -> bool {
        let is_idle = self.is_idle(now);
        let is_due = |ask: &&Ask| is_idle || ask.deadline().is_some_and(|deadline| deadline <= now);
        let Some(by) = self.asks.iter().find(is_due).map(|ask| ask.by) else { return false };
        self.claim(by, now);
        true
    }

    /// When something changes by itself.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let idle = self.writer.map(|(_, last)| last + IDLE).filter(|idle| *idle > now);
        self.asks.iter().filter_map(Ask::deadline).chain(idle).min()
    }

    /// What a viewer is told.
    pub(super) fn view(&self, id: u32, now: Instant) -> Viewers {
        let asking: Vec<u32> = self.asks.iter().take(LISTED / 2).map(|ask| ask.by).collect();
        let writer = self.writer.map(|(id, _)| id);
        let is_named = |member: &&Member| member.id == id || Some(member.id) == writer || asking.contains(&member.id);
        let others = self.members.iter().filter(|member| !is_named(member));
        let listed = self.members.iter().filter(is_named).chain(others).take(LISTED);
        let viewers = listed.map(|member| ViewerInfo {
            id: member.id,
            name: member.who.name.clone(),
            can_type: member.who.rights.can_type,
            size: member.size,
        });
        Viewers {
            you: id,
            total: u32::try_from(self.members.len()).unwrap_or(u32::MAX),
            viewers: viewers.collect(),
            writer,
            typing: !self.is_idle(now),
            may: self.may(id, now),
            asking,
            dropped: false,
        }
    }

    fn claim(&mut self, id: u32, now: Instant) {
        if !self.is_writers(id) {
            self.refused.clear();
            // Nobody has asked the new writer before.
            self.asks.iter_mut().for_each(|ask| (ask.since, ask.was_refused) = (now, false));
        }
        self.writer = Some((id, now));
        self.withdraw_asks(id);
    }

    /// Withdraws what any window of this person asks.
    fn withdraw_asks(&mut self, id: u32) {
        let name = |id| self.members.iter().find(|member| member.id == id).map(|member| &member.who.name);
        self.asks.retain(|ask| name(ask.by) != name(id));
    }

    fn member(&self, id: u32) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    fn can_type(&self, id: u32) -> bool {
        self.member(id).is_some_and(|member| member.who.rights.can_type)
    }

    fn is_writer(&self, id: u32) -> bool {
        self.writer.is_some_and(|(writer, _)| writer == id)
    }

    /// Whether the viewer is a window of the person who types.
    fn is_writers(&self, id: u32) -> bool {
        let name = |id| self.member(id).map(|member| &member.who.name);
        self.writer.is_some_and(|(writer, _)| name(writer) == name(id))
    }

    fn is_idle(&self, now: Instant) -> bool {
        self.writer.is_none_or(|(_, last)| last + IDLE <= now)
    }

    fn may_type(&self, id: u32, now: Instant) -> bool {
        self.may(id, now) == ViewerMay::Type
    }

    fn may(&self, id: u32, now: Instant) -> ViewerMay {
        match self.member(id) {
            Some(member) if member.who.rights.can_type => match member.who.rights.may_take_over {
                _ if self.is_idle(now) || self.is_writers(id) => ViewerMay::Type,
                true => ViewerMay::TakeOver,
                false => ViewerMay::Ask,
            },
            _ => ViewerMay::Watch,
        }
    }
}

#[cfg(test)]
mod tests {
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
}
