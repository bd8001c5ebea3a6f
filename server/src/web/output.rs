//! `GET /api/processes/{id}/output`: the raw bytes.
//!
//! Positions are absolute offsets, in `Range` as well. Without `Range` it begins at the oldest byte that is kept,
//! which the header `Execdeck-Output-Start` names. `?follow=true` goes on until the process has ended;
//! `?from=<offset>` says where it begins; `?download=true` makes browsers save it.

use super::{
    App,
    error::{Failure, parse_id},
};
use crate::deck::{Piece, Viewer};
use axum::{
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use execdeck_wire::{ErrorCode, Process};
use futures_util::{Stream, stream};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    #[serde(default)]
    follow: bool,
    from: Option<u64>,
    #[serde(default)]
    download: bool,
}

const PIECE: usize = 256 << 10;

pub(crate) async fn output(
    State(app): State<App>,
    Path(id): Path<String>,
    parameters: Result<Query<Parameters>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let bad = |message: String| Failure::new(ErrorCode::BadRequest, message);
    let id = parse_id(&id)?;
    let Query(parameters) = parameters.map_err(|error| bad(error.body_text()))?;
    let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap_or_default());
    if range.is_some() && (parameters.follow || parameters.from.is_some()) {
        return Err(bad("Range goes with neither follow nor from; follow=true&from=<offset> does what you want.".into()));
    }
    let mut viewer = app.deck.view(&app.caller(), id).await?;
    let process = viewer.process();
    let kept = viewer.extent().range;
    let mut from = kept.start;
    if let Some(asked) = parameters.from {
        if asked > kept.end {
            return Err(bad(format!("from={asked} is beyond the end of the output, which is {}.", kept.end)));
        }
        from = asked.max(kept.start);
    }
    let mut response = if parameters.follow {
        viewer.seek(from);
        Body::from_stream(follow(viewer)).into_response()
    } else {
        match range.map(|range| parse_range(range, kept.start, kept.end)) {
            Some(Some(Err(()))) => {
                let mut response =
                    Failure::new(ErrorCode::BadRequest, format!("Only bytes {}-{} are kept.", kept.start, kept.end)).into_response();
                *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
                response.headers_mut().insert(header::CONTENT_RANGE, text(&format!("bytes */{}", kept.end)));
                return Ok(response);
            }
            Some(Some(Ok((from, to)))) => {
                let mut response = bytes(viewer, from, to).into_response();
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                response.headers_mut().insert(header::CONTENT_RANGE, text(&format!("bytes {from}-{}/{}", to - 1, kept.end)));
                response
            }
            // A range of another unit or of several parts may be answered with the whole (RFC 9110, section 14.2).
            _ => bytes(viewer, from, kept.end).into_response(),
        }
    };
    describe(&mut response, &process, kept.start.max(from), parameters.download);
    Ok(response)
}

fn text(value: &str) -> axum::http::HeaderValue {
    value.parse().expect("numbers and ASCII make a header")
}

fn describe(response: &mut Response, process: &Process, start: u64, download: bool) {
    let headers = response.headers_mut();
    // Never a page, whatever the process prints.
    headers.insert(header::CONTENT_TYPE, text("text/plain; charset=utf-8"));
    headers.insert(header::ACCEPT_RANGES, text("bytes"));
    headers.insert(header::CACHE_CONTROL, text("no-store"));
    headers.insert("execdeck-output-start", text(&start.to_string()));
    headers.insert("content-security-policy", text("default-src 'none'"));
    if download {
        let name: String = process.name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
        headers.insert(header::CONTENT_DISPOSITION, text(&format!("attachment; filename=\"{name}-{}.log\"", process.id)));
    }
}

/// `bytes=a-b`, `bytes=a-`, `bytes=-n` as an interval; `None` for what may be ignored, `Err` for what cannot be had.
fn parse_range(range: &str, start: u64, end: u64) -> Option<Result<(u64, u64), ()>> {
    let (first, last) = range.strip_prefix("bytes=")?.trim().split_once('-')?;
    let (from, to) = match (first, last) {
        ("", count) => (end.saturating_sub(count.parse().ok()?).max(start), end),
        (from, "") => (from.parse().ok()?, end),
        (from, last) => (from.parse().ok()?, last.parse::<u64>().ok()?.saturating_add(1).min(end)),
    };
    Some(if from < start || from >= to { Err(()) } else { Ok((from, to)) })
}

/// The bytes of an interval. The connection is cut if some of them are not there any more, since the length is promised
/// only where there are no gaps.
fn bytes(mut viewer: Viewer, from: u64, to: u64) -> Body {
    viewer.seek(from);
    Body::from_stream(stream::try_unfold(viewer, move |mut viewer| async move {
        loop {
            let piece = viewer.read_before(to, PIECE).await.map_err(std::io::Error::other)?;
            match piece {
                Some(Piece::Output(_, _, bytes)) => {
                    let bytes = Bytes::copy_from_slice(bytes);
                    return Ok::<_, std::io::Error>(Some((bytes, viewer)));
                }
                Some(Piece::Gap(..)) => {}
                None => return Ok(None),
            }
        }
    }))
}

fn follow(viewer: Viewer) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    stream::try_unfold(viewer, |mut viewer| async move {
        loop {
            let ended = viewer.extent().ended;
            let piece = viewer.read(PIECE).await.map_err(std::io::Error::other)?;
            match piece {
                Some(Piece::Output(_, _, bytes)) => {
                    let bytes = Bytes::copy_from_slice(bytes);
                    return Ok(Some((bytes, viewer)));
                }
                None if ended => return Ok(None),
                Some(Piece::Gap(..)) | None => {}
            }
            let position = viewer.position();
            viewer.wait_beyond(position).await;
        }
    })
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
