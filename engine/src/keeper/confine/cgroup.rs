//! The control group of one attempt, which bounds its memory, CPU and processes, and names the limit that has struck.

use crate::cgroup;
use execdeck_wire::Limits;
use std::{
    fs::{self, File, OpenOptions},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How often a process has to be throttled for that to be said of it.
const THROTTLED: u64 = 10;
/// How long that takes, in all: the kernel takes a moment to see that a group is empty, or that what was killed is gone. Where that
/// is not enough, the next attempt removes the group, or the next server as it starts.
const REMOVE_FOR: Duration = Duration::from_millis(10);
const KILL_FOR: Duration = Duration::from_secs(1);

/// A group, which is removed with this.
pub(in crate::keeper) struct Cgroup(PathBuf);

impl Cgroup {
    /// Makes the group anew, with these limits. `more`: processes that come with the program and count as well.
    pub(in crate::keeper) fn create(folder: &Path, limits: &Limits, more: u32) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{}: its limits could not be set: {error}", folder.display());
        let group = Self(folder.to_owned());
        match fs::create_dir(folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                group.kill();
                group.remove(KILL_FOR);
                fs::create_dir(folder).map_err(failed)?;
            }
            created => created.map_err(failed)?,
        }
        cgroup::set_limits(folder, limits, more).map_err(failed)?;
        Ok(group)
    }

    /// The file through which the child enters the group, by writing `0` to it.
    pub(in crate::keeper) fn entrance(&self) -> Result<File, String> {
        let opened = OpenOptions::new().write(true).open(self.0.join("cgroup.procs"));
        opened.map_err(|error| format!("{}: it could not be entered: {error}", self.0.display()))
    }

    /// Kills all in it at once; see [`cgroup::kill`].
    pub(in crate::keeper) fn kill(&self) {
        let _ = cgroup::kill(&self.0);
    }

    /// The limit that has struck, by its name in the spec.
    pub(in crate::keeper) fn limit_hit(&self, limits: &Limits) -> Option<&'static str> {
        let count = |file: &str, key: &str| value_of(&fs::read_to_string(self.0.join(file)).unwrap_or_default(), key);
        // The second alone may be the lack of memory of the whole machine.
        if limits.memory_bytes != 0 && count("memory.events", "oom") > 0 && count("memory.events", "oom_kill") > 0 {
            return Some("memory_bytes");
        }
        if limits.processes != 0 && count("pids.events", "max") > 0 {
            return Some("processes");
        }
        (limits.cpu_percent != 0 && count("cpu.stat", "nr_throttled") >= THROTTLED).then_some("cpu_percent")
    }

    fn remove(&self, patience: Duration) {
        let give_up = Instant::now() + patience;
        while cgroup::remove(&self.0).is_err() && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        self.remove(REMOVE_FOR);
    }
}

/// The number behind a key in a file of lines `key number`.
fn value_of(text: &str, key: &str) -> u64 {
    let mut values = text.lines().filter_map(|line| line.split_once(' ')).filter(|(name, _)| *name == key);
    values.find_map(|(_, value)| value.trim().parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_an_earlier_attempt_has_left_is_made_anew_with_all_below_it() {
        let folder = std::env::temp_dir().join(format!("execdeck-cgroup-left-{}", std::process::id()));
        fs::create_dir_all(folder.join("podman/container")).unwrap();
        let group = Cgroup::create(&folder, &Limits::default(), 0);
        let left = fs::read_dir(&folder).map(Iterator::count);
        fs::create_dir_all(folder.join("podman/container")).unwrap();
        drop(group.unwrap());
        assert_eq!((left.unwrap(), folder.exists()), (0, false));
    }

    #[test]
    fn the_limit_that_struck_is_named_the_most_important_first() {
        let folder = std::env::temp_dir().join(format!("execdeck-cgroup-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let group = Cgroup(folder.clone());
        let all = Limits { memory_bytes: 1, cpu_percent: 1, processes: 1, ..Limits::default() };
        assert_eq!(group.limit_hit(&all), None);
        fs::write(folder.join("cpu.stat"), "usage_usec 5\nnr_periods 20\nnr_throttled 10\nthrottled_usec 3\n").unwrap();
        assert_eq!(group.limit_hit(&all), Some("cpu_percent"));
        fs::write(folder.join("pids.events"), "max 1\n").unwrap();
        assert_eq!(group.limit_hit(&all), Some("processes"));
        fs::write(folder.join("memory.events"), "low 0\nhigh 0\nmax 9\noom 0\noom_kill 1\noom_group_kill 0\n").unwrap();
        assert_eq!(group.limit_hit(&all), Some("processes"), "the machine was out of memory");
        fs::write(folder.join("memory.events"), "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 1\n").unwrap();
        assert_eq!(group.limit_hit(&all), Some("memory_bytes"));
        assert_eq!(group.limit_hit(&Limits::default()), None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
