#![doc = include_str!("../README.md")]
//!
//! # Layout
//! - [`Engine`] (`engine`): what callers ask for. `create` starts a process, `spawn` its keeper, `remove` removes it, `stop_all` stops
//!   everything. `reconcile` reattaches to keepers that already run (`attach`), `supervise` follows each process to its end.
//!   `start_at_boot` starts again what ran before a reboot, as `boot` knows it, and tells of it ([`BootStart`], `boot_start`); `again` finds what a process is run again with.
//! - `queue`: who may be active, and in which order the others are let in; `waiting`: the processes that wait.
//! - `registry`: what all of these share: configuration, history, the running processes, events. `lock`: whose folder it is.
//! - `problems`: what whoever runs the server must know. `monitor` looks every second which have come and gone.
//! - `live`: a running process as the server sees it, which is a connection to its keeper.
//! - `keeper`: the other end, a process of its own: `execdeck keep DIR`. `tree`: the processes below a keeper, `signal`: what they are sent,
//!   `leftovers`: what of them a dead keeper leaves.
//!   `system_error`: how errors of the system are worded.
//! - `protocol`: what the two say to each other; `folder`: the files they share.
//! - `janitor`: keeps the history within its limits ([`Keep`]), but for what is being read (`readings`), and compresses old output.
//!   [`Clock`] (`clock`): whether the machine's clock can be trusted with removing what is old.
//! - [`Outbox`] (`outbox`): the ends that somebody is yet to be told of.
//! - `disk_use`: how much is stored, and how much room there is.
//! - `abilities`: what this machine can do to confine a process; `confinement`: what of that a keeper is told; `cgroup`: the control
//!   group of a process; `bubblewrap`: what makes its sandbox.
//! - `log`: the output on disk, with its one writer (the keeper) and its many readers.
//! - `usage`: what the tree of a process uses, sampled by the keeper.
//! - [`Viewer`] (`viewer`): a reader that waits for more, over a `source`.
//!   [`Screen`] (`screen`): what a terminal shows when it begins. [`Search`] (`search`): lines that match. [`Export`] (`export`): other forms
//!   of output.
//! - [`check`]: verifies a data folder. [`copy`]: copies one. [`regular_file`]: opens its files.
//! - `store`: the history in SQLite; [`Scope`] (`scope`): which part of it a caller sees; [`Origin`] (`origin`): what a process
//!   was started from. [`Vault`] (`vault`): secrets at rest. `owner`: whose a file is.
//!
//! Imports go one way: `engine` → `janitor`, `reconcile`, `start_at_boot` → `create`, `again` → `waiting` → `supervise`, `remove` → `registry` →
//! `live`, `queue`, `boot` → `attach` → `protocol`, `folder`, `log`.

mod bubblewrap;
mod cgroup;
mod confinement;
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "shared with the server, which does more with the folder"))]
mod folder;
mod keeper;
mod log;
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "the server's half of the conversation"))]
mod protocol;
pub mod regular_file;
mod signal;
mod sizes;
mod system_error;
mod tree;
mod umask;
mod usage;

#[cfg(feature = "host")]
mod abilities;
#[cfg(feature = "host")]
mod activity;
#[cfg(feature = "host")]
mod again;
#[cfg(feature = "host")]
mod attach;
#[cfg(feature = "host")]
mod boot;
#[cfg(feature = "host")]
mod boot_start;
#[cfg(feature = "host")]
mod check;
#[cfg(feature = "host")]
mod clock;
#[cfg(feature = "host")]
mod config;
#[cfg(feature = "host")]
mod copy;
#[cfg(feature = "host")]
mod create;
#[cfg(feature = "host")]
mod descriptors;
#[cfg(feature = "host")]
mod disk_use;
#[cfg(feature = "host")]
mod engine;
#[cfg(feature = "host")]
mod error;
#[cfg(feature = "host")]
mod export;
#[cfg(all(feature = "host", any(test, feature = "fuzzing")))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "host")]
mod janitor;
#[cfg(feature = "host")]
mod leftovers;
#[cfg(feature = "host")]
mod live;
#[cfg(feature = "host")]
mod lock;
#[cfg(feature = "host")]
mod monitor;
#[cfg(feature = "host")]
mod origin;
#[cfg(feature = "host")]
mod outbox;
#[cfg(feature = "host")]
mod owner;
#[cfg(feature = "host")]
mod problems;
#[cfg(feature = "host")]
mod process;
#[cfg(feature = "host")]
mod queue;
#[cfg(feature = "host")]
mod read_as;
#[cfg(feature = "host")]
mod readings;
#[cfg(feature = "host")]
mod reconcile;
#[cfg(feature = "host")]
mod registry;
#[cfg(feature = "host")]
mod remove;
#[cfg(feature = "host")]
mod scope;
#[cfg(feature = "host")]
mod screen;
#[cfg(feature = "host")]
mod search;
#[cfg(feature = "host")]
mod source;
#[cfg(feature = "host")]
mod spawn;
#[cfg(feature = "host")]
mod start_at_boot;
#[cfg(feature = "host")]
mod stop_all;
#[cfg(feature = "host")]
pub mod store;
#[cfg(feature = "host")]
mod supervise;
#[cfg(feature = "host")]
mod vault;
#[cfg(feature = "host")]
mod viewer;
#[cfg(feature = "host")]
mod waiting;

#[cfg(feature = "host")]
pub use {
    abilities::{RunAs, resolve_run_as},
    boot_start::BootStart,
    check::{Checked, Finding, check},
    clock::Clock,
    config::{EngineConfig, Keep},
    copy::{Copied, CopyError, copy, copy_database, copy_private},
    descriptors::raise_open_files_limit,
    engine::Engine,
    error::Error,
    export::{Export, Format},
    live::OutputExtent,
    lock::{Holder, holder},
    log::{Chunk, Hit, LineLimits, LogLine, LogLines, Pattern, PatternOptions, Ranges},
    origin::Origin,
    outbox::Outbox,
    owner::user_name,
    read_as::ReadAs,
    registry::Event,
    scope::Scope,
    screen::{Screen, ScreenBuild},
    search::Search,
    stop_all::Stopped,
    store::{TellOf, Untold},
    vault::{SECRET_KEY_VARIABLE, Vault, VaultError},
    viewer::Viewer,
};

pub use execdeck_wire as wire;
#[cfg(feature = "host")]
pub use keeper::return_large_buffers;
pub use keeper::run as keep;
pub use umask::restrict_umask;

static KEEPER_READY: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Whether this program has called [`keep_if_asked`]: otherwise each keeper would be the whole program once more.
pub fn is_keeper_ready() -> bool {
    KEEPER_READY.load(std::sync::atomic::Ordering::Relaxed)
}

/// Becomes a keeper, and never returns, if this program was started as `PROGRAM keep DIR`. Call it first thing in the
/// `main` of a program that runs an [`Engine`] and is not `execdeck` itself.
pub fn keep_if_asked() {
    KEEPER_READY.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|verb| verb == "keep")
        && let (Some(folder), None) = (args.next(), args.next())
    {
        let code = i32::from(keep(folder.as_ref()).is_err());
        std::process::exit(code);
    }
}
