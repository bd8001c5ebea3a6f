//! `GET /api/processes/{id}/lines`: the output by lines.

use super::{
    error::{Failure, parse_id},
    signed::Signed,
    state::AppState,
};
use crate::deck::LinesQuery;
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
};
use execdeck_wire::{ErrorCode, Lines, Stream};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    from: Option<i64>,
    count: Option<usize>,
    stream: Option<Stream>,
    before: Option<u64>,
}

pub(crate) async fn lines(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Lines>, Failure> {
    let Query(Parameters { from, count, stream, before }) =
        parameters.map_err(|error| Failure::new(ErrorCode::BadRequest, error.body_text()))?;
    let query = LinesQuery { from, count, stream, before };
    Ok(Json(app.deck.lines(&signed.caller(), parse_id(&id)?, query).await?))
}
