//! Stopping everything, each process with its own grace period and all of them at the same time.

use crate::{
    engine::Engine,
    error::Error,
    live::Live,
    protocol::{self, Kill},
    registry::Registry,
    waiting::cancel,
};
use execdeck_wire::Process;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::timeout};

/// How long a process may still be there after its grace period, for what its keeper does then.
const MARGIN: Duration = Duration::from_secs(10);

/// What has become of processes that were to be stopped.
#[derive(Debug, Default)]
pub struct Stopped {
    /// How many have ended.
    pub stopped: usize,
    /// How many were queued and will not be started.
    pub cancelled: usize,
    /// Those that have not ended, and why, as the end of a sentence.
    pub left: Vec<(Process, String)>,
}

enum Outcome {
    Stopped,
    Cancelled,
    Left(Box<Process>, String),
}

impl Engine {
    /// Stops every process and cancels those that are queued. Returns when all have ended, or were given up.
    pub async fn stop_all(&self) -> Stopped {
        // First those that wait, so that none of them is started as the others end.
        self.registry.queue.close();
        self.registry.all_found.cancelled().await;
        let mut tasks = JoinSet::new();
        for live in self.registry.all_live() {
            tasks.spawn(stop(Arc::clone(&self.registry), live));
        }
        let mut all = Stopped::default();
        for outcome in tasks.join_all().await {
            match outcome {
                Outcome::Stopped => all.stopped += 1,
                Outcome::Cancelled => all.cancelled += 1,
                Outcome::Left(process, why) => all.left.push((*process, why)),
            }
        }
        all.left.sort_by_key(|(process, _)| process.id);
        all
    }
}

async fn stop(registry: Arc<Registry>, live: Arc<Live>) -> Outcome {
    if live.is_queued() {
        match cancel(&registry, &live).await {
            Ok(true) => return Outcome::Cancelled,
            Ok(false) => {}
            Err(error) => return Outcome::Left(Box::new(live.process.borrow().clone()), error.to_string()),
        }
    }
    let asked = live.ask(protocol::KILL, protocol::json(&Kill { signal: None })).await;
    let mut changes = live.process.subscribe();
    let grace = u64::from(changes.borrow().spec.stop.grace_seconds);
    // It may have ended although its keeper did not answer.
    let patience = if asked.is_ok() { Duration::from_secs(grace) + MARGIN } else { Duration::ZERO };
    let ended = timeout(patience, changes.wait_for(|process| !process.state.is_active())).await;
    if ended.is_ok() || asked.as_ref().is_err_and(|error| matches!(error, Error::Conflict(_))) {
        return Outcome::Stopped;
    }
    let process = Box::new(live.process.borrow().clone());
    let why = match asked {
        Ok(()) => format!("it still runs {} s after it was told to stop", grace + MARGIN.as_secs()),
        Err(error) => error.to_string(),
    };
    Outcome::Left(process, why)
}
