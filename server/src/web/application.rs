//! The pages of an Execdeck with the sign-in of a host application.

use super::{
    authenticate::{Authenticate, place},
    forms::Visit,
    next_page::next_page,
    signed::Signed,
    state::{AppState, SignIn},
};
use crate::access::AccessError;
use axum::{
    Extension,
    extract::{FromRequestParts, Query, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use execdeck_app::t;
use execdeck_wire::{ApiError, ErrorCode};
use serde::Deserialize;

/// Runs before everything else.
pub(super) async fn receive(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    match place(&app.config.server, &mut request) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

/// Leads somebody who is not signed in to the application's own page for that, or says that there is none. `next`: the address to
/// come back to.
pub(super) async fn lead_to_sign_in(
    app: &AppState,
    application: &dyn Authenticate,
    next: &str,
    request: Request,
    error: AccessError,
) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let page = application.sign_in_page(next);
    if let (Some(page), true) = (&page, is_read) {
        return Redirect::to(page).into_response();
    }
    let visit = visit(app, request).await;
    match page {
        Some(page) => visit.signed_out(&page),
        None => visit.refuse(error.into()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    next: String,
}

/// Where Execdeck's pages lead to sign in.
pub(super) async fn login(
    State(app): State<AppState>,
    signed: Option<Extension<Signed>>,
    Query(arrival): Query<Arrival>,
    request: Request,
) -> Response {
    let next = app.path(next_page(&arrival.next));
    match &app.sign_in {
        SignIn::Application(application) if signed.is_none() => {
            lead_to_sign_in(&app, application.as_ref(), &next, request, AccessError::NotSignedIn).await
        }
        _ => Redirect::to(&next).into_response(),
    }
}

/// Says that accounts are the host application's.
pub(super) async fn elsewhere(State(app): State<AppState>, request: Request) -> Response {
    let message = t!("Accounts and signing in are managed by the application that this page belongs to.");
    visit(&app, request).await.refuse(ApiError::new(ErrorCode::NotFound, message))
}

async fn visit(app: &AppState, request: Request) -> Visit {
    let Ok(visit) = Visit::from_request_parts(&mut request.into_parts().0, app).await;
    visit
}
