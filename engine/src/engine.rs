//! What callers ask of the engine.

use crate::{
    config::EngineConfig,
    error::Error,
    folder::Status,
    process::new_process,
    protocol::{self, Kill},
    reconcile::reconcile,
    registry::{Event, Registry},
    source::Source,
    spawn::spawn_keeper,
    supervise::supervise,
    viewer::Viewer,
};
use execdeck_wire::{Process, ProcessFilter, ProcessPage, ProcessSpec, ProcessState, SIGNALS, is_signal};
use std::sync::Arc;
use tokio::sync::broadcast;
use uuid::Uuid;

/// Runs, finds and stops processes. Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    registry: Arc<Registry>,
}

impl Engine {
    /// Opens the folder, making it if need be, and reattaches to every process that still runs in it.
    pub async fn open(config: EngineConfig) -> Result<Self, Error> {
        let registry = Arc::new(Registry::open(config)?);
        reconcile(&registry).await?;
        Ok(Self { registry })
    }

    /// Starts a process and returns when it runs or has failed to start: a program that cannot be started is a
    /// process in state `failed`, whose `exit.error` says why. `started_by` is the name on record.
    pub async fn create(&self, started_by: &str, mut spec: ProcessSpec) -> Result<Process, Error> {
        spec.validate()?;
        let registry = &self.registry;
        if let (Some(asked), Some(most)) = (spec.timeout_seconds, registry.config.max_timeout_seconds)
            && asked > most
        {
            return Err(Error::BadRequest(format!("timeout_seconds: the longest timeout here is {most} seconds.")));
        }
        spec.timeout_seconds = spec.timeout_seconds.or(registry.config.default_timeout_seconds);
        if spec.limits.output_bytes == 0 {
            spec.limits.output_bytes = registry.config.output_bytes;
        }
        if registry.live_count() >= registry.config.concurrent {
            return Err(Error::TooMany(registry.config.concurrent));
        }
        let process = new_process(Uuid::now_v7(), spec.masked(), started_by);
        let id = process.id;
        let folder = registry.folder(id);
        let status = Status::starting(&spec, started_by);
        folder.create(&spec, &status).map_err(Error::io("making the folder", folder.path()))?;
        registry.store.save(process.clone()).await?;
        let live = match spawn_keeper(&registry.config.keeper, &folder) {
            Ok(connection) => supervise(registry, process, connection),
            Err(error) => {
                registry.store.remove(id).await?;
                let _ = folder.remove();
                return Err(Error::io("starting the keeper", &registry.config.keeper)(error));
            }
        };
        let mut changes = live.process.subscribe();
        let process = changes.wait_for(|process| process.state != ProcessState::Starting).await;
        let process = process.map_err(|_| Error::NotFound(id))?.clone();
        tracing::info!(%id, name = process.name, started_by, state = process.state.as_str(), "created");
        Ok(process)
    }

    /// Finds a process.
    pub async fn get(&self, id: Uuid) -> Result<Process, Error> {
        if let Some(live) = self.registry.live(id) {
            let mut process = live.process.borrow().clone();
            process.output = live.extent.borrow().range;
            return Ok(process);
        }
        self.registry.store.get(id).await?.ok_or(Error::NotFound(id))
    }

    /// Lists processes, newest first.
    pub async fn list(&self, filter: ProcessFilter) -> Result<ProcessPage, Error> {
        if filter.limit.is_some_and(|limit| !(1..=500).contains(&limit)) {
            return Err(Error::BadRequest("limit: between 1 and 500 processes come at a time.".into()));
        }
        let mut page = self.registry.store.list(filter).await?;
        for process in &mut page.processes {
            if let Some(live) = self.registry.live(process.id) {
                process.output = live.extent.borrow().range;
            }
        }
        Ok(page)
    }

    /// Waits until a process has ended.
    pub async fn wait(&self, id: Uuid) -> Result<Process, Error> {
        let Some(live) = self.registry.live(id) else { return self.get(id).await };
        let mut news = live.process.subscribe();
        let process = news.wait_for(|process| !process.state.is_active()).await;
        Ok(process.map_err(|_| Error::NotFound(id))?.clone())
    }

    /// Stops a process or sends it a signal. Without one, its whole tree gets the stop signal of its spec, and
    /// KILL after the grace period; `KILL` kills the whole tree at once; any other goes to the leader only.
    /// What has ended already is left as it is.
    pub async fn kill(&self, id: Uuid, signal: Option<String>) -> Result<Process, Error> {
        if let Some(name) = signal.as_deref().filter(|name| !is_signal(name)) {
            let names = SIGNALS.join(", ");
            return Err(Error::BadRequest(format!("signal: unknown signal {name:?}; use one of {names}")));
        }
        if let Some(live) = self.registry.live(id) {
            tracing::info!(%id, signal = signal.as_deref().unwrap_or("stop"), "kill");
            match live.ask(protocol::json_message(protocol::KILL, &Kill { signal })).await {
                // It ended by itself meanwhile: what was wanted is so.
                Ok(()) | Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.get(id).await
    }

    /// Starts a new process with the same spec, secrets included.
    pub async fn restart(&self, started_by: &str, id: Uuid) -> Result<Process, Error> {
        self.get(id).await?;
        let folder = self.registry.folder(id);
        let spec = folder.read_spec().map_err(Error::io("reading the spec", folder.path()))?;
        self.create(started_by, spec).await
    }

    /// Removes an ended process, its output and its place in the history.
    pub async fn remove(&self, id: Uuid) -> Result<(), Error> {
        let process = self.get(id).await?;
        if process.state.is_active() {
            return Err(Error::Conflict(format!("{} is {}. Stop it before you remove it.", process.name, process.state.as_str())));
        }
        let folder = self.registry.folder(id);
        folder.remove().map_err(Error::io("removing the folder", folder.path()))?;
        self.registry.store.remove(id).await?;
        self.registry.announce(Event::Removed(id));
        tracing::info!(%id, "removed");
        Ok(())
    }

    /// Types into a process; returns when its keeper has the bytes.
    pub async fn write_input(&self, id: Uuid, bytes: &[u8]) -> Result<(), Error> {
        let Some(live) = self.registry.live(id) else {
            let process = self.get(id).await?;
            return Err(Error::Conflict(format!("{} has ended and takes no more input.", process.name)));
        };
        tracing::debug!(%id, bytes = bytes.len(), "input");
        for piece in bytes.chunks(protocol::MAX_MESSAGE / 4) {
            live.ask(protocol::message(protocol::INPUT, piece)).await?;
        }
        Ok(())
    }

    /// Tells a process that no more input will come.
    pub async fn close_input(&self, id: Uuid) -> Result<(), Error> {
        match self.registry.live(id) {
            Some(live) => live.ask(protocol::message(protocol::CLOSE_STDIN, &[])).await,
            None => self.get(id).await.map(drop),
        }
    }

    /// Opens a viewer on a process's output.
    pub async fn view(&self, id: Uuid) -> Result<Viewer, Error> {
        let source = match self.registry.live(id) {
            Some(live) => Source::live(self.registry.folder(id), live, self.registry.config.viewers)?,
            None => Source::ended(self.registry.folder(id), self.get(id).await?),
        };
        Ok(Viewer::open(source))
    }

    /// All output from an offset on that is there now, however much; [`view`](Self::view) reads in pieces.
    pub async fn read_output(&self, id: Uuid, from: u64) -> Result<Vec<u8>, Error> {
        let mut viewer = self.view(id).await?;
        viewer.seek(from);
        let end = viewer.extent().range.end;
        let mut output = Vec::new();
        while let Some(piece) = viewer.read_before(end, 256 << 10).await? {
            output.extend_from_slice(piece.bytes());
        }
        Ok(output)
    }

    /// What happens to processes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.registry.subscribe()
    }

    /// How many processes are active.
    pub fn active(&self) -> usize {
        self.registry.live_count()
    }
}
