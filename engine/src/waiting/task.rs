//! The task of a queued process: it waits for a slot, starts the process then, and waits again if that fails for now.

use super::{finish_turn, turn};
use crate::{
    attach::on_blocking_pool,
    error::Error,
    folder::{Status, is_lost},
    live::{Connection, Live, Requests},
    queue::{Place, Queue, Slot},
    registry::Registry,
    spawn::{connection_permit, start_keeper},
    store::StoreError,
    supervise::{Unstarted, announce, end_unstarted, follow},
    vault::VaultError,
};
use execdeck_wire::{Exit, Process, ProcessState, Timestamp};
use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

/// After a process could not be started: when that is tried again, for all that wait.
const START_AGAIN: Duration = Duration::from_secs(2);
/// The longest that one waits which alone cannot be started, and lets the others go first.
const ASIDE: Duration = Duration::from_mins(1);

/// A process in the queue.
pub(super) struct Waiting {
    registry: Arc<Registry>,
    live: Arc<Live>,
    /// How many times in a row this one alone could not be started.
    failed: u32,
}

/// Why a queued process was not started.
enum NotStarted {
    /// That may work later. It keeps the others from being started, too.
    Retry(Error),
    /// That may work later, and others may be started meanwhile.
    RetryAlone(Error),
    /// It never will.
    Final(String),
}

impl Waiting {
    pub(super) fn new(registry: &Arc<Registry>, live: &Arc<Live>) -> Self {
        Self { registry: Arc::clone(registry), live: Arc::clone(live), failed: 0 }
    }

    pub(super) async fn run(mut self, mut place: Place, mut requests: Requests) {
        let registry = Arc::clone(&self.registry);
        loop {
            let slot = tokio::select! {
                // First: an engine that closes gives back the slots of all that run.
                biased;
                () = registry.closed.cancelled() => return,
                slot = place.granted() => slot,
            };
            let Some(slot) = slot else { return self.end(Process::CANCELLED.into()).await };
            let Ok(turn) = turn(&registry).await else { return };
            let connection = match self.start().await {
                Ok(connection) => connection,
                Err(not_started) => {
                    drop(turn);
                    place = match not_started {
                        NotStarted::Retry(error) => self.wait_again(slot, &error),
                        NotStarted::RetryAlone(error) => self.wait_aside(slot, &error),
                        NotStarted::Final(reason) => return self.end(reason).await,
                    };
                    continue;
                }
            };
            let mut unstarted = follow(&registry, Arc::clone(&self.live), requests, Some(connection), false, slot).unstarted;
            let unstarted = tokio::select! {
                unstarted = &mut unstarted => unstarted,
                () = finish_turn(turn, &self.live) => unstarted.await,
            };
            let Ok(Unstarted { requests: unsent, slot }) = unstarted else { return };
            requests = unsent;
            let folder = registry.folder(self.live.process.borrow().id);
            if let Err(error) = on_blocking_pool(move || folder.read_spec()).await
                && is_lost(&error)
            {
                return self.end(unusable(&error)).await;
            }
            place = self.wait_aside(slot, &Error::Keeper("Its keeper ended before it could start it.".into()));
            self.tell_queued().await;
        }
    }

    /// Starts the keeper. The process is `starting` then, and no keeper but this one can start it.
    async fn start(&self) -> Result<Connection, NotStarted> {
        let registry = &self.registry;
        let process = self.live.process.borrow().clone();
        let permit = connection_permit(registry).map_err(NotStarted::Retry)?;
        let secret_env = if process.spec.has_masked_secrets() { self.secrets(&process).await? } else { BTreeMap::new() };
        let folder = registry.folder(process.id);
        let ticket = folder.clone();
        if let Err(error) = on_blocking_pool(move || ticket.issue_ticket()).await {
            let lost = is_lost(&error).then(|| NotStarted::Final(unusable(&error)));
            return Err(lost.unwrap_or_else(|| NotStarted::RetryAlone(Error::io("issuing its ticket", folder.path())(error))));
        }
        let stream = match start_keeper(registry, &process, &secret_env).await {
            Ok(stream) => stream,
            Err(error) => {
                let held = on_blocking_pool(move || folder.hold_ticket()).await;
                tracing::debug!(id = %process.id, ?held, "a keeper could not be started");
                return Err(match error {
                    // What this machine no longer has, such as the user that it was to run as.
                    Error::Field(..) | Error::BadRequest(_) => NotStarted::Final(error.to_string()),
                    error => NotStarted::Retry(error),
                });
            }
        };
        self.live.process.send_modify(|process| {
            process.state = ProcessState::Starting;
            process.queue_position = None;
            process.revision += 1;
        });
        let starting = self.live.process.borrow().clone();
        registry.record(&starting).await;
        announce(registry, starting);
        Ok(Connection { stream, permit })
    }

    async fn secrets(&self, process: &Process) -> Result<BTreeMap<String, String>, NotStarted> {
        match self.registry.store.secrets(process.id).await {
            Ok(Some(secrets)) => Ok(secrets),
            Ok(None) => Err(NotStarted::Final("Its secrets are no longer stored.".into())),
            Err(StoreError::Vault(error @ (VaultError::UnknownKey | VaultError::Damaged))) => {
                tracing::error!(id = %process.id, %error, "the secrets of a queued process cannot be read");
                Err(NotStarted::Final("Its secrets cannot be read: they were stored under another key, or changed.".into()))
            }
            Err(error) => Err(NotStarted::Retry(error.into())),
        }
    }

    /// Goes back to its place, and lets the whole queue wait a little: what kept this one from starting keeps the others, too.
    fn wait_again(&self, slot: Slot, error: &Error) -> Place {
        let process = self.pause_queue(error);
        let place = self.registry.queue.wait_again(process.id, &process.spec.labels);
        self.back_in(place, slot)
    }

    /// The same, since that may be the machine's fault. But from the second time on, the others go first, each time for longer.
    fn wait_aside(&mut self, slot: Slot, error: &Error) -> Place {
        self.failed += 1;
        if self.failed == 1 {
            return self.wait_again(slot, error);
        }
        let process = self.pause_queue(error);
        let place = self.registry.queue.wait_aside(process.id, &process.spec.labels);
        let pause = ASIDE.min(START_AGAIN * (1 << self.failed.min(6)) / 2);
        later(&self.registry, pause, move |queue| queue.call_back(process.id));
        self.back_in(place, slot)
    }

    fn pause_queue(&self, error: &Error) -> Process {
        let process = self.live.process.borrow().clone();
        if self.registry.queue.pause() {
            tracing::error!(id = %process.id, %error, "a queued process cannot be started now; trying again");
            later(&self.registry, START_AGAIN, Queue::resume);
        }
        process
    }

    fn back_in(&self, place: Place, slot: Slot) -> Place {
        drop(slot);
        // For whoever waits for its start.
        self.live.process.send_modify(|process| process.revision += 1);
        place
    }

    /// Says that it waits after all, once it has its place.
    async fn tell_queued(&self) {
        let registry = &self.registry;
        self.live.process.send_modify(|process| {
            process.state = ProcessState::Queued;
            process.queue_position = registry.queue.position(process.id);
            process.revision += 1;
        });
        let queued = self.live.process.borrow().clone();
        registry.record(&queued).await;
        announce(registry, queued);
    }

    /// Ends without having been started.
    pub(super) async fn end(self, reason: String) {
        let process = self.live.process.borrow().clone();
        let id = process.id;
        let status = Status {
            state: ProcessState::Failed,
            ended_at: Some(Timestamp::now()),
            exit: Some(Exit::Error(reason)),
            template: process.template,
            ..Status::starting(&process.spec, &process.started_by)
        };
        let (folder, written) = (self.registry.folder(id), status.clone());
        let recorded = on_blocking_pool(move || folder.cancel_ticket().and_then(|()| folder.write_status(&written)));
        if let Err(error) = recorded.await {
            tracing::error!(%id, %error, "the end of a queued process could not be written to its folder");
        }
        end_unstarted(&self.registry, &self.live, &status).await;
    }
}

/// Does something with the queue after a while, unless the engine is closed.
fn later(registry: &Arc<Registry>, pause: Duration, action: impl FnOnce(&Queue) + Send + 'static) {
    let registry = Arc::clone(registry);
    tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(pause) => action(&registry.queue),
            () = registry.closed.cancelled() => {}
        }
    });
}

/// Why a process ends whose folder is gone or damaged.
fn unusable(error: &io::Error) -> String {
    format!("Its folder cannot be used: {error}.")
}
