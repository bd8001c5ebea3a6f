//! Starting a process: its folder, its row, its keeper.

use crate::{
    attach::on_blocking_pool,
    descriptors::most_open_files,
    error::Error,
    folder::{Folder, Status},
    live::Connection,
    origin::Origin,
    process::new_process,
    protocol,
    registry::Registry,
    spawn::spawn_keeper,
    store::{Record, StoreError},
    supervise::{Supervised, supervise},
};
use execdeck_wire::{Process, ProcessSpec, ProcessState};
use std::sync::Arc;
use tokio::{io::AsyncWriteExt, net::UnixStream};
use uuid::Uuid;

/// Runs work to its end even if the caller stops waiting for it, so that an aborted request leaves nothing half done.
pub(crate) async fn detached<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    tokio::spawn(work).await.map_err(StoreError::from)?
}

/// Starts a process and returns when it runs or has failed to start.
pub(crate) async fn create(
    registry: Arc<Registry>,
    id: Uuid,
    started_by: String,
    origin: Option<Origin>,
    mut spec: ProcessSpec,
) -> Result<Process, Error> {
    spec.validate()?;
    apply_config(&registry, &mut spec)?;
    let slot = registry.reserve().ok_or(Error::TooMany(registry.config.concurrent))?;
    let permit = Arc::clone(&registry.connections).try_acquire_owned().map_err(|_| Error::TooFewDescriptors)?;
    let process = new_process(id, spec.masked(), &started_by, origin.as_ref().map(|origin| origin.template));
    let folder = registry.folder(id);
    let stream = match prepare(&registry, &folder, &process, origin, spec).await {
        Ok(stream) => stream,
        Err(error) => {
            undo(&registry, folder, id).await;
            return Err(error);
        }
    };
    let Supervised { live, .. } = supervise(&registry, Record { process, damaged: false }, Some(Connection { stream, permit }), slot);
    let mut changes = live.process.subscribe();
    let started = changes.wait_for(|process| process.state != ProcessState::Starting).await;
    let started = started.map_err(|_| Error::Closed)?.clone();
    Ok(started)
}

/// Applies the configured defaults, and refuses what the configuration does not allow.
fn apply_config(registry: &Registry, spec: &mut ProcessSpec) -> Result<(), Error> {
    let config = &registry.config;
    if let (Some(asked), Some(longest)) = (spec.timeout_seconds, config.max_timeout_seconds)
        && asked > longest
    {
        return Err(Error::Field("timeout_seconds", format!("The longest timeout here is {longest} seconds.")));
    }
    if let Some((most, source)) = most_open_files().filter(|(most, _)| spec.limits.open_files > *most) {
        let message = format!("At most {most} open files are possible here ({source}).");
        return Err(Error::Field("limits.open_files", message));
    }
    spec.timeout_seconds = spec.timeout_seconds.or(config.default_timeout_seconds).or(config.max_timeout_seconds);
    if spec.limits.output_bytes == 0 {
        spec.limits.output_bytes = config.output_bytes;
    }
    Ok(())
}

/// Writes folder and row, starts the keeper, and hands it the secrets.
async fn prepare(
    registry: &Registry,
    folder: &Folder,
    process: &Process,
    origin: Option<Origin>,
    spec: ProcessSpec,
) -> Result<UnixStream, Error> {
    let status = Status { template: process.template, ..Status::starting(&spec, &process.started_by) };
    let (creating, masked, path) = (folder.clone(), spec.masked(), folder.path().to_owned());
    on_blocking_pool(move || creating.create(&masked, &status)).await.map_err(Error::io("creating the folder", path))?;
    registry.store.save(process.clone()).await?;
    if let Some(origin) = origin {
        registry.store.save_origin(process.id, &origin.values).await?;
    }
    if !spec.secret_env.is_empty() {
        registry.store.save_secrets(process.id, &spec.secret_env).await?;
    }
    let failed = || Error::io("starting the keeper", &registry.config.keeper);
    let mut stream = spawn_keeper(&registry.config, folder).map_err(failed())?;
    if !spec.secret_env.is_empty() {
        stream.write_all(&protocol::json_message(protocol::SECRETS, &spec.secret_env)).await.map_err(failed())?;
    }
    Ok(stream)
}

/// Removes folder, secrets and row of a process that could not be started through no fault of its spec.
async fn undo(registry: &Registry, folder: Folder, id: Uuid) {
    if let Err(error) = on_blocking_pool(move || folder.remove()).await {
        tracing::error!(%id, %error, "the folder of a process that was not started could not be removed");
    }
    if let Err(error) = registry.store.remove(id).await {
        tracing::error!(%id, %error, "the row of a process that was not started could not be removed");
    }
}
