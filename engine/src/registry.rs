//! What the parts of an engine share: configuration, history, the running processes and the events.

use crate::{config::EngineConfig, descriptors::keeper_connections, error::Error, folder::Folder, live::Live, store::Store, vault::Vault};
use execdeck_wire::Process;
use std::{
    collections::HashMap,
    fs::{DirBuilder, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How many events a slow listener may fall behind before it misses some.
const EVENT_BACKLOG: usize = 1024;
/// How often rows that could not be written are retried.
const SAVE_AGAIN: Duration = Duration::from_secs(2);

/// Something that happened to a process.
#[derive(Clone, Debug)]
pub enum Event {
    /// It is new or its state has changed. Its long texts are cut, as in a list.
    Process(Arc<Process>),
    /// It was removed. As it was before.
    Removed(Arc<Process>),
}

/// What the parts of an engine share.
pub(crate) struct Registry {
    pub config: EngineConfig,
    pub store: Store,
    /// Cancelled when the last [`Engine`](crate::Engine) is dropped.
    pub closed: CancellationToken,
    /// One permit for each keeper that may be connected to at once.
    pub connections: Arc<Semaphore>,
    live: RwLock<HashMap<Uuid, Arc<Live>>>,
    /// Ended processes whose rows could not be written yet; they are tried again until they are.
    unsaved: Mutex<HashMap<Uuid, Process>>,
    active: Arc<AtomicUsize>,
    events: broadcast::Sender<Event>,
    /// Held for as long as the engine runs, so that no second server uses the folder.
    _lock: File,
}

/// A slot for one of the processes that may be active at once; released when dropped.
pub(crate) struct Slot(Arc<AtomicUsize>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Registry {
    /// Opens the data folder, creating it if need be.
    pub(crate) fn open(config: EngineConfig) -> Result<Self, Error> {
        let processes = config.folder.join("processes");
        DirBuilder::new().recursive(true).mode(0o700).create(&processes).map_err(Error::io("creating the folder", &processes))?;
        let folder = config.folder.canonicalize().map_err(Error::io("finding the folder", &config.folder))?;
        let config = EngineConfig { folder, ..config };
        let lock = config.folder.join("lock");
        let lock = File::create(&lock).map_err(Error::io("creating the lock", &lock))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse(config.folder)),
            Err(TryLockError::Error(error)) => return Err(Error::io("locking", &config.folder)(error)),
        }
        let vault = config.vault.clone().map_or_else(|| Vault::open(&config.folder), Ok)?;
        let store = Store::open_with(&config.folder.join("execdeck.db"), vault)?;
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        let connections = keeper_connections(config.concurrent);
        let (live, unsaved, active) = Default::default();
        Ok(Self { config, store, closed: CancellationToken::new(), connections, live, unsaved, active, events, _lock: lock })
    }

    pub(crate) fn folder(&self, id: Uuid) -> Folder {
        Folder::of(&self.config.folder.join("processes"), id)
    }

    /// Reserves a slot for a new process, unless the limit has been reached.
    pub(crate) fn reserve(&self) -> Option<Slot> {
        let taken = self.active.fetch_update(Ordering::AcqRel, Ordering::Acquire, |active| {
            Some(active + 1).filter(|active| *active <= self.config.concurrent)
        });
        taken.is_ok().then(|| Slot(Arc::clone(&self.active)))
    }

    /// Takes a slot for a process that already runs, whatever the limit is now.
    pub(crate) fn occupy(&self) -> Slot {
        self.active.fetch_add(1, Ordering::AcqRel);
        Slot(Arc::clone(&self.active))
    }

    pub(crate) fn live(&self, id: Uuid) -> Option<Arc<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn live_count(&self) -> usize {
        self.live.read().unwrap_or_else(PoisonError::into_inner).len()
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
        let Err(error) = self.store.save(process.clone()).await else { return };
        tracing::error!(id = %process.id, %error, "the end of a process could not be written to the history; trying again");
        self.lock_unsaved().insert(process.id, process.clone());
        tokio::spawn(save_later(Arc::clone(self), process.id));
    }

    /// The newest state of a process, if the history does not have it yet.
    pub(crate) fn newer_than_history(&self, id: Uuid) -> Option<Process> {
        if let Some(live) = self.live(id) {
            let mut process = live.process.borrow().clone();
            process.output = live.extent.borrow().range;
            return Some(process);
        }
        self.lock_unsaved().get(&id).cloned()
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
        if registry.store.save(process).await.is_ok() {
            tracing::info!(%id, "the end of a process is in the history now");
            registry.forget_unsaved(id);
            return;
        }
    }
}
