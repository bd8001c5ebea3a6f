//! `GET /api/processes/{id}/output?format=`: the output in other forms than its bytes.

use super::{
    guarded_body::{Pieces, guarded_body},
    signed::Signed,
    state::AppState,
};
use crate::{
    access::Identity,
    deck::{Export, Format},
};
use axum::{
    body::Bytes,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use execdeck_wire::{ApiError, Process};
use serde::Deserialize;
use uuid::Uuid;

/// The forms by their names in the query.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FormatName {
    Text,
    Times,
    Asciicast,
}

impl Pieces for Export {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        Ok(Self::next(self).await?.map(Bytes::from))
    }
}

/// The output that there is now. `download`: browsers save it.
pub(super) async fn export(app: &AppState, signed: &Signed, id: Uuid, name: FormatName, download: bool) -> Result<Response, ApiError> {
    let (format, kind, extension) = match name {
        FormatName::Text => (Format::Text, "text/plain; charset=utf-8", "txt"),
        FormatName::Times => (Format::Times, "text/plain; charset=utf-8", "times.txt"),
        FormatName::Asciicast => (Format::Asciicast, "application/x-asciicast", "cast"),
    };
    let place = app.open_socket(signed)?;
    let (process, export) = app.deck.export(&signed.caller(), id, format).await?;
    let disposition = download.then(|| attachment(&process, extension));
    let may = move |identity: &Identity| identity.may_read(&process.spec.labels, process.template);
    let mut response = guarded_body(app, signed, "an export of output", export, place, may).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Never rendered as a page, whatever the process prints.
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    if let Some(disposition) = disposition {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// Under which name browsers save output.
pub(super) fn attachment(process: &Process, extension: &str) -> HeaderValue {
    let name: String = process.name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{name}-{}.{extension}\"", process.id).parse().expect("ASCII makes a header")
}
