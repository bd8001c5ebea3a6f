//! File descriptors: each running process costs the server one, for the connection to its keeper.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Descriptors that keeper connections leave to the history, to clients and to starting processes.
const RESERVED: u64 = 40;
/// Keeper connections there may be however low the limit is.
const AT_LEAST: u64 = 8;

/// Raises the soft limit of open files to the hard one (`getrlimit(2)`), and returns what the soft limit was: processes
/// shall get that, since some programs take long with a high one.
pub fn raise_open_files_limit() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    limit.current
}

/// As many permits as keepers may be connected to at once. Says so in the log if that is less than `concurrent`.
pub(crate) fn keeper_connections(concurrent: usize) -> Arc<Semaphore> {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let connections = limit.saturating_sub(RESERVED).max(AT_LEAST);
    if connections < concurrent as u64 {
        tracing::warn!(
            open_files = limit,
            connections,
            concurrent,
            "the limit of open files is too low for process.concurrent: processes beyond it keep running, but cannot be reached; \
             raise it with ulimit -n or LimitNOFILE"
        );
    }
    Arc::new(Semaphore::new((connections as usize).min(Semaphore::MAX_PERMITS)))
}
