//! What runs before each handler: the checks of Host and Origin, and the application's sign-in.

use super::state::Remote;
use crate::{
    access::{AccessError, Requester},
    listen::ClientAddr,
    web::{Failure, Refused, RetryAfter, Signed, add_headers, check_request, identify_by, is_file, opens_stream, place, refuse, version},
};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

pub(super) async fn guard(State(remote): State<Remote>, mut request: Request, next: Next) -> Response {
    let is_file = is_file(&request);
    let checked = match place(&remote.server, &mut request) {
        Ok(()) => check_request(&request, &remote.server).map(drop),
        Err(failure) => return failure.into_response(),
    };
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(message) => refuse(message, &request),
    };
    add_headers(&mut response, is_file);
    response
}

pub(super) async fn sign_in(State(remote): State<Remote>, mut request: Request, next: Next) -> Response {
    if is_file(&request) {
        return next.run(request).await;
    }
    let address = request.extensions().get::<ClientAddr>().map(|client| client.address);
    let identified = identify_by(&remote.application, &request).await;
    let found = identified.and_then(|identity| {
        remote.per_person.request(identity.person)?;
        Ok(Signed(Requester { identity, address }))
    });
    let is_known = found.is_ok();
    match found {
        Ok(signed) => {
            request.extensions_mut().insert(signed);
        }
        // Browsers learn of it only by the close code of an open socket.
        Err(error) if opens_stream(request.method(), request.uri().path(), request.headers()) => {
            tracing::debug!(%error, address = address.map(tracing::field::display), "refused");
            request.extensions_mut().insert(Refused(error.into()));
        }
        Err(error) => {
            tracing::debug!(%error, address = address.map(tracing::field::display), "refused");
            return turn_away(&request, error);
        }
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if is_known {
        headers.insert(version::HEADER, HeaderValue::from_static(version::version()));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn turn_away(request: &Request, error: AccessError) -> Response {
    if let (Some(seconds), Some(retry)) = (error.retry_seconds(), request.extensions().get::<RetryAfter>()) {
        retry.set(seconds);
    }
    let mut response = Failure::from(error).into_response();
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
