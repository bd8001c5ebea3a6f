//! Removing an ended process: its row, then its folder, which needs no room on the disk.

use crate::{
    attach::on_blocking_pool,
    error::Error,
    registry::{Event, Registry},
};
use execdeck_wire::Process;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How often removing a folder is tried again.
const REMOVE_AGAIN: Duration = Duration::from_secs(30);

/// Sets the folder aside, removes the row and then the folder. If the row cannot be removed, everything is as before; if the folder
/// cannot, the process is removed all the same, and the folder goes later.
pub(crate) async fn remove(registry: Arc<Registry>, process: Process) -> Result<(), Error> {
    let id = process.id;
    let folder = registry.folder(id);
    let path = folder.path().to_owned();
    let setting_aside = folder.clone();
    on_blocking_pool(move || setting_aside.set_aside()).await.map_err(Error::io("removing the folder", path))?;
    if let Err(error) = registry.store.remove(id).await {
        if let Err(error) = on_blocking_pool(move || folder.put_back()).await {
            tracing::error!(%id, %error, "the folder of a process that was not removed could not be put back");
        }
        return Err(error.into());
    }
    registry.forget_unsaved(id);
    registry.announce(Event::Removed(Arc::new(process)));
    if let Err(error) = on_blocking_pool(move || folder.remove_aside()).await {
        tracing::error!(%id, %error, "the folder of a removed process could not be removed; trying again");
        tokio::spawn(remove_aside(registry, id));
    }
    Ok(())
}

/// Removes a folder that was set aside, for as long as it takes.
pub(crate) async fn remove_aside(registry: Arc<Registry>, id: Uuid) {
    loop {
        let folder = registry.folder(id);
        if on_blocking_pool(move || folder.remove_aside()).await.is_ok() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(REMOVE_AGAIN) => {}
            () = registry.closed.cancelled() => return,
        }
    }
}
