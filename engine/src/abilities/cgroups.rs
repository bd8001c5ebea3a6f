//! Control groups (cgroups v2, the kernel's `Documentation/admin-guide/cgroup-v2.rst`): one for each process with a limit of memory,
//! CPU or processes, in a group that this server may use.
//!
//! All of these are siblings, without a group between: when a unit of systemd is started again, its own group must not hand
//! controllers down, and only one group without grandchildren can be told so while processes run (see the README).

use super::refusal::Refusal;
use crate::{
    bubblewrap::BWRAP_PROCESSES,
    cgroup::{self, set_limits},
    error::Error,
};
use execdeck_wire::Limits;
use rustix::fs::{Access, access, getxattr};
use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// What each limit needs.
const CONTROLLERS: [(&str, &str); 3] = [("limits.memory_bytes", "memory"), ("limits.cpu_percent", "cpu"), ("limits.processes", "pids")];
/// The group that the server moves itself to, since a group that hands controllers down must not have processes of its own.
const SERVER: &str = "server";
/// How the names of the groups of processes begin.
const PREFIX: &str = "process-";
/// Attributes by which systemd marks a group that it leaves to a service (`Delegate=`).
const DELEGATED: [&str; 2] = ["trusted.delegate", "user.delegate"];
const KILL_FOR: Duration = Duration::from_secs(5);

/// What an earlier server has started.
pub(super) struct Limited {
    pub limits: Limits,
    pub sandboxed: bool,
    pub active: bool,
}

/// The group in which those of processes are made.
#[derive(Debug)]
pub(super) struct Cgroups {
    /// A group without processes that the caller has made for this.
    given: Option<PathBuf>,
    /// How the names of its groups end, so that a copy of the data folder, which has the same processes, leaves them alone.
    suffix: String,
    /// The group, once it is ready. A failure is not remembered.
    ready: Mutex<Option<PathBuf>>,
}

impl Cgroups {
    /// `given`: [`EngineConfig::cgroup`](crate::EngineConfig::cgroup); `data`: the data folder.
    pub(super) fn new(given: Option<PathBuf>, data: &Path) -> Self {
        // FNV-1a, which stays the same in every version.
        let hash = data
            .as_os_str()
            .as_bytes()
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
        Self { given, suffix: format!("-{hash:016x}"), ready: Mutex::default() }
    }

    fn name_of(&self, id: Uuid) -> String {
        format!("{PREFIX}{id}{}", self.suffix)
    }

    /// The groups of its processes.
    fn groups_in(&self, base: &Path) -> Vec<(Uuid, PathBuf)> {
        let entries = fs::read_dir(base).into_iter().flatten().flatten();
        let id = |name: &str| name.strip_prefix(PREFIX)?.strip_suffix(&self.suffix)?.parse().ok();
        entries.filter_map(|entry| Some((id(entry.file_name().to_str()?)?, entry.path()))).collect()
    }

    /// The group for a process with these limits; none if they need none. An [`Error::Field`] names the limit that cannot be enforced.
    pub(super) fn group(&self, id: Uuid, limits: &Limits) -> Result<Option<PathBuf>, Error> {
        let asked = [limits.memory_bytes != 0, limits.cpu_percent != 0, limits.processes != 0];
        let mut needed = CONTROLLERS.into_iter().zip(asked).filter(|(_, asked)| *asked).map(|(needed, _)| needed).peekable();
        let Some((first, _)) = needed.peek().copied() else { return Ok(None) };
        let base = self.base().map_err(|refusal| refusal.of_field(first))?;
        let available = read(&base.join("cgroup.subtree_control")).map_err(|refusal| refusal.of_field(first))?;
        match needed.find(|(_, controller)| !available.split_whitespace().any(|name| name == *controller)) {
            Some((field, controller)) => Err(Error::Field(field, missing(controller))),
            None => Ok(Some(base.join(self.name_of(id)))),
        }
    }

    /// Makes the group ready if an earlier server has left processes in it, and gives them back their limits: systemd takes
    /// them away when it starts the unit again.
    pub(super) fn resume(&self, limited: impl Fn(Uuid) -> Option<Limited>) {
        let Ok(base) = self.find() else { return };
        let left = self.groups_in(&base);
        if left.is_empty() {
            return;
        }
        if let Err(refusal) = self.base() {
            tracing::error!(error = %refusal.of_field("limits"), "processes that still run have lost their limits");
        }
        for (id, group) in left {
            match limited(id) {
                // It has ended, or its folder is gone. What runs in the group all the same keeps it.
                None | Some(Limited { active: false, .. }) => {
                    if let Err(error) = cgroup::remove(&group) {
                        tracing::warn!(%id, %error, "the control group of a process could not be removed");
                    }
                }
                Some(Limited { limits, sandboxed, .. }) => {
                    if let Err(error) = set_limits(&group, &limits, if sandboxed { BWRAP_PROCESSES } else { 0 }) {
                        tracing::error!(%id, %error, "a process has lost its limits");
                    }
                }
            }
        }
    }

    /// Kills what a dead keeper has left in the group of its process, whatever its environment is, and removes the group.
    pub(super) fn kill(&self, id: Uuid) {
        let give_up = Instant::now() + KILL_FOR;
        let base = loop {
            match self.find() {
                Ok(base) => break base,
                Err(Refusal::ForNow(error)) if Instant::now() >= give_up => {
                    return tracing::error!(%id, %error, "what is left of a process could not be found by its control group");
                }
                Err(Refusal::ForNow(_)) => std::thread::sleep(Duration::from_millis(5)),
                // Then it has no group.
                Err(Refusal::Lacking(_)) => return,
            }
        };
        let group = base.join(self.name_of(id));
        while cgroup::remove(&group).is_err() && Instant::now() < give_up {
            if let Err(error) = cgroup::kill(&group) {
                tracing::error!(%id, %error, "what is left of a process could not be killed by its control group");
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn base(&self) -> Result<PathBuf, Refusal> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(base) = &*ready {
            return Ok(base.clone());
        }
        let base = self.find()?;
        if self.given.is_none() {
            prepare(&base)?;
        }
        hand_down(&base)?;
        Ok(ready.insert(base).clone())
    }

    /// The group to use, which need not be ready yet.
    fn find(&self) -> Result<PathBuf, Refusal> {
        match &self.given {
            Some(given) => Ok(given.clone()),
            None => own_group(&read(Path::new("/proc/self/mountinfo"))?, &read(Path::new("/proc/self/cgroup"))?),
        }
    }
}

/// The text of a file; empty if there is none.
fn read(path: &Path) -> Result<String, Refusal> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        text => text.map_err(|error| failed("reading", path, error)),
    }
}

/// The refusal for an error of the system that was met with this file.
fn failed(what: &'static str, path: &Path, error: io::Error) -> Refusal {
    Refusal::judge(what, path, error, |error| format!("This limit cannot be enforced here: {}: {error}. {HELP}", path.display()))
}

fn missing(controller: &str) -> String {
    format!("This limit cannot be enforced here: the control group of the server has no controller {controller:?}. {HELP}")
}

const HELP: &str = "Limits of memory, CPU and processes need cgroups v2 and, under systemd, `Delegate=memory cpu pids` in the unit (see Deployment in the \
     README). Leave it out.";

/// The group that this server may use, by the mounts and the group of the process (`proc_pid_mountinfo(5)`, `cgroups(7)`).
fn own_group(mounts: &str, groups: &str) -> Result<PathBuf, Refusal> {
    let none = |what: &str| Refusal::Lacking(format!("This limit cannot be enforced here: {what}. {HELP}"));
    let (root, point) = mounts.lines().find_map(cgroup2_mount).ok_or_else(|| none("cgroups v2 are not mounted"))?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::")).ok_or_else(|| none("the server is in no cgroup v2"))?;
    let below = Path::new(path).strip_prefix(root).map_err(|_| none("the server's control group is not mounted"))?;
    let own = Path::new(point).join(below);
    // Only the root of the whole hierarchy has no type; it may hand controllers down and have processes.
    let group = if !own.join("cgroup.type").exists() {
        own.join("execdeck")
    } else if own.ends_with(SERVER) {
        own.parent().map(Path::to_path_buf).unwrap_or(own)
    } else {
        own
    };
    let writable = if group.exists() { &group } else { group.parent().unwrap_or(&group) };
    let offered = read(&writable.join("cgroup.controllers"))?;
    if offered.split_whitespace().next().is_none() {
        return Err(none("the server's control group has no controllers"));
    }
    if access(writable, Access::WRITE_OK).is_err() || access(writable.join("cgroup.procs"), Access::WRITE_OK).is_err() {
        return Err(none("the server may not make control groups"));
    }
    if Path::new("/run/systemd/system").is_dir() && !is_delegated(&group) {
        return Err(none("systemd has not left the server's control group to it"));
    }
    Ok(group)
}

/// Root and mount point of a line that mounts cgroups v2.
fn cgroup2_mount(line: &str) -> Option<(&str, &str)> {
    let (mount, kind) = line.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(3);
    let found = (fields.next()?, fields.next()?);
    kind.starts_with("cgroup2 ").then_some(found)
}

fn is_delegated(group: &Path) -> bool {
    DELEGATED.iter().any(|name| getxattr(group, *name, &mut [0_u8; 8][..]).is_ok())
}

/// Empties the group of processes, so that it may hand controllers down.
fn prepare(base: &Path) -> Result<(), Refusal> {
    let create = |group: &Path| match fs::create_dir(group) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed("creating the control group", group, error)),
        _ => Ok(()),
    };
    create(base)?;
    let own = std::process::id().to_string();
    for _ in 0..10 {
        let members = read(&base.join("cgroup.procs"))?;
        // What systemd has left to the server is all its own, such as keepers that were started before.
        let strangers = members.split_whitespace().filter(|pid| *pid != own).count();
        if strangers > 0 && !is_delegated(base) {
            let reason = "other programs run in the server's control group";
            return Err(Refusal::Lacking(format!("This limit cannot be enforced here: {reason}. {HELP}")));
        }
        if members.is_empty() {
            return Ok(());
        }
        let server = base.join(SERVER);
        create(&server)?;
        for pid in members.split_whitespace() {
            match cgroup::write(&server, "cgroup.procs", pid) {
                // It has ended meanwhile.
                Err(error) if error.raw_os_error() != Some(libc::ESRCH) => {
                    return Err(failed("entering the control group", &server, error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Hands down the controllers that there are, also from the group above if that is the root.
fn hand_down(base: &Path) -> Result<(), Refusal> {
    let above = base.parent().filter(|above| above.join("cgroup.procs").exists() && !above.join("cgroup.type").exists());
    for group in above.into_iter().chain([base]) {
        let offered = read(&group.join("cgroup.controllers"))?;
        for (_, controller) in CONTROLLERS.iter().filter(|(_, controller)| offered.split_whitespace().any(|name| name == *controller)) {
            let enabled = cgroup::write(group, "cgroup.subtree_control", &format!("+{controller}"));
            enabled.map_err(|error| failed("handing down controllers", group, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "30 23 0:26 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids\n\
        33 23 0:29 /outer /nowhere/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

    #[test]
    fn the_mount_of_cgroups_v2_is_found() {
        assert_eq!(MOUNTS.lines().find_map(cgroup2_mount), Some(("/outer", "/nowhere/cgroup")));
    }

    #[test]
    fn groups_of_what_has_ended_or_is_gone_are_removed_with_those_below_them() {
        let base = std::env::temp_dir().join(format!("execdeck-cgroups-{}", std::process::id()));
        let cgroups = Cgroups::new(Some(base.clone()), Path::new("/data"));
        let [gone, ended, active, killed, elsewhere] = [1, 2, 3, 4, 5].map(Uuid::from_u128);
        let group = |id| base.join(cgroups.name_of(id));
        for group in [gone, ended, active, killed].map(group).iter().chain([&base.join(format!("{PREFIX}{elsewhere}-other"))]) {
            fs::create_dir_all(group.join("podman/container")).unwrap();
        }
        cgroups.kill(killed);
        cgroups.resume(|id| (id != gone).then(|| Limited { limits: Limits::default(), sandboxed: false, active: id == active }));
        let mut left: Vec<_> = fs::read_dir(&base).unwrap().map(|entry| entry.unwrap().path()).collect();
        left.sort();
        fs::remove_dir_all(&base).unwrap();
        assert_eq!(left, [group(active), base.join(format!("{PREFIX}{elsewhere}-other"))]);
    }

    #[test]
    fn what_cannot_be_read_now_is_not_said_to_be_missing() {
        let base = std::env::temp_dir().join(format!("execdeck-cgroups-unreadable-{}", std::process::id()));
        fs::create_dir(&base).unwrap();
        let cgroups = Cgroups::new(Some(base.clone()), Path::new("/data"));
        let memory = Limits { memory_bytes: 1, ..Limits::default() };
        let missing = cgroups.group(Uuid::nil(), &memory);
        // Its first page is in no program, so reading it is an input/output error.
        std::os::unix::fs::symlink("/proc/self/mem", base.join("cgroup.subtree_control")).unwrap();
        let unreadable = cgroups.group(Uuid::nil(), &memory);
        fs::remove_dir_all(&base).unwrap();
        assert!(matches!(missing, Err(Error::Field("limits.memory_bytes", _))), "{missing:?}");
        assert!(matches!(unreadable, Err(Error::Io { .. })), "{unreadable:?}");
    }

    #[test]
    fn a_machine_without_usable_groups_says_why() {
        let reason = |mounts, groups| own_group(mounts, groups).unwrap_err().reason();
        assert!(reason("", "0::/").contains("not mounted"));
        assert!(reason(MOUNTS, "3:pids:/x\n").contains("in no cgroup v2"));
        assert!(reason(MOUNTS, "0::/elsewhere\n").contains("is not mounted"));
        assert!(reason(MOUNTS, "0::/outer/x\n").contains("has no controllers"));
    }
}
