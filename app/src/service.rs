//! What the server functions need from whoever runs the processes.

use crate::wire::{ApiError, Process, ProcessFilter, ProcessPage, ProcessSpec};
use std::{future::Future, pin::Pin, sync::Arc};
use uuid::Uuid;

/// A future answer of the service.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// Who makes a call. Every call carries it to where rights are checked and what was done is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name on record.
    pub name: String,
}

/// Creates, finds and stops processes. Put a [`SharedService`] and a [`Caller`] into the Leptos context
/// of the server functions and pages.
pub trait ProcessService: Send + Sync + 'static {
    /// Starts a process; a program that cannot be started is a process in state `failed`, not an error.
    fn create(&self, caller: Caller, spec: ProcessSpec) -> Answer<'_, Process>;
    /// Lists processes, newest first.
    fn list(&self, caller: Caller, filter: ProcessFilter) -> Answer<'_, ProcessPage>;
    /// Finds one process.
    fn get(&self, caller: Caller, id: Uuid) -> Answer<'_, Process>;
    /// Without a signal: stops the tree as its spec says. `KILL`: the tree at once. Another signal: the leader only.
    fn kill(&self, caller: Caller, id: Uuid, signal: Option<String>) -> Answer<'_, Process>;
    /// Starts a new process with the same spec, secrets included.
    fn restart(&self, caller: Caller, id: Uuid) -> Answer<'_, Process>;
    /// Removes an ended process and its output.
    fn remove(&self, caller: Caller, id: Uuid) -> Answer<'_, ()>;
    /// Types text into a process.
    fn write_input(&self, caller: Caller, id: Uuid, text: String) -> Answer<'_, ()>;
}

/// The service in the Leptos context.
pub type SharedService = Arc<dyn ProcessService>;
