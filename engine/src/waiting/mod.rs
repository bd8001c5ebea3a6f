//! Processes in the queue: each has a task that waits for its slot and starts it then.
//!
//! # Layout
//! - `enter`: begins the task. `task`: what it does. `positions`: tells everybody who watches where a process is. `recover`: what an
//!   earlier server has left in its queue.

mod positions;
mod recover;
mod task;

pub(crate) use positions::{announce_positions, fill_in, tell_position};
pub(crate) use recover::{Start, end_never_started, enter_again, find_start, settle};

use crate::{error::Error, live::Live, queue::Place, registry::Registry, supervise::announce};
use execdeck_wire::{Process, ProcessState};
use std::{sync::Arc, time::Duration};
use task::Waiting;
use tokio::{sync::SemaphorePermit, time::timeout};

/// A start that takes longer, such as one in a folder that does not answer, lets others take their turn.
const TURN: Duration = Duration::from_secs(1);

/// Registers a process whose folder and row are written, and starts it when it is its turn.
pub(crate) fn enter(registry: &Arc<Registry>, mut process: Process, place: Place) -> Arc<Live> {
    let id = process.id;
    process.queue_position = registry.queue.position(id);
    let (live, requests) = Live::new(process.clone());
    registry.insert(id, Arc::clone(&live));
    announce(registry, process);
    tokio::spawn(Waiting::new(registry, &live).run(place, requests));
    live
}

/// Registers a process whose folder and row are written, and ends it without starting it.
pub(crate) async fn enter_failed(registry: &Arc<Registry>, process: Process, reason: String) {
    let id = process.id;
    // What is asked of it meanwhile waits for the end.
    let (live, _requests) = Live::new(process);
    registry.insert(id, Arc::clone(&live));
    Waiting::new(registry, &live).end(reason).await;
}

/// The process once it is in the queue, or has been started or ended meanwhile.
pub(crate) async fn queued_or_started(registry: &Registry, live: &Live) -> Result<Process, Error> {
    let mut changes = live.process.subscribe();
    loop {
        let mut process = changes.borrow_and_update().clone();
        process.queue_position =
            Some(process.state).filter(|state| *state == ProcessState::Queued).and_then(|_| registry.queue.position(process.id));
        // One that has just been given its slot is neither in the queue nor started.
        if process.queue_position.is_some() || !matches!(process.state, ProcessState::Queued | ProcessState::Starting) {
            return Ok(process);
        }
        tokio::select! {
            news = changes.changed() => news.map_err(|_| Error::Closed)?,
            () = registry.closed.cancelled() => return Err(Error::Closed),
        }
    }
}

/// Waits for the turn to start something, unless the engine is closed.
pub(crate) async fn turn(registry: &Registry) -> Result<SemaphorePermit<'_>, Error> {
    tokio::select! {
        biased;
        () = registry.closed.cancelled() => Err(Error::Closed),
        turn = registry.starts.acquire() => Ok(turn.expect("the semaphore is never closed")),
    }
}

/// Ends the turn of a start when the process has been started, or after a while.
pub(crate) async fn finish_turn(turn: SemaphorePermit<'_>, live: &Live) {
    let mut changes = live.process.subscribe();
    let _ = timeout(TURN, changes.wait_for(|process| process.state != ProcessState::Starting)).await;
    drop(turn);
}

/// Takes a queued process out of the queue, and returns once it has ended. False if it is being started or has been. An engine that
/// is closed leaves the process to the next one, which queues it again.
pub(crate) async fn cancel(registry: &Registry, live: &Live) -> Result<bool, Error> {
    let mut changes = live.process.subscribe();
    let id = changes.borrow().id;
    let cancelled = registry.queue.cancel(id);
    if cancelled {
        tokio::select! {
            biased;
            _ = changes.wait_for(|process| !process.state.is_active()) => {}
            () = registry.closed.cancelled() => return Err(Error::Closed),
        }
    }
    Ok(cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::EngineConfig, process::new_process};
    use uuid::Uuid;

    #[tokio::test]
    async fn a_cancellation_that_meets_a_closed_engine_does_not_wait_for_it() {
        let folder = std::env::temp_dir().join(format!("execdeck-test-{}", Uuid::now_v7()));
        let registry = Arc::new(Registry::open(EngineConfig::new(&folder)).unwrap());
        let process =
            Process { state: ProcessState::Queued, ..new_process(Uuid::now_v7(), execdeck_wire::ProcessSpec::default(), "ada", None) };
        // Nobody is let in.
        registry.queue.pause();
        let place = registry.queue.wait_again(process.id, &process.spec.labels);
        let live = enter(&registry, process, place);
        registry.closed.cancel();
        let cancelled = timeout(Duration::from_secs(30), cancel(&registry, &live)).await.unwrap();
        assert!(matches!(cancelled, Err(Error::Closed)), "{cancelled:?}");
        drop((registry, live));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
