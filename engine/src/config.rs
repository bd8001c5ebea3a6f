//! How an engine runs processes.

use crate::vault::Vault;
use std::path::PathBuf;

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
            output_bytes: 256 << 20,
            default_timeout_seconds: None,
            max_timeout_seconds: None,
            viewers: 256,
            open_files: None,
            vault: None,
        }
    }
}
