//! The first thing a server does: bring folders and history into agreement, and reattach to what still runs.
//!
//! # Layout
//! - [`reconcile`]: what a start waits for. `folders`: what there is on the disk. `rebuild`: makes rows from that.
//! - `follow`: follows what is active. `survivors`: looks afterwards for keepers that nobody expects.

mod folders;
mod follow;
mod rebuild;
mod survivors;

use crate::{
    error::Error,
    registry::Registry,
    waiting::{Start, end_never_started, enter_again, find_start, settle},
};
use folders::{Folders, finish_removals, folders};
use follow::{follow_all, wait_for};
use rebuild::{rebuild_damaged, rebuild_lost};
use std::{collections::HashSet, sync::Arc};
use survivors::take_back_survivors;
use uuid::Uuid;

/// A live keeper: reattached, whatever the history says of its process. Its end on file: recorded. Neither:
/// `interrupted`. One that was never started waits in the queue again. A folder that the history does not have, because its database
/// was lost, is entered again.
///
/// Keepers of processes that are on record as ended are looked for afterwards, which ends with [`Registry::all_found`].
pub(crate) async fn reconcile(registry: &Arc<Registry>) -> Result<(), Error> {
    let Folders { mut ids, aside } = folders(registry).await?;
    ids.extend(finish_removals(registry, aside).await?);
    rebuild_lost(registry, &ids).await?;
    let active = registry.store.active().await?;
    let same_boot = registry.boot.is_known();
    if !same_boot {
        let marked = active.iter().map(|record| &record.process).filter(|process| process.spec.restart.at_boot);
        registry.boot.begin(marked.map(|process| process.id).collect()).await;
    }
    let expected: HashSet<Uuid> = active.iter().map(|record| record.process.id).collect();
    let (mut unstarted, mut starting, mut started) = (Vec::new(), Vec::new(), Vec::new());
    for record in active {
        let mut record = rebuild_damaged(registry, record).await;
        match find_start(registry, &mut record).await {
            Start::Never => unstarted.push(record),
            Start::JustNow if same_boot => starting.push(record),
            // After a power cut there need not be a socket, and the last status may be an old one.
            Start::JustNow | Start::Before => started.push(record),
        }
    }
    // They are started as soon as it is their turn.
    registry.boot.forget(unstarted.iter().map(|record| record.process.id).collect()).await;
    let mut heard = follow_all(registry, started).await;
    let (begun, never) = settle(registry, starting).await;
    heard.extend(follow_all(registry, begun).await);
    end_never_started(registry, never).await;
    // Only now is it known how many are active.
    enter_again(registry, unstarted);
    wait_for(heard).await;
    let ended = ids.into_iter().filter(|id| !expected.contains(id)).collect();
    let registry = Arc::clone(registry);
    tokio::spawn(async move {
        take_back_survivors(&registry, ended).await;
        registry.all_found.cancel();
    });
    Ok(())
}
