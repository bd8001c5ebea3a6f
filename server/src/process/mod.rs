//! The engine: starts, keeps, streams and stops processes. Knows nothing of HTTP or of pages.
//!
//! # Layout
//! - [`Engine`] (`engine`): what is asked of it; `spawn` starts keepers, `adopt` takes over those that already run.
//! - `live`: a running process as the server sees it, which is a connection to its keeper.
//! - `keeper`: the other end, a process of its own: `execdeck keep DIR`.
//! - `protocol`: what the two say to each other; `folder`: the files they share.
//! - `log`: the output on disk, with its one writer (the keeper) and its many readers.
//! - [`Viewer`] (`viewer`): one reader that waits for more.

mod adopt;
mod engine;
mod error;
mod folder;
mod keeper;
mod live;
mod log;
mod protocol;
mod spawn;
mod viewer;

pub use engine::{Engine, EngineConfig, Event};
pub use error::Error;
pub use keeper::run as keep;
pub use live::Reach;
pub use log::Chunk;
pub use viewer::{Piece, Viewer};

/// Becomes a keeper, and never returns, if this program was started as `PROGRAM keep DIR`. Call it first thing in the
/// `main` of a program that runs an [`Engine`] and is not `execdeck` itself.
pub fn keep_if_asked() {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|verb| verb == "keep")
        && let (Some(folder), None) = (args.next(), args.next())
    {
        let code = i32::from(keep(folder.as_ref()).is_err());
        std::process::exit(code);
    }
}
