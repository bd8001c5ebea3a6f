//! Accepts connections and serves HTTP or HTTPS on them, with limits on time and number.
//!
//! `axum::serve` has no limit on how long a request's headers may take or how many connections there are.
//!
//! # Layout
//! - `connection`: one connection, from its first byte to its last answer. `counted`: what counts towards the limit.
//! - [`Tls`]: HTTPS, with a certificate that may change. `certificate`: its files. `wrong_protocol`: the answer to plain HTTP
//!   where HTTPS is served.
//! - [`ClientAddr`]: who sends a request, as seen past trusted proxies. [`ProxySecret`]: what these prove themselves with.

mod certificate;
mod client;
mod connection;
mod counted;
mod proxy_secret;
mod tls;
mod wrong_protocol;

#[cfg(test)]
mod tests;

pub use certificate::{CertificateError, CertificateFiles};
pub use client::ClientAddr;
pub use proxy_secret::{ProxySecret, ProxySecretError};
pub use tls::Tls;

use crate::config::Network;
use axum::{Router, http::HeaderMap};
use connection::Connections;
use counted::Counted;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The most connections at once, however many file descriptors are available.
const MAX_CONNECTIONS: u64 = 8192;
/// How long requests and streams may take to finish once the server has been told to stop.
pub(crate) const FINISHING: Duration = Duration::from_secs(4);
/// The pause after a failed accept. When descriptors have run out, they only become free as other connections close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What connections speak, and whose word about the client counts. By default plain HTTP and nobody's.
#[derive(Clone, Default)]
pub struct ListenOptions {
    /// HTTPS; plain HTTP if absent.
    pub tls: Option<Tls>,
    /// The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<Network>,
    /// What they have to prove themselves with; if absent, the address is enough.
    pub proxy_secret: Option<ProxySecret>,
}

impl ListenOptions {
    /// The proxies whose word counts for a request with these headers.
    fn believed(&self, headers: &HeaderMap) -> &[Network] {
        let proven = self.proxy_secret.as_ref().is_none_or(|secret| secret.is_in(headers));
        if proven { &self.trusted_proxies } else { &[] }
    }
}

/// Tells the server to stop, and knows what it then has to wait for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Shutdown {
    /// Cancelled when the server has to stop; streams then close.
    pub token: CancellationToken,
    /// The tasks of WebSockets, which outlive the requests they started as.
    pub sockets: TaskTracker,
}

/// Serves until the shutdown token is cancelled, then stops accepting and returns once all running requests have been
/// answered and all sockets are closed, or after a few seconds. Every request carries its [`ClientAddr`] as an extension.
pub async fn serve_connections(listener: TcpListener, options: ListenOptions, routes: Router, shutdown: Shutdown) {
    let tasks = TaskTracker::new();
    if let Some(tls) = &options.tls {
        tasks.spawn(tls.clone().follow_changes(shutdown.token.clone()));
    }
    let connections = Arc::new(Connections::new(options, routes, shutdown.token.clone()));
    let room = Arc::new(Semaphore::new(max_connections()));
    loop {
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await.expect("the semaphore is never closed");
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            accepted = accepted => accepted,
            () = shutdown.token.cancelled() => break,
        };
        let Some((stream, peer)) = usable(accepted).await else { continue };
        tasks.spawn(Arc::clone(&connections).serve(Counted { stream, _permit: permit }, peer));
    }
    drop(listener);
    tasks.close();
    shutdown.sockets.close();
    let finished = async { tokio::join!(tasks.wait(), shutdown.sockets.wait()) };
    if timeout(FINISHING, finished).await.is_err() {
        tracing::info!("shutdown grace period expired; some requests were aborted");
    }
}

async fn usable(accepted: io::Result<(TcpStream, SocketAddr)>) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        Ok((stream, peer)) => {
            // Sends keystrokes right away instead of waiting for more.
            let _ = stream.set_nodelay(true);
            Some((stream, peer))
        }
        // The peer left before the connection was accepted (accept(2)).
        Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => None,
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// Half of the file descriptors; keepers, logs and the history need the other half.
fn max_connections() -> usize {
    let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    (descriptors / 2).clamp(1, MAX_CONNECTIONS) as usize
}
