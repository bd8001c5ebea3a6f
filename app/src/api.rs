//! The server functions: `POST /api/<name>` with JSON arguments by name and a JSON answer.
//!
//! They call the [`ProcessService`](crate::service::ProcessService) of the context and hold no logic of their own.
#![expect(missing_docs, reason = "the macro makes structs whose fields are the arguments")]

use crate::wire::{ApiError, Page, Process, ProcessFilter, ProcessSpec};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

/// Every server function's path and the names of its arguments; anything else in a request is refused.
pub const PATHS: [(&str, &[&str]); 7] = [
    ("/api/create_process", &["spec"]),
    ("/api/list_processes", &["filter"]),
    ("/api/get_process", &["id"]),
    ("/api/kill_process", &["id", "signal"]),
    ("/api/restart_process", &["id"]),
    ("/api/remove_process", &["id"]),
    ("/api/write_input", &["id", "text"]),
];

#[cfg(feature = "ssr")]
fn service() -> Result<(crate::service::SharedService, crate::service::Actor), ApiError> {
    use crate::wire::ErrorCode;
    let service = use_context().ok_or_else(|| ApiError::new(ErrorCode::Unavailable, "This server runs no processes."))?;
    let actor = use_context().ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in first."))?;
    Ok((service, actor))
}

/// Starts a process.
#[server(prefix = "/api", endpoint = "create_process", input = Json, output = Json)]
pub async fn create_process(spec: ProcessSpec) -> Result<Process, ApiError> {
    let (service, actor) = service()?;
    service.create(actor, spec).await
}

/// Lists processes, newest first.
#[server(prefix = "/api", endpoint = "list_processes", input = Json, output = Json)]
pub async fn list_processes(#[server(default)] filter: ProcessFilter) -> Result<Page, ApiError> {
    let (service, actor) = service()?;
    service.list(actor, filter).await
}

/// Finds one process.
#[server(prefix = "/api", endpoint = "get_process", input = Json, output = Json)]
pub async fn get_process(id: Uuid) -> Result<Process, ApiError> {
    let (service, actor) = service()?;
    service.get(actor, id).await
}

/// Stops a process, or sends it a signal.
#[server(prefix = "/api", endpoint = "kill_process", input = Json, output = Json)]
pub async fn kill_process(id: Uuid, signal: Option<String>) -> Result<Process, ApiError> {
    let (service, actor) = service()?;
    service.kill(actor, id, signal).await
}

/// Starts a new process with the spec of another.
#[server(prefix = "/api", endpoint = "restart_process", input = Json, output = Json)]
pub async fn restart_process(id: Uuid) -> Result<Process, ApiError> {
    let (service, actor) = service()?;
    service.restart(actor, id).await
}

/// Removes an ended process and its output.
#[server(prefix = "/api", endpoint = "remove_process", input = Json, output = Json)]
pub async fn remove_process(id: Uuid) -> Result<(), ApiError> {
    let (service, actor) = service()?;
    service.remove(actor, id).await
}

/// Types text into a process.
#[server(prefix = "/api", endpoint = "write_input", input = Json, output = Json)]
pub async fn write_input(id: Uuid, text: String) -> Result<(), ApiError> {
    let (service, actor) = service()?;
    service.write_input(actor, id, text).await
}
