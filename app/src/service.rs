//! What the server functions need from whoever runs the processes.

use crate::wire::{ApiError, Page, Process, ProcessFilter, ProcessSpec};
use std::{future::Future, pin::Pin, sync::Arc};
use uuid::Uuid;

/// A future answer of the service.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// Who asks. Every call carries it down to the record of what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name on record.
    pub name: String,
}

/// Creates, finds and stops processes. Put an `Arc<dyn ProcessService>` and an [`Actor`] into the Leptos context
/// of the server functions and pages.
pub trait ProcessService: Send + Sync + 'static {
    /// Starts a process; a program that cannot be started is a process in state `failed`, not an error.
    fn create(&self, actor: Actor, spec: ProcessSpec) -> Answer<'_, Process>;
    /// Lists processes, newest first.
    fn list(&self, actor: Actor, filter: ProcessFilter) -> Answer<'_, Page>;
    /// Finds one process.
    fn get(&self, actor: Actor, id: Uuid) -> Answer<'_, Process>;
    /// Without a signal: stops the tree as its spec says. `KILL`: the tree at once. Another signal: the leader only.
    fn kill(&self, actor: Actor, id: Uuid, signal: Option<String>) -> Answer<'_, Process>;
    /// Starts a new process with the same spec, secrets included.
    fn restart(&self, actor: Actor, id: Uuid) -> Answer<'_, Process>;
    /// Removes an ended process and its output.
    fn remove(&self, actor: Actor, id: Uuid) -> Answer<'_, ()>;
    /// Types text into a process.
    fn write_input(&self, actor: Actor, id: Uuid, text: String) -> Answer<'_, ()>;
}

/// The service as it lies in the Leptos context.
pub type SharedService = Arc<dyn ProcessService>;
