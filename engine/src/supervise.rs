//! Follows a process from start to end: records each change and notifies everybody who watches.

use crate::{
    folder::{Folder, Status},
    live::{Connection, Live, OutputExtent, Update},
    log::range_on_disk,
    registry::{Event, Registry, Slot},
    store::Record,
    tree,
};
use execdeck_wire::{Exit, OutputRange, Process, ProcessState, Timestamp};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A process that is followed.
pub(crate) struct Supervised {
    pub live: Arc<Live>,
    /// Resolves when the keeper has sent its first message, or is known to be gone.
    pub heard: oneshot::Receiver<()>,
}

/// Registers a process and follows it in a task of its own. Without a connection it connects to the keeper, if that
/// still runs.
pub(crate) fn supervise(registry: &Arc<Registry>, record: Record, connection: Option<Connection>, slot: Slot) -> Supervised {
    let Record { process, damaged } = record;
    let folder = registry.folder(process.id);
    let id = process.id;
    let (live, updates) = Live::start(process, folder.clone(), connection, Arc::clone(&registry.connections));
    registry.insert(id, Arc::clone(&live));
    let (first, heard) = oneshot::channel();
    let follower = Follower { registry: Arc::clone(registry), live: Arc::clone(&live), folder, damaged, first: Some(first), _slot: slot };
    tokio::spawn(follower.run(updates));
    Supervised { live, heard }
}

struct Follower {
    registry: Arc<Registry>,
    live: Arc<Live>,
    folder: Folder,
    /// The process only stands in for a record that cannot be read: it must not be saved over it.
    damaged: bool,
    first: Option<oneshot::Sender<()>>,
    _slot: Slot,
}

impl Follower {
    async fn run(mut self, mut updates: mpsc::Receiver<Update>) {
        let closed = self.registry.closed.clone();
        loop {
            let update = tokio::select! {
                update = updates.recv() => update,
                () = closed.cancelled() => return,
            };
            match update {
                Some(Update::Status(status)) => self.change(&status).await,
                Some(Update::Answer(answer)) => answer.deliver(),
                Some(Update::Ended(status)) => return self.end(status).await,
                None => return,
            }
            if let Some(first) = self.first.take() {
                let _ = first.send(());
            }
        }
    }

    async fn change(&self, status: &Status) {
        let (registry, live) = (&self.registry, &self.live);
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
        if self.damaged {
            self.record_state(&process).await;
        } else {
            registry.record(&process).await;
        }
        live.process.send_replace(process.clone());
        announce(registry, process);
    }

    async fn record_state(&self, process: &Process) {
        if let Err(error) = self.registry.store.save_state(process.clone()).await {
            tracing::error!(id = %process.id, %error, "the history could not be written");
        }
    }

    /// Records the end before announcing it, so that whoever sees it finds the whole output and the row in the history.
    async fn end(self, status: Option<Status>) {
        let (registry, live) = (&self.registry, &self.live);
        let mut process = live.process.borrow().clone();
        if let Some(status) = status {
            status.apply_to(&mut process);
        } else {
            process.output = known_range(process.output, live.extent.borrow().range);
            interrupt(&mut process, &self.folder).await;
        }
        process.revision += 1;
        live.extent.send_replace(OutputExtent { range: process.output, ended: false });
        if self.damaged {
            self.record_state(&process).await;
        } else {
            registry.record_end(&process).await;
        }
        registry.remove(process.id);
        live.process.send_replace(process.clone());
        live.extent.send_replace(OutputExtent { range: process.output, ended: true });
        announce(registry, process);
    }
}

/// Announces a process with its long texts cut, since many events may be queued for a slow listener.
fn announce(registry: &Registry, mut process: Process) {
    process.shorten();
    registry.announce(Event::Process(Arc::new(process)));
}

/// What the files hold, and what was known of the output before: what could not be written had been counted too, and is a gap.
pub(crate) fn known_range(on_disk: OutputRange, known: OutputRange) -> OutputRange {
    match on_disk.end {
        0 => known,
        end => OutputRange { start: on_disk.start, end: end.max(known.end) },
    }
}

/// The keeper exited without recording a status: how the process ended is unknown, and whatever is left of it is killed.
async fn interrupt(process: &mut Process, folder: &Folder) {
    let (id, output) = (process.id, folder.output());
    let cleanup = move || (tree::kill_marked(&format!("{}={id}", tree::MARKER)), range_on_disk(&output));
    let (killed, range) = tokio::task::spawn_blocking(cleanup).await.unwrap_or((0, process.output));
    tracing::warn!(%id, name = process.name, killed, "a keeper exited without recording a status");
    process.state = ProcessState::Interrupted;
    process.exit = Some(Exit::Error("Its keeper was killed, or the machine went down. Its exit status is unknown.".into()));
    process.ended_at = Some(Timestamp::now());
    process.output = known_range(range, process.output);
}
