//! The server functions, passed on.

use super::{
    errors::refused,
    forward::answer,
    rights::{note_refusal, require, require_on_process},
    state::Remote,
};
use crate::web::{Failure, Signed, require_json};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use execdeck_app::remote::{Needs, check, needs};
use execdeck_wire::{ErrorCode, Me};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct WithId {
    id: Uuid,
}

/// `POST /api/<name>`.
pub(super) async fn call(
    State(remote): State<Remote>,
    signed: Signed,
    Path(function): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let needs = needs(&function);
    if needs.is_none() && function != "whoami" {
        return Err(Failure::new(ErrorCode::NotFound, format!("No such endpoint: POST /api/{function}.")));
    }
    require_json(&headers)?;
    let Some(needs) = needs else { return Ok(Json(me(&signed)).into_response()) };
    let caller = signed.caller();
    let with_id = serde_json::from_slice::<WithId>(&body);
    let id = with_id.as_ref().ok().map(|arguments| arguments.id);
    if let Needs::OnProcess(..) = needs {
        let WithId { id } =
            with_id.map_err(|error| Failure::new(ErrorCode::BadRequest, format!("The arguments cannot be read: {error}.")))?;
        let allowed = require_on_process(&remote, &caller, needs, id, &mut None).await;
        allowed.inspect_err(|error| note_refusal(&caller, &function, error))?;
    } else {
        require(&caller, &function, needs)?;
    }
    if !is_read(&function) {
        tracing::info!(name = caller.name, function, id = id.map(tracing::field::display), "passed on");
    }
    let request = Request::post(format!("/api/{function}")).header(header::CONTENT_TYPE, "application/json");
    send(&remote, request.body(Body::from(body))).await
}

/// Whether a function changes nothing.
fn is_read(function: &str) -> bool {
    function.starts_with("list_") || function.starts_with("get_") || function == "preview_template"
}

/// Who is signed in here, as the application says.
fn me(signed: &Signed) -> Me {
    signed.0.me(check(&signed.caller(), Needs::FreeCommands, None).is_ok())
}

/// `GET /healthz`: whether the remote server answers. For those who are signed in.
pub(super) async fn health(State(remote): State<Remote>, _: Signed) -> Result<Response, Failure> {
    send(&remote, Request::get("/healthz").body(Body::empty())).await
}

async fn send(remote: &Remote, request: Result<Request, axum::http::Error>) -> Result<Response, Failure> {
    let request = request.map_err(|error| Failure::new(ErrorCode::BadRequest, error.to_string()))?;
    Ok(answer(remote.client.forward(request).await.map_err(refused)?, Body::new))
}
