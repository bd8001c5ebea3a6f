//! The server functions, passed on.

use super::{
    forward::{answer, unreachable},
    rights::{Needs, needs, require, require_free_commands, require_on_process},
    state::{Remote, Sender},
};
use crate::{access::Identity, web::Failure};
use axum::{
    Extension, Json,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use execdeck_wire::{ErrorCode, Me, Role};
use serde::Deserialize;
use uuid::Uuid;

/// The largest body, in bytes, as at the remote server.
pub(super) const MAX_BODY: usize = 4 << 20;

#[derive(Deserialize)]
struct WithId {
    id: Uuid,
}

/// `POST /api/<name>`.
pub(super) async fn call(
    State(remote): State<Remote>,
    Extension(Sender(identity)): Extension<Sender>,
    Path(function): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    if function == "whoami" {
        return Ok(Json(me(&identity)).into_response());
    }
    let Some(needs) = needs(&function) else { return Err(no_function(&function)) };
    // A form of another site can send anything but this without asking first.
    if !headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return Err(Failure::new(ErrorCode::BadRequest, "Send the arguments as JSON, with Content-Type: application/json."));
    }
    match needs {
        Needs::Right(right) => require(&identity, right)?,
        Needs::FreeCommands => require_free_commands(&identity)?,
        Needs::RightOnProcess(right) => {
            let id = serde_json::from_slice::<WithId>(&body)
                .map_err(|error| Failure::new(ErrorCode::BadRequest, format!("The arguments cannot be read: {error}.")))?;
            require_on_process(&remote.client, &identity, right, id.id).await?;
        }
    }
    let request = Request::post(format!("/api/{function}")).header(header::CONTENT_TYPE, "application/json");
    send(&remote, request.body(Body::from(body))).await
}

/// Who is signed in here, as the application says.
fn me(identity: &Identity) -> Me {
    identity.me(identity.role == Role::Admin)
}

/// `GET /healthz`: whether the remote server answers.
pub(super) async fn health(State(remote): State<Remote>) -> Result<Response, Failure> {
    send(&remote, Request::get("/healthz").body(Body::empty())).await
}

async fn send(remote: &Remote, request: Result<Request, axum::http::Error>) -> Result<Response, Failure> {
    let request = request.map_err(|error| Failure::new(ErrorCode::BadRequest, error.to_string()))?;
    Ok(answer(remote.client.forward(request).await.map_err(unreachable)?, None))
}

fn no_function(name: &str) -> Failure {
    Failure::new(ErrorCode::NotFound, format!("No such endpoint: POST /api/{name}."))
}

pub(super) async fn no_route(request: Request) -> Failure {
    Failure::new(ErrorCode::NotFound, format!("No such endpoint: {} {}.", request.method(), request.uri().path()))
}
