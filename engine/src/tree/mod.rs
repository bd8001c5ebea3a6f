//! The process tree below a keeper, found in `/proc`.
//!
//! A keeper is the child subreaper of its tree (`prctl(2)`), so every descendant has it as an ancestor, whatever
//! session or group it moved to and however many parents between have died.
//!
//! `listed`: the kernel's lists, which are quick to read and not always complete.

mod listed;

pub(crate) use listed::{children_of_thread, threads};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::{
    collections::{HashMap, HashSet},
    fs,
    time::{Duration, Instant},
};

/// The environment variable that marks everything that a process starts as belonging to it.
pub(crate) const MARKER: &str = "EXECDECK_PROCESS_ID";
/// A process at one moment; pid and start time together are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    pub pid: i32,
    /// Clock ticks since the machine was started.
    pub started: u64,
}

/// Parent and start time from `/proc/<pid>/stat`, fields 4 and 22 (`proc_pid_stat(5)`).
pub(crate) fn stat(pid: i32) -> Option<(i32, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, field 2, may hold anything: what follows its last parenthesis is safe to split.
    let fields: Vec<&str> = text.get(text.rfind(')')? + 2..)?.split(' ').collect();
    Some((fields.get(1)?.parse().ok()?, fields.get(19)?.parse().ok()?))
}

pub(crate) fn pids() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The children of a process. While others of them end, some may be missing.
pub(crate) fn children(of: i32) -> Vec<Member> {
    listed::children(of).unwrap_or_else(|| children_among_all(of))
}

fn children_among_all(of: i32) -> Vec<Member> {
    let found = pids().filter_map(|pid| stat(pid).map(|(parent, started)| (parent, Member { pid, started })));
    found.filter(|(parent, _)| *parent == of).map(|(_, member)| member).collect()
}

/// The descendants of a process. While others of them end, some may be missing.
pub(crate) fn descendants(of: i32) -> Vec<Member> {
    listed::descendants(of).unwrap_or_else(|| descendants_among_all(of))
}

/// All descendants of a process, found among all processes of the machine.
fn descendants_among_all(of: i32) -> Vec<Member> {
    let mut children: HashMap<i32, Vec<Member>> = HashMap::new();
    for pid in pids() {
        if let Some((parent, started)) = stat(pid) {
            children.entry(parent).or_default().push(Member { pid, started });
        }
    }
    let mut found = children.remove(&of).unwrap_or_default();
    let mut at = 0;
    while let Some(member) = found.get(at) {
        let below = children.remove(&member.pid).unwrap_or_default();
        found.extend(below);
        at += 1;
    }
    found
}

/// How long a growing tree is being suspended before what was found is killed and the rest is left to the next attempt.
pub(crate) const FREEZE_FOR: Duration = Duration::from_millis(200);

/// Sends a signal to every descendant, and to those that were forked meanwhile.
pub(crate) fn signal_descendants(of: i32, signal: Signal) {
    let mut signalled = HashSet::new();
    for _ in 0..5 {
        let new: Vec<_> = descendants(of).into_iter().filter(|member| signalled.insert(*member)).collect();
        if new.is_empty() {
            return;
        }
        for member in new {
            signal_member(member, signal);
        }
    }
}

/// Kills the descendants that are listed, at the cost of these alone; `None` if there are no lists. What comes and goes meanwhile may
/// be left.
pub(crate) fn kill_listed(of: i32) -> Option<Vec<Member>> {
    let (mut found, mut suspended) = (listed::descendants(of)?, HashSet::new());
    for _ in 0..3 {
        found.retain(|member| suspended.insert(*member));
        if found.is_empty() {
            break;
        }
        for member in found {
            signal_member(member, Signal::STOP);
        }
        found = listed::descendants(of).unwrap_or_default();
    }
    for member in &suspended {
        signal_member(*member, Signal::KILL);
    }
    Some(suspended.into_iter().collect())
}

/// Kills every descendant. They are suspended first, since a suspended process does not fork: otherwise a chain of
/// processes, each of which forks the next and exits, is always one ahead. Returns those that were found.
pub(crate) fn kill_descendants(of: i32) -> Vec<Member> {
    let give_up = Instant::now() + FREEZE_FOR;
    let mut frozen = HashSet::new();
    loop {
        let mut new = stop_children(of, &mut frozen);
        for member in descendants_among_all(of) {
            if frozen.insert(member) {
                signal_member(member, Signal::STOP);
                new = true;
            }
        }
        if !new || Instant::now() > give_up {
            break;
        }
    }
    let found = descendants_among_all(of);
    for member in found.iter().copied().chain(frozen) {
        signal_member(member, Signal::KILL);
    }
    found
}

/// Suspends the direct children that are not frozen yet, the newest first and each as soon as it is seen, so that a
/// chain of orphans is caught before its next fork. Returns whether there were any.
fn stop_children(of: i32, frozen: &mut HashSet<Member>) -> bool {
    let mut pids: Vec<_> = pids().collect();
    pids.sort_unstable_by(|a, b| b.cmp(a));
    let mut new = false;
    for pid in pids {
        if let Some((parent, started)) = stat(pid)
            && parent == of
            && frozen.insert(Member { pid, started })
        {
            signal_member(Member { pid, started }, Signal::STOP);
            new = true;
        }
    }
    new
}

/// Sends a signal to a member, and never to another process that took its pid.
pub(crate) fn signal_member(member: Member, signal: Signal) {
    let Some(pid) = Pid::from_raw(member.pid) else { return };
    let Ok(fd) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    // The descriptor refers to whoever has the pid now; the start time shows whether that is still the member.
    if stat(member.pid).is_some_and(|(_, started)| started == member.started) {
        let _ = pidfd_send_signal(&fd, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_include_grandchildren_and_spare_strangers() {
        let mut child = std::process::Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().unwrap();
        let ours = std::process::id() as i32;
        while descendants(child.id() as i32).is_empty() {
            std::thread::yield_now();
        }
        let all = descendants(ours);
        let below = descendants(child.id() as i32);
        assert!(below.iter().all(|member| all.contains(member)));
        for member in below {
            signal_member(member, Signal::KILL);
        }
        let recycled = Member { pid: ours, started: 0 };
        signal_member(recycled, Signal::KILL);
        child.wait().unwrap();
    }
}
