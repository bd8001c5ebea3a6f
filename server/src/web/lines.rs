//! `GET /api/processes/{id}/lines`: the output by lines.

use super::{
    error::{Failure, parse_id},
    query::Parameters,
    signed::Signed,
    state::AppState,
};
use crate::deck::LinesQuery;
use axum::{
    Json,
    extract::{Path, State},
};
use execdeck_wire::{Lines, Stream};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    from: Option<i64>,
    count: Option<usize>,
    stream: Option<Stream>,
    before: Option<u64>,
}

pub(crate) async fn lines(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    Parameters(Wanted { from, count, stream, before }): Parameters<Wanted>,
) -> Result<Json<Lines>, Failure> {
    let query = LinesQuery { from, count, stream, before };
    Ok(Json(app.deck.lines(&signed.caller(), parse_id(&id)?, query).await?))
}
