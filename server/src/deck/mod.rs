//! The only facade over the engine: every call, stream, event, download and input goes through it, with its caller.
//!
//! It checks the caller's rights and logs what was done; nothing above it sees the engine.
//!
//! # Layout
//! - [`Deck`]: the calls, one method each. `people`: those about people. `service`: the same calls for the app's server functions. `rights`: who may do
//!   what. [`Events`] (`events`): what happens to the processes that a caller may see. `keeper`: the program that keeps a
//!   process. `secrets`: the key of stored secrets.

mod events;
mod keeper;
mod people;
mod rights;
mod secrets;
mod service;

pub use events::{Events, EventsLost};
pub use execdeck_app::service::Caller;
pub use people::{caller, may_run_free_commands};
pub use rights::may_run_commands;
pub use secrets::rotate_secret_key;

pub use execdeck_engine::{Chunk, Error as EngineError, Event, OutputExtent, Viewer};

use crate::{access::Access, config::Config};
use execdeck_engine::{Engine, EngineConfig, raise_open_files_limit};
use execdeck_wire::{ApiError, Counts, ErrorCode, Process, ProcessFilter, ProcessPage, ProcessSpec, Right, TerminalSize};
use rights::{covers, require, require_free_commands};
use uuid::Uuid;

/// The facade. Cheap to clone; all clones are one deck.
#[derive(Clone)]
pub struct Deck {
    engine: Engine,
    access: Access,
}

impl Deck {
    /// Opens the data folder, creating it if necessary, and reattaches to every process in it that is still running.
    pub async fn open(config: &Config, access: Access) -> Result<Self, EngineError> {
        let seconds = |seconds| Some(seconds).filter(|seconds| *seconds > 0);
        let folder = config.data.folder.clone();
        let keeper = tokio::task::spawn_blocking(move || keeper::install(&folder)).await.expect("installing the keeper does not panic");
        let engine = Engine::open(EngineConfig {
            keeper,
            concurrent: config.process.concurrent,
            output_bytes: config.output.bytes_per_process,
            default_timeout_seconds: seconds(config.process.default_timeout_seconds),
            max_timeout_seconds: seconds(config.process.max_timeout_seconds),
            viewers: config.stream.viewers,
            open_files: raise_open_files_limit(),
            ..EngineConfig::new(&config.data.folder)
        });
        Ok(Self { engine: engine.await?, access })
    }

    /// Starts a process. If its program cannot be started, it is a process in state `failed`, not an error.
    pub async fn create(&self, caller: &Caller, spec: ProcessSpec) -> Result<Process, ApiError> {
        may_run_commands(caller)?;
        if !caller.covers(&spec.labels, None) {
            let message = "Your rights are limited to some labels, which the process must have.";
            return Err(ApiError { field: Some("labels".into()), ..ApiError::new(ErrorCode::Forbidden, message) });
        }
        let process = self.engine.create(&caller.name, spec).await.map_err(answer)?;
        tracing::info!(id = %process.id, name = process.name, caller = caller.name, state = process.state.as_str(), "created");
        Ok(process)
    }

    /// Lists the processes that the caller may see, newest first.
    pub async fn list(&self, caller: &Caller, filter: ProcessFilter) -> Result<ProcessPage, ApiError> {
        require(caller, Right::View, "Seeing processes")?;
        self.engine.list_within(rights::scope(caller), filter).await.map_err(answer)
    }

    /// Counts all processes, whoever may see them. Reads no rows: one that is unreadable is not in the way.
    pub async fn counts(&self) -> Result<Counts, ApiError> {
        let none = ProcessFilter { before: Some(Uuid::nil()), limit: Some(1), ..ProcessFilter::default() };
        Ok(self.engine.list(none).await.map_err(answer)?.counts)
    }

    /// Finds a process.
    pub async fn get(&self, caller: &Caller, id: Uuid) -> Result<Process, ApiError> {
        require(caller, Right::View, "Seeing a process")?;
        let process = self.engine.get(id).await.map_err(answer)?;
        if covers(caller, &process) { Ok(process) } else { Err(answer(EngineError::NotFound(id))) }
    }

    /// Stops a process or sends it a signal; see [`Engine::kill`].
    pub async fn kill(&self, caller: &Caller, id: Uuid, signal: Option<String>) -> Result<Process, ApiError> {
        self.require_covered(caller, id).await?;
        require(caller, Right::Stop, "Stopping a process")?;
        tracing::info!(%id, caller = caller.name, signal = signal.as_deref().unwrap_or("stop"), "kill");
        self.engine.kill(id, signal).await.map_err(answer)
    }

    /// Starts a new process with the same spec, secrets included.
    pub async fn restart(&self, caller: &Caller, id: Uuid) -> Result<Process, ApiError> {
        self.require_covered(caller, id).await?;
        require(caller, Right::Start, "Starting a process")?;
        require_free_commands(caller, "Running again a command that is no template")?;
        let process = self.engine.restart(&caller.name, id).await.map_err(answer)?;
        tracing::info!(id = %process.id, of = %id, caller = caller.name, state = process.state.as_str(), "run again");
        Ok(process)
    }

    /// Removes an ended process, its output and its history entry.
    pub async fn remove(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        self.require_covered(caller, id).await?;
        require(caller, Right::Stop, "Removing a process")?;
        self.engine.remove(id).await.map_err(answer)?;
        tracing::info!(%id, caller = caller.name, "removed");
        Ok(())
    }

    /// Writes to a process's input. Returns once its keeper has the bytes.
    pub async fn write_input(&self, caller: &Caller, id: Uuid, bytes: &[u8]) -> Result<(), ApiError> {
        self.require_input(caller, id).await?;
        tracing::debug!(%id, caller = caller.name, bytes = bytes.len(), "input");
        self.engine.write_input(id, bytes).await.map_err(answer)
    }

    /// Closes a process's input.
    pub async fn close_input(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        self.require_input(caller, id).await?;
        tracing::debug!(%id, caller = caller.name, "input closed");
        self.engine.close_input(id).await.map_err(answer)
    }

    async fn require_input(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        self.require_covered(caller, id).await?;
        require(caller, Right::Input, "Typing into a process")?;
        require_free_commands(caller, "Typing into a command that is no template")
    }

    /// Opens a viewer on a process's output.
    pub async fn view(&self, caller: &Caller, id: Uuid) -> Result<Viewer, ApiError> {
        self.require_covered(caller, id).await?;
        require(caller, Right::ReadOutput, "Reading the output of a process")?;
        self.engine.view(id).await.map_err(answer)
    }

    /// Sets the size of a viewer's terminal. The process gets the smallest size among its viewers who may type.
    pub fn resize(&self, caller: &Caller, viewer: &Viewer, size: TerminalSize) {
        if caller.may(Right::Input) && caller.free_commands {
            viewer.resize(size);
        }
    }

    /// Subscribes to what happens from now on to the processes that the caller may see.
    pub fn events(&self, caller: &Caller) -> Result<Events, ApiError> {
        require(caller, Right::View, "Seeing processes")?;
        Ok(Events::new(self.engine.events(), caller.clone()))
    }

    /// Who may use the deck.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// How many processes are active.
    pub fn active(&self) -> usize {
        self.engine.active()
    }
}

/// Turns the engine's error into the one callers see. The server's own failures are logged here, once.
fn answer(error: EngineError) -> ApiError {
    let text = error.to_string();
    let answer = ApiError::from(error);
    if answer.code == ErrorCode::Unavailable {
        tracing::error!(error = text, "request failed");
    }
    answer
}
