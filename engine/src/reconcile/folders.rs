//! The folders of processes, listed once.

use crate::{attach::on_blocking_pool, error::Error, folder::Folder, registry::Registry, remove::remove_aside};
use std::sync::Arc;
use uuid::Uuid;

/// How many folders are looked into in one go, and how many rows are written in one transaction.
pub(super) const BATCH: usize = 256;

/// The folders of processes: those in place, and those that were set aside.
#[derive(Default)]
pub(super) struct Folders {
    pub ids: Vec<Uuid>,
    pub aside: Vec<Uuid>,
}

pub(super) async fn folders(registry: &Registry) -> Result<Folders, Error> {
    let processes = registry.config.folder.join("processes");
    let listing = processes.clone();
    let found = on_blocking_pool(move || {
        let mut folders = Folders::default();
        for name in std::fs::read_dir(listing)?.flatten().map(|entry| entry.file_name()) {
            let Some(name) = name.to_str() else { continue };
            if let Ok(id) = name.parse() {
                folders.ids.push(id);
            } else if let Some(id) = Folder::set_aside_id(name) {
                folders.aside.push(id);
            }
        }
        Ok(folders)
    });
    found.await.map_err(Error::io("listing", &processes))
}

/// Ends what a server left half done: a folder that was set aside belongs to a removed process if the history has no row
/// of it, and is put back otherwise. Returns those that were put back.
pub(super) async fn finish_removals(registry: &Arc<Registry>, aside: Vec<Uuid>) -> Result<Vec<Uuid>, Error> {
    let mut back = Vec::new();
    for id in aside {
        let folder = registry.folder(id);
        if registry.store.record(id).await?.is_none() {
            tokio::spawn(remove_aside(Arc::clone(registry), id));
            continue;
        }
        match on_blocking_pool(move || folder.put_back()).await {
            Ok(()) => back.push(id),
            Err(error) => tracing::error!(%id, %error, "the folder of a process that was not removed could not be put back"),
        }
    }
    Ok(back)
}
