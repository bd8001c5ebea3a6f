//! Starts again what ran when the machine went down, once its end is recorded.

use crate::{
    again,
    attach::on_blocking_pool,
    boot::Pending,
    boot_start::BootStart,
    create::{create_at_boot, detached},
    error::Error,
    registry::Registry,
};
use execdeck_wire::{Process, ProcessState};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout_at},
};
use uuid::Uuid;

/// How long the ends of what ran may take to be recorded. Without a keeper that is a moment.
const PATIENCE: Duration = Duration::from_mins(1);
/// The pause before what could not be entered is tried again, such as while the disk is full.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// Starts what is pending, unless it has ended by itself or by somebody's wish. Returns when each is in the history as queued, started or
/// failed, or was tried once and is tried again in the background. What is left when the engine closes is pending for the next one.
pub(crate) async fn start_pending(registry: Arc<Registry>) {
    let mut starts = Starts { registry, told: HashSet::new(), failed: HashSet::new() };
    if starts.try_all(Instant::now() + PATIENCE).await {
        return;
    }
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = sleep(TRY_AGAIN) => {}
                () = starts.registry.closed.cancelled() => return,
            }
            if starts.try_all(Instant::now()).await {
                return;
            }
        }
    });
}

struct Starts {
    registry: Arc<Registry>,
    /// Of which whoever runs the engine was told.
    told: HashSet<Uuid>,
    /// What could not be started, which is logged once.
    failed: HashSet<Uuid>,
}

impl Starts {
    /// Starts what is pending. False if something has to be tried again.
    async fn try_all(&mut self, deadline: Instant) -> bool {
        let mut done = true;
        for Pending { old, new } in self.registry.boot.pending() {
            match self.start_instead(old, new, deadline).await {
                Ok(()) => self.registry.boot.forget([old].into()).await,
                Err(Error::Closed) => return true,
                Err(error) => {
                    if self.failed.insert(old) {
                        tracing::error!(%old, %error, "a process that ran before the reboot cannot be started again now; trying again");
                    }
                    done = false;
                }
            }
        }
        done
    }

    /// Starts a process under a new id, if it is to be started and was not.
    async fn start_instead(&mut self, old: Uuid, new: Uuid, deadline: Instant) -> Result<(), Error> {
        let registry = Arc::clone(&self.registry);
        let new = match progress(&registry, new, deadline).await? {
            Progress::Started => return Ok(()),
            Progress::Untouched => new,
            Progress::CutShort => registry.boot.renew(old).await,
        };
        if !was_cut_short(&registry, old, deadline).await? {
            return Ok(());
        }
        if !registry.config.starts_processes {
            return Err(Error::Closed);
        }
        let before = again::get(&registry, old).await?;
        // What cannot be read of it is why it fails.
        let spec = again::spec(&registry, old).await.map(|(_, spec)| spec);
        let origin = again::origin(&registry, old).await.unwrap_or_default();
        if registry.closed.is_cancelled() {
            return Err(Error::Closed);
        }
        if self.told.insert(new) {
            tell(&registry, new, &before).await;
        }
        detached(create_at_boot(registry, new, before, origin, spec)).await?;
        tracing::info!(%old, %new, "a process that ran before the reboot was started again");
        Ok(())
    }
}

/// Tells whoever runs the engine of a start, and waits until they have taken note.
async fn tell(registry: &Registry, new: Uuid, before: &Process) {
    let Some(told) = &registry.config.boot_starts else { return };
    let (waits, noted) = oneshot::channel();
    let Process { id, started_by, template, spec, .. } = before.clone();
    if told.send(BootStart { old: id, new, started_by, template, spec, _waits: waits }).is_ok() {
        let _ = noted.await;
    }
}

/// How far an earlier engine has come with starting a process.
enum Progress {
    /// It has not begun.
    Untouched,
    /// It was killed before the program was started, which a keeper without its server never does.
    CutShort,
    /// The program was started, or may have been.
    Started,
}

async fn progress(registry: &Registry, new: Uuid, deadline: Instant) -> Result<Progress, Error> {
    if let Some(live) = registry.live(new) {
        let mut changes = live.process.subscribe();
        tokio::select! {
            _ = timeout_at(deadline, changes.wait_for(|process| process.state != ProcessState::Starting)) => {}
            () = registry.closed.cancelled() => return Err(Error::Closed),
        }
    }
    match again::get(registry, new).await {
        Ok(process) if process.started_at.is_some() || process.state.is_active() => Ok(Progress::Started),
        Ok(_) => Ok(Progress::CutShort),
        Err(Error::NotFound(_)) => Ok(Progress::Untouched),
        Err(error) => Err(error),
    }
}

/// Whether a process would still run if the machine had not gone down.
async fn was_cut_short(registry: &Registry, id: Uuid, deadline: Instant) -> Result<bool, Error> {
    if let Some(live) = registry.live(id) {
        let mut changes = live.process.subscribe();
        tokio::select! {
            _ = timeout_at(deadline, changes.wait_for(|process| !process.state.is_active())) => {}
            () = registry.closed.cancelled() => return Err(Error::Closed),
        }
    }
    let state = match again::get(registry, id).await {
        Ok(process) => process.state,
        Err(Error::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    if state.is_active() {
        tracing::warn!(%id, "a process is not started again after a reboot, since its keeper still runs");
        return Ok(false);
    }
    let folder = registry.folder(id);
    let status = on_blocking_pool(move || folder.read_status()).await;
    Ok(match status {
        Ok(status) if status.stop_requested => status.stopped_with_keeper,
        _ => state == ProcessState::Interrupted,
    })
}
