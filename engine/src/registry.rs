//! What the parts of an engine share: configuration, history, the running processes and the events.

use crate::{config::EngineConfig, error::Error, folder::Folder, live::Live, store::Store};
use execdeck_wire::Process;
use std::{
    collections::HashMap,
    fs::{DirBuilder, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::broadcast;
use uuid::Uuid;

/// Events that a slow listener may be behind before it misses some.
const EVENT_BACKLOG: usize = 1024;

/// Something that happened to a process.
#[derive(Clone, Debug)]
pub enum Event {
    /// It is new or its state has changed.
    Process(Arc<Process>),
    /// It was removed.
    Removed(Uuid),
}

/// What the parts of an engine share.
pub(crate) struct Registry {
    pub config: EngineConfig,
    pub store: Store,
    live: RwLock<HashMap<Uuid, Arc<Live>>>,
    events: broadcast::Sender<Event>,
    /// Held as long as we live, so that no second server uses the folder.
    _lock: File,
}

impl Registry {
    /// Opens the data folder, making it if need be.
    pub(crate) fn open(config: EngineConfig) -> Result<Self, Error> {
        let processes = config.folder.join("processes");
        DirBuilder::new().recursive(true).mode(0o700).create(&processes).map_err(Error::io("making the folder", &processes))?;
        let folder = config.folder.canonicalize().map_err(Error::io("finding the folder", &config.folder))?;
        let config = EngineConfig { folder, ..config };
        let lock = config.folder.join("lock");
        let lock = File::create(&lock).map_err(Error::io("making the lock", &lock))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse(config.folder)),
            Err(TryLockError::Error(error)) => return Err(Error::io("locking", &config.folder)(error)),
        }
        let store = Store::open(&config.folder.join("execdeck.db"))?;
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        Ok(Self { config, store, live: RwLock::default(), events, _lock: lock })
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

    pub(crate) fn insert(&self, id: Uuid, live: Arc<Live>) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).insert(id, live);
    }

    pub(crate) fn remove(&self, id: Uuid) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Writes the history; a failure is logged, since the process keeps running and its folder has the truth.
    pub(crate) async fn record(&self, process: &Process) {
        if let Err(error) = self.store.save(process.clone()).await {
            tracing::error!(id = %process.id, %error, "the history could not be written");
        }
    }

    pub(crate) fn announce(&self, event: Event) {
        let _ = self.events.send(event);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}
