//! Looks every second which problems have come and which have gone.

use crate::{
    attach::on_blocking_pool,
    problems::{few_files, little_space, secret_key_not_usable, too_few_descriptors},
    registry::{Event, Registry},
    spawn::can_spawn,
};
use execdeck_wire::ProblemCode;
use rustix::fs::{StatVfsMountFlags, statvfs};
use std::{
    fs::File,
    io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// How often causes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the history is written although nothing is wrong that anybody has noticed.
const PROBE_EVERY: Duration = Duration::from_secs(15);
/// Less free space than this part of the disk, and less than [`LITTLE_BYTES`], is a problem.
const LITTLE_PART: u64 = 100;
const LITTLE_BYTES: u64 = 1 << 30;
/// So is room for less than [`LITTLE_PART`] of all files, and for fewer than this. A process has about ten.
const FEW_FILES: u64 = 10_000;

/// Goes on until the engine is closed. Announces changes.
pub(crate) async fn monitor(registry: Arc<Registry>) {
    let mut problems = registry.problems.subscribe();
    let mut history = registry.store.trouble();
    let mut look = tokio::time::interval(LOOK_EVERY);
    let mut probe_at = Instant::now() + PROBE_EVERY;
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Ok(()) = problems.changed() => {
                let list = problems.borrow_and_update().clone();
                registry.announce(Event::Problems(Arc::new(list)));
            }
            Ok(()) = history.changed() => {
                let error = history.borrow_and_update().clone();
                set_history(&registry, error.as_deref());
            }
            _ = look.tick() => {
                let read_only = look_around(&registry).await;
                if read_only || probe_at <= Instant::now() || registry.problems.has(ProblemCode::HistoryNotWritable) {
                    probe_history(&registry).await;
                    probe_at = Instant::now() + PROBE_EVERY;
                }
            }
            () = registry.problems.suspected() => probe_history(&registry).await,
            () = registry.closed.cancelled() => return,
        }
    }
}

/// Returns whether the disk is read-only.
async fn look_around(registry: &Arc<Registry>) -> bool {
    let (folder, vault) = (registry.config.folder.clone(), registry.vault.clone());
    let looked = on_blocking_pool(move || Ok((space(&folder), File::open("/dev/null").map(drop), vault.check()))).await;
    let problems = &registry.problems;
    let mut read_only = false;
    if let Ok((space, opened, key)) = looked {
        problems.set(ProblemCode::SecretKeyNotUsable, key.err().map(|error| secret_key_not_usable(&error)));
        let was_little = problems.has(ProblemCode::LittleSpace);
        if let Ok(space) = space {
            read_only = space.read_only;
            let little_space = space.is_little(was_little).then(|| little_space(space.free == 0));
            problems.set(
                ProblemCode::LittleSpace,
                little_space.or_else(|| space.has_few_files(was_little).then(|| few_files(space.files_free == 0))),
            );
        }
        let no_descriptor = opened.is_err_and(|error| matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)));
        // Somebody was refused for want of one, and there is none yet.
        let none_for_keepers = problems.has(ProblemCode::TooFewDescriptors) && registry.connections.available_permits() == 0;
        problems.set(ProblemCode::TooFewDescriptors, (no_descriptor || none_for_keepers).then(too_few_descriptors));
    }
    if problems.has(ProblemCode::KeeperNotStartable) && can_spawn(&registry.config).await {
        problems.set(ProblemCode::KeeperNotStartable, None);
    }
    read_only
}

async fn probe_history(registry: &Registry) {
    let error = registry.store.probe().await.err().map(|error| error.to_string());
    set_history(registry, error.as_deref());
}

/// A small write may succeed where a larger one has failed: the problem is over when none is left to be tried again.
fn set_history(registry: &Registry, error: Option<&str>) {
    if error.is_some() || !registry.has_unsaved() {
        registry.problems.set_history(error);
    }
}

/// A disk's space.
struct Space {
    /// In bytes.
    free: u64,
    total: u64,
    /// Files (inodes) that can still be created.
    files_free: u64,
    /// All files that there can be; 0 if there is no bound.
    files_total: u64,
    read_only: bool,
}

fn space(folder: &Path) -> io::Result<Space> {
    let found = statvfs(folder)?;
    Ok(Space {
        free: found.f_bavail * found.f_frsize,
        total: found.f_blocks * found.f_frsize,
        files_free: found.f_favail,
        files_total: found.f_files,
        read_only: found.f_flag.contains(StatVfsMountFlags::RDONLY),
    })
}

impl Space {
    /// `before`: whether there was little of it. It takes a tenth more to be enough again, so that it does not alternate.
    fn is_little(&self, before: bool) -> bool {
        let free = reduced(self.free, before);
        free < LITTLE_BYTES && free < self.total / LITTLE_PART
    }

    /// The same for the number of files.
    fn has_few_files(&self, before: bool) -> bool {
        let free = reduced(self.files_free, before);
        self.files_total > 0 && free < FEW_FILES && free < self.files_total / LITTLE_PART
    }
}

fn reduced(free: u64, before: bool) -> u64 {
    if before { free - free / 10 } else { free }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_space_is_less_than_a_hundredth_and_less_than_a_gibibyte() {
        const GIB: u64 = 1 << 30;
        for (free, total, little) in
            [(GIB - 1, 200 * GIB, true), (GIB, 200 * GIB, false), (GIB / 2, 10 * GIB, false), (GIB / 20, 10 * GIB, true), (0, 1000, true)]
        {
            assert_eq!(space_of(free, total).is_little(false), little, "{free} {total}");
        }
        let barely = space_of(GIB + 1, 200 * GIB);
        assert!(barely.is_little(true) && !barely.is_little(false));
    }

    fn space_of(free: u64, total: u64) -> Space {
        Space { free, total, files_free: 0, files_total: 0, read_only: false }
    }

    #[test]
    fn few_files_are_less_than_a_hundredth_and_less_than_ten_thousand() {
        for (free, total, few) in
            [(0, 0, false), (0, 1000, true), (9, 1000, true), (10, 1000, false), (9999, 10_000_000, true), (10_000, 10_000_000, false)]
        {
            let space = Space { files_free: free, files_total: total, ..space_of(0, 0) };
            assert_eq!(space.has_few_files(false), few, "{free} {total}");
        }
    }
}
