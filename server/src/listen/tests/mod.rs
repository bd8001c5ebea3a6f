//! Servers on free ports of the loopback address, and clients that trust the tests' certificates.

mod limits;
mod plain;
mod reload;
mod tls;

use super::*;
use axum::{
    Extension,
    body::Body,
    extract::{WebSocketUpgrade, ws::WebSocket},
    routing::{any, get},
};
use bytes::Bytes;
use futures_util::stream;
use std::{
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject},
        version,
    },
};

/// A condition that has not come about by then never will.
const DEADLINE: Duration = Duration::from_mins(1);

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(DEADLINE, future).await.expect("it never happened")
}

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("execdeck-listen-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn files(&self) -> CertificateFiles {
        CertificateFiles { certificate: self.0.join("cert.pem"), key: self.0.join("key.pem") }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A certificate for localhost and its key, in PEM.
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Pair {
    pub(super) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap()
    }

    /// A client that trusts this certificate only.
    fn client(&self, versions: &[&'static SupportedProtocolVersion], protocols: &[&str]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.der()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_protocol_versions(versions).unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(config).into()
    }
}

/// A server that stops when told to; its routes answer with who they think the client is, stream, and echo.
struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    task: JoinHandle<()>,
    pair: Pair,
    folder: Folder,
}

impl Running {
    async fn https() -> Self {
        Self::start(true, &[]).await
    }

    async fn start(https: bool, trusted: &[&str]) -> Self {
        let (folder, pair) = (Folder::new(), Pair::new());
        let files = folder.files();
        fs::write(&files.certificate, &pair.certificate).unwrap();
        fs::write(&files.key, &pair.key).unwrap();
        let tls = https.then(|| Tls::open(files).unwrap());
        let trusted_proxies = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), Shutdown::default());
        let options = ListenOptions { tls, trusted_proxies, proxy_secret: None };
        let task = tokio::spawn(serve_connections(listener, options, routes(&shutdown), shutdown.clone()));
        Self { address, shutdown, task, pair, folder }
    }

    async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn tls(&self) -> TlsStream<TcpStream> {
        self.tls_with(&self.pair).await.unwrap()
    }

    /// Connects as somebody who trusts this certificate only.
    async fn tls_with(&self, pair: &Pair) -> io::Result<TlsStream<TcpStream>> {
        let client = pair.client(&[&version::TLS13, &version::TLS12], &[]);
        within(client.connect("localhost".try_into().unwrap(), self.tcp().await)).await
    }

    async fn stop(self) -> Duration {
        let began = std::time::Instant::now();
        self.shutdown.token.cancel();
        within(self.task).await.unwrap();
        began.elapsed()
    }
}

fn routes(shutdown: &Shutdown) -> Router {
    let sockets = shutdown.sockets.clone();
    let token = shutdown.token.clone();
    let echo = move |upgrade: WebSocketUpgrade| async move {
        upgrade.on_upgrade(move |socket| sockets.track_future(async move { echo(socket, token).await }))
    };
    Router::new()
        .route("/", get(async |Extension(client): Extension<ClientAddr>| format!("{} {}", client.address, client.https)))
        .route("/slow", get(async || sleep(Duration::from_secs(1)).await))
        .route("/bytes/{mebibytes}", get(bytes_of))
        .route("/echo", any(echo))
}

async fn bytes_of(axum::extract::Path(mebibytes): axum::extract::Path<usize>) -> Body {
    let piece = Bytes::from(vec![b'x'; 1 << 18]);
    Body::from_stream(stream::iter((0..mebibytes * 4).map(move |_| Ok::<_, Infallible>(piece.clone()))))
}

async fn echo(mut socket: WebSocket, token: CancellationToken) {
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(message)) => if socket.send(message).await.is_err() { return },
                _ => return,
            },
            () = token.cancelled() => {
                let _ = socket.send(axum::extract::ws::Message::Close(None)).await;
                while let Some(Ok(_)) = socket.recv().await {}
                return;
            }
        }
    }
}

/// Sends a request that asks to close the connection, and reads everything that comes.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str, headers: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = String::new();
    within(stream.read_to_string(&mut answer)).await.unwrap();
    answer
}
