//! `GET /api/processes/{id}/lines`: the output by lines.

use super::{
    error::{Failure, parse_id},
    signed::Signed,
    state::AppState,
};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
};
use execdeck_wire::{ErrorCode, Lines};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    from: Option<i64>,
    count: Option<usize>,
}

pub(crate) async fn lines(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Lines>, Failure> {
    let Query(Parameters { from, count }) = parameters.map_err(|error| Failure::new(ErrorCode::BadRequest, error.body_text()))?;
    Ok(Json(app.deck.lines(&signed.caller(), parse_id(&id)?, from, count).await?))
}
