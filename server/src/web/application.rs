//! Sign-in by the application that Execdeck is part of.

use super::{
    error::Failure,
    forms::Visit,
    next_page::next_page,
    signed::Signed,
    state::{AppState, SignIn},
};
use crate::{
    access::{AccessError, Identity, Recheck, User, identify},
    config::{PublicUrl, Server},
    listen::ClientAddr,
};
use axum::{
    Extension,
    extract::{ConnectInfo, FromRequestParts, NestedPath, OriginalUri, Query, Request, State},
    http::{Method, Uri, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use execdeck_app::service::Answer;
use execdeck_wire::{ApiError, ErrorCode};
use hyper::upgrade::OnUpgrade;
use serde::Deserialize;
use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

/// Tells Execdeck who sends a request. An application implements it with its own sign-in.
pub trait Authenticate: Send + Sync + 'static {
    /// Who sends the request; none if nobody is signed in. An error is answered as it is.
    ///
    /// It is asked once for each request, and again every half second, with the same request, while a stream, an event stream
    /// or a download is open: that is closed when somebody else or nobody is signed in, or a right is gone. The request has
    /// the extensions that the application's own middleware has put there, and the address that the browser has asked for.
    fn authenticate<'a>(&'a self, request: &'a Parts) -> Answer<'a, Option<User>>;

    /// The address of the page where one signs in; `next` is the address, with its query, to come back to. None: who is not
    /// signed in gets an error page instead of being led there.
    fn sign_in_page(&self, next: &str) -> Option<String> {
        let _ = next;
        None
    }
}

/// One request, for asking the application about it again.
struct Asking {
    application: Arc<dyn Authenticate>,
    request: Parts,
}

impl Recheck for Asking {
    fn recheck(&self) -> Pin<Box<dyn Future<Output = Result<Option<User>, ApiError>> + Send + '_>> {
        self.application.authenticate(&self.request)
    }
}

/// Who has sent a request, as the application says.
pub(crate) fn identify_by(
    application: &Arc<dyn Authenticate>,
    request: &Request,
) -> impl Future<Output = Result<Arc<Identity>, AccessError>> + Send + use<> {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = request.method().clone();
    parts.uri = whole_address(request.extensions().get(), request.uri());
    parts.version = request.version();
    parts.headers = request.headers().clone();
    parts.extensions = request.extensions().clone();
    // Whoever is asked again must not keep the connection.
    parts.extensions.remove::<OnUpgrade>();
    identify(Box::new(Asking { application: application.clone(), request: parts }))
}

fn whole_address(original: Option<&OriginalUri>, below: &Uri) -> Uri {
    original.map_or_else(|| below.clone(), |OriginalUri(uri)| uri.clone())
}

/// Runs before everything else.
pub(super) async fn receive(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    match place(&app.config.server, &mut request) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

/// Notes who is connected, as far as the application's server says, and refuses the request if the routes are not where their
/// pages believe them to be.
pub(crate) fn place(server: &Server, request: &mut Request) -> Result<(), Failure> {
    let nested = request.extensions().get::<NestedPath>().map_or("", NestedPath::as_str);
    let base = server.base_path.as_str();
    if nested != base {
        tracing::error!(nested, base, "Execdeck's routes are nested below another path than server.base_path; make both the same");
        return Err(Failure::new(ErrorCode::Unavailable, "Execdeck is not set up correctly; see the server log."));
    }
    if request.extensions().get::<ClientAddr>().is_none() {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let address = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let https = server.public_url.as_ref().is_some_and(PublicUrl::is_https);
        // What is spoken on its connections, and with whom, is the application's business.
        request.extensions_mut().insert(ClientAddr { address, https, exposed: false, proxied: false });
    }
    Ok(())
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

/// Where accounts would be managed if Execdeck had any.
pub(super) async fn elsewhere(State(app): State<AppState>, request: Request) -> Response {
    let message = "Accounts and signing in are matters of the application that this page is part of.";
    visit(&app, request).await.refuse(ApiError::new(ErrorCode::NotFound, message))
}

async fn visit(app: &AppState, request: Request) -> Visit {
    let Ok(visit) = Visit::from_request_parts(&mut request.into_parts().0, app).await;
    visit
}
