//! Who is below whom by the kernel's own lists, `/proc/<pid>/task/<tid>/children` (`proc_pid_task(5)`).
//!
//! Each thread has one, of the processes that it has started and those that became its own. Reading them costs what the tree costs,
//! however many other processes the machine runs. But a child may be left out while one beside it is being waited for: whoever must find
//! all of them has to look through all of `/proc`, and so has a kernel without these lists (`CONFIG_PROC_CHILDREN`).

use super::{Member, stat};
use std::{
    collections::HashSet,
    fs::{self, File},
    io::Read,
};

/// Adds the children of a thread to `found`; `None` if they cannot be read.
pub(crate) fn children_of_thread(pid: i32, thread: i32, found: &mut Vec<i32>) -> Option<()> {
    let mut file = File::open(format!("/proc/{pid}/task/{thread}/children")).ok()?;
    // Decimal numbers, each with a space behind it.
    let (mut buffer, mut number) = ([0; 1024], None);
    loop {
        let read = file.read(&mut buffer).ok()?;
        for byte in &buffer[..read] {
            match byte {
                b'0'..=b'9' => number = Some(number.unwrap_or(0) * 10 + i32::from(byte - b'0')),
                _ => found.extend(number.take()),
            }
        }
        if read == 0 {
            found.extend(number);
            return Some(());
        }
    }
}

/// The threads of a process; none if it is gone.
pub(crate) fn threads(pid: i32) -> impl Iterator<Item = i32> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The children of a process; `None` if they cannot be read, since it is gone or the kernel has no lists.
pub(super) fn children(of: i32) -> Option<Vec<Member>> {
    let (mut found, mut read) = (Vec::new(), None);
    for thread in threads(of) {
        read = children_of_thread(of, thread, &mut found).or(read);
    }
    read?;
    // Some have ended or have another parent by now.
    let members = found.into_iter().filter_map(|pid| stat(pid).map(|(parent, started)| (parent, Member { pid, started })));
    Some(members.filter(|(parent, _)| *parent == of).map(|(_, member)| member).collect())
}

/// The descendants of a process.
pub(super) fn descendants(of: i32) -> Option<Vec<Member>> {
    let (mut found, mut at) = (children(of)?, 0);
    // One whose parent has died meanwhile may be found again below another.
    let mut seen: HashSet<_> = found.iter().copied().collect();
    while let Some(member) = found.get(at) {
        let below = children(member.pid).unwrap_or_default();
        found.extend(below.into_iter().filter(|child| seen.insert(*child)));
        at += 1;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{descendants_among_all, kill_listed};

    #[test]
    fn what_is_listed_is_what_is_found_among_all() {
        let script = "sleep 93405 & sh -c 'sleep 93406 & sleep 93407 & wait' & wait";
        let start = || std::process::Command::new("sh").args(["-c", script]).spawn().unwrap();
        // The child of a thread that is not the first one.
        let mut child = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let child = start();
                assert!(children(std::process::id() as i32).unwrap().iter().any(|member| member.pid == child.id() as i32));
                child
            });
            thread.join().unwrap()
        });
        let of = child.id() as i32;
        while descendants(of).unwrap().len() < 4 {
            std::thread::yield_now();
        }
        let (listed, all) = (descendants(of).unwrap(), descendants_among_all(of));
        assert_eq!(listed.iter().collect::<HashSet<_>>(), all.iter().collect::<HashSet<_>>());
        assert_eq!(kill_listed(of).map(|killed| killed.len()), Some(4));
        child.wait().unwrap();
    }
}
