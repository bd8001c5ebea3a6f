//! `GET /api/processes/{id}/usage`: what a process used over time, also while it runs.

use super::{
    error::{Failure, parse_id},
    signed::Signed,
    state::AppState,
};
use axum::{
    Json,
    extract::{Path, State},
};
use execdeck_wire::UsageSamples;

pub(crate) async fn usage(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Result<Json<UsageSamples>, Failure> {
    Ok(Json(app.deck.usage(&signed.caller(), parse_id(&id)?).await?))
}
