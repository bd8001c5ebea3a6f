//! `GET /api/processes/{id}/output`: the raw bytes.
//!
//! Positions are absolute offsets, including those in `Range`. Without `Range`, the answer starts at the oldest byte that is
//! kept; the header `Execdeck-Output-Start` says which one that is. `?follow=true` continues until the process has ended,
//! `?from=<offset>` says where to start, and `?download=true` makes browsers save the output. At a gap the connection is
//! closed, short of the `Content-Length` or before the last chunk, so that no client mistakes a part for the whole.

use super::{
    error::{Failure, parse_id},
    export::{FormatName, attachment, export},
    flag::Flag,
    per_person::OpenSocket,
    query::Parameters,
    signed::Signed,
    state::AppState,
    stopping::stopped,
};
use crate::{
    access::{Identity, Watch},
    deck::{Chunk, Viewer},
};
use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::BytesMut;
use execdeck_wire::{ApiError, ErrorCode, Process};
use futures_util::{FutureExt, future::pending, stream};
use serde::Deserialize;
use std::io;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    #[serde(default)]
    follow: Flag,
    from: Option<u64>,
    #[serde(default)]
    download: Flag,
    format: Option<FormatName>,
}

/// The most output read at a time, in bytes.
const CHUNK_BYTES: usize = 256 << 10;

pub(crate) async fn output(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    Parameters(Wanted { follow, from, download, format }): Parameters<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let bad = |message: String| Failure::new(ErrorCode::BadRequest, message);
    let id = parse_id(&id)?;
    let (follow, download) = (follow.is_on(), download.is_on());
    // The output has no validator that an `If-Range` could name, so the whole is sent (RFC 9110, section 13.1.5).
    let range =
        headers.get(header::RANGE).filter(|_| !headers.contains_key(header::IF_RANGE)).map(|range| range.to_str().unwrap_or_default());
    if range.is_some() && (follow || from.is_some()) {
        return Err(bad("Range can't be combined with follow or from; use follow=true&from=<offset> instead.".into()));
    }
    if let Some(format) = format {
        if follow || from.is_some() || range.is_some() {
            return Err(bad("A format is for the whole output: leave out Range, from and follow.".into()));
        }
        return Ok(export(&app, &signed, id, format, download).await?);
    }
    let mut viewer = app.deck.view(&signed.caller(), id).await?;
    let place = follow.then(|| app.open_socket(&signed)).transpose()?;
    let process = viewer.process();
    let kept = viewer.extent().range;
    if let Some(asked) = from.filter(|asked| *asked > kept.end) {
        return Err(bad(format!("from={asked} is beyond the end of the output, which is {}.", kept.end)));
    }
    let mut part = None;
    if let Some(range) = range.and_then(|range| parse_range(range, kept.start, kept.end)) {
        let Ok((from, to)) = range else {
            let mut response =
                Failure::new(ErrorCode::BadRequest, format!("Only bytes {}-{} are available.", kept.start, kept.end)).into_response();
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            response.headers_mut().insert(header::CONTENT_RANGE, text(&format!("bytes */{}", kept.end)));
            return Ok(response);
        };
        part = Some((from, to));
    }
    // A range in another unit or with several parts may be answered with the whole (RFC 9110, section 14.2).
    let (from, to) = if let Some((from, to)) = part {
        viewer.seek(from);
        (from, Some(to))
    } else {
        viewer.seek(from.unwrap_or(kept.start));
        let from = skip_leading_gap(&mut viewer, kept.end).await?;
        (from, (!follow || viewer.extent().ended).then_some(kept.end))
    };
    let watch = app.deck.access().watch(&signed.0.identity);
    let stopping = app.shutdown.token.clone();
    let mut response = body(viewer, watch, stopping, id, to, place).into_response();
    if let Some(to) = to {
        response.headers_mut().insert(header::CONTENT_LENGTH, text(&to.saturating_sub(from).to_string()));
    }
    if let Some((from, to)) = part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        response.headers_mut().insert(header::CONTENT_RANGE, text(&format!("bytes {from}-{}/{}", to - 1, kept.end)));
    }
    describe(&mut response, &process, from, download);
    Ok(response)
}

/// A gap before the first byte is not a gap in the answer, which starts after it and says so. Returns where.
async fn skip_leading_gap(viewer: &mut Viewer, end: u64) -> Result<u64, Failure> {
    let from = viewer.position();
    let first = viewer.read_before(end, &mut [0]).await.map_err(ApiError::from)?;
    let from = match first {
        Some(Chunk::Gap { to, .. }) => to,
        _ => from,
    };
    viewer.seek(from);
    Ok(from)
}

fn text(value: &str) -> axum::http::HeaderValue {
    value.parse().expect("numbers and ASCII make a header")
}

fn describe(response: &mut Response, process: &Process, start: u64, download: bool) {
    let headers = response.headers_mut();
    // Never rendered as a page, whatever the process prints.
    headers.insert(header::CONTENT_TYPE, text("text/plain; charset=utf-8"));
    headers.insert(header::ACCEPT_RANGES, text("bytes"));
    headers.insert(header::CACHE_CONTROL, text("no-store"));
    headers.insert("execdeck-output-start", text(&start.to_string()));
    headers.insert("content-security-policy", text("default-src 'none'"));
    if download {
        headers.insert(header::CONTENT_DISPOSITION, attachment(process, "log"));
    }
}

/// `bytes=a-b`, `bytes=a-` or `bytes=-n` as an interval; `None` if the header may be ignored, `Err` if the range is not
/// available.
fn parse_range(range: &str, start: u64, end: u64) -> Option<Result<(u64, u64), ()>> {
    let (first, last) = range.strip_prefix("bytes=")?.trim().split_once('-')?;
    let (from, to) = match (first, last) {
        ("", count) => (end.saturating_sub(count.parse().ok()?).max(start), end),
        (from, "") => (from.parse().ok()?, end),
        (from, last) => {
            let (from, last) = (from.parse().ok()?, last.parse::<u64>().ok()?);
            // Invalid, and to be ignored (RFC 9110, section 14.1.1).
            if last < from {
                return None;
            }
            (from, last.saturating_add(1).min(end))
        }
    };
    Some(if from < start || from >= to { Err(()) } else { Ok((from, to)) })
}

/// The output from the viewer's position to an offset, or until the process has ended. The connection is closed at a gap;
/// otherwise the bytes before and after it would look contiguous. It is also closed when the reader loses the right to read, and,
/// where no offset is its end, a few seconds after the server was told to stop. `place`: held until then.
fn body(mut viewer: Viewer, watch: Watch, stopping: CancellationToken, id: Uuid, to: Option<u64>, place: Option<OpenSocket>) -> Body {
    let process = viewer.process();
    let (labels, template) = (process.spec.labels, process.template);
    let stop = if to.is_none() { stopped(stopping).boxed() } else { pending().boxed() };
    Body::from_stream(stream::try_unfold((viewer, watch, stop, place), move |(mut viewer, mut watch, mut stop, place)| {
        let labels = labels.clone();
        async move {
            let may = |identity: &Identity| identity.may_read(&labels, template);
            tokio::select! {
                biased;
                lost = watch.lost(may) => {
                    tracing::info!(%id, name = watch.identity().name, ?lost, "a download was cut off");
                    Err(io::Error::other("the reader may not read it any more"))
                }
                () = &mut stop => Err(io::Error::other("the server stops")),
                chunk = next_chunk(&mut viewer, id, to) => Ok(chunk?.map(|bytes| (bytes, (viewer, watch, stop, place)))),
            }
        }
    }))
}

async fn next_chunk(viewer: &mut Viewer, id: Uuid, to: Option<u64>) -> io::Result<Option<Bytes>> {
    loop {
        let extent = viewer.extent();
        let end = to.unwrap_or(extent.range.end);
        let room = CHUNK_BYTES.min(end.saturating_sub(viewer.position()) as usize);
        let mut bytes = BytesMut::zeroed(room);
        match viewer.read_before(end, &mut bytes).await {
            Ok(Some(Chunk::Output { length, .. })) => {
                bytes.truncate(length);
                return Ok(Some(bytes.freeze()));
            }
            Ok(Some(Chunk::Gap { from, to, reason })) => {
                tracing::warn!(%id, from, to, ?reason, "a download was cut off at a gap in the output");
                // Lets the connection send what it has first; an error would discard that.
                tokio::task::yield_now().await;
                return Err(io::Error::other("there is a gap in the output"));
            }
            Ok(None) if to.is_some() || extent.ended => return Ok(None),
            Ok(None) => viewer.wait_beyond(end).await,
            Err(error) => {
                tracing::warn!(%id, %error, "a download was cut off");
                return Err(io::Error::other(error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse_range;

    #[test]
    fn ranges_are_absolute_offsets() {
        assert_eq!(parse_range("bytes=10-19", 5, 100), Some(Ok((10, 20))));
        assert_eq!(parse_range("bytes=10-", 5, 100), Some(Ok((10, 100))));
        assert_eq!(parse_range("bytes=-10", 95, 100), Some(Ok((95, 100))));
        assert_eq!(parse_range("bytes=0-9", 5, 100), Some(Err(())));
        assert_eq!(parse_range("bytes=100-", 5, 100), Some(Err(())));
        assert_eq!(parse_range("lines=1-2", 5, 100), None);
        assert_eq!(parse_range("bytes=1-2,4-5", 0, 100), None);
    }
}
