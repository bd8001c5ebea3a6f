//! What the parts of an engine share: configuration, history, the running processes and the events.

use crate::{
    abilities::Abilities,
    boot::Boot,
    config::EngineConfig,
    descriptors::keeper_connections,
    error::Error,
    folder::Folder,
    leftovers::Leftovers,
    live::Live,
    lock::lock,
    problems::Problems,
    queue::Queue,
    readings::Readings,
    store::{Newer, Store},
    vault::Vault,
};
use execdeck_wire::{Problem, Process};
use std::{
    collections::HashMap,
    fs::{DirBuilder, File},
    os::unix::fs::DirBuilderExt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How many events a slow listener may fall behind before it misses some.
const EVENT_BACKLOG: usize = 1024;
/// How many processes are being started at once. A start costs a few milliseconds of a core and several writes.
const STARTS: usize = 8;
/// How often rows that could not be written are retried.
const SAVE_AGAIN: Duration = Duration::from_secs(2);

/// Something that happened to a process, or to the server.
#[derive(Clone, Debug)]
pub enum Event {
    /// It is new or its state has changed. Its long texts are cut, as in a list.
    Process(Arc<Process>),
    /// It was removed. As it was before.
    Removed(Arc<Process>),
    /// These are the problems that there are now, the worst first; they were others before.
    Problems(Arc<Vec<Problem>>),
}

/// What the parts of an engine share.
pub(crate) struct Registry {
    pub config: EngineConfig,
    pub store: Store,
    pub vault: Vault,
    pub problems: Problems,
    pub boot: Boot,
    pub abilities: Abilities,
    /// Kills what dead keepers have left.
    pub leftovers: Leftovers,
    /// Cancelled when the last [`Engine`](crate::Engine) is dropped.
    pub closed: CancellationToken,
    /// Cancelled when every keeper that runs is known.
    pub all_found: CancellationToken,
    /// One permit for each keeper that may be connected to at once.
    pub connections: Arc<Semaphore>,
    /// Who may be active, and who waits.
    pub queue: Queue,
    /// One permit for each process that may be being started at once.
    pub starts: Semaphore,
    /// Whose output is being read.
    pub readings: Arc<Readings>,
    live: RwLock<HashMap<Uuid, Arc<Live>>>,
    /// Ended processes whose rows could not be written yet; they are tried again until they are.
    unsaved: Mutex<HashMap<Uuid, Process>>,
    events: broadcast::Sender<Event>,
    /// Held for as long as the engine runs, so that no second server uses the folder.
    _lock: File,
}

impl Registry {
    /// Opens the data folder, creating it if need be.
    pub(crate) fn open(config: EngineConfig) -> Result<Self, Error> {
        let processes = config.folder.join("processes");
        DirBuilder::new().recursive(true).mode(0o700).create(&processes).map_err(Error::io("creating the folder", &processes))?;
        let folder = config.folder.canonicalize().map_err(Error::io("finding the folder", &config.folder))?;
        let config = EngineConfig { folder, ..config };
        let lock = lock(&config.folder)?;
        let vault = config.vault.clone().map_or_else(|| Vault::open(&config.folder), Ok)?;
        let store = Store::open_with(&config.folder.join("execdeck.db"), vault.clone())?;
        let boot = Boot::open(&config);
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        let connections = keeper_connections(config.concurrent);
        let abilities = Abilities::find(config.folder.clone(), config.cgroup.clone());
        abilities.resume();
        let queue = Queue::new(config.concurrent, config.queue, &config.per_label);
        let (closed, all_found, starts) = (CancellationToken::new(), CancellationToken::new(), Semaphore::new(STARTS));
        let (problems, leftovers, readings, live, unsaved) = Default::default();
        Ok(Self {
            config,
            store,
            vault,
            boot,
            problems,
            abilities,
            leftovers,
            closed,
            all_found,
            connections,
            queue,
            starts,
            readings,
            live,
            unsaved,
            events,
            _lock: lock,
        })
    }

    pub(crate) fn folder(&self, id: Uuid) -> Folder {
        Folder::of(&self.config.folder.join("processes"), id)
    }

    pub(crate) fn live(&self, id: Uuid) -> Option<Arc<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn live_count(&self) -> usize {
        self.live.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Bytes of output that the active processes keep.
    pub(crate) fn live_output(&self) -> u64 {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let kept = live.values().map(|live| live.extent.borrow().range);
        kept.map(|range| range.end.saturating_sub(range.start)).fold(0, u64::saturating_add)
    }

    /// The processes that are active, queued ones included.
    pub(crate) fn all_live(&self) -> Vec<Arc<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The active processes that somebody has started, queued ones included.
    pub(crate) fn active_of(&self, started_by: &str) -> Vec<Uuid> {
        let is_of = |live: &Live| {
            let process = live.process.borrow();
            process.started_by == started_by && process.state.is_active()
        };
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.iter().filter(|(_, live)| is_of(live)).map(|(id, _)| *id).collect()
    }

    pub(crate) fn insert(&self, id: Uuid, live: Arc<Live>) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).insert(id, live);
    }

    pub(crate) fn remove(&self, id: Uuid) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Writes the history while a process runs; a failure is logged, since the next change writes it again and the
    /// folder has the truth.
    pub(crate) async fn record(&self, process: &Process) {
        if let Err(error) = self.store.save(process.clone()).await {
            tracing::error!(id = %process.id, %error, "the history could not be written");
        }
    }

    /// Writes the end of a process. If that fails, callers see it anyway, and it is retried until it succeeds.
    pub(crate) async fn record_end(self: &Arc<Self>, process: &Process) {
        let Err(error) = self.store.save_end(process.clone()).await else { return };
        tracing::error!(id = %process.id, %error, "the end of a process could not be written to the history; trying again");
        self.lock_unsaved().insert(process.id, process.clone());
        tokio::spawn(save_later(Arc::clone(self), process.id));
    }

    /// The newest state of a process, if the history does not have it yet.
    pub(crate) fn newer_than_history(&self, id: Uuid) -> Option<Process> {
        if let Some(live) = self.live(id) {
            let mut process = live.process.borrow().clone();
            process.set_output(live.extent.borrow().range);
            return Some(process);
        }
        self.lock_unsaved().get(&id).cloned()
    }

    /// What has ended and is still active in the history.
    pub(crate) fn unsaved(&self) -> Newer {
        self.lock_unsaved().values().collect()
    }

    /// Whether the end of some process is still to be written to the history.
    pub(crate) fn has_unsaved(&self) -> bool {
        !self.lock_unsaved().is_empty()
    }

    /// Stops retrying to write a process that is being removed.
    pub(crate) fn forget_unsaved(&self, id: Uuid) {
        self.lock_unsaved().remove(&id);
    }

    fn lock_unsaved(&self) -> MutexGuard<'_, HashMap<Uuid, Process>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn announce(&self, event: Event) {
        let _ = self.events.send(event);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}

async fn save_later(registry: Arc<Registry>, id: Uuid) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SAVE_AGAIN) => {}
            () = registry.closed.cancelled() => return,
        }
        let Some(process) = registry.lock_unsaved().get(&id).cloned() else { return };
        if registry.store.save_end(process).await.is_ok() {
            tracing::info!(%id, "the end of a process is in the history now");
            registry.forget_unsaved(id);
            return;
        }
    }
}
