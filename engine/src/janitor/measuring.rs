//! Finds out what the files of ended processes take up.

use crate::{attach::on_blocking_pool, folder::Folder, registry::Registry};
use std::{
    collections::{HashMap, HashSet},
    fs, io,
    os::unix::fs::MetadataExt,
    path::Path,
    time::Duration,
};
use tokio::time::Instant;
use uuid::Uuid;

/// Processes that are measured in one step.
const MOST: usize = 200;
/// A keeper that is still there may trim the output for this long after the end.
const KEEPER_LEAVES: Duration = Duration::from_mins(2);
/// The unit of `st_blocks`, inode(7).
const BLOCK: u64 = 512;

/// Measures each process once, and again as long as its keeper is there.
#[derive(Default)]
pub(super) struct Measurer {
    /// The last one of this round: those that cannot be measured are tried again in the next one, and keep no others waiting.
    last: Option<Uuid>,
    /// Those that could not be measured so far.
    failed: HashSet<Uuid>,
    /// Those whose keepers were still there, with the time of the first look.
    unsettled: HashMap<Uuid, Instant>,
}

impl Measurer {
    /// Measures some of those that were not yet. Returns whether there may be more.
    pub(super) async fn step(&mut self, registry: &Registry) -> bool {
        let mut ids = match registry.store.to_measure(self.last, MOST).await {
            Ok(ids) => ids,
            Err(error) => {
                tracing::error!(%error, "which processes have ended cannot be read now; the history is not kept within its limits");
                return false;
            }
        };
        let more = ids.len() == MOST;
        self.last = ids.last().copied().filter(|_| more);
        ids.extend(self.unsettled.keys().filter(|id| !ids.contains(id)).copied().collect::<Vec<_>>());
        if ids.is_empty() {
            return false;
        }
        let folders: Vec<_> = ids.into_iter().map(|id| (id, registry.folder(id))).collect();
        let measured = on_blocking_pool(move || Ok(folders.into_iter().map(|(id, folder)| measure(id, &folder)).collect::<Vec<_>>()));
        let Ok(measured) = measured.await else { return false };
        for Measured { id, has_keeper, .. } in &measured {
            if !has_keeper || self.unsettled.entry(*id).or_insert_with(Instant::now).elapsed() > KEEPER_LEAVES {
                self.unsettled.remove(id);
            }
        }
        let saved = registry.store.save_sizes(self.without_failures(measured)).await;
        // On a full disk, for example. They are measured again.
        let saved = saved.inspect_err(|error| tracing::debug!(%error, "what processes take up could not be recorded"));
        more && saved.is_ok()
    }

    /// The sizes of those that could be measured.
    fn without_failures(&mut self, measured: Vec<Measured>) -> Vec<(Uuid, u64)> {
        let mut sizes = Vec::with_capacity(measured.len());
        for Measured { id, bytes, .. } in measured {
            match bytes {
                Ok(bytes) => {
                    self.failed.remove(&id);
                    sizes.push((id, bytes));
                }
                Err(error) if self.failed.insert(id) => {
                    tracing::warn!(%id, %error, "what a process takes up could not be measured; trying again");
                }
                Err(_) => {}
            }
        }
        sizes
    }
}

struct Measured {
    id: Uuid,
    bytes: io::Result<u64>,
    has_keeper: bool,
}

fn measure(id: Uuid, folder: &Folder) -> Measured {
    Measured { id, bytes: or_gone(bytes_in(folder.path())), has_keeper: folder.has_socket() }
}

/// What a folder and everything in it take up on the disk. Links are not followed.
fn bytes_in(folder: &Path) -> io::Result<u64> {
    let mut bytes = fs::symlink_metadata(folder)?.blocks() * BLOCK;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let size = entry.metadata().and_then(|found| if found.is_dir() { bytes_in(&entry.path()) } else { Ok(found.blocks() * BLOCK) });
        bytes += or_gone(size)?;
    }
    Ok(bytes)
}

/// What has just been removed counts nothing.
fn or_gone(size: io::Result<u64>) -> io::Result<u64> {
    match size {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        size => size,
    }
}
