//! Plain HTTP, passed on as it comes.

use super::{
    rights::require,
    state::{Remote, Sender},
    watch::lost,
};
use crate::web::Failure;
use axum::{
    Extension,
    body::Body,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use execdeck_client::ClientError;
use execdeck_wire::{ApiError, ErrorCode, Right};
use futures_util::{StreamExt, future::BoxFuture};
use http_body_util::BodyDataStream;
use hyper::body::Incoming;
use uuid::Uuid;

/// What is passed on of a request.
const SENT: [HeaderName; 3] = [header::ACCEPT, header::RANGE, header::IF_RANGE];
/// What is passed back of an answer.
const RETURNED: [HeaderName; 8] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_DISPOSITION,
    header::CONTENT_RANGE,
    header::ACCEPT_RANGES,
    header::CACHE_CONTROL,
    header::RETRY_AFTER,
    header::ALLOW,
];

/// `GET /api/events` and `GET /api/audit`.
pub(super) async fn plain(
    State(remote): State<Remote>,
    sender: Extension<Sender>,
    Path(name): Path<String>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let right = match name.as_str() {
        "events" => Right::View,
        "audit" => Right::Administer,
        _ => return Err(Failure::new(ErrorCode::NotFound, format!("No such endpoint: GET /api/{name}."))),
    };
    send(&remote, sender, right, &format!("/api/{name}"), query, &headers).await
}

/// `GET /api/processes/{id}/output`.
pub(super) async fn output(
    State(remote): State<Remote>,
    sender: Extension<Sender>,
    Path(id): Path<Uuid>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    send(&remote, sender, Right::ReadOutput, &format!("/api/processes/{id}/output"), query, &headers).await
}

async fn send(
    remote: &Remote,
    Extension(Sender(identity)): Extension<Sender>,
    right: Right,
    path: &str,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    require(&identity, right)?;
    let path = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut request = Request::get(path);
    for name in SENT {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let request = request.body(Body::empty()).map_err(|error| Failure::new(ErrorCode::BadRequest, error.to_string()))?;
    let sent = remote.client.forward(request).await.map_err(unreachable)?;
    let over = async move {
        lost(identity, right).await;
    };
    Ok(answer(sent, Some(Box::pin(over))))
}

/// The remote server's answer as one of this server. It is cut off when `over` comes first.
pub(super) fn answer(sent: Response<Incoming>, over: Option<BoxFuture<'static, ()>>) -> Response {
    let (head, body) = sent.into_parts();
    if head.status == StatusCode::UNAUTHORIZED {
        return Failure(token_refused()).into_response();
    }
    let body = BodyDataStream::new(body);
    let body = match over {
        Some(over) => Body::from_stream(body.take_until(over)),
        None => Body::from_stream(body),
    };
    let returned = RETURNED.into_iter().filter_map(|name| Some((name.clone(), head.headers.get(name)?.clone())));
    let mut response = (head.status, body).into_response();
    response.headers_mut().extend(returned.collect::<HeaderMap>());
    response
}

/// The error when the remote server does not answer. Its address may not be for everybody.
pub(super) fn unreachable(error: ClientError) -> ApiError {
    tracing::warn!(%error, "the remote Execdeck cannot be reached");
    ApiError::new(ErrorCode::Unavailable, "The remote Execdeck cannot be reached. Try again in a few seconds.")
}

/// The error when it does not accept the token, which no user of this server can do anything about.
pub(super) fn token_refused() -> ApiError {
    tracing::error!("the remote Execdeck does not accept this server's token");
    ApiError::new(ErrorCode::Unavailable, "The remote Execdeck does not accept this server's token; see the server log.")
}
