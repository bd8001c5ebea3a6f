#![doc = include_str!("../README.md")]
//!
//! # Layout
//! - [`Engine`] (`engine`): what callers ask for. `create` starts a process, `spawn` its keeper, `remove` removes it. `reconcile` reattaches to
//!   keepers that already run (`attach`), `supervise` follows each process to its end.
//! - `registry`: what all of these share: configuration, history, the running processes, events.
//! - `live`: a running process as the server sees it, which is a connection to its keeper.
//! - `keeper`: the other end, a process of its own: `execdeck keep DIR`. `tree`: the processes below a keeper, `signal`: what they are sent.
//! - `protocol`: what the two say to each other; `folder`: the files they share.
//! - `log`: the output on disk, with its one writer (the keeper) and its many readers.
//! - [`Viewer`] (`viewer`): a reader that waits for more, over a `source`.
//! - `store`: the history in SQLite; [`Scope`] (`scope`): which part of it a caller sees; [`Origin`] (`origin`): what a process
//!   was started from. [`Vault`] (`vault`): secrets at rest.
//!
//! Imports go one way: `engine` → `create`, `reconcile` → `supervise`, `remove` → `registry` → `live` → `attach` → `protocol`, `folder`, `log`.

#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "shared with the server, which does more with the folder"))]
mod folder;
mod keeper;
mod log;
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "the server's half of the conversation"))]
mod protocol;
mod signal;
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "the server kills what a keeper left"))]
mod tree;
mod umask;

#[cfg(feature = "host")]
mod attach;
#[cfg(feature = "host")]
mod config;
#[cfg(feature = "host")]
mod create;
#[cfg(feature = "host")]
mod descriptors;
#[cfg(feature = "host")]
mod engine;
#[cfg(feature = "host")]
mod error;
#[cfg(feature = "host")]
mod live;
#[cfg(feature = "host")]
mod origin;
#[cfg(feature = "host")]
mod process;
#[cfg(feature = "host")]
mod reconcile;
#[cfg(feature = "host")]
mod registry;
#[cfg(feature = "host")]
mod remove;
#[cfg(feature = "host")]
mod scope;
#[cfg(feature = "host")]
mod source;
#[cfg(feature = "host")]
mod spawn;
#[cfg(feature = "host")]
pub mod store;
#[cfg(feature = "host")]
mod supervise;
#[cfg(feature = "host")]
mod vault;
#[cfg(feature = "host")]
mod viewer;

#[cfg(feature = "host")]
pub use {
    config::EngineConfig,
    descriptors::raise_open_files_limit,
    engine::Engine,
    error::Error,
    live::OutputExtent,
    log::Chunk,
    origin::Origin,
    registry::Event,
    scope::Scope,
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
