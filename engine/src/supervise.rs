//! Follows a process from its start to its end: records each change, and tells everybody who watches.

use crate::{
    folder::{Folder, Status},
    live::{Live, OutputExtent, Update},
    log::range_on_disk,
    registry::{Event, Registry},
    tree,
};
use execdeck_wire::{Exit, Process, ProcessState, Timestamp};
use std::sync::Arc;
use tokio::{net::UnixStream, sync::mpsc};

/// Registers a process that its keeper runs, and follows it in a task of its own.
pub(crate) fn supervise(registry: &Arc<Registry>, process: Process, connection: UnixStream) -> Arc<Live> {
    let folder = registry.folder(process.id);
    let id = process.id;
    let (live, updates) = Live::start(process, folder.clone(), connection);
    registry.insert(id, Arc::clone(&live));
    tokio::spawn(follow(Arc::clone(registry), Arc::clone(&live), folder, updates));
    live
}

async fn follow(registry: Arc<Registry>, live: Arc<Live>, folder: Folder, mut updates: mpsc::Receiver<Update>) {
    while let Some(update) = updates.recv().await {
        match update {
            Update::Status(status) => change(&registry, &live, &status).await,
            Update::Answer(answer) => answer.deliver(),
            Update::Ended(status) => return end(&registry, &live, &folder, status).await,
        }
    }
}

async fn change(registry: &Registry, live: &Live, status: &Status) {
    let mut process = live.process.borrow().clone();
    status.apply_to(&mut process);
    process.revision += 1;
    live.extent.send_if_modified(|extent| {
        let grown = status.output.end > extent.range.end;
        if grown {
            extent.range = status.output;
        }
        grown
    });
    registry.record(&process).await;
    live.process.send_replace(process.clone());
    registry.announce(Event::Process(Arc::new(process)));
}

/// Records the end, then lets everybody know: whoever sees it ended finds all of its output, and finds it in the history.
async fn end(registry: &Registry, live: &Live, folder: &Folder, status: Option<Status>) {
    let mut process = live.process.borrow().clone();
    match status {
        Some(status) => status.apply_to(&mut process),
        None => interrupt(&mut process, folder),
    }
    process.revision += 1;
    live.extent.send_replace(OutputExtent { range: process.output, ended: false });
    registry.record(&process).await;
    registry.remove(process.id);
    live.process.send_replace(process.clone());
    live.extent.send_replace(OutputExtent { range: process.output, ended: true });
    registry.announce(Event::Process(Arc::new(process)));
}

/// The keeper exited without recording a status: nobody knows how the process ended, and nothing of it may be left.
pub(crate) fn interrupt(process: &mut Process, folder: &Folder) {
    let killed = tree::kill_marked(&format!("{}={}", tree::MARKER, process.id));
    tracing::warn!(id = %process.id, name = process.name, killed, "a keeper exited without recording a status");
    process.state = ProcessState::Interrupted;
    process.exit = Some(Exit::Error("Its keeper was killed, or the machine went down. Nobody knows how the process ended.".into()));
    process.ended_at = Some(Timestamp::now());
    process.output = range_on_disk(&folder.output());
}
