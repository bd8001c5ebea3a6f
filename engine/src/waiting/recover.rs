//! What an earlier server has left in its queue, or was just starting.

use super::{enter, enter_failed};
use crate::{attach::on_blocking_pool, folder::Folder, process::revision_after, protocol::SERVER_ENDED, registry::Registry, store::Record};
use execdeck_wire::ProcessState;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// How long a keeper that is being started may need until it can be reached, or has recorded an end.
const SETTLING: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How far the start of a process has come that is on record as active.
pub(crate) enum Start {
    /// Nothing has begun, and nothing will but by this server.
    Never,
    /// A keeper was about to start it: it may need a moment until it can be reached. Or there is none, since the server died before,
    /// it was cancelled, or the folder is a copy.
    JustNow,
    /// It was started.
    Before,
}

/// Finds out whether a process has been started. If not, no keeper will do it from now on that an earlier server has started.
pub(crate) async fn find_start(registry: &Registry, record: &mut Record) -> Start {
    if record.damaged || !is_before_start(record.process.state) {
        return Start::Before;
    }
    let folder = registry.folder(record.process.id);
    let queued = record.process.state == ProcessState::Queued;
    let found = on_blocking_pool(move || {
        let state = folder.read_status()?.state;
        Ok((state, state == ProcessState::Queued && folder.hold_ticket()?))
    });
    match found.await {
        Ok((_, true)) => Start::Never,
        Ok((state, false)) => {
            record.process.state = ProcessState::Starting;
            if is_before_start(state) { Start::JustNow } else { Start::Before }
        }
        // Without its folder it fails when it is its turn.
        Err(error) => {
            tracing::error!(id = %record.process.id, %error, "the folder of a process that may not have been started cannot be read");
            if queued { Start::Never } else { Start::Before }
        }
    }
}

/// Whether a status says that no program has been started yet.
const fn is_before_start(state: ProcessState) -> bool {
    matches!(state, ProcessState::Queued | ProcessState::Starting)
}

/// Waits a moment for keepers that have just been started. Returns the processes that can be followed, and those whose keepers have not
/// come to listen: no keeper will start them any more, since their server is gone.
pub(crate) async fn settle(registry: &Registry, records: Vec<Record>) -> (Vec<Record>, Vec<Record>) {
    let deadline = Instant::now() + SETTLING;
    let (mut begun, mut never) = (Vec::new(), Vec::new());
    for record in records {
        let folder = registry.folder(record.process.id);
        let mut unbegun = state_before_keeper(folder.clone()).await;
        while unbegun.is_some() && Instant::now() < deadline {
            sleep(LOOK_AGAIN).await;
            unbegun = state_before_keeper(folder.clone()).await;
        }
        // One that is queued without a ticket may be a copy.
        let list = if unbegun == Some(ProcessState::Starting) { &mut never } else { &mut begun };
        list.push(record);
    }
    (begun, never)
}

/// The state of a process of which no keeper has listened yet, or recorded anything.
async fn state_before_keeper(folder: Folder) -> Option<ProcessState> {
    let read = move || Ok(Some(folder.read_status()?.state).filter(|state| is_before_start(*state) && !folder.has_socket()));
    on_blocking_pool(read).await.ok().flatten()
}

/// Ends processes whose server died before it had started their keepers.
pub(crate) async fn end_never_started(registry: &Arc<Registry>, records: Vec<Record>) {
    for Record { mut process, .. } in records {
        process.revision = revision_after(process.revision);
        enter_failed(registry, process, SERVER_ENDED.into()).await;
    }
}

/// Enters processes into the queue again, in their order.
pub(crate) fn enter_again(registry: &Arc<Registry>, mut records: Vec<Record>) {
    records.sort_by_key(|record| record.process.id);
    for Record { mut process, .. } in records {
        process.state = ProcessState::Queued;
        process.revision = revision_after(process.revision);
        let place = registry.queue.wait_again(process.id, &process.spec.labels);
        enter(registry, process, place);
    }
}
