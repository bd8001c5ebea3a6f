//! How much is stored in the data folder, and how much room there is for more.

use crate::{attach::on_blocking_pool, error::Error, registry::Registry};
use execdeck_wire::DiskUse;
use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

/// The unit of `st_blocks`, inode(7).
const BLOCK: u64 = 512;

/// Asks the history for what was measured, and the file system for the rest.
pub(crate) async fn disk_use(registry: &Registry) -> Result<DiskUse, Error> {
    let ended = registry.store.ended_bytes().await?;
    let output_bytes = ended.saturating_add(registry.live_output());
    let folder = registry.config.folder.clone();
    let found = on_blocking_pool(move || Ok((databases(&folder)?, rustix::fs::statvfs(&folder)?))).await;
    let (database_bytes, system) = found.map_err(Error::io("looking at the disk", &registry.config.folder))?;
    let bytes = |blocks: u64| blocks.saturating_mul(system.f_frsize);
    Ok(DiskUse { output_bytes, database_bytes, free_bytes: bytes(system.f_bavail), total_bytes: bytes(system.f_blocks) })
}

/// The databases, their logs, and the room that is set aside for them: the only large files beside the folders of processes.
fn databases(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        // One that has just been removed takes up nothing.
        let Ok(metadata) = entry?.metadata() else { continue };
        if metadata.is_file() {
            bytes += metadata.blocks() * BLOCK;
        }
    }
    Ok(bytes)
}
