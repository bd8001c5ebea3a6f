//! The server functions: `POST /api/<name>` with JSON arguments by name and a JSON answer.
//!
//! They call the [`ProcessService`](crate::service::ProcessService) of the context and hold no logic of their own. Browsers call them
//! below the path at which the server is mounted, see [`at`](crate::at).
#![expect(missing_docs, reason = "the macro makes structs whose fields are the arguments")]

mod people;
mod templates;

use crate::{
    call::PrefixClient,
    codec::{Json, JsonText},
    texts::t,
    wire::{ApiError, AuditFilter, AuditPage, ErrorCode, Health, Process, ProcessFilter, ProcessPage, ProcessSpec},
};
use leptos::{
    prelude::*,
    server_fn::error::{FromServerFnError, ServerFnErrorErr},
};
pub use people::*;
use serde::{Deserialize, Serialize};
pub use templates::*;
use uuid::Uuid;

/// An [`ApiError`] as server functions return it: what the server answered, or why it could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(transparent)]
#[error(transparent)]
pub struct CallError(#[from] pub ApiError);

impl FromServerFnError for CallError {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => ErrorCode::BadRequest,
            _ => ErrorCode::Unavailable,
        };
        let message = match error {
            ServerFnErrorErr::Args(text) | ServerFnErrorErr::Deserialization(text) => text,
            ServerFnErrorErr::Request(_) => t!("The server cannot be reached. Check the connection and try again.").into(),
            other => other.to_string(),
        };
        Self(ApiError::new(code, message))
    }
}

#[cfg(feature = "ssr")]
fn service() -> Result<(crate::service::SharedService, crate::service::Caller), ApiError> {
    let service = use_context().ok_or_else(|| ApiError::new(ErrorCode::Unavailable, "This server runs no processes."))?;
    let caller = use_context().ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in first."))?;
    Ok((service, caller))
}

/// Starts a process, or queues it while as many as may be active are.
#[server(prefix = "/api", endpoint = "create_process", input = Json, output = Json, client = PrefixClient)]
pub async fn create_process(spec: ProcessSpec) -> Result<Process, CallError> {
    let (service, caller) = service()?;
    Ok(service.create(caller, spec).await?)
}

/// Lists processes, newest first.
#[server(prefix = "/api", endpoint = "list_processes", input = Json, output = Json, client = PrefixClient)]
pub async fn list_processes(#[server(default)] filter: ProcessFilter) -> Result<ProcessPage, CallError> {
    let (service, caller) = service()?;
    Ok(service.list(caller, filter).await?)
}

/// Finds one process.
#[server(prefix = "/api", endpoint = "get_process", input = Json, output = Json, client = PrefixClient)]
pub async fn get_process(id: Uuid) -> Result<Process, CallError> {
    let (service, caller) = service()?;
    Ok(service.get(caller, id).await?)
}

/// Stops a process, or sends it a signal. A queued one is cancelled.
#[server(prefix = "/api", endpoint = "kill_process", input = Json, output = Json, client = PrefixClient)]
pub async fn kill_process(id: Uuid, signal: Option<String>) -> Result<Process, CallError> {
    let (service, caller) = service()?;
    Ok(service.kill(caller, id, signal).await?)
}

/// Starts a new process with the spec of another.
#[server(prefix = "/api", endpoint = "restart_process", input = Json, output = Json, client = PrefixClient)]
pub async fn restart_process(id: Uuid) -> Result<Process, CallError> {
    let (service, caller) = service()?;
    Ok(service.restart(caller, id).await?)
}

/// Removes an ended process and its output.
#[server(prefix = "/api", endpoint = "remove_process", input = Json, output = Json, client = PrefixClient)]
pub async fn remove_process(id: Uuid) -> Result<(), CallError> {
    let (service, caller) = service()?;
    Ok(service.remove(caller, id).await?)
}

/// Types text into a process.
#[server(prefix = "/api", endpoint = "write_input", input = Json, output = Json, client = PrefixClient)]
pub async fn write_input(id: Uuid, text: String) -> Result<(), CallError> {
    let (service, caller) = service()?;
    Ok(service.write_input(caller, id, text).await?)
}

/// What was done and refused, newest first. For administrators.
#[server(prefix = "/api", endpoint = "list_audit", input = Json, output = Json, client = PrefixClient)]
pub async fn list_audit(#[server(default)] filter: AuditFilter) -> Result<AuditPage, CallError> {
    let (service, caller) = service()?;
    Ok(service.list_audit(caller, filter).await?)
}

/// What is wrong with the server, if anything, and how full its disk is.
#[server(prefix = "/api", endpoint = "get_health", input = Json, output = Json, client = PrefixClient)]
pub async fn get_health() -> Result<Health, CallError> {
    let (service, caller) = service()?;
    Ok(service.health(caller).await?)
}
