//! One connection, from its first byte to its last answer.

use super::{ClientAddr, ListenOptions, Tls, counted::Counted, proxy_secret, wrong_protocol};
use axum::Router;
use hyper::{
    Request,
    body::{Body, Incoming},
    server::conn::http1::Builder,
    service::{HttpService, service_fn},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{error::Error, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long a request's headers may take to arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// How large the headers of a request may be, in bytes: beyond that they are answered with 431, unless the last of them came with one
/// read, which is no larger. Also how much of a body is read at a time.
const MAX_HEADERS: usize = 32 << 10;
/// How long a TLS handshake may take, from the connection's begin.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The first byte of a TLS connection: a handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// What all connections have in common.
pub(super) struct Connections {
    http: Builder,
    routes: Router,
    options: ListenOptions,
    stopping: CancellationToken,
}

impl Connections {
    pub(super) fn new(options: ListenOptions, routes: Router, stopping: CancellationToken) -> Self {
        // HTTP/1.1 only: these limits would not apply to an HTTP/2 connection.
        let mut http = Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_HEADERS);
        Self { http, routes, options, stopping }
    }

    /// Serves a connection until either side closes it.
    pub(super) async fn serve(self: Arc<Self>, connection: Counted, peer: SocketAddr) {
        match &self.options.tls {
            None => {
                // hyper's own timeout only starts at the first byte of a request.
                if self.first_byte(&connection, Instant::now() + HEADER_TIMEOUT).await.is_some() {
                    self.serve_routes(connection, peer).await;
                }
            }
            Some(tls) => self.serve_tls(tls, connection, peer).await,
        }
    }

    async fn serve_tls(&self, tls: &Tls, connection: Counted, peer: SocketAddr) {
        let deadline = Instant::now() + HANDSHAKE_TIMEOUT;
        match self.first_byte(&connection, deadline).await {
            Some(TLS_HANDSHAKE) => {}
            // The methods of HTTP are in capital letters.
            Some(b'A'..=b'Z') => {
                return self.serve_http(self.http.clone().keep_alive(false), connection, service_fn(wrong_protocol::answer)).await;
            }
            _ => return,
        }
        let Some(mut stream) = self.by(deadline, tls.accept(connection)).await else { return };
        // As above.
        if self.by(Instant::now() + HEADER_TIMEOUT, stream.fill_buf()).await.is_some() {
            self.serve_routes(stream, peer).await;
        }
    }

    /// Waits for a connection's first byte without taking it. None if there is none.
    async fn first_byte(&self, connection: &Counted, deadline: Instant) -> Option<u8> {
        let mut first = [0];
        let received = self.by(deadline, connection.stream.peek(&mut first)).await?;
        (received > 0).then_some(first[0])
    }

    /// What comes of a step, unless it fails, takes too long or the server stops meanwhile.
    async fn by<T>(&self, deadline: Instant, step: impl Future<Output = io::Result<T>>) -> Option<T> {
        let done = tokio::select! {
            done = timeout_at(deadline, step) => done,
            () = self.stopping.cancelled() => return None,
        };
        done.ok()?.inspect_err(|error| tracing::debug!(%error, "connection ended before its first request")).ok()
    }

    async fn serve_routes<I>(&self, stream: I, peer: SocketAddr)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let service = service_fn(|mut request: Request<Incoming>| {
            let trusted = self.options.believed(request.headers());
            let client = ClientAddr::of(peer.ip(), self.options.tls.is_some(), request.headers(), trusted);
            request.headers_mut().remove(proxy_secret::HEADER);
            request.extensions_mut().insert(client);
            self.routes.clone().oneshot(request)
        });
        self.serve_http(&self.http, stream, service).await;
    }

    async fn serve_http<I, S, B>(&self, http: &Builder, stream: I, service: S)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        S: HttpService<Incoming, ResBody = B, Error: Into<Box<dyn Error + Send + Sync>>>,
        B: Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
    {
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // Peers that leave or send nonsense are not worth reporting.
        if let Err(error) = ended {
            tracing::debug!(%error, "connection ended");
        }
    }
}
