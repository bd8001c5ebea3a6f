//! Making rows of the history from the folders of their processes.

use super::folders::BATCH;
use crate::{
    attach::on_blocking_pool,
    error::Error,
    folder::{Folder, Status},
    process::{created_at, new_process, revision_after},
    registry::Registry,
    store::{Record, StoreError},
};
use execdeck_wire::{Process, ProcessSpec};
use std::collections::HashSet;
use tokio::task::JoinSet;
use uuid::Uuid;

/// Enters the processes that the history does not have.
pub(super) async fn rebuild_lost(registry: &Registry, ids: &[Uuid]) -> Result<(), Error> {
    let known: HashSet<Uuid> = registry.store.ids().await?.into_iter().collect();
    let lost: Vec<_> = ids.iter().filter(|id| !known.contains(id)).map(|id| (*id, registry.folder(*id))).collect();
    for batch in lost.chunks(BATCH) {
        let batch = batch.to_vec();
        let read = on_blocking_pool(move || {
            let read = |(id, folder): (Uuid, Folder)| Some(rebuild(id, &folder.read_spec().ok()?, &folder.read_status().ok()?));
            Ok(batch.into_iter().filter_map(read).collect::<Vec<_>>())
        });
        // Rows that wait to be written together share a transaction.
        let mut writes = JoinSet::new();
        for process in read.await.unwrap_or_default() {
            let store = registry.store.clone();
            writes.spawn(async move { store.save(process).await });
        }
        while let Some(written) = writes.join_next().await {
            written.map_err(StoreError::from)??;
        }
    }
    Ok(())
}

/// Rebuilds a record from the folder of its process, if that can be read and the record itself cannot.
pub(super) async fn rebuild_damaged(registry: &Registry, record: Record) -> Record {
    if !record.damaged {
        return record;
    }
    let id = record.process.id;
    let folder = registry.folder(id);
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
    process.created_at = created_at(id).unwrap_or(process.created_at);
    process.revision = revision_after(process.revision);
    process
}
