//! A remote Execdeck below a path of an application: the same addresses as if it ran here, for the application's own people.
//!
//! The application's server sends each request on with a token of its own, so browsers need none. Host and Origin are checked
//! as for a mounted Execdeck, and people may do what the application's [`Authenticate`] says; the remote Execdeck sees the
//! token's owner only, whose rights are the most that anybody gets.
//!
//! # Layout
//! - `state`: what all handlers share. `entrance`: what runs before each of them. `rights`: who may call what.
//! - `calls`: the server functions. `forward`: plain HTTP. `stream`: the WebSocket of one viewer; `input`: what comes in on it;
//!   `behind`: the one to the remote server.
//! - `watch`: whether somebody is still signed in. `errors`: what people get to know of the remote server's errors.

mod behind;
mod calls;
mod entrance;
mod errors;
mod forward;
mod input;
mod rights;
mod state;
mod stream;
mod watch;

use crate::{
    config::{ConfigError, Limits, Server},
    listen::{FINISHING, Shutdown},
    web::{Authenticate, PerPerson, as_json, files, no_route, receive, say_retry_after},
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use execdeck_client::Client;
use state::Remote;
use std::sync::Arc;
use tokio::time::timeout;

/// A remote Execdeck, for an application that nests its addresses below a path. Cheap to clone.
///
/// # Example
/// ```no_run
/// # use axum::{Router, http::request::Parts};
/// # use execdeck_server::{Answer, Authenticate, Relay, User, config::Server};
/// # struct SignIn;
/// # impl Authenticate for SignIn {
/// #     fn authenticate<'a>(&'a self, _: &'a Parts) -> Answer<'a, Option<User>> {
/// #         Box::pin(async { Ok(None) })
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = execdeck_client::Client::new("https://deck.example", std::env::var("DECK_TOKEN")?)?;
/// let relay = Relay::new(Server { base_path: "/deck".into(), ..Server::default() }, client)?;
/// let app: Router = Router::new().nest(relay.base_path(), relay.router(SignIn));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Relay {
    server: Arc<Server>,
    client: Client,
    shutdown: Shutdown,
}

impl Relay {
    /// Uses `base_path`, `public_url` and `allowed_hosts` of the settings; refuses those that cannot work.
    pub fn new(server: Server, client: Client) -> Result<Self, ConfigError> {
        server.check_mounted()?;
        Ok(Self { server: Arc::new(server), client, shutdown: Shutdown::default() })
    }

    /// The path below which the routes are to be nested: `server.base_path`.
    pub fn base_path(&self) -> &str {
        &self.server.base_path
    }

    /// The routes, for [`Router::nest`] below [`base_path`](Self::base_path): server functions for processes and templates, streams,
    /// events, output, the audit's export, and the terminal's files. Execdeck's own pages are at the remote server.
    pub fn router(&self, sign_in: impl Authenticate) -> Router {
        let remote = Remote {
            server: self.server.clone(),
            client: self.client.clone(),
            application: Arc::new(sign_in),
            per_person: Arc::new(PerPerson::new(Limits::default())),
            shutdown: self.shutdown.clone(),
        };
        Router::new()
            .route("/api/{function}", post(calls::call).fallback(no_route))
            .route("/api/events", get(forward::events))
            .route("/api/audit", get(forward::audit))
            .route("/api/processes/{id}/output", get(forward::output))
            .route("/api/processes/{id}/stream", get(stream::stream))
            .route("/api/processes/{id}/lines", get(forward::lines))
            .route("/api/processes/{id}/search", get(forward::search))
            .route("/api/processes/{id}/usage", get(forward::usage))
            .route("/api/search", get(forward::search_all))
            .route("/healthz", get(calls::health))
            .route("/pkg/{build}/{name}", get(files))
            .fallback(no_route)
            // `receive` has received the body and bounds it.
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn(as_json))
            .layer(from_fn_with_state(remote.per_person.clone(), receive))
            .layer(from_fn_with_state(remote.clone(), entrance::sign_in))
            .layer(from_fn(say_retry_after))
            .layer(from_fn_with_state(remote.clone(), entrance::guard))
            .with_state(remote)
    }

    /// Closes all streams. Call it when the server is told to stop, not after it has stopped: open event streams would hold it up.
    pub async fn close(&self) {
        self.shutdown.token.cancel();
        self.shutdown.sockets.close();
        let _ = timeout(FINISHING, self.shutdown.sockets.wait()).await;
    }
}
