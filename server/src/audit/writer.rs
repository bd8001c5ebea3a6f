//! The one thread that writes entries. Those that come together share a transaction: a commit costs more than a row.

use super::inner::{Inner, Job};
use std::{
    io,
    sync::{
        Weak,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

/// Entries in one transaction at most.
const MAX_BATCH: usize = 256;
/// How often the reserve and what is due are looked after.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often old entries are removed.
const REMOVE_EVERY: Duration = Duration::from_hours(1);

/// Begins the thread, which ends when nobody uses the audit any more.
pub(super) fn start(inner: Weak<Inner>, queue: Receiver<Job>) -> io::Result<()> {
    std::thread::Builder::new().name("audit".into()).spawn(move || run(&inner, &queue)).map(drop)
}

fn run(inner: &Weak<Inner>, queue: &Receiver<Job>) {
    let (mut look_at, mut remove_at) = (Instant::now(), Instant::now());
    loop {
        let first = queue.recv_timeout(look_at.saturating_duration_since(Instant::now()));
        let Some(inner) = inner.upgrade() else { return };
        match first {
            Ok(first) => {
                let batch: Vec<Job> = std::iter::once(first).chain(queue.try_iter().take(MAX_BATCH - 1)).collect();
                // What was kept in the reserve was done before.
                if !inner.reserve_is_empty() {
                    inner.try_drain();
                }
                write(&inner, batch);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let now = Instant::now();
        if now >= look_at {
            look_at = now + LOOK_EVERY;
            inner.try_drain();
            inner.write_due(now);
        }
        if now >= remove_at {
            let more = inner.remove_old();
            remove_at = if more { now } else { now + REMOVE_EVERY };
        }
    }
}

fn write(inner: &Inner, mut batch: Vec<Job>) {
    if batch.len() > 1
        && let Ok(first) = inner.write(batch.iter().map(|job| job.draft.clone()).collect())
    {
        for (seq, job) in (first as u64..).zip(batch) {
            let _ = job.done.send(Ok(seq));
        }
        return;
    }
    // If the batch fails, each entry is tried alone, so that one failure does not fail them all.
    for job in batch.drain(..) {
        let _ = job.done.send(inner.write([job.draft].into()).map(|seq| seq as u64));
    }
}
