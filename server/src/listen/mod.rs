//! Accepting connections and serving HTTP on them, within limits of time and number.
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

/// How long the headers of a request may take.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// The most connections at once, however many descriptors there are.
const MAX_CONNECTIONS: u64 = 8192;
/// How long requests and streams may take to finish once the server was told to stop.
const FINISHING: Duration = Duration::from_secs(4);
/// The pause after a connection could not be accepted, as when descriptors have run out: they come back when others close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How the server is told to stop, and what it then waits for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Shutdown {
    /// Cancelled when the server is to stop: streams close then.
    pub token: CancellationToken,
    /// The tasks of WebSockets, which outlive the requests that they began as.
    pub sockets: TaskTracker,
}

/// Serves until the shutdown's token is cancelled; then accepts no more, and returns when the requests that run have been
/// answered and the sockets are closed, or after a few seconds.
pub async fn serve_connections(listener: TcpListener, routes: Router, shutdown: Shutdown) {
    // HTTP/1.1 alone: an HTTP/2 connection would have no such limits.
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
            // hyper's timeout begins with the first byte of a request.
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
            // A peer that leaves or sends nonsense is nothing to report.
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
            // What is typed goes out at once, not when there is more of it.
            let _ = stream.set_nodelay(true);
            Some(stream)
        }
        // The peer left before it was accepted (accept(2)).
        Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => None,
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// Half of the descriptors there may be: keepers, logs and the history need the others.
fn max_connections() -> usize {
    let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    (descriptors / 2).clamp(1, MAX_CONNECTIONS) as usize
}
