//! `GET /api/activity`: what the list of processes shows of them beyond what they are.

use super::{
    error::Failure,
    query::{Parameters, wrong},
    signed::Signed,
    state::AppState,
};
use axum::{Json, extract::State};
use execdeck_wire::Activities;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Asked {
    ids: String,
    runs: String,
}

pub(crate) async fn activity(
    State(app): State<AppState>,
    signed: Signed,
    Parameters(Asked { ids, runs }): Parameters<Asked>,
) -> Result<Json<Activities>, Failure> {
    Ok(Json(app.deck.activity(&signed.caller(), &parse_ids("ids", &ids)?, &parse_ids("runs", &runs)?).await?))
}

/// Ids with commas between them, in a parameter.
fn parse_ids(name: &str, text: &str) -> Result<Vec<Uuid>, Failure> {
    text.split(',')
        .filter(|id| !id.is_empty())
        .map(|id| id.parse().map_err(|_| wrong(name, format!("{id:?} isn't the id of a process."))))
        .collect()
}
