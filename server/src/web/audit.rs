//! `GET /api/audit`: what was done and refused, the oldest first, as JSON Lines or CSV. For administrators.
//!
//! The parameters are those of `list_audit`'s filter, besides `format=jsonl` or `csv`. The entries are sent as they are read; if
//! that fails, the connection is closed before the end, so that no client takes a part for the whole.

use super::{error::Failure, signed::Signed, state::AppState};
use crate::{audit::export::Format, deck::AuditExport};
use axum::{
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use execdeck_wire::{AuditFilter, AuditOutcome, ErrorCode, Timestamp};
use futures_util::stream;
use serde::Deserialize;
use std::io;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    format: Option<String>,
    person: Option<String>,
    action: Option<String>,
    target: Option<String>,
    outcome: Option<AuditOutcome>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

pub(crate) async fn audit(
    State(app): State<AppState>,
    signed: Signed,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Failure> {
    let bad = |message: String| Failure::new(ErrorCode::BadRequest, message);
    // Whether they may comes first.
    let parameters = parameters.map_err(|error| bad(error.body_text()));
    let filter = |given: &Parameters| AuditFilter {
        person: given.person.clone(),
        action: given.action.clone(),
        target: given.target.clone(),
        outcome: given.outcome,
        since: given.since,
        until: given.until,
        ..AuditFilter::default()
    };
    let wanted = parameters.as_ref().map(|Query(given)| filter(given)).unwrap_or_default();
    let export = app.deck.export_audit(&signed.caller(), wanted).await?;
    let Query(given) = parameters?;
    let format: Format = given.format.as_deref().map(str::parse).transpose().map_err(bad)?.unwrap_or_default();
    let name = format!("attachment; filename=\"execdeck-audit.{}\"", format.extension());
    let headers = [(header::CONTENT_TYPE, format.media_type()), (header::CONTENT_DISPOSITION, name.as_str())];
    Ok((headers, body(export, format)).into_response())
}

fn body(export: AuditExport, format: Format) -> Body {
    Body::from_stream(stream::try_unfold((export, format.header().to_owned(), false), move |(mut export, mut text, is_over)| async move {
        if is_over {
            return Ok(None);
        }
        let entries = export.next().await.map_err(io::Error::other)?;
        for entry in &entries {
            format.write(entry, &mut text);
        }
        Ok::<_, io::Error>(Some((Bytes::from(text), (export, String::new(), entries.is_empty()))))
    }))
}
