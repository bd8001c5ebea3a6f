//! Keepers that run although their processes are on record as ended, such as in a history that is older than its folders.

use super::{folders::BATCH, follow::follow_all, rebuild::rebuild_damaged};
use crate::{
    attach::{Attached, attach, attach_once, on_blocking_pool},
    folder::Folder,
    registry::Registry,
};
use std::sync::Arc;
use uuid::Uuid;

/// Finds them among processes that are on record as ended, the newest first: their sockets are still there.
pub(super) async fn take_back_survivors(registry: &Arc<Registry>, mut ended: Vec<Uuid>) {
    ended.sort_unstable_by(|a, b| b.cmp(a));
    for batch in ended.chunks(BATCH) {
        let folders = batch.iter().map(|id| (*id, registry.folder(*id))).collect();
        let found = tokio::select! {
            found = on_blocking_pool(move || Ok(with_sockets(folders))) => found.unwrap_or_default(),
            () = registry.closed.cancelled() => return,
        };
        for (id, folder) in found {
            match attach_once(&folder).await {
                Ok(Attached::Connection(_)) => take_back(registry, id).await,
                Ok(Attached::Ended(_)) => {}
                Err(error) => {
                    tracing::warn!(%id, %error, "whether a keeper still runs cannot be told now; trying again");
                    tokio::spawn(take_back_later(Arc::clone(registry), id));
                }
            }
        }
    }
}

fn with_sockets(mut folders: Vec<(Uuid, Folder)>) -> Vec<(Uuid, Folder)> {
    folders.retain(|(_, folder)| folder.has_socket());
    folders
}

/// Follows a process whose keeper runs, unless it was removed meanwhile or is followed by now.
async fn take_back(registry: &Arc<Registry>, id: Uuid) {
    match registry.store.record(id).await {
        Ok(Some(record)) if registry.live(id).is_none() => {
            let record = rebuild_damaged(registry, record).await;
            drop(follow_all(registry, vec![record]).await);
        }
        Ok(_) => {}
        Err(error) => tracing::error!(%id, %error, "a process that still runs could not be taken back"),
    }
}

/// The same once the keeper can be reached, unless it is gone by then.
async fn take_back_later(registry: Arc<Registry>, id: Uuid) {
    let folder = registry.folder(id);
    let attached = tokio::select! {
        attached = attach(&folder) => attached,
        () = registry.closed.cancelled() => return,
    };
    if let Attached::Connection(_) = attached {
        take_back(&registry, id).await;
    }
}
