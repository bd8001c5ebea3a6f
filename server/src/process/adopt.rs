//! What a server does first: it brings folders and history into agreement, and takes over what still runs.

use super::{
    engine::{Shared, new_process},
    error::Error,
    live::{Live, connect, interrupt},
};
use execdeck_app::wire::{Process, ProcessFilter, ProcessState, StateFilter};
use jiff::Timestamp;
use std::{collections::HashSet, sync::Arc};
use uuid::Uuid;

/// Live keeper: adopted. Its end on file: recorded. Neither: `interrupted`. A folder that the history does not know,
/// because its database was lost, is entered anew.
pub(crate) async fn adopt(shared: &Arc<Shared>) -> Result<(), Error> {
    let known: HashSet<Uuid> = shared.store.ids().await?.into_iter().collect();
    let folder = shared.config.folder.join("processes");
    let entries = std::fs::read_dir(&folder).map_err(Error::io("listing", &folder))?;
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<Uuid>().ok());
    for id in ids.filter(|id| !known.contains(id)) {
        if let Some(process) = rebuild(shared, id) {
            shared.store.save(process).await?;
        }
    }
    let mut filter = ProcessFilter { state: Some(StateFilter::Active), limit: Some(500), ..ProcessFilter::default() };
    loop {
        let page = shared.store.list(filter.clone()).await?;
        for process in page.processes {
            settle(shared, process).await;
        }
        match page.next {
            Some(next) => filter.before = Some(next),
            None => return Ok(()),
        }
    }
}

async fn settle(shared: &Arc<Shared>, mut process: Process) {
    let folder = shared.folder(process.id);
    let status = folder.read_status();
    match status {
        Ok(status) if !status.state.is_active() => status.apply_to(&mut process),
        _ => match connect(&folder).await {
            Ok(connection) => {
                tracing::info!(id = %process.id, name = process.name, pid = process.pid, "adopted");
                let id = process.id;
                // What it has said since is in the greeting; a viewer that comes before it begins with this.
                process.output = super::log::range_on_disk(&folder.output());
                let live = Live::start(Arc::clone(shared), process, connection);
                shared.remember(id, Arc::clone(&live));
                if live.reach.borrow().ended {
                    shared.forget(id);
                }
                return;
            }
            // It may have ended between the two looks.
            Err(_) => match folder.read_status() {
                Ok(status) if !status.state.is_active() => status.apply_to(&mut process),
                _ => interrupt(&mut process, &folder),
            },
        },
    }
    shared.record(&process).await;
}

fn rebuild(shared: &Shared, id: Uuid) -> Option<Process> {
    let folder = shared.folder(id);
    let (spec, status) = (folder.read_spec().ok()?, folder.read_status().ok()?);
    let mut process = new_process(id, spec.masked(), &status.started_by);
    status.apply_to(&mut process);
    if let Some((seconds, nanos)) = id.get_timestamp().map(|time| time.to_unix()) {
        process.created_at = Timestamp::new(seconds as i64, nanos as i32).unwrap_or(process.created_at);
    }
    debug_assert!(process.state != ProcessState::Starting || process.pid.is_none());
    Some(process)
}
