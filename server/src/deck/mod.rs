//! The only facade over the engine: every call, stream, event, download and input goes through it, with its caller.
//!
//! This is the place to check a caller's rights and to log what was done; nothing above it sees the engine.
//!
//! # Layout
//! - [`Deck`]: the calls, one method each. `service`: the same calls for the app's server functions. `keeper`: the program
//!   that keeps a process. `secrets`: the key of stored secrets.

mod keeper;
mod secrets;
mod service;

pub use execdeck_app::service::Caller;
pub use secrets::rotate_secret_key;

pub use execdeck_engine::{Chunk, Error as EngineError, Event, OutputExtent, Viewer};

use crate::config::Config;
use execdeck_engine::{Engine, EngineConfig, raise_open_files_limit};
use execdeck_wire::{ApiError, ErrorCode, Process, ProcessFilter, ProcessPage, ProcessSpec, TerminalSize};
use tokio::sync::broadcast;
use uuid::Uuid;

/// The facade. Cheap to clone; all clones are one deck.
#[derive(Clone)]
pub struct Deck {
    engine: Engine,
}

impl Deck {
    /// Opens the data folder, creating it if necessary, and reattaches to every process in it that is still running.
    pub async fn open(config: &Config) -> Result<Self, EngineError> {
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
        Ok(Self { engine: engine.await? })
    }

    /// Starts a process. If its program cannot be started, it is a process in state `failed`, not an error.
    pub async fn create(&self, caller: &Caller, spec: ProcessSpec) -> Result<Process, ApiError> {
        let process = self.engine.create(&caller.name, spec).await.map_err(answer)?;
        tracing::info!(id = %process.id, name = process.name, caller = caller.name, state = process.state.as_str(), "created");
        Ok(process)
    }

    /// Lists processes, newest first.
    pub async fn list(&self, _: &Caller, filter: ProcessFilter) -> Result<ProcessPage, ApiError> {
        self.engine.list(filter).await.map_err(answer)
    }

    /// Finds a process.
    pub async fn get(&self, _: &Caller, id: Uuid) -> Result<Process, ApiError> {
        self.engine.get(id).await.map_err(answer)
    }

    /// Stops a process or sends it a signal; see [`Engine::kill`].
    pub async fn kill(&self, caller: &Caller, id: Uuid, signal: Option<String>) -> Result<Process, ApiError> {
        tracing::info!(%id, caller = caller.name, signal = signal.as_deref().unwrap_or("stop"), "kill");
        self.engine.kill(id, signal).await.map_err(answer)
    }

    /// Starts a new process with the same spec, secrets included.
    pub async fn restart(&self, caller: &Caller, id: Uuid) -> Result<Process, ApiError> {
        let process = self.engine.restart(&caller.name, id).await.map_err(answer)?;
        tracing::info!(id = %process.id, of = %id, caller = caller.name, state = process.state.as_str(), "run again");
        Ok(process)
    }

    /// Removes an ended process, its output and its history entry.
    pub async fn remove(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        self.engine.remove(id).await.map_err(answer)?;
        tracing::info!(%id, caller = caller.name, "removed");
        Ok(())
    }

    /// Writes to a process's input. Returns once its keeper has the bytes.
    pub async fn write_input(&self, caller: &Caller, id: Uuid, bytes: &[u8]) -> Result<(), ApiError> {
        tracing::debug!(%id, caller = caller.name, bytes = bytes.len(), "input");
        self.engine.write_input(id, bytes).await.map_err(answer)
    }

    /// Closes a process's input.
    pub async fn close_input(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        tracing::debug!(%id, caller = caller.name, "input closed");
        self.engine.close_input(id).await.map_err(answer)
    }

    /// Opens a viewer on a process's output.
    pub async fn view(&self, _: &Caller, id: Uuid) -> Result<Viewer, ApiError> {
        self.engine.view(id).await.map_err(answer)
    }

    /// Sets the size of a viewer's terminal. The process gets the smallest size among its viewers.
    pub fn resize(&self, _: &Caller, viewer: &Viewer, size: TerminalSize) {
        viewer.resize(size);
    }

    /// Subscribes to what happens to processes from now on.
    pub fn events(&self, _: &Caller) -> broadcast::Receiver<Event> {
        self.engine.events()
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
