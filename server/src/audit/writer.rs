//! The one thread that writes entries. Those that come together share a transaction: a commit costs more than a row.

use super::{
    AuditError,
    inner::{Inner, Job},
};
use execdeck_wire::Timestamp;
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
/// How often it is tried whether an entry could be written, although nothing is wrong that anybody has noticed.
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// The time, if the clock can be trusted with removing what is old. Asked every second.
pub(super) type TrustedTime = Box<dyn FnMut() -> Option<Timestamp> + Send>;

/// Begins the thread, which ends when nobody uses the audit any more.
pub(super) fn start(inner: Weak<Inner>, queue: Receiver<Job>, trusted_time: TrustedTime) -> io::Result<()> {
    std::thread::Builder::new().name("audit".into()).spawn(move || run(&inner, &queue, trusted_time)).map(drop)
}

fn run(inner: &Weak<Inner>, queue: &Receiver<Job>, mut trusted_time: TrustedTime) {
    let (mut look_at, mut remove_at, mut probe_at) = (Instant::now(), Instant::now(), Instant::now() + PROBE_EVERY);
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
            if inner.is_in_trouble() || now >= probe_at {
                inner.probe();
                probe_at = now + PROBE_EVERY;
            }
            inner.try_drain();
            inner.write_due(now);
            if let Some(time) = trusted_time().filter(|_| now >= remove_at) {
                let more = inner.remove_old(time);
                remove_at = if more { now } else { now + REMOVE_EVERY };
            }
        }
    }
}

fn write(inner: &Inner, batch: Vec<Job>) {
    let mut unwritable = false;
    if batch.len() > 1 {
        match inner.write(batch.iter().map(|job| job.draft.clone()).collect()) {
            Ok(first) => {
                for (seq, job) in (first as u64..).zip(batch) {
                    let _ = job.done.send(Ok(seq));
                }
                return;
            }
            Err(error) => unwritable = error.concerns_all(),
        }
    }
    // If the batch fails, each entry is tried alone, so that one failure does not fail them all; but nobody waits for each of
    // them to find out that the disk is full, or that another program locks the database.
    for job in batch {
        let written = if unwritable { Err(AuditError::Unwritable) } else { inner.write([job.draft].into()) };
        unwritable |= written.as_ref().is_err_and(AuditError::concerns_all);
        let _ = job.done.send(written.map(|seq| seq as u64));
    }
}
