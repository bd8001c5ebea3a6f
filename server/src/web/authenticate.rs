//! Who sends a request, as the host application says, which nests these routes.

use super::error::Failure;
use crate::{
    access::{AccessError, Identity, Recheck, User, identify},
    config::{PublicUrl, Server},
    listen::ClientAddr,
};
use axum::{
    extract::{ConnectInfo, NestedPath, OriginalUri, Request},
    http::{Uri, request::Parts},
};
use execdeck_app::service::Answer;
use execdeck_wire::{ApiError, ErrorCode};
use hyper::upgrade::OnUpgrade;
use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

/// Tells Execdeck who sends a request. An application implements it with its own sign-in.
pub trait Authenticate: Send + Sync + 'static {
    /// Who sends the request; none if nobody is signed in. An error is answered with the status of its code.
    ///
    /// It is asked once for each request, and again every half second, with the same request, while a stream, an event stream
    /// or a download is open: that is closed when somebody else or nobody is signed in, or a right is gone. An error that may
    /// pass, such as one with `ErrorCode::Unavailable`, closes nothing. An answer may take 5 s. The request has the extensions
    /// that the application's own middleware has put there, and the address that the browser has asked for.
    fn authenticate<'a>(&'a self, request: &'a Parts) -> Answer<'a, Option<User>>;

    /// The address of the page where one signs in; `next` is the path, with its query, to come back to: encode it before it
    /// becomes a part of another query, and lead back to addresses of your own site only. `None`: people who are not signed in
    /// get an error page (401).
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
