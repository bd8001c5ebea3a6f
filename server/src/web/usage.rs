//! `GET /api/processes/{id}/usage`: what a process used over time, also while it runs.

use super::{
    error::{Failure, parse_id},
    query::{Nothing, Parameters},
    signed::Signed,
    state::AppState,
};
use axum::{
    Json,
    extract::{Path, State},
};
use execdeck_wire::UsageSamples;

pub(crate) async fn usage(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    _: Parameters<Nothing>,
) -> Result<Json<UsageSamples>, Failure> {
    Ok(Json(app.deck.usage(&signed.caller(), parse_id(&id)?).await?))
}
