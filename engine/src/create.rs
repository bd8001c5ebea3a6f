//! Starting a process: its folder, its row, its keeper.

use crate::{
    attach::on_blocking_pool,
    descriptors::most_open_files,
    error::Error,
    folder::Status,
    live::Connection,
    origin::Origin,
    process::new_process,
    queue::Admitted,
    registry::Registry,
    spawn::{confine, connection_permit, start_keeper},
    store::{Record, StoreError},
    supervise::{Supervised, supervise},
    waiting,
};
use execdeck_wire::{Process, ProcessSpec, ProcessState};
use std::{collections::BTreeMap, sync::Arc};
use tokio::net::UnixStream;
use uuid::Uuid;

/// Runs work to its end even if the caller stops waiting for it, so that an aborted request leaves nothing half done.
pub(crate) async fn detached<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    tokio::spawn(work).await.map_err(StoreError::from)?
}

/// Starts a process and returns when it runs, has failed to start, or is queued.
pub(crate) async fn create(
    registry: Arc<Registry>,
    id: Uuid,
    started_by: String,
    origin: Option<Origin>,
    mut spec: ProcessSpec,
) -> Result<Process, Error> {
    spec.validate()?;
    apply_config(&registry, &mut spec)?;
    confine(&registry, id, &spec.masked()).await?;
    if !registry.config.starts_processes {
        return Err(Error::Closed);
    }
    let admitted = registry.queue.admit(id, &spec.labels)?;
    // Many that come at once take turns, in the order in which they came.
    let turn = waiting::turn(&registry).await?;
    let mut process = new_process(id, spec.masked(), &started_by, origin.as_ref().map(|origin| origin.template));
    let slot = match admitted {
        Admitted::Now(slot) => slot,
        Admitted::Waiting(place) => {
            process.state = ProcessState::Queued;
            or_undo(&registry, id, prepare(&registry, &process, origin, &spec.secret_env).await).await?;
            let live = waiting::enter(&registry, process, place);
            drop(turn);
            return waiting::queued_or_started(&registry, &live).await;
        }
    };
    let permit = connection_permit(&registry)?;
    let started = start(&registry, &process, origin, &spec).await;
    let stream = or_undo(&registry, id, started).await?;
    let Supervised { live, .. } = supervise(&registry, Record { process, damaged: false }, Some(Connection { stream, permit }), slot);
    waiting::finish_turn(turn, &live).await;
    waiting::queued_or_started(&registry, &live).await
}

/// Starts a process again after a reboot, by way of the queue, however many wait there: a start that cannot be now is made later. `spec`:
/// what to run, or why that is not known; then, and if the spec is refused, the process is `failed` with the reason. `before`: what ran.
pub(crate) async fn create_at_boot(
    registry: Arc<Registry>,
    id: Uuid,
    before: Process,
    origin: Option<Origin>,
    spec: Result<ProcessSpec, Error>,
) -> Result<(), Error> {
    let checked = spec.and_then(|mut spec| {
        spec.validate()?;
        apply_config(&registry, &mut spec)?;
        Ok(spec)
    });
    let (spec, refused) = match checked {
        Ok(spec) => (spec, None),
        Err(error) => (before.spec, Some(error.to_string())),
    };
    let turn = waiting::turn(&registry).await?;
    let mut process = new_process(id, spec.masked(), &before.started_by, before.template);
    process.state = ProcessState::Queued;
    let secret_env = if refused.is_some() { BTreeMap::new() } else { spec.secret_env };
    or_undo(&registry, id, prepare(&registry, &process, origin, &secret_env).await).await?;
    drop(turn);
    if let Some(reason) = refused {
        waiting::enter_failed(&registry, process, reason).await;
        return Ok(());
    }
    let place = registry.queue.wait_again(id, &process.spec.labels);
    let live = waiting::enter(&registry, process, place);
    waiting::queued_or_started(&registry, &live).await.map(drop)
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
async fn start(registry: &Arc<Registry>, process: &Process, origin: Option<Origin>, spec: &ProcessSpec) -> Result<UnixStream, Error> {
    prepare(registry, process, origin, &spec.secret_env).await?;
    start_keeper(registry, process, &spec.secret_env).await
}

/// Writes folder and row of a process that is starting or queued.
async fn prepare(
    registry: &Registry,
    process: &Process,
    origin: Option<Origin>,
    secret_env: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let starting = Status::starting(&process.spec, &process.started_by);
    let status = Status { state: process.state, template: process.template, ..starting };
    let (folder, masked) = (registry.folder(process.id), process.spec.clone());
    let path = folder.path().to_owned();
    on_blocking_pool(move || folder.create(&masked, &status)).await.map_err(Error::io("creating the folder", path))?;
    registry.store.save(process.clone()).await?;
    if let Some(origin) = origin {
        registry.store.save_origin(process.id, &origin.values).await?;
    }
    if !secret_env.is_empty() {
        registry.store.save_secrets(process.id, secret_env).await?;
    }
    Ok(())
}

/// Removes folder, secrets and row of a process that could not be started through no fault of its spec.
async fn or_undo<T>(registry: &Registry, id: Uuid, done: Result<T, Error>) -> Result<T, Error> {
    if done.is_ok() {
        return done;
    }
    registry.problems.suspect();
    let folder = registry.folder(id);
    if let Err(error) = on_blocking_pool(move || folder.remove()).await {
        tracing::error!(%id, %error, "the folder of a process that was not started could not be removed");
    }
    if let Err(error) = registry.store.remove(id).await {
        tracing::error!(%id, %error, "the row of a process that was not started could not be removed");
    }
    done
}
