//! Follows a process from start to end: records each change and notifies everybody who watches.

use crate::{
    attach::on_blocking_pool,
    folder::{Folder, Status, is_lost},
    live::{Connection, Live, OutputExtent, Requests, Update},
    log::range_on_disk,
    queue::Slot,
    registry::{Event, Registry},
    store::Record,
    usage,
};
use execdeck_wire::{Exit, OutputRange, Process, ProcessState, Timestamp, Usage};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
    time::sleep,
};

/// After the folder of a process could not be read: when that is tried again.
const READ_AGAIN: Duration = Duration::from_secs(1);

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
    let id = process.id;
    let (live, requests) = Live::new(process);
    registry.insert(id, Arc::clone(&live));
    let Followed { heard, .. } = follow(registry, Arc::clone(&live), requests, connection, damaged, slot);
    Supervised { live, heard }
}

/// How the keeper of a process has begun.
pub(crate) struct Followed {
    /// As of [`Supervised`].
    heard: oneshot::Receiver<()>,
    /// Resolves if the keeper of a queued process has ended before it took its ticket: the process is as queued as before. Otherwise it
    /// is closed when the keeper has sent its first message. If it is dropped, that is no longer looked for.
    pub unstarted: oneshot::Receiver<Unstarted>,
}

/// What is left of the start of a queued process that no keeper has begun.
pub(crate) struct Unstarted {
    pub requests: Requests,
    pub slot: Slot,
}

/// Follows a process that is registered already and has been started, in a task of its own.
pub(crate) fn follow(
    registry: &Arc<Registry>,
    live: Arc<Live>,
    requests: Requests,
    connection: Option<Connection>,
    damaged: bool,
    slot: Slot,
) -> Followed {
    let folder = registry.folder(live.process.borrow().id);
    let updates = live.connect(requests, folder.clone(), connection, Arc::clone(&registry.connections));
    let ((first, heard), (report, unstarted)) = (oneshot::channel(), oneshot::channel());
    let begins = Some(Begins { first, report });
    tokio::spawn(Follower { registry: Arc::clone(registry), live, folder, damaged, begins, slot }.run(updates));
    Followed { heard, unstarted }
}

struct Follower {
    registry: Arc<Registry>,
    live: Arc<Live>,
    folder: Folder,
    /// The process only stands in for a record that cannot be read: it must not be saved over it.
    damaged: bool,
    /// Until the keeper has sent its first message.
    begins: Option<Begins>,
    slot: Slot,
}

/// The other ends of [`Followed`].
struct Begins {
    first: oneshot::Sender<()>,
    report: oneshot::Sender<Unstarted>,
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
                Some(Update::Status(status)) => {
                    self.change(&status).await;
                    if let Some(Begins { first, .. }) = self.begins.take() {
                        let _ = first.send(());
                    }
                }
                Some(Update::Writing(error)) => self.registry.problems.set_output(self.live.process.borrow().id, error),
                Some(Update::Usage(usage)) => self.use_now(usage),
                Some(Update::Answer(answer)) => answer.deliver(),
                Some(Update::Ended(status, requests)) => return self.end(status, requests).await,
                None => return,
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

    /// Takes in what the process uses now, which is no event: whoever asks for the process sees it.
    fn use_now(&self, usage: Usage) {
        self.live.process.send_if_modified(|process| {
            process.usage = Some(usage);
            false
        });
    }

    async fn record_state(&self, process: &Process) {
        if let Err(error) = self.registry.store.save_state(process.clone()).await {
            tracing::error!(id = %process.id, %error, "the history could not be written");
        }
    }

    /// Records the end before announcing it, so that whoever sees it finds the whole output and the row in the history.
    async fn end(mut self, status: Option<Status>, requests: Requests) {
        let may_be_unstarted = status.is_none() && self.begins.as_ref().is_some_and(|begins| !begins.report.is_closed());
        if may_be_unstarted && self.is_unstarted().await {
            if let Some(Begins { report, .. }) = self.begins.take() {
                let _ = report.send(Unstarted { requests, slot: self.slot });
            }
            return;
        }
        drop(requests);
        let (registry, live) = (&self.registry, &self.live);
        let mut process = live.process.borrow().clone();
        if let Some(status) = status {
            status.apply_to(&mut process);
            if status.stopped_with_keeper && process.spec.restart.at_boot {
                registry.boot.note_stopped(process.id).await;
            }
        } else {
            process.output = known_range(process.output, live.extent.borrow().range);
            interrupt(registry, &mut process, &self.folder).await;
        }
        process.revision += 1;
        live.extent.send_replace(OutputExtent { range: process.output, ended: false });
        if self.damaged {
            self.record_state(&process).await;
        } else {
            registry.record_end(&process).await;
        }
        publish_end(registry, live, process);
    }

    /// Whether its keeper has left the ticket of a queued process, which no other keeper takes from then on.
    async fn is_unstarted(&self) -> bool {
        loop {
            let folder = self.folder.clone();
            let hold = move || Ok(folder.read_status()?.state == ProcessState::Queued && folder.hold_ticket()?);
            match on_blocking_pool(hold).await {
                Ok(is_unstarted) => return is_unstarted,
                Err(error) if is_lost(&error) => return false,
                Err(error) => {
                    tracing::warn!(folder = %self.folder.path().display(), %error, "whether a process was started cannot be told now");
                    sleep(READ_AGAIN).await;
                }
            }
        }
    }
}

/// Ends a process that was never started, and records that in the same order.
pub(crate) async fn end_unstarted(registry: &Arc<Registry>, live: &Live, status: &Status) {
    let mut process = live.process.borrow().clone();
    status.apply_to(&mut process);
    process.queue_position = None;
    process.revision += 1;
    registry.record_end(&process).await;
    publish_end(registry, live, process);
}

fn publish_end(registry: &Registry, live: &Live, process: Process) {
    registry.remove(process.id);
    registry.problems.set_output(process.id, None);
    live.process.send_replace(process.clone());
    live.extent.send_replace(OutputExtent { range: process.output, ended: true });
    announce(registry, process);
}

/// Announces a process with its long texts cut, since many events may be queued for a slow listener.
pub(crate) fn announce(registry: &Registry, mut process: Process) {
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
async fn interrupt(registry: &Arc<Registry>, process: &mut Process, folder: &Folder) {
    let (id, killing) = (process.id, Arc::clone(registry));
    let _ = spawn_blocking(move || killing.abilities.kill_group(id)).await;
    let killed = registry.leftovers.kill(folder.path()).await;
    let folder = folder.clone();
    let read = move || {
        let was_queued = folder.read_status().is_ok_and(|status| status.state == ProcessState::Queued);
        (range_on_disk(&folder.output()), usage::last_known(&folder.usage()), was_queued)
    };
    let (range, used, was_queued) = spawn_blocking(read).await.unwrap_or((process.output, None, false));
    process.usage = used.or(process.usage).map(|used| {
        let known = process.usage.unwrap_or_default();
        let (cpu_ms, peak_memory_bytes) = (used.cpu_ms.max(known.cpu_ms), used.peak_memory_bytes.max(known.peak_memory_bytes));
        Usage { cpu_ms, peak_memory_bytes, ..Usage::default() }
    });
    tracing::warn!(%id, name = process.name, killed, "a keeper exited without recording a status");
    process.state = ProcessState::Interrupted;
    let error = if was_queued {
        "It was queued when its folder was copied, or its keeper was killed as it started it. Nothing more is known of it here."
    } else {
        "Its keeper was killed, or the machine went down. Its exit status is unknown."
    };
    process.exit = Some(Exit::Error(error.into()));
    process.ended_at = Some(Timestamp::now());
    process.next_start_at = None;
    process.set_output(known_range(range, process.output));
    if let Some(last) = process.attempts.last_mut().filter(|attempt| attempt.ended_at.is_none()) {
        (last.ended_at, last.exit) = (process.ended_at, process.exit.clone());
    }
}
