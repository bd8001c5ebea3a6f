//! `GET /api/activity`: what the list of processes shows of them beyond what they are.

use super::{error::Failure, signed::Signed, state::AppState};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use execdeck_wire::{Activities, ErrorCode};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Parameters {
    ids: String,
    runs: String,
}

pub(crate) async fn activity(
    State(app): State<AppState>,
    signed: Signed,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Activities>, Failure> {
    let Query(Parameters { ids, runs }) = parameters.map_err(|error| Failure::new(ErrorCode::BadRequest, error.body_text()))?;
    Ok(Json(app.deck.activity(&signed.caller(), &parse_ids(&ids)?, &parse_ids(&runs)?).await?))
}

/// Ids with commas between them.
fn parse_ids(text: &str) -> Result<Vec<Uuid>, Failure> {
    let wrong = |id: &str| Failure::new(ErrorCode::BadRequest, format!("{id:?} isn't the id of a process."));
    text.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().map_err(|_| wrong(id))).collect()
}
