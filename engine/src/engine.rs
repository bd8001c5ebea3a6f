//! What callers ask of the engine.

use crate::{
    attach::on_blocking_pool,
    config::EngineConfig,
    create::{create, detached},
    error::Error,
    origin::Origin,
    protocol::{self, Kill},
    reconcile::reconcile,
    registry::{Event, Registry},
    remove::remove,
    scope::Scope,
    source::Source,
    store::StoreError,
    vault::VaultError,
    viewer::Viewer,
};
use execdeck_wire::{Process, ProcessFilter, ProcessPage, ProcessSpec, SIGNALS, is_signal};
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio_util::sync::DropGuard;
use uuid::Uuid;

/// The most words that a name is looked for by.
const MAX_WORDS: usize = 20;

/// Runs, finds and stops processes. Cheap to clone; all clones are one engine. When the last one is dropped, the
/// engine releases its folder; processes keep running.
#[derive(Clone)]
pub struct Engine {
    registry: Arc<Registry>,
    _close: Arc<DropGuard>,
}

impl Engine {
    /// Opens the folder, creating it if need be, and reattaches to every process that still runs in it.
    pub async fn open(config: EngineConfig) -> Result<Self, Error> {
        let registry = tokio::task::spawn_blocking(|| Registry::open(config)).await.map_err(StoreError::from)??;
        let registry = Arc::new(registry);
        let close = Arc::new(registry.closed.clone().drop_guard());
        reconcile(&registry).await?;
        Ok(Self { registry, _close: close })
    }

    /// Starts a process and returns when it runs or has failed to start: a program that cannot be started is a
    /// process in state `failed`, whose `exit.error` says why. `started_by` is the name on record. The start is
    /// completed even if the caller stops waiting for it.
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
        let Some(template) = self.get(id).await?.template else { return Ok(None) };
        match self.registry.store.origin(id).await {
            Err(StoreError::Vault(error @ (VaultError::UnknownKey | VaultError::Damaged))) => {
                tracing::error!(%id, %error, "the values that a process was started with cannot be read");
                let message = "The values that it was started with cannot be read: they were stored under another key, or changed. Put \
                    the earlier secret.key back, or start its template with other values.";
                Err(Error::Conflict(message.into()))
            }
            values => Ok(values?.map(|values| Origin { template, values })),
        }
    }

    /// Finds a process.
    pub async fn get(&self, id: Uuid) -> Result<Process, Error> {
        if let Some(process) = self.registry.newer_than_history(id) {
            return Ok(process);
        }
        self.registry.store.get(id).await?.ok_or(Error::NotFound(id))
    }

    /// Lists processes, newest first.
    pub async fn list(&self, filter: ProcessFilter) -> Result<ProcessPage, Error> {
        self.list_within(Scope::All, filter).await
    }

    /// Lists the processes that exist for a caller, newest first, and counts only those.
    pub async fn list_within(&self, scope: Scope, filter: ProcessFilter) -> Result<ProcessPage, Error> {
        if filter.limit.is_some_and(|limit| !(1..=500).contains(&limit)) {
            return Err(Error::BadRequest("limit must be between 1 and 500.".into()));
        }
        let words = filter.name.iter().flat_map(|name| name.split_whitespace()).count();
        if words > MAX_WORDS {
            return Err(Error::Field("name", format!("At most {MAX_WORDS} words can be looked for.")));
        }
        let mut page = self.registry.store.list(scope, filter).await?;
        for process in &mut page.processes {
            if let Some(newer) = self.registry.newer_than_history(process.id) {
                *process = newer;
                process.shorten();
            }
        }
        Ok(page)
    }

    /// Waits until a process has ended.
    pub async fn wait(&self, id: Uuid) -> Result<Process, Error> {
        let Some(live) = self.registry.live(id) else { return self.get(id).await };
        let mut changes = live.process.subscribe();
        let process = changes.wait_for(|process| !process.state.is_active()).await;
        Ok(process.map_err(|_| Error::NotFound(id))?.clone())
    }

    /// Waits until a process has ended or the engine is closed, without keeping it open.
    pub fn ended_or_closed(&self, id: Uuid) -> impl Future<Output = ()> + Send + use<> {
        let changes = self.registry.live(id).map(|live| live.process.subscribe());
        let closed = self.registry.closed.clone();
        async move {
            let Some(mut changes) = changes else { return };
            tokio::select! {
                _ = changes.wait_for(|process| !process.state.is_active()) => {}
                () = closed.cancelled() => {}
            }
        }
    }

    /// Stops a process or sends it a signal. Without one, its whole tree gets the stop signal of its spec, and
    /// KILL after the grace period; `KILL` kills the whole tree at once; any other goes to the leader only.
    /// Has no effect on an ended process.
    pub async fn kill(&self, id: Uuid, signal: Option<String>) -> Result<Process, Error> {
        Self::check_signal(signal.as_deref())?;
        if let Some(live) = self.registry.live(id) {
            match live.ask(protocol::KILL, protocol::json(&Kill { signal })).await {
                // It has just ended on its own, which is what was asked for.
                Ok(()) | Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.get(id).await
    }

    /// Refuses what is not the name of a signal.
    pub fn check_signal(signal: Option<&str>) -> Result<(), Error> {
        let Some(name) = signal.filter(|name| !is_signal(name)) else { return Ok(()) };
        let names = SIGNALS.join(", ");
        Err(Error::BadRequest(format!("signal: {name:?} isn't a signal; use one of {names}.")))
    }

    /// Starts a new process with the same spec, secrets included.
    pub async fn restart(&self, started_by: &str, id: Uuid) -> Result<Process, Error> {
        let (_, spec) = self.spec(id).await?;
        self.create(started_by, spec).await
    }

    /// Finds a process with the spec that it would be run again with, secrets included.
    pub async fn spec(&self, id: Uuid) -> Result<(Process, ProcessSpec), Error> {
        let process = self.get(id).await?;
        let folder = self.registry.folder(id);
        let path = folder.path().to_owned();
        let mut spec = on_blocking_pool(move || folder.read_spec()).await.map_err(Error::io("reading the spec", path))?;
        if spec.has_masked_secrets() {
            let lost =
                || Error::Conflict("Its secrets are no longer stored. Choose \u{201c}Edit and run\u{201d} and enter them again.".into());
            spec.secret_env = match self.registry.store.secrets(id).await {
                Err(StoreError::Vault(error @ (VaultError::UnknownKey | VaultError::Damaged))) => {
                    tracing::error!(%id, %error, "the secrets of a process cannot be read");
                    let message = "Its secrets cannot be read: they were stored under another key, or changed. Put the earlier \
                        secret.key back, or choose \u{201c}Edit and run\u{201d} and enter them again.";
                    return Err(Error::Conflict(message.into()));
                }
                secrets => secrets?.ok_or_else(lost)?,
            };
        }
        Ok((process, spec))
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
        if bytes.len() > protocol::MAX_INPUT {
            let most = protocol::MAX_INPUT >> 20;
            return Err(Error::LimitReached(format!("At most {most} MiB of input can be sent at once; nothing was taken.")));
        }
        live.ask(protocol::INPUT, bytes.to_vec()).await
    }

    /// Tells a process that no more input will come.
    pub async fn close_input(&self, id: Uuid) -> Result<(), Error> {
        match self.registry.live(id) {
            Some(live) => live.ask(protocol::CLOSE_STDIN, Vec::new()).await,
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

    /// Subscribes to what happens to processes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.registry.subscribe()
    }

    /// How many processes are active.
    pub fn active(&self) -> usize {
        self.registry.live_count()
    }
}
