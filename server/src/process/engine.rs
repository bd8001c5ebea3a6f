//! The engine: what there is, what runs, and what is asked of it.

use super::{
    error::Error,
    folder::{Folder, Status},
    live::Live,
    protocol::{self, Kill},
    viewer::{Viewer, open_viewer},
};
use crate::store::Store;
use execdeck_app::{
    service::Actor,
    wire::{Page, Process, ProcessFilter, ProcessSpec, ProcessState, is_signal},
};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    fs::{DirBuilder, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::broadcast;
use uuid::Uuid;

/// How an engine runs processes.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where everything is kept.
    pub folder: PathBuf,
    /// The program that understands `keep DIR`: an `execdeck`, or one that calls [`keep_if_asked`](super::keep_if_asked)
    /// first thing in its `main`. By default the running program.
    pub keeper: PathBuf,
    /// How many processes may be active at once.
    pub concurrent: usize,
    /// Output kept per process, in bytes, unless its spec says otherwise.
    pub output_bytes: u64,
    /// The timeout, in seconds, of a process whose spec has none; `None` for no timeout.
    pub default_timeout_seconds: Option<u64>,
    /// The longest timeout, in seconds, that a spec may ask for.
    pub max_timeout_seconds: Option<u64>,
    /// How many viewers may watch one process at once.
    pub viewers: usize,
}

impl EngineConfig {
    /// The defaults, with everything kept in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            // The link itself: it leads to the running program even after an upgrade has replaced its file.
            keeper: PathBuf::from("/proc/self/exe"),
            concurrent: 1000,
            output_bytes: 256 << 20,
            default_timeout_seconds: None,
            max_timeout_seconds: None,
            viewers: 256,
        }
    }
}

/// Something that happened to a process.
#[derive(Clone, Debug)]
pub enum Event {
    /// It is new or its state has changed.
    Process(Arc<Process>),
    /// It was removed.
    Removed(Uuid),
}

/// What the engine's parts share.
pub(crate) struct Shared {
    pub config: EngineConfig,
    pub store: Store,
    pub live: RwLock<HashMap<Uuid, Arc<Live>>>,
    events: broadcast::Sender<Event>,
    /// Held as long as we live, so that no second server uses the folder.
    _lock: File,
}

impl Shared {
    pub(crate) fn folder(&self, id: Uuid) -> Folder {
        Folder::of(&self.config.folder.join("processes"), id)
    }

    pub(crate) fn live(&self, id: Uuid) -> Option<Arc<Live>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn live_count(&self) -> usize {
        self.live.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn remember(&self, id: Uuid, live: Arc<Live>) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).insert(id, live);
    }

    pub(crate) fn forget(&self, id: Uuid) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Writes the history; a failure is logged, since the process goes on regardless and its folder has the truth.
    pub(crate) async fn record(&self, process: &Process) {
        if let Err(error) = self.store.save(process.clone()).await {
            tracing::error!(id = %process.id, %error, "the history could not be written");
        }
    }

    pub(crate) fn announce(&self, process: Process) {
        let _ = self.events.send(Event::Process(Arc::new(process)));
    }
}

/// Runs, finds and stops processes. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

impl Engine {
    /// Opens the folder, making it if need be, and takes over every process that still runs in it.
    pub async fn open(config: EngineConfig) -> Result<Self, Error> {
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
        let (events, _) = broadcast::channel(1024);
        let shared = Arc::new(Shared { config, store, live: RwLock::default(), events, _lock: lock });
        super::adopt::adopt(&shared).await?;
        Ok(Self { shared })
    }

    /// Starts a process and returns when it runs or has failed to start: a program that cannot be started is a
    /// process in state `failed`, whose `exit.error` says why.
    pub async fn create(&self, actor: &Actor, mut spec: ProcessSpec) -> Result<Process, Error> {
        spec.validate()?;
        let shared = &self.shared;
        if let (Some(asked), Some(most)) = (spec.timeout_seconds, shared.config.max_timeout_seconds)
            && asked > most
        {
            return Err(Error::BadRequest(format!("timeout_seconds: the longest timeout here is {most} seconds.")));
        }
        spec.timeout_seconds = spec.timeout_seconds.or(shared.config.default_timeout_seconds);
        if spec.limits.output_bytes == 0 {
            spec.limits.output_bytes = shared.config.output_bytes;
        }
        if shared.live_count() >= shared.config.concurrent {
            return Err(Error::TooMany(shared.config.concurrent));
        }
        let process = new_process(Uuid::now_v7(), spec.masked(), &actor.name);
        let folder = shared.folder(process.id);
        let status = Status::starting(&spec, &actor.name);
        folder.create(&spec, &status).map_err(Error::io("making the folder", folder.path()))?;
        shared.store.save(process.clone()).await?;
        let live = match super::spawn::spawn_keeper(&shared.config.keeper, &folder) {
            Ok(connection) => Live::start(Arc::clone(shared), process.clone(), connection),
            Err(error) => {
                shared.store.remove(process.id).await?;
                let _ = folder.remove();
                return Err(Error::io("starting the keeper", &shared.config.keeper)(error));
            }
        };
        let mut news = live.process.subscribe();
        shared.remember(process.id, Arc::clone(&live));
        // It may have ended before it was remembered.
        if live.reach.borrow().ended {
            shared.forget(process.id);
        }
        let process = news.wait_for(|process| process.state != ProcessState::Starting).await;
        let process = process.map_err(|_| Error::NotFound(process_id(&live)))?.clone();
        tracing::info!(id = %process.id, name = process.name, by = actor.name, state = process.state.as_str(), "created");
        Ok(process)
    }

    /// Finds a process.
    pub async fn get(&self, id: Uuid) -> Result<Process, Error> {
        if let Some(live) = self.shared.live(id) {
            let mut process = live.process.borrow().clone();
            process.output = live.reach.borrow().range;
            return Ok(process);
        }
        self.shared.store.get(id).await?.ok_or(Error::NotFound(id))
    }

    /// Lists processes, newest first.
    pub async fn list(&self, filter: ProcessFilter) -> Result<Page, Error> {
        if filter.limit.is_some_and(|limit| !(1..=500).contains(&limit)) {
            return Err(Error::BadRequest("limit: between 1 and 500 processes come at a time.".into()));
        }
        let mut page = self.shared.store.list(filter).await?;
        for process in &mut page.processes {
            if let Some(live) = self.shared.live(process.id) {
                process.output = live.reach.borrow().range;
            }
        }
        Ok(page)
    }

    /// Waits until a process has ended.
    pub async fn wait(&self, id: Uuid) -> Result<Process, Error> {
        let Some(live) = self.shared.live(id) else { return self.get(id).await };
        let mut news = live.process.subscribe();
        let process = news.wait_for(|process| !process.state.is_active()).await;
        Ok(process.map_err(|_| Error::NotFound(id))?.clone())
    }

    /// Stops a process or sends it a signal. Without one, its whole tree gets the stop signal of its spec, and
    /// KILL after the grace period; `KILL` kills the whole tree at once; any other goes to the leader only.
    /// What has ended already is left as it is.
    pub async fn kill(&self, actor: &Actor, id: Uuid, signal: Option<String>) -> Result<Process, Error> {
        if let Some(name) = signal.as_deref().filter(|name| !is_signal(name)) {
            let names = execdeck_app::wire::SIGNALS.join(", ");
            return Err(Error::BadRequest(format!("signal: unknown signal {name:?}; use one of {names}")));
        }
        if let Some(live) = self.shared.live(id) {
            tracing::info!(%id, by = actor.name, signal = signal.as_deref().unwrap_or("stop"), "kill");
            match live.ask(protocol::json_message(protocol::KILL, &Kill { signal })).await {
                // It ended by itself meanwhile: what was wanted is so.
                Ok(()) | Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.get(id).await
    }

    /// Starts a new process with the same spec, secrets included.
    pub async fn restart(&self, actor: &Actor, id: Uuid) -> Result<Process, Error> {
        self.get(id).await?;
        let folder = self.shared.folder(id);
        let spec = folder.read_spec().map_err(Error::io("reading the spec", folder.path()))?;
        self.create(actor, spec).await
    }

    /// Removes an ended process, its output and its place in the history.
    pub async fn remove(&self, actor: &Actor, id: Uuid) -> Result<(), Error> {
        let process = self.get(id).await?;
        if process.state.is_active() {
            return Err(Error::Conflict(format!("{} is {}. Stop it before you remove it.", process.name, process.state.as_str())));
        }
        let folder = self.shared.folder(id);
        folder.remove().map_err(Error::io("removing the folder", folder.path()))?;
        self.shared.store.remove(id).await?;
        let _ = self.shared.events.send(Event::Removed(id));
        tracing::info!(%id, by = actor.name, "removed");
        Ok(())
    }

    /// Types into a process; returns when its keeper has the bytes.
    pub async fn write_input(&self, actor: &Actor, id: Uuid, bytes: &[u8]) -> Result<(), Error> {
        let Some(live) = self.shared.live(id) else {
            let process = self.get(id).await?;
            return Err(Error::Conflict(format!("{} has ended and takes no more input.", process.name)));
        };
        tracing::debug!(%id, by = actor.name, bytes = bytes.len(), "input");
        for piece in bytes.chunks(protocol::MAX_MESSAGE / 4) {
            live.ask(protocol::message(protocol::INPUT, piece)).await?;
        }
        Ok(())
    }

    /// Tells a process that no more input will come.
    pub async fn close_input(&self, id: Uuid) -> Result<(), Error> {
        match self.shared.live(id) {
            Some(live) => live.ask(protocol::message(protocol::CLOSE_STDIN, &[])).await,
            None => self.get(id).await.map(drop),
        }
    }

    /// Opens a viewer on a process's output.
    pub async fn view(&self, id: Uuid) -> Result<Viewer, Error> {
        open_viewer(self, id).await
    }

    /// All output from an offset on that is there now, however much; [`view`](Self::view) reads in pieces.
    pub async fn read_output(&self, id: Uuid, from: u64) -> Result<Vec<u8>, Error> {
        let mut viewer = self.view(id).await?;
        viewer.seek(from);
        let end = viewer.reach().range.end;
        let mut output = Vec::new();
        while let Some(piece) = viewer.read_before(end, 256 << 10).await? {
            output.extend_from_slice(piece.bytes());
        }
        Ok(output)
    }

    /// What happens to processes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// How many processes are active.
    pub fn active(&self) -> usize {
        self.shared.live_count()
    }
}

fn process_id(live: &Live) -> Uuid {
    live.process.borrow().id
}

/// A process that was asked for just now.
pub(crate) fn new_process(id: Uuid, spec: ProcessSpec, started_by: &str) -> Process {
    Process {
        id,
        name: spec.display_name(),
        terminal: spec.terminal,
        spec,
        state: ProcessState::Starting,
        pid: None,
        restarts: 0,
        created_at: Timestamp::now(),
        started_at: None,
        ended_at: None,
        duration_ms: None,
        exit: None,
        output: execdeck_app::wire::OutputRange::default(),
        started_by: started_by.to_owned(),
        usage: None,
    }
}
