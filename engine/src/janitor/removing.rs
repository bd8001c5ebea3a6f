//! Removes what is too much, one process at a time.

use super::{limits::Excess, pause_or_closed, spared::Spared};
use crate::{
    clock::Clock,
    error::Error,
    registry::Registry,
    remove::remove,
    store::{Ended, StoreError},
};
use execdeck_wire::Timestamp;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;

/// Processes that are removed in one step.
const MOST: usize = 100;
/// Rows that are read at a time.
const PAGE: usize = 100;
/// After so many failures in a row, more of them would not be news: the disk is read-only, or the like.
const MOST_FAILURES: usize = 3;
/// The longest pause after a removal. Otherwise it is as long as the removal took, so that others get at the disk.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Remover {
    spared: Spared,
    clock: Clock,
}

impl Remover {
    pub(super) fn new(clock: Clock) -> Self {
        Self { spared: Spared::default(), clock }
    }

    /// Removes some of what is too much. Returns whether there is more.
    pub(super) async fn step(&mut self, registry: &Arc<Registry>) -> bool {
        match self.remove_some(registry).await {
            Ok(more) => more,
            Err(error) => {
                tracing::error!(%error, "the history cannot be read now; it is not kept within its limits");
                false
            }
        }
    }

    async fn remove_some(&mut self, registry: &Arc<Registry>) -> Result<bool, StoreError> {
        let keep = registry.config.keep;
        let now = keep.age.and_then(|_| self.clock.trusted(Timestamp::now(), Instant::now().into_std()));
        let mut excess = Excess::of(registry.store.totals().await?, keep, now);
        let (mut removed, mut failures, mut seen, mut last) = (0, 0, HashSet::new(), None);
        self.spared.begin();
        loop {
            let page = registry.store.oldest(last, PAGE).await?;
            for ended in &page {
                if !excess.includes(*ended) {
                    self.spared.retain(|id| seen.contains(id));
                    return Ok(false);
                }
                if removed == MOST || failures == MOST_FAILURES || registry.closed.is_cancelled() {
                    return Ok(removed == MOST);
                }
                excess.take(*ended);
                seen.insert(ended.id);
                if self.has_to_wait(registry, *ended) {
                    continue;
                }
                let began = Instant::now();
                match remove_one(registry, ended.id).await {
                    Ok(()) => {
                        removed += 1;
                        failures = 0;
                        self.spared.removed(ended.id);
                    }
                    Err(error) => {
                        failures += 1;
                        if self.spared.failed(ended.id, Instant::now()) {
                            tracing::error!(id = %ended.id, %error, "a process that is no longer kept could not be removed; trying again");
                        }
                    }
                }
                pause_or_closed(registry, began.elapsed().min(LONGEST_PAUSE)).await;
            }
            last = page.last().copied();
            if last.is_none() {
                self.spared.retain(|id| seen.contains(id));
                return Ok(false);
            }
        }
    }

    fn has_to_wait(&mut self, registry: &Registry, ended: Ended) -> bool {
        let (id, now) = (ended.id, Instant::now());
        // On record as ended, and followed all the same: its keeper was found alive.
        registry.live(id).is_some()
            || self.spared.waits(id, now)
            || (registry.readings.is_read(id) && self.spared.stays_for_readers(id, ended.bytes, registry.config.keep.bytes, now))
    }
}

async fn remove_one(registry: &Arc<Registry>, id: Uuid) -> Result<(), Error> {
    // Somebody else may have removed it.
    let Some(mut process) = registry.store.get(id).await? else { return Ok(()) };
    process.shorten();
    tracing::info!(%id, name = process.name, "removed from the history, whose limits are exceeded");
    remove(Arc::clone(registry), process).await
}
