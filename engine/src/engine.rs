//! What callers ask of the engine.

use crate::{
    again,
    attach::on_blocking_pool,
    config::EngineConfig,
    create::{create, detached},
    disk_use::disk_use,
    error::Error,
    janitor,
    live::Live,
    log::{LineLimits, LogLines},
    monitor::monitor,
    origin::Origin,
    outbox::Outbox,
    protocol::{self, Kill},
    reconcile::reconcile,
    registry::{Event, Registry},
    remove::remove,
    scope::Scope,
    source::Source,
    start_at_boot::start_pending,
    store::StoreError,
    usage,
    viewer::Viewer,
    waiting::{announce_positions, cancel, fill_in, tell_position},
};
use execdeck_wire::{
    DiskUse, Problem, ProblemCode, Process, ProcessFilter, ProcessPage, ProcessSpec, ProcessState, SIGNALS, UsageSample, is_signal,
};
use std::sync::Arc;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::DropGuard;
use uuid::Uuid;

/// The most words that a name is looked for by.
const MAX_WORDS: usize = 20;

/// Runs, finds and stops processes. Cheap to clone; all clones are one engine. When the last one is dropped, the
/// engine releases its folder; processes keep running.
#[derive(Clone)]
pub struct Engine {
    pub(crate) registry: Arc<Registry>,
    _close: Arc<DropGuard>,
}

impl Engine {
    /// Opens the folder, creating it if need be, and reattaches to every process that still runs in it.
    pub async fn open(config: EngineConfig) -> Result<Self, Error> {
        let registry = tokio::task::spawn_blocking(|| Registry::open(config)).await.map_err(StoreError::from)??;
        let registry = Arc::new(registry);
        let close = Arc::new(registry.closed.clone().drop_guard());
        tokio::spawn(monitor(Arc::clone(&registry)));
        if let Some(tell_of) = registry.config.tell_of
            && let Err(error) = registry.store.tell_of(tell_of).await
        {
            tracing::error!(%error, "which ends somebody is to be told of could not be put on record; only this server goes by it");
        }
        if !registry.config.starts_processes {
            registry.queue.close();
        }
        let newest = registry.store.newest().await?;
        reconcile(&registry).await?;
        let starting = Arc::clone(&registry);
        tokio::spawn(async move {
            start_pending(Arc::clone(&starting)).await;
            // Only now, so that nothing is removed that is yet to be started again, or still runs.
            tokio::select! {
                () = starting.all_found.cancelled() => {}
                () = starting.closed.cancelled() => return,
            }
            if starting.config.starts_processes {
                janitor::start(&starting, newest);
            }
        });
        tokio::spawn(announce_positions(Arc::clone(&registry)));
        Ok(Self { registry, _close: close })
    }

    /// Starts a process and returns when it runs, has failed to start or, while as many as may be active are, is queued. A
    /// program that cannot be started is a process in state `failed`, whose `exit.error` says why. `started_by` is the name on
    /// record. The start is completed even if the caller stops waiting for it.
    pub async fn create(&self, started_by: &str, spec: ProcessSpec) -> Result<Process, Error> {
        self.create_as(Self::new_id(), started_by, None, spec).await
    }

    /// An id for a process that is yet to be started: whoever records the start beforehand has to name it.
    pub fn new_id() -> Uuid {
        Uuid::now_v7()
    }

    /// The same as [`create`](Self::create) with an id from [`new_id`](Self::new_id), which must not be used twice. `origin`: what
    /// the spec was made from, which the process remembers.
    pub async fn create_as(&self, id: Uuid, started_by: &str, origin: Option<Origin>, spec: ProcessSpec) -> Result<Process, Error> {
        detached(create(Arc::clone(&self.registry), id, started_by.to_owned(), origin, spec)).await
    }

    /// The same as [`create`](Self::create) for a spec that was made from a template, which the process remembers.
    pub async fn create_from(&self, started_by: &str, origin: Origin, spec: ProcessSpec) -> Result<Process, Error> {
        self.create_as(Self::new_id(), started_by, Some(origin), spec).await
    }

    /// What a process was started from; `None` if that was no template, or its values are no longer stored.
    pub async fn origin(&self, id: Uuid) -> Result<Option<Origin>, Error> {
        again::origin(&self.registry, id).await
    }

    /// Finds a process.
    pub async fn get(&self, id: Uuid) -> Result<Process, Error> {
        again::get(&self.registry, id).await
    }

    /// What the tree of a process used over time, oldest first: user and system time since the start, resident memory and
    /// the number of processes. None if it ended within a second.
    pub async fn usage(&self, id: Uuid) -> Result<Vec<UsageSample>, Error> {
        self.get(id).await?;
        let path = self.registry.folder(id).usage();
        let reading = path.clone();
        on_blocking_pool(move || usage::read(&reading)).await.map_err(Error::io("reading the samples", path))
    }

    /// Lists processes, newest first.
    pub async fn list(&self, filter: ProcessFilter) -> Result<ProcessPage, Error> {
        self.list_within(Scope::All, filter).await
    }

    /// Lists the processes that exist for a caller, newest first, and counts only those.
    pub async fn list_within(&self, scope: Scope, filter: ProcessFilter) -> Result<ProcessPage, Error> {
        if filter.limit.is_some_and(|limit| !(1..=500).contains(&limit)) {
            return Err(Error::Field("limit", "limit must be between 1 and 500.".into()));
        }
        let words = filter.name.iter().flat_map(|name| name.split_whitespace()).count();
        if words > MAX_WORDS {
            return Err(Error::Field("name", format!("At most {MAX_WORDS} words can be looked for.")));
        }
        let mut page = self.registry.store.list(scope, filter, self.registry.unsaved()).await?;
        for process in &mut page.processes {
            if let Some(newer) = self.registry.newer_than_history(process.id) {
                *process = newer;
                process.shorten();
            }
        }
        fill_in(&self.registry, &mut page.processes);
        Ok(page)
    }

    /// Waits until a process has ended.
    pub async fn wait(&self, id: Uuid) -> Result<Process, Error> {
        let Some(live) = self.registry.live(id) else { return self.get(id).await };
        let mut changes = live.process.subscribe();
        let process = changes.wait_for(|process| !process.state.is_active()).await;
        Ok(process.map_err(|_| Error::NotFound(id))?.clone())
    }

    /// Stops a process or sends it a signal. Without one, its whole tree gets the stop signal of its spec, and
    /// KILL after the grace period; `KILL` kills the whole tree at once; any other goes to the leader only.
    /// Has no effect on an ended process. A queued one is cancelled: it ends as `failed` and is never started.
    pub async fn kill(&self, id: Uuid, signal: Option<String>) -> Result<Process, Error> {
        Self::check_signal(signal.as_deref())?;
        if let Some(live) = self.registry.live(id) {
            let is_stop = signal.as_deref().is_none_or(|signal| signal == "KILL");
            if !is_stop {
                refuse_queued(&live, "there is nothing to send a signal to. To cancel it, stop it")?;
            } else if live.is_queued() && cancel(&self.registry, &live).await? {
                return self.get(id).await;
            }
            match live.ask(protocol::KILL, protocol::json(&Kill { signal })).await {
                Ok(()) => {}
                // It has just ended on its own, which is what was asked for.
                Err(Error::Conflict(_)) if live.process.borrow().state != ProcessState::Restarting => {}
                Err(error) => return Err(error),
            }
        }
        self.get(id).await
    }

    /// Refuses what is not the name of a signal.
    pub fn check_signal(signal: Option<&str>) -> Result<(), Error> {
        let Some(name) = signal.filter(|name| !is_signal(name)) else { return Ok(()) };
        let names = SIGNALS.join(", ");
        Err(Error::Field("signal", format!("{name:?} isn't a signal; use one of {names}.")))
    }

    /// Starts a new process with the same spec, secrets included.
    pub async fn restart(&self, started_by: &str, id: Uuid) -> Result<Process, Error> {
        let (_, spec) = self.spec(id).await?;
        self.create(started_by, spec).await
    }

    /// Finds a process with the spec that it would be run again with, secrets included.
    pub async fn spec(&self, id: Uuid) -> Result<(Process, ProcessSpec), Error> {
        again::spec(&self.registry, id).await
    }

    /// Removes an ended process, its output and its place in the history.
    pub async fn remove(&self, id: Uuid) -> Result<(), Error> {
        let process = self.get(id).await?;
        if process.state.is_active() {
            return Err(Error::Conflict(format!("{} is {}. Stop it before you remove it.", process.name, process.state.as_str())));
        }
        detached(remove(Arc::clone(&self.registry), process)).await
    }

    /// Sends input to a process, all of it or nothing; returns when its keeper has the bytes.
    pub async fn write_input(&self, id: Uuid, bytes: &[u8]) -> Result<(), Error> {
        let Some(live) = self.registry.live(id) else {
            let process = self.get(id).await?;
            return Err(Error::Conflict(format!("{} has ended and no longer accepts input; nothing was taken.", process.name)));
        };
        refuse_queued(&live, "nothing was taken")?;
        if bytes.len() > protocol::MAX_INPUT {
            let most = protocol::MAX_INPUT >> 20;
            return Err(Error::LimitReached(format!("At most {most} MiB of input can be sent at once; nothing was taken.")));
        }
        live.ask(protocol::INPUT, bytes.to_vec()).await
    }

    /// Tells a process that no more input will come.
    pub async fn close_input(&self, id: Uuid) -> Result<(), Error> {
        match self.registry.live(id) {
            Some(live) => {
                refuse_queued(&live, "its input cannot be closed yet")?;
                live.ask(protocol::CLOSE_STDIN, Vec::new()).await
            }
            None => self.get(id).await.map(drop),
        }
    }

    /// Opens a viewer on a process's output.
    pub async fn view(&self, id: Uuid) -> Result<Viewer, Error> {
        let (folder, reading) = (self.registry.folder(id), self.registry.readings.begin(id));
        let source = match self.registry.live(id) {
            Some(live) => {
                if let Some(position) = self.registry.queue.position(id) {
                    tell_position(&self.registry, &live, position);
                }
                Source::live(folder, reading, live, self.registry.config.viewers)?
            }
            None => Source::ended(folder, reading, self.get(id).await?),
        };
        Ok(Viewer::open(source))
    }

    /// Lines of the output that there is now, from a number on, and the number of the last one. Lines are numbered from 1; a negative
    /// number counts from the end. If there is no line of the number any more, the oldest ones are found.
    pub async fn lines(&self, id: Uuid, from: i64, limits: LineLimits) -> Result<(LogLines, u64), Error> {
        self.view(id).await?.lines(from, limits).await
    }

    /// Subscribes to what happens to processes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.registry.subscribe()
    }

    /// The ends of processes that somebody is yet to be told of.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(Arc::clone(&self.registry))
    }

    /// What whoever runs the engine must know, the worst first. [`Event::Problems`] tells of changes.
    pub fn problems(&self) -> Vec<Problem> {
        self.registry.problems.list()
    }

    /// Adds a problem of the program around the engine to its own, for as long as there is an error, from which `message` is made.
    pub fn add_problem(&self, code: ProblemCode, mut error: watch::Receiver<Option<String>>, message: fn(&str) -> String) {
        let registry = Arc::clone(&self.registry);
        error.mark_changed();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    Ok(()) = error.changed() => registry.problems.set(code, error.borrow_and_update().as_deref().map(message)),
                    () = registry.closed.cancelled() => return,
                    else => return,
                }
            }
        });
    }

    /// How many processes are active, queued ones included.
    pub fn active(&self) -> usize {
        self.registry.live_count()
    }

    /// The active processes that somebody has started, queued ones and those that were started again at boot included.
    pub fn active_of(&self, started_by: &str) -> Vec<Uuid> {
        self.registry.active_of(started_by)
    }

    /// How much is stored in the folder, and how much room there is for more. Cheap: no folder of a process is looked into.
    pub async fn disk(&self) -> Result<DiskUse, Error> {
        disk_use(&self.registry).await
    }

    /// How many of them are queued.
    pub fn queued(&self) -> usize {
        self.registry.queue.length()
    }
}

/// Refuses what a process that was not started yet cannot do. `why`: the end of a sentence.
fn refuse_queued(live: &Live, why: &str) -> Result<(), Error> {
    let process = live.process.borrow();
    if process.state != ProcessState::Queued {
        return Ok(());
    }
    Err(Error::Conflict(format!("{} is queued and has not been started; {why}.", process.name)))
}
