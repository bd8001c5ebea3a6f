//! The first thing a server does: bring folders and history into agreement, and reattach to what still runs.

use crate::{
    attach::{Attached, attach, attach_once, on_blocking_pool},
    error::Error,
    folder::{Folder, Status},
    log::range_on_disk,
    process::new_process,
    registry::Registry,
    remove::remove_aside,
    store::Record,
    supervise::{known_range, supervise},
};
use execdeck_wire::{Process, ProcessSpec, ProcessState, Timestamp};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};
use uuid::Uuid;

/// How long the start waits for keepers to answer. Those that take longer are reattached in the background.
const PATIENCE: Duration = Duration::from_secs(3);

/// A live keeper: reattached, whatever the history says of its process. Its end on file: recorded. Neither:
/// `interrupted`. A folder that the history does not have, because its database was lost, is entered again.
pub(crate) async fn reconcile(registry: &Arc<Registry>) -> Result<(), Error> {
    finish_removals(registry).await?;
    let folders = folders(registry).await?;
    rebuild_lost(registry, &folders).await?;
    let mut heard = Vec::new();
    for record in registry.store.active().await? {
        heard.push((record.process.id, follow(registry, record).await));
    }
    let followed: HashSet<Uuid> = heard.iter().map(|(id, _)| *id).collect();
    for Found { id, .. } in folders.into_iter().filter(|found| found.has_socket && !followed.contains(&found.id)) {
        // On record as ended, and its socket is still there: does its keeper run?
        match attach_once(&registry.folder(id)).await {
            Ok(Attached::Connection(_)) => heard.extend(take_back(registry, id).await?.map(|heard| (id, heard))),
            Ok(Attached::Ended(_)) => {}
            Err(error) => {
                tracing::warn!(%id, %error, "whether a keeper still runs cannot be told now; trying again");
                tokio::spawn(take_back_later(Arc::clone(registry), id));
            }
        }
    }
    let deadline = Instant::now() + PATIENCE;
    for (id, heard) in heard {
        if timeout_at(deadline, heard).await.is_err() {
            tracing::warn!(%id, "a keeper has not answered yet; still trying");
        }
    }
    Ok(())
}

/// Follows a process that the history has, if its keeper still runs, and otherwise records its end.
async fn follow(registry: &Arc<Registry>, mut record: Record) -> oneshot::Receiver<()> {
    let folder = registry.folder(record.process.id);
    if record.damaged {
        record = rebuild_damaged(folder.clone(), record).await;
    }
    let process = &mut record.process;
    // Viewers start with what is on disk, until the keeper's greeting says how far the output reaches.
    let on_disk = on_blocking_pool(move || Ok(range_on_disk(&folder.output()))).await.unwrap_or(process.output);
    process.output = known_range(on_disk, process.output);
    process.revision += 1;
    if !process.state.is_active() {
        process.state = ProcessState::Running;
        process.ended_at = None;
    }
    process.exit = None;
    supervise(registry, record, None, registry.occupy()).heard
}

/// Follows a process that is on record as ended, although its keeper runs. `None` if it was removed meanwhile.
async fn take_back(registry: &Arc<Registry>, id: Uuid) -> Result<Option<oneshot::Receiver<()>>, Error> {
    Ok(match registry.store.record(id).await? {
        Some(record) => Some(follow(registry, record).await),
        None => None,
    })
}

/// The same once the keeper can be reached, unless it is gone by then.
async fn take_back_later(registry: Arc<Registry>, id: Uuid) {
    let folder = registry.folder(id);
    let attached = tokio::select! {
        attached = attach(&folder) => attached,
        () = registry.closed.cancelled() => return,
    };
    if let Attached::Connection(_) = attached
        && let Err(error) = take_back(&registry, id).await
    {
        tracing::error!(%id, %error, "a process that still runs could not be taken back");
    }
}

/// The folder of a process.
struct Found {
    id: Uuid,
    has_socket: bool,
}

async fn folders(registry: &Registry) -> Result<Vec<Found>, Error> {
    let processes = registry.config.folder.join("processes");
    let listing = processes.clone();
    let found = on_blocking_pool(move || {
        let ids = std::fs::read_dir(&listing)?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Ok(ids.map(|id| Found { id, has_socket: Folder::of(&listing, id).has_socket() }).collect())
    });
    found.await.map_err(Error::io("listing", &processes))
}

/// Ends what a server left half done: a folder that was set aside belongs to a removed process if the history has no row
/// of it, and is put back otherwise.
async fn finish_removals(registry: &Arc<Registry>) -> Result<(), Error> {
    let processes = registry.config.folder.join("processes");
    let listing = processes.clone();
    let aside = on_blocking_pool(move || Folder::set_aside_in(&listing)).await.map_err(Error::io("listing", &processes))?;
    for id in aside {
        let folder = registry.folder(id);
        if registry.store.record(id).await?.is_none() {
            tokio::spawn(remove_aside(Arc::clone(registry), id));
        } else if let Err(error) = on_blocking_pool(move || folder.put_back()).await {
            tracing::error!(%id, %error, "the folder of a process that was not removed could not be put back");
        }
    }
    Ok(())
}

async fn rebuild_lost(registry: &Registry, folders: &[Found]) -> Result<(), Error> {
    let known: HashSet<Uuid> = registry.store.ids().await?.into_iter().collect();
    for Found { id, .. } in folders.iter().filter(|found| !known.contains(&found.id)) {
        let (folder, id) = (registry.folder(*id), *id);
        let read = on_blocking_pool(move || Ok((folder.read_spec()?, folder.read_status()?)));
        if let Ok((spec, status)) = read.await {
            registry.store.save(rebuild(id, &spec, &status)).await?;
        }
    }
    Ok(())
}

/// Rebuilds a record that cannot be read from the folder of its process, if that can be read.
async fn rebuild_damaged(folder: Folder, record: Record) -> Record {
    let id = record.process.id;
    let read = on_blocking_pool(move || Ok((folder.read_spec()?, folder.read_status().ok())));
    match read.await {
        Ok((spec, status)) => {
            let by = record.process.started_by;
            let status = status.unwrap_or_else(|| Status::starting(&spec, &by));
            // The columns of the row can still be read.
            let status = Status { started_by: by, template: record.process.template, ..status };
            tracing::warn!(%id, "the record of a process that may still run was rebuilt from its folder");
            Record { process: rebuild(id, &spec, &status), damaged: false }
        }
        Err(error) => {
            tracing::error!(%id, %error, "neither the record nor the spec of a process that may still run can be read");
            record
        }
    }
}

/// The record of a process, made from its folder.
fn rebuild(id: Uuid, spec: &ProcessSpec, status: &Status) -> Process {
    let mut process = new_process(id, spec.masked(), &status.started_by, status.template);
    status.apply_to(&mut process);
    if let Some((seconds, nanos)) = id.get_timestamp().map(|time| time.to_unix()) {
        process.created_at = Timestamp::from_micros(seconds * 1_000_000 + u64::from(nanos) / 1000);
    }
    // Higher than any that the lost history had given out.
    process.revision = Timestamp::now().as_micros() / 1_000_000;
    process
}
