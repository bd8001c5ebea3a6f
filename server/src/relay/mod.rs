//! A remote Execdeck below a path of an application: the same addresses as if it ran here, for the application's own people.
//!
//! The application's server sends each request on with a token of its own, so browsers need none. Host and Origin are checked
//! as for a mounted Execdeck, and people may do what the application's [`Authenticate`] says; the remote Execdeck sees the
//! token's owner only, whose rights are the most that anybody gets.
//!
//! # Layout
//! - `state`: what all handlers share. `entrance`: what runs before each of them. `rights`: who may call what.
//! - `calls`: the server functions. `forward`: plain HTTP. `stream`: the WebSocket of one viewer. `watch`: whether somebody is
//!   still signed in.

mod calls;
mod entrance;
mod forward;
mod rights;
mod state;
mod stream;
mod watch;

use crate::{
    config::{ConfigError, Server},
    web::{Authenticate, files},
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use execdeck_client::Client;
use state::Remote;
use std::sync::Arc;

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
}

impl Relay {
    /// Uses `base_path`, `public_url` and `allowed_hosts` of the settings; refuses those that cannot work.
    pub fn new(server: Server, client: Client) -> Result<Self, ConfigError> {
        server.check_mounted()?;
        if server.base_path.is_empty() {
            return Err(ConfigError::Value("server.base_path: give the path below which the relay is nested, such as /deck".into()));
        }
        Ok(Self { server: Arc::new(server), client })
    }

    /// The path below which the routes are to be nested: `server.base_path`.
    pub fn base_path(&self) -> &str {
        &self.server.base_path
    }

    /// The routes, for [`Router::nest`] below [`base_path`](Self::base_path): server functions for processes and templates, streams,
    /// events, output, the audit's export, and the terminal's files. Execdeck's own pages are at the remote server.
    pub fn router(&self, sign_in: impl Authenticate) -> Router {
        let remote = Remote { server: self.server.clone(), client: self.client.clone(), application: Arc::new(sign_in) };
        Router::new()
            .route("/api/{function}", post(calls::call).get(forward::plain))
            .route("/api/processes/{id}/output", get(forward::output))
            .route("/api/processes/{id}/stream", get(stream::stream))
            .route("/healthz", get(calls::health))
            .route("/pkg/{build}/{name}", get(files))
            .fallback(calls::no_route)
            .layer(DefaultBodyLimit::max(calls::MAX_BODY))
            .layer(from_fn_with_state(remote.clone(), entrance::sign_in))
            .layer(from_fn_with_state(remote.clone(), entrance::guard))
            .with_state(remote)
    }
}
