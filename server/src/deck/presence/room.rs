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
mod tests;
