//! How an engine runs processes.

use crate::{boot_start::BootStart, store::TellOf, vault::Vault};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use tokio::sync::mpsc::UnboundedSender;

/// How an engine runs processes.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where everything is kept.
    pub folder: PathBuf,
    /// The program that understands `keep DIR`: an `execdeck`, or one that calls [`keep_if_asked`](crate::keep_if_asked)
    /// first thing in its `main`. By default the running program.
    pub keeper: PathBuf,
    /// How many processes may be active at once.
    pub concurrent: usize,
    /// How many more may wait until others have ended; 0: none, they are refused.
    pub queue: usize,
    /// How many processes with a label may be active at once: with `key=value`, or with each value of `key`. The others wait.
    pub per_label: BTreeMap<String, usize>,
    /// Whether processes are started. Otherwise the engine looks after those that run, and refuses new ones.
    pub starts_processes: bool,
    /// Output kept per process, in bytes, unless its spec says otherwise.
    pub output_bytes: u64,
    /// The timeout, in seconds, of a process whose spec has none; `None` for no timeout.
    pub default_timeout_seconds: Option<u64>,
    /// The longest timeout, in seconds, that a spec may ask for.
    pub max_timeout_seconds: Option<u64>,
    /// How many viewers may watch one process at once.
    pub viewers: usize,
    /// The soft limit of open files that processes get (`RLIMIT_NOFILE`), if it differs from the engine's own; see
    /// [`raise_open_files_limit`](crate::raise_open_files_limit).
    pub open_files: Option<u64>,
    /// An attempt that lasts this long begins the count and the pauses of a restart policy anew; a minute when absent.
    pub calm_after: Option<Duration>,
    /// Names this boot of the machine, for `restart.at_boot`; as the system says when absent.
    pub boot_id: Option<String>,
    /// Is told of each start at boot before it happens.
    pub boot_starts: Option<UnboundedSender<BootStart>>,
    /// Which ends are entered in the [`Outbox`](crate::Outbox); when absent: the same as by the engine before.
    pub tell_of: Option<TellOf>,
    /// A control group (cgroups v2) without processes, in which those of processes with limits are made. When absent: the one that the
    /// engine is in, if systemd has left that to it (`Delegate=memory cpu pids`), or where there is no systemd, one below the root.
    pub cgroup: Option<PathBuf>,
    /// What is kept of ended processes.
    pub keep: Keep,
    /// `keep.age` applies once the engine has run for this long and the machine's clock was not set meanwhile; when absent ten minutes,
    /// or half a day if the clock is more than a day ahead of the newest start or end on record.
    pub clock_settles: Option<Duration>,
    /// How long after the end of a process its output is compressed; `None` for never.
    pub compress_after: Option<Duration>,
    /// Encrypts the secrets that are stored; [`Vault::open`] of the folder when absent.
    pub vault: Option<Vault>,
}

impl EngineConfig {
    /// The defaults, with everything kept in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            // The link itself, which refers to the running program even after an upgrade has replaced its file.
            keeper: PathBuf::from("/proc/self/exe"),
            concurrent: 1000,
            queue: 1000,
            per_label: BTreeMap::new(),
            starts_processes: true,
            output_bytes: 256 << 20,
            default_timeout_seconds: None,
            max_timeout_seconds: None,
            viewers: 256,
            open_files: None,
            calm_after: None,
            boot_id: None,
            boot_starts: None,
            tell_of: None,
            cgroup: None,
            keep: Keep::default(),
            clock_settles: None,
            compress_after: Some(Duration::from_hours(24)),
            vault: None,
        }
    }
}

/// What is kept of ended processes; those that ended first are removed. `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// How long after its end a process is kept.
    pub age: Option<Duration>,
    /// How many ended processes are kept.
    pub processes: Option<u64>,
    /// What the files of all ended processes may take up together, in bytes.
    pub bytes: Option<u64>,
}

impl Default for Keep {
    /// A hundred thousand processes and 50 GiB.
    fn default() -> Self {
        Self { age: None, processes: Some(100_000), bytes: Some(50 << 30) }
    }
}
