//! What keepers and servers do with the control group of a process (cgroups v2, the kernel's `Documentation/admin-guide/cgroup-v2.rst`).

use execdeck_wire::Limits;
use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// CPU time is handed out in periods of this many microseconds.
const CPU_PERIOD_US: u64 = 100_000;
/// The kernel takes no higher number of processes (`PID_MAX_LIMIT`).
const MOST_PROCESSES: u32 = 1 << 22;

/// Writes to a file of a group. If it is missing, that is [`ErrorKind::NotFound`]: creating it would be refused as not permitted.
pub(crate) fn write(group: &Path, file: &str, value: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(group.join(file))?.write_all(value.as_bytes())
}

/// Sets the limits of a group. `more`: processes that are allowed in addition.
pub(crate) fn set_limits(group: &Path, limits: &Limits, more: u32) -> io::Result<()> {
    if limits.memory_bytes != 0 {
        write(group, "memory.max", &limits.memory_bytes.to_string())?;
        // All are killed, rather than one that the others wait for.
        write(group, "memory.oom.group", "1")?;
        // Only there if the kernel can swap.
        match write(group, "memory.swap.max", "0") {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    if limits.cpu_percent != 0 {
        let quota = u64::from(limits.cpu_percent) * CPU_PERIOD_US / 100;
        write(group, "cpu.max", &format!("{quota} {CPU_PERIOD_US}"))?;
    }
    if limits.processes != 0 {
        write(group, "pids.max", &limits.processes.saturating_add(more).min(MOST_PROCESSES).to_string())?;
    }
    Ok(())
}

/// Kills all that is in a group and in those below it at once, forks under way included (Linux 5.14 and newer).
pub(crate) fn kill(group: &Path) -> io::Result<()> {
    write(group, "cgroup.kill", "1")
}

/// Removes a group without processes, with the groups that its processes have made below it. One that is not there is removed.
pub(crate) fn remove(group: &Path) -> io::Result<()> {
    // No folder stays open while those below it are visited: there may be more of them than descriptors.
    let mut groups = vec![group.to_owned()];
    let mut visited = 0;
    while let Some(next) = groups.get(visited) {
        visited += 1;
        groups.extend(absent(groups_in(next))?.unwrap_or_default());
    }
    groups.iter().rev().try_for_each(|group| absent(fs::remove_dir(group)).map(drop))
}

fn groups_in(group: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(group)?.collect::<io::Result<Vec<_>>>()?;
    Ok(entries.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(fs::DirEntry::path).collect())
}

/// `None` if the group was not there.
fn absent<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        done => done.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("execdeck-{name}-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        folder
    }

    #[test]
    fn a_kernel_that_cannot_swap_needs_no_limit_for_it() {
        let folder = folder("limits");
        for file in ["memory.max", "memory.oom.group"] {
            fs::write(folder.join(file), "").unwrap();
        }
        let memory = Limits { memory_bytes: 4096, ..Limits::default() };
        let set = set_limits(&folder, &memory, 0);
        let missing = set_limits(&folder, &Limits { processes: 5, ..Limits::default() }, 0);
        let (max, files) = (fs::read_to_string(folder.join("memory.max")).unwrap(), fs::read_dir(&folder).unwrap().count());
        fs::remove_dir_all(&folder).unwrap();
        set.unwrap();
        assert_eq!((max.as_str(), missing.unwrap_err().kind(), files), ("4096", ErrorKind::NotFound, 2));
    }

    #[test]
    fn groups_below_a_group_go_first() {
        let folder = folder("groups");
        fs::create_dir_all(folder.join("a/b/c")).unwrap();
        fs::create_dir_all(folder.join("a/d")).unwrap();
        remove(&folder).unwrap();
        assert!(!folder.exists());
        remove(&folder).unwrap();
    }
}
