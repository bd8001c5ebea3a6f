//! What a server does first: it brings folders and history into agreement, and reattaches to what still runs.

use crate::{
    error::Error,
    live::connect,
    process::new_process,
    registry::Registry,
    supervise::{interrupt, supervise},
};
use execdeck_wire::{Process, ProcessFilter, ProcessState, StateFilter, Timestamp};
use std::{collections::HashSet, sync::Arc};
use uuid::Uuid;

/// A live keeper: reattached. Its end on file: recorded. Neither: `interrupted`. A folder that the history does not
/// know, because its database was lost, is entered again.
pub(crate) async fn reconcile(registry: &Arc<Registry>) -> Result<(), Error> {
    let known: HashSet<Uuid> = registry.store.ids().await?.into_iter().collect();
    let folder = registry.config.folder.join("processes");
    let entries = std::fs::read_dir(&folder).map_err(Error::io("listing", &folder))?;
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<Uuid>().ok());
    for id in ids.filter(|id| !known.contains(id)) {
        if let Some(process) = rebuild(registry, id) {
            registry.store.save(process).await?;
        }
    }
    let mut filter = ProcessFilter { state: Some(StateFilter::Active), limit: Some(500), ..ProcessFilter::default() };
    loop {
        let page = registry.store.list(filter.clone()).await?;
        for process in page.processes {
            reconcile_one(registry, process).await;
        }
        match page.next {
            Some(next) => filter.before = Some(next),
            None => return Ok(()),
        }
    }
}

async fn reconcile_one(registry: &Arc<Registry>, mut process: Process) {
    let folder = registry.folder(process.id);
    process.revision += 1;
    match folder.read_status() {
        Ok(status) if !status.state.is_active() => status.apply_to(&mut process),
        _ => match connect(&folder).await {
            Ok(connection) => {
                tracing::info!(id = %process.id, name = process.name, pid = process.pid, "reattached");
                // What it has printed since is in the greeting; a viewer that comes before it begins with this.
                process.output = crate::log::range_on_disk(&folder.output());
                supervise(registry, process, connection);
                return;
            }
            // It may have ended between the two looks.
            Err(_) => match folder.read_status() {
                Ok(status) if !status.state.is_active() => status.apply_to(&mut process),
                _ => interrupt(&mut process, &folder),
            },
        },
    }
    registry.record(&process).await;
}

fn rebuild(registry: &Registry, id: Uuid) -> Option<Process> {
    let folder = registry.folder(id);
    let (spec, status) = (folder.read_spec().ok()?, folder.read_status().ok()?);
    let mut process = new_process(id, spec.masked(), &status.started_by);
    status.apply_to(&mut process);
    if let Some((seconds, nanos)) = id.get_timestamp().map(|time| time.to_unix()) {
        process.created_at = Timestamp::from_micros(seconds * 1_000_000 + u64::from(nanos) / 1000);
    }
    debug_assert!(process.state != ProcessState::Starting || process.pid.is_none());
    Some(process)
}
