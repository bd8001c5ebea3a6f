//! File descriptors: each running process costs the server one, for the connection to its keeper.

use rustix::process::{Resource, Rlimit, geteuid, getrlimit, setrlimit};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Descriptors that keeper connections leave to the history, to clients and to starting processes.
const RESERVED: u64 = 40;
/// Keeper connections there may be however low the limit is.
const AT_LEAST: u64 = 8;

/// Raises the soft limit of open files to the hard one (`getrlimit(2)`), and returns what the soft limit was: processes
/// get that one, since a high limit makes some programs slow.
pub fn raise_open_files_limit() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    limit.current
}

/// How many open files a process may be allowed, and by what: the server's own limit, or for root, which may raise that,
/// the kernel's. None is no limit.
pub(crate) fn most_open_files() -> Option<(u64, &'static str)> {
    if geteuid().is_root() {
        let kernel = std::fs::read_to_string("/proc/sys/fs/nr_open").ok()?;
        return Some((kernel.trim().parse().ok()?, "the kernel's fs.nr_open"));
    }
    Some((getrlimit(Resource::Nofile).maximum?, "the server's hard limit, which ulimit -Hn or LimitNOFILE= sets"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fmt::{Debug, Write},
        process::Command,
        sync::Mutex,
    };
    use tracing::{Event, Metadata, Subscriber, field::Field, span};

    /// Set where the test has started itself again with a low limit.
    const LIMITED: &str = "EXECDECK_TEST_LIMITED";

    /// Collects what is logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<String>>);

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut text = self.0.lock().unwrap();
            event.record(&mut |field: &Field, value: &dyn Debug| writeln!(text, "{field}={value:?}").unwrap());
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn a_low_limit_is_raised_and_one_that_stays_too_low_is_reported() {
        if std::env::var_os(LIMITED).is_none() {
            let again = "ulimit -Sn 64; ulimit -Hn 128; exec \"$0\" --exact \"$1\"";
            let test = "descriptors::tests::a_low_limit_is_raised_and_one_that_stays_too_low_is_reported";
            let mut limited = Command::new("sh");
            let run = limited.args(["-c", again]).arg(std::env::current_exe().unwrap()).arg(test).env(LIMITED, "1").output().unwrap();
            let output = String::from_utf8_lossy(&run.stdout);
            assert!(run.status.success() && output.contains("1 passed"), "{output}");
            return;
        }
        let log = Log::default();
        tracing::subscriber::with_default(log.clone(), || {
            assert_eq!(raise_open_files_limit(), Some(64));
            assert_eq!(getrlimit(Resource::Nofile).current, Some(128));
            assert_eq!(keeper_connections(88).available_permits(), 88);
            assert_eq!(*log.0.lock().unwrap(), "");
            assert_eq!(keeper_connections(89).available_permits(), 88);
            assert!(log.0.lock().unwrap().contains("too low for process.concurrent"));
        });
    }
}
