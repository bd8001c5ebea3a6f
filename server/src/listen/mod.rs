//! Accepts connections and serves HTTP on them, with limits on time and number.
//!
//! `axum::serve` has no limit on how long a request's headers may take or how many connections there are.

mod counted;

use axum::Router;
use counted::Counted;
use hyper::server::conn::http1::Builder;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{io, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a request's headers may take to arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// The most connections at once, however many file descriptors are available.
const MAX_CONNECTIONS: u64 = 8192;
/// How long requests and streams may take to finish once the server has been told to stop.
const FINISHING: Duration = Duration::from_secs(4);
/// The pause after a failed accept. When descriptors have run out, they only become free as other connections close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Tells the server to stop, and knows what it then has to wait for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Shutdown {
    /// Cancelled when the server has to stop; streams then close.
    pub token: CancellationToken,
    /// The tasks of WebSockets, which outlive the requests they started as.
    pub sockets: TaskTracker,
}

/// Serves until the shutdown token is cancelled, then stops accepting and returns once all running requests have been
/// answered and all sockets are closed, or after a few seconds.
pub async fn serve_connections(listener: TcpListener, routes: Router, shutdown: Shutdown) {
    // HTTP/1.1 only: these limits would not apply to an HTTP/2 connection.
    let mut http = Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let connections = TaskTracker::new();
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
        let Some(stream) = usable(accepted.map(|(stream, _)| stream)).await else { continue };
        let (http, token) = (http.clone(), shutdown.token.clone());
        let service = TowerToHyperService::new(routes.clone());
        connections.spawn(async move {
            let mut first = [0];
            // hyper's own timeout only starts at the first byte of a request.
            tokio::select! {
                begun = timeout(HEADER_TIMEOUT, stream.peek(&mut first)) => if begun.is_err() { return },
                () = token.cancelled() => return,
            }
            let stream = TokioIo::new(Counted { stream, _permit: permit });
            let mut connection = pin!(http.serve_connection(stream, service).with_upgrades());
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = token.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            // Peers that leave or send nonsense are not worth reporting.
            if let Err(error) = ended {
                tracing::debug!(%error, "connection ended");
            }
        });
    }
    drop(listener);
    connections.close();
    shutdown.sockets.close();
    let finished = async { tokio::join!(connections.wait(), shutdown.sockets.wait()) };
    if timeout(FINISHING, finished).await.is_err() {
        tracing::info!("shutdown grace period expired; some requests were aborted");
    }
}

async fn usable(accepted: io::Result<TcpStream>) -> Option<TcpStream> {
    match accepted {
        Ok(stream) => {
            // Sends keystrokes right away instead of waiting for more.
            let _ = stream.set_nodelay(true);
            Some(stream)
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
