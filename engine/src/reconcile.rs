//! What a server does first: it brings folders and history into agreement, and reattaches to what still runs.

use crate::{
    attach::on_blocking_pool, error::Error, folder::Folder, log::range_on_disk, process::new_process, registry::Registry,
    supervise::supervise,
};
use execdeck_wire::{Process, ProcessFilter, ProcessState, StateFilter, Timestamp};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

/// How long the start waits for keepers to answer. Those that take longer are reattached in the background.
const PATIENCE: Duration = Duration::from_secs(3);

/// A live keeper: reattached, whatever the history says of its process. Its end on file: recorded. Neither:
/// `interrupted`. A folder that the history does not know, because its database was lost, is entered again.
pub(crate) async fn reconcile(registry: &Arc<Registry>) -> Result<(), Error> {
    rebuild_lost(registry).await?;
    let mut found = listed(registry, StateFilter::Active).await?;
    for process in listed(registry, StateFilter::Is(ProcessState::Interrupted)).await? {
        // Written off by mistake, by a version that took every error for a keeper's end? Then its socket is there.
        let folder = registry.folder(process.id);
        if crate::attach::connect(&folder).await.is_ok() {
            found.push(process);
        }
    }
    let mut heard = Vec::new();
    for mut process in found {
        let folder = registry.folder(process.id).output();
        // What it has printed since is in the greeting; a viewer that comes before it begins with this.
        process.output = on_blocking_pool(move || Ok(range_on_disk(&folder))).await.unwrap_or(process.output);
        process.revision += 1;
        if !process.state.is_active() {
            process.state = ProcessState::Running;
            (process.exit, process.ended_at) = (None, None);
        }
        heard.push((process.id, supervise(registry, process, None, registry.occupy()).heard));
    }
    let deadline = Instant::now() + PATIENCE;
    for (id, heard) in heard {
        if timeout_at(deadline, heard).await.is_err() {
            tracing::warn!(%id, "a keeper has not answered yet; still trying");
        }
    }
    Ok(())
}

/// All processes of a state, with their whole specs.
async fn listed(registry: &Registry, state: StateFilter) -> Result<Vec<Process>, Error> {
    let mut filter = ProcessFilter { state: Some(state), limit: Some(500), ..ProcessFilter::default() };
    let mut all = Vec::new();
    loop {
        let page = registry.store.list(filter.clone()).await?;
        for process in page.processes {
            all.push(if process.spec_shortened { registry.store.get(process.id).await?.unwrap_or(process) } else { process });
        }
        match page.next {
            Some(next) => filter.before = Some(next),
            None => return Ok(all),
        }
    }
}

async fn rebuild_lost(registry: &Registry) -> Result<(), Error> {
    let known: HashSet<Uuid> = registry.store.ids().await?.into_iter().collect();
    let processes = registry.config.folder.join("processes");
    let listing = processes.clone();
    let lost = on_blocking_pool(move || {
        let entries = std::fs::read_dir(&listing)?.flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<Uuid>().ok());
        Ok(ids.filter(|id| !known.contains(id)).filter_map(|id| rebuild(&Folder::of(&listing, id), id)).collect::<Vec<_>>())
    });
    let lost = lost.await.map_err(Error::io("listing", &processes))?;
    for process in lost {
        registry.store.save(process).await?;
    }
    Ok(())
}

fn rebuild(folder: &Folder, id: Uuid) -> Option<Process> {
    let (spec, status) = (folder.read_spec().ok()?, folder.read_status().ok()?);
    let mut process = new_process(id, spec.masked(), &status.started_by);
    status.apply_to(&mut process);
    if let Some((seconds, nanos)) = id.get_timestamp().map(|time| time.to_unix()) {
        process.created_at = Timestamp::from_micros(seconds * 1_000_000 + u64::from(nanos) / 1000);
    }
    // Higher than any that the lost history had given out.
    process.revision = Timestamp::now().as_micros() / 1_000_000;
    Some(process)
}
