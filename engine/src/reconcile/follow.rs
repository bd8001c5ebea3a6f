//! Following what is on record as active.

use crate::{
    attach::on_blocking_pool,
    log::range_on_disk,
    process::revision_after,
    registry::Registry,
    store::Record,
    supervise::{known_range, supervise},
};
use execdeck_wire::{OutputRange, ProcessState};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    task::JoinSet,
    time::{Instant, timeout_at},
};
use uuid::Uuid;

/// The start goes on when no keeper has answered for this long: those that take longer are reattached in the background.
const PATIENCE: Duration = Duration::from_millis(400);
/// However many answer, it goes on after this.
const MOST_PATIENCE: Duration = Duration::from_secs(3);

/// Follows processes that the history has: those whose keepers still run, and of the others the end is recorded.
pub(super) async fn follow_all(registry: &Arc<Registry>, records: Vec<Record>) -> Vec<(Uuid, oneshot::Receiver<()>)> {
    let folders: Vec<_> = records.iter().map(|record| registry.folder(record.process.id)).collect();
    // Viewers start with what is on disk, until the keeper's greeting says how far the output reaches.
    let read = on_blocking_pool(move || Ok(folders.iter().map(|folder| range_on_disk(&folder.output())).collect::<Vec<_>>()));
    let ranges = read.await.unwrap_or_else(|_| records.iter().map(|record| record.process.output).collect());
    let mut followed = Vec::new();
    for (record, on_disk) in records.into_iter().zip(ranges) {
        followed.push((record.process.id, follow(registry, record, on_disk)));
    }
    followed
}

fn follow(registry: &Arc<Registry>, mut record: Record, on_disk: OutputRange) -> oneshot::Receiver<()> {
    let process = &mut record.process;
    process.output = known_range(on_disk, process.output);
    process.revision = revision_after(process.revision);
    if !process.state.is_active() {
        process.state = ProcessState::Running;
        process.ended_at = None;
    }
    process.exit = None;
    let slot = registry.queue.occupy(&record.process.spec.labels);
    supervise(registry, record, None, slot).heard
}

/// Waits for what each keeper says first, for as long as one after the other says something.
pub(super) async fn wait_for(heard: Vec<(Uuid, oneshot::Receiver<()>)>) {
    let give_up = Instant::now() + MOST_PATIENCE;
    let mut silent: HashSet<Uuid> = heard.iter().map(|(id, _)| *id).collect();
    let mut waiting = JoinSet::new();
    for (id, heard) in heard {
        waiting.spawn(async move {
            let _ = heard.await;
            id
        });
    }
    while let Ok(Some(answered)) = timeout_at(give_up.min(Instant::now() + PATIENCE), waiting.join_next()).await {
        silent.retain(|id| !answered.as_ref().is_ok_and(|answered| answered == id));
    }
    for id in silent {
        tracing::warn!(%id, "a keeper has not answered yet; still trying");
    }
}
