//! Where processes are in the queue, for everybody who watches. When one leaves the queue, all behind it move up: that is told
//! in rounds of bounded size, while whoever asks gets the exact position.

use crate::{live::Live, registry::Registry, supervise::announce};
use execdeck_wire::{Process, ProcessState};
use std::{collections::HashMap, sync::Arc, time::Duration};
use uuid::Uuid;

/// The time between rounds.
const ROUND: Duration = Duration::from_secs(1);
/// How many positions at the front of the queue are told in a round, how many of processes that somebody views, and how many
/// of the others, in turn.
const TOLD: usize = 20;

/// Fills in the exact positions.
pub(crate) fn fill_in(registry: &Registry, processes: &mut [Process]) {
    if processes.iter().any(|process| process.state == ProcessState::Queued) {
        let positions: HashMap<Uuid, u32> = registry.queue.waiting().into_iter().zip(1..).collect();
        for process in processes.iter_mut().filter(|process| process.state == ProcessState::Queued) {
            // One that has just been given its slot is the next to be started.
            process.queue_position = Some(positions.get(&process.id).copied().unwrap_or(1));
        }
    }
}

/// Tells everybody who watches a process its position, unless they know it. A newer position has a higher revision.
pub(crate) fn tell_position(registry: &Registry, live: &Live, position: u32) {
    let told = live.process.send_if_modified(|process| {
        let is_news = process.state == ProcessState::Queued && process.queue_position != Some(position);
        if is_news {
            process.queue_position = Some(position);
            process.revision += 1;
        }
        is_news
    });
    if told {
        announce(registry, live.process.borrow().clone());
    }
}

/// Tells positions in rounds until the engine is closed.
pub(crate) async fn announce_positions(registry: Arc<Registry>) {
    let mut last = Uuid::nil();
    loop {
        tokio::select! {
            () = tokio::time::sleep(ROUND) => announce_round(&registry, &mut last),
            () = registry.closed.cancelled() => return,
        }
    }
}

/// Tells some of the positions that have changed. `last`: up to where in the queue this was told in turn.
fn announce_round(registry: &Registry, last: &mut Uuid) {
    let waiting = registry.queue.waiting().into_iter().zip(1..);
    let stale: Vec<(Uuid, u32, Arc<Live>)> = waiting
        .filter_map(|(id, position)| {
            let live = registry.live(id)?;
            let known = live.process.borrow().queue_position;
            (known != Some(position)).then_some((id, position, live))
        })
        .collect();
    let front = stale.iter().take(TOLD);
    let watched = stale.iter().filter(|(.., live)| live.is_watched()).take(TOLD);
    let (before, after) = stale.split_at(stale.partition_point(|(id, ..)| id <= last));
    let in_turn: Vec<_> = after.iter().chain(before).take(TOLD).collect();
    if let Some((id, ..)) = in_turn.last() {
        *last = *id;
    }
    for (_, position, live) in front.chain(watched).chain(in_turn) {
        tell_position(registry, live, *position);
    }
}
