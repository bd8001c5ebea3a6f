//! Keeps the history within its limits and makes it small, in the background and in small steps.
//!
//! Everything it has to know is in the history, so that it resumes after a restart.
//!
//! # Layout
//! - [`Keep`] (`limits`): what is kept, and what is too much. `removing`: removes that, the oldest first, if the clock can be
//!   trusted with that. `spared`: what has to wait.
//! - `measuring`: finds out what the files of ended processes take up.
//! - `compressing`: compresses the output of processes that ended some time ago.

mod compressing;
mod limits;
mod measuring;
mod removing;
mod spared;

use crate::{clock::Clock, registry::Registry};
use compressing::Compressor;
use execdeck_wire::Timestamp;
use measuring::Measurer;
use removing::Remover;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// How often it looks whether there is too much.
const EVERY: Duration = Duration::from_secs(2);
/// The longest pause between two steps when there is more to do.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Starts the janitor, which ends with the engine. `newest`: when the newest process began or ended that the history had when it was
/// opened, before this engine entered anything.
pub(crate) fn start(registry: &Arc<Registry>, newest: Option<Timestamp>) {
    tokio::spawn(tidy(Arc::clone(registry), Clock::new(newest, registry.config.clock_settles)));
    if let Some(after) = registry.config.compress_after {
        tokio::spawn(Compressor::new(Arc::clone(registry), after).run());
    }
}

async fn tidy(registry: Arc<Registry>, clock: Clock) {
    let (mut measurer, mut remover) = (Measurer::default(), Remover::new(clock));
    loop {
        let began = Instant::now();
        let more = [measurer.step(&registry).await, remover.step(&registry).await];
        let pause = if more.contains(&true) { began.elapsed().min(LONGEST_PAUSE) } else { EVERY };
        if pause_or_closed(&registry, pause).await {
            return;
        }
    }
}

/// Waits; true if the engine was closed meanwhile.
async fn pause_or_closed(registry: &Registry, pause: Duration) -> bool {
    tokio::select! {
        biased;
        () = registry.closed.cancelled() => true,
        () = sleep(pause) => false,
    }
}
