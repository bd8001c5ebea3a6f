//! What runs before each handler: the checks of Host and Origin, and the application's sign-in.

use super::state::{Remote, Sender};
use crate::web::{Failure, add_headers, check_request, identify_by, is_file, place, refuse, version};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use execdeck_wire::ErrorCode;

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
    match identify_by(&remote.application, &request).await {
        Ok(identity) if !identity.grants.is_unlimited() => {
            let message = "Your rights are limited to some labels or templates, which cannot be checked here. Limit those of the account that \
                           this server's token belongs to.";
            return Failure::new(ErrorCode::Forbidden, message).into_response();
        }
        Ok(identity) => {
            request.extensions_mut().insert(Sender(identity));
        }
        // Browsers learn of it only by the close code of an open socket.
        Err(error) if request.headers().contains_key(header::UPGRADE) => {
            request.extensions_mut().insert(Failure::from(error).0);
        }
        Err(error) => {
            let mut response = Failure::from(error).into_response();
            if response.status() == StatusCode::UNAUTHORIZED {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            return response;
        }
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(version::HEADER, HeaderValue::from_static(version::version()));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
