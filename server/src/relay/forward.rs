//! Plain HTTP, passed on as it comes.

use super::{
    errors::{not_execdeck, refused, token_refused},
    rights::{AUDIT, EVENTS, OUTPUT, USAGE, require},
    state::Remote,
    watch::{lost, may},
};
use crate::web::{Failure, Flag, OpenSocket, Signed, parse_id, stopped};
use axum::{
    body::Body,
    extract::{Path, Query, RawQuery, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use execdeck_wire::{ErrorCode, Right};
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, pending},
    stream,
};
use http_body_util::BodyDataStream;
use hyper::body::Incoming;
use serde::Deserialize;
use std::io;
use tokio_util::sync::CancellationToken;

/// What is passed on of a request.
const SENT: [HeaderName; 3] = [header::ACCEPT, header::RANGE, header::IF_RANGE];
/// What is passed back of an answer.
const RETURNED: [&str; 9] = [
    "accept-ranges",
    "allow",
    "content-disposition",
    "content-length",
    "content-range",
    "content-type",
    "execdeck-output-start",
    "retry-after",
    "x-accel-buffering",
];

/// `GET /api/events`.
pub(super) async fn events(State(remote): State<Remote>, signed: Signed, query: RawQuery, headers: HeaderMap) -> Result<Response, Failure> {
    require(&signed.caller(), "events", EVENTS)?;
    let place = remote.open_socket(&signed)?;
    let sent = get(&remote, "/api/events", query, &headers).await?;
    // Whoever may do something else than before reconnects, and sees what they may see now.
    let before = signed.0.identity.clone();
    let changed =
        lost(signed.0.identity.clone(), move |now| now.rights == before.rights && now.role == before.role && now.grants == before.grants);
    let stop = remote.shutdown.token.clone().cancelled_owned();
    let over = async move {
        tokio::select! {
            _ = changed => {}
            () = stop => {}
        }
        drop(place);
    };
    Ok(answer(sent, |body| Body::from_stream(BodyDataStream::new(body).take_until(over))))
}

/// `GET /api/audit`.
pub(super) async fn audit(State(remote): State<Remote>, signed: Signed, query: RawQuery, headers: HeaderMap) -> Result<Response, Failure> {
    require(&signed.caller(), "export_audit", AUDIT)?;
    let place = remote.open_socket(&signed)?;
    let sent = get(&remote, "/api/audit", query, &headers).await?;
    Ok(answer(sent, |body| whole(body, &signed, Right::Administer, None, Some(place))))
}

#[derive(Deserialize)]
pub(super) struct Parameters {
    #[serde(default)]
    follow: Flag,
}

/// `GET /api/processes/{id}/output`.
pub(super) async fn output(
    State(remote): State<Remote>,
    signed: Signed,
    Path(id): Path<String>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = parse_id(&id)?;
    require(&signed.caller(), "read_output", OUTPUT)?;
    // The remote server refuses a query that cannot be read.
    let follows = parameters.is_ok_and(|Query(parameters)| parameters.follow.is_on());
    let place = follows.then(|| remote.open_socket(&signed)).transpose()?;
    let sent = get(&remote, &format!("/api/processes/{id}/output"), query, &headers).await?;
    let stopping = follows.then(|| remote.shutdown.token.clone());
    Ok(answer(sent, |body| whole(body, &signed, Right::ReadOutput, stopping, place)))
}

/// `GET /api/processes/{id}/lines`.
pub(super) async fn lines(
    State(remote): State<Remote>,
    signed: Signed,
    Path(id): Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = parse_id(&id)?;
    require(&signed.caller(), "read_output", OUTPUT)?;
    let sent = get(&remote, &format!("/api/processes/{id}/lines"), query, &headers).await?;
    Ok(answer(sent, Body::new))
}

/// `GET /api/processes/{id}/search`.
pub(super) async fn search(
    State(remote): State<Remote>,
    signed: Signed,
    Path(id): Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = parse_id(&id)?;
    search_at(&remote, &signed, &format!("/api/processes/{id}/search"), query, &headers).await
}

/// `GET /api/search`.
pub(super) async fn search_all(
    State(remote): State<Remote>,
    signed: Signed,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    search_at(&remote, &signed, "/api/search", query, &headers).await
}

async fn search_at(remote: &Remote, signed: &Signed, path: &str, query: RawQuery, headers: &HeaderMap) -> Result<Response, Failure> {
    require(&signed.caller(), "read_output", OUTPUT)?;
    let place = remote.open_socket(signed)?;
    let sent = get(remote, path, query, headers).await?;
    let stopping = Some(remote.shutdown.token.clone());
    Ok(answer(sent, |body| whole(body, signed, Right::ReadOutput, stopping, Some(place))))
}

/// `GET /api/processes/{id}/usage`.
pub(super) async fn usage(
    State(remote): State<Remote>,
    signed: Signed,
    Path(id): Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = parse_id(&id)?;
    require(&signed.caller(), "get_usage", USAGE)?;
    let sent = get(&remote, &format!("/api/processes/{id}/usage"), query, &headers).await?;
    Ok(answer(sent, Body::new))
}

async fn get(remote: &Remote, path: &str, RawQuery(query): RawQuery, headers: &HeaderMap) -> Result<Response<Incoming>, Failure> {
    let path = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut request = Request::get(path);
    for name in SENT {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let request = request.body(Body::empty()).map_err(|error| Failure::new(ErrorCode::BadRequest, error.to_string()))?;
    Ok(remote.client.forward(request).await.map_err(refused)?)
}

/// The remote server's answer as one of this server, with a body that is made of its body.
pub(super) fn answer(sent: Response<Incoming>, make_body: impl FnOnce(Incoming) -> Body) -> Response {
    let (head, body) = sent.into_parts();
    if head.status == StatusCode::UNAUTHORIZED {
        return Failure(token_refused()).into_response();
    }
    if !is_execdecks(head.status, &head.headers) {
        return Failure(not_execdeck(head.status)).into_response();
    }
    let mut response = (head.status, make_body(body)).into_response();
    for name in RETURNED {
        if let Some(value) = head.headers.get(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// Whether an answer may be one of Execdeck. Those of a proxy in front of it say things that are not for everybody.
fn is_execdecks(status: StatusCode, headers: &HeaderMap) -> bool {
    let is = |kind: &str| headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(kind.as_bytes()));
    if status.is_success() { !is("text/html") } else { (status.is_client_error() || status.is_server_error()) && is("application/json") }
}

/// A body that is whole if it ends. When its reader loses the right to read it, it breaks off, so that nobody mistakes a part for
/// the whole; likewise, without a known end, a few seconds after this server was told to stop. `place`: held until then.
fn whole(body: Incoming, signed: &Signed, right: Right, stopping: Option<CancellationToken>, place: Option<OpenSocket>) -> Body {
    let name = signed.0.name.clone();
    let over: BoxFuture<'static, _> = lost(signed.0.identity.clone(), move |now| may(now, right)).boxed();
    let stop = async move {
        match stopping {
            Some(stopping) => stopped(stopping).await,
            None => pending().await,
        }
    };
    let begin = (BodyDataStream::new(body), over, stop.boxed(), place, name);
    Body::from_stream(stream::try_unfold(begin, |(mut body, mut over, mut stop, place, name)| async move {
        tokio::select! {
            biased;
            lost = &mut over => {
                tracing::info!(name, ?lost, "a download was cut off");
                Err(io::Error::other("the reader may not read it any more"))
            }
            () = &mut stop => Err(io::Error::other("the server stops")),
            chunk = body.next() => {
                let chunk = chunk.transpose().map_err(io::Error::other)?;
                Ok(chunk.map(|bytes| (bytes, (body, over, stop, place, name))))
            }
        }
    }))
}
