//! `GET /api/audit`: what was done and refused, the oldest first, as JSON Lines or CSV. For administrators.
//!
//! The parameters are `format=jsonl` or `csv`, and of `list_audit`'s filter `person`, `action`, `target`, `outcome`, `since` and
//! `until`. The entries are sent as they are read; if that fails, the connection is closed before the end, so that no client
//! takes a part for the whole.

use super::{
    error::Failure,
    per_person::OpenSocket,
    query::{Parameters, wrong},
    signed::Signed,
    state::AppState,
};
use crate::{access::Watch, audit::export::Format, deck::AuditExport};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use execdeck_wire::{AuditFilter, AuditOutcome, Right, Timestamp};
use futures_util::stream;
use serde::Deserialize;
use std::io;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
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
    parameters: Result<Parameters<Wanted>, Failure>,
) -> Result<Response, Failure> {
    // Whether they may comes first.
    let filter = |given: &Wanted| AuditFilter {
        person: given.person.clone(),
        action: given.action.clone(),
        target: given.target.clone(),
        outcome: given.outcome,
        since: given.since,
        until: given.until,
        ..AuditFilter::default()
    };
    let wanted = parameters.as_ref().map(|Parameters(given)| filter(given)).unwrap_or_default();
    let export = app.deck.export_audit(&signed.caller(), wanted).await?;
    let Parameters(given) = parameters?;
    let format: Format =
        given.format.as_deref().map(str::parse).transpose().map_err(|message| wrong("format", message))?.unwrap_or_default();
    let name = format!("attachment; filename=\"execdeck-audit.{}\"", format.extension());
    let headers = [(header::CONTENT_TYPE, format.media_type()), (header::CONTENT_DISPOSITION, name.as_str())];
    let place = app.open_socket(&signed)?;
    let watch = app.deck.access().watch(&signed.0.identity);
    Ok((headers, body(export, format, watch, place)).into_response())
}

/// All entries, unless the reader loses the right to read them: then the connection is closed. `place`: held until the end.
fn body(export: AuditExport, format: Format, watch: Watch, place: OpenSocket) -> Body {
    let begin = (export, watch, place, format.header().to_owned(), false);
    Body::from_stream(stream::try_unfold(begin, move |(mut export, mut watch, place, mut text, is_over)| async move {
        if is_over {
            return Ok(None);
        }
        let entries = tokio::select! {
            biased;
            lost = watch.lost(|identity| identity.may(Right::Administer)) => {
                tracing::info!(name = watch.identity().name, ?lost, "an export of the audit was cut off");
                return Err(io::Error::other("the reader may not read it any more"));
            }
            entries = export.next() => entries.map_err(io::Error::other)?,
        };
        for entry in &entries {
            format.write(entry, &mut text);
        }
        Ok::<_, io::Error>(Some((Bytes::from(text), (export, watch, place, String::new(), entries.is_empty()))))
    }))
}
