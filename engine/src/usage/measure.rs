//! One look at the processes below a keeper, whatever session or group they moved to.

use crate::tree::{self, children_of_thread, threads};
use std::{collections::HashSet, fs::File, io::Read, str::SplitAsciiWhitespace, time::Duration};

/// No more processes than this are looked at: a tree that grows while it is being read has an end.
const MAX_PROCESSES: usize = 10_000;

/// What a tree uses now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    /// User and system time of those that run, and of what they have waited for.
    pub cpu: Duration,
    /// Resident memory in bytes. What processes share is counted for each of them.
    pub memory_bytes: u64,
    /// Those that nobody has waited for yet are counted too.
    pub processes: u32,
}

/// Measures all descendants of a process that has a single thread. Parents are read before their children, so that a
/// process that ends meanwhile is counted once or not at all, and never twice.
pub(crate) fn measure(of: i32) -> Measured {
    let mut total = Measured::default();
    let mut add = |stat: &Stat| {
        total.cpu += stat.cpu;
        total.memory_bytes += stat.memory_bytes;
        total.processes += 1;
    };
    let mut found = Vec::new();
    if children_of_thread(of, of, &mut found).is_none() {
        tree::descendants(of).iter().filter_map(|member| stat(member.pid)).for_each(|stat| add(&stat));
        return total;
    }
    let (mut at, mut seen) = (0, HashSet::new());
    while let Some(&pid) = found.get(at).filter(|_| at < MAX_PROCESSES) {
        at += 1;
        // One whose parent has died meanwhile may be found again below another.
        if !seen.insert(pid) {
            continue;
        }
        let Some(stat) = stat(pid) else { continue };
        add(&stat);
        if stat.threads == 1 {
            children_of_thread(pid, pid, &mut found);
        } else {
            for thread in threads(pid) {
                children_of_thread(pid, thread, &mut found);
            }
        }
    }
    total
}

struct Stat {
    cpu: Duration,
    memory_bytes: u64,
    threads: u32,
}

/// Reads `/proc/<pid>/stat` (`proc_pid_stat(5)`); `None` if the process is gone.
fn stat(pid: i32) -> Option<Stat> {
    let mut buffer = [0; 1024];
    let length = File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut buffer).ok()?;
    parse_stat(&buffer[..length])
}

fn parse_stat(text: &[u8]) -> Option<Stat> {
    // The name, field 2, may hold anything; the fields behind its last parenthesis are numbers, but for the first of them.
    let name_end = text.iter().rposition(|byte| *byte == b')')?;
    let mut fields = std::str::from_utf8(&text[name_end + 1..]).ok()?.split_ascii_whitespace();
    // Fields 14 to 17: user and system time, of the process and of the children that it has waited for.
    let ticks: u64 = number(&mut fields, 14 - 3)? + (0..3).map_while(|_| number(&mut fields, 0)).sum::<u64>();
    let threads = number(&mut fields, 20 - 18)?;
    let pages = number(&mut fields, 24 - 21)?;
    let cpu = Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second());
    Some(Stat { cpu, memory_bytes: pages * rustix::param::page_size() as u64, threads: threads as u32 })
}

/// The number behind so many fields.
fn number(fields: &mut SplitAsciiWhitespace<'_>, skipped: usize) -> Option<u64> {
    fields.nth(skipped)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_found_behind_a_name_that_looks_like_them() {
        let line = "42 (a) R 1 (2 3) S 1 42 42 0 -1 4194560 91 92 93 94 100 20 3 4 20 0 7 0 5 8192000 250 18446744073709551615 1 1 0";
        let stat = parse_stat(line.as_bytes()).unwrap();
        assert_eq!((stat.threads, stat.memory_bytes), (7, 250 * rustix::param::page_size() as u64));
        assert_eq!(stat.cpu.as_millis() as u64, 127 * 1000 / rustix::param::clock_ticks_per_second());
        for cut in 0..line.len() {
            let _ = parse_stat(&line.as_bytes()[..cut]);
        }
    }
}
