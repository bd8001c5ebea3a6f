//! HTTPS, with a certificate that is replaced when its files change.

use super::{
    certificate::{CertificateError, CertificateFiles, Stamps},
    counted::Counted,
};
use std::{
    fmt, io,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{task::spawn_blocking, time::sleep};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::{CryptoProvider, ring},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
    server::TlsStream,
};
use tokio_util::sync::CancellationToken;

/// How often the files are looked at. A change takes effect at the second look that finds the files the same.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// TLS 1.2 and 1.3 with HTTP/1.1, and the certificate in use. Cheap to clone; all clones use the same certificate.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    files: Arc<CertificateFiles>,
    /// The files as they were before they were first read.
    opened: Stamps,
}

impl Tls {
    /// Loads a certificate and its key.
    pub fn open(files: CertificateFiles) -> Result<Self, CertificateError> {
        // A C compiler is enough to build ring; other providers need more.
        let provider = Arc::new(ring::default_provider());
        let opened = files.stamps();
        let pair = RwLock::new(Arc::new(files.load(&provider)?));
        let current = Arc::new(Current { pair, provider: Arc::clone(&provider) });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Current>::clone(&current));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: Arc::new(config).into(), current, files: Arc::new(files), opened })
    }

    /// Performs the server's side of a handshake.
    pub(super) async fn accept(&self, connection: Counted) -> io::Result<TlsStream<Counted>> {
        self.acceptor.accept(connection).await
    }

    /// Takes up changes to the files until cancelled. Whatever cannot be used is logged, and what was in use stays.
    pub(super) async fn follow_changes(self, stopping: CancellationToken) {
        let (mut tried, mut seen) = (self.opened, self.opened);
        loop {
            tokio::select! {
                () = sleep(CHECK_INTERVAL) => {}
                () = stopping.cancelled() => return,
            }
            let tls = self.clone();
            let checked = spawn_blocking(move || tls.check(seen, tried)).await;
            (seen, tried) = checked.expect("reading a certificate does not panic");
        }
    }

    /// Loads the files unless they are as they were when last tried. Those who renew a certificate write one file after the
    /// other, so only files that have not changed since they were last seen are tried. Returns what was seen and tried.
    fn check(&self, seen: Stamps, tried: Stamps) -> (Stamps, Stamps) {
        let now = self.files.stamps();
        if now == tried || now != seen {
            return (now, tried);
        }
        let loaded = self.files.load(&self.current.provider);
        if self.files.stamps() != now {
            return (now, tried);
        }
        match loaded {
            Ok(pair) => {
                *self.current.pair.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!(path = %self.files.certificate.display(), "new certificate in use");
            }
            Err(error) => tracing::warn!(%error, "the new certificate cannot be used; the previous one stays in use"),
        }
        (now, now)
    }
}

/// The certificate that new connections get.
struct Current {
    pair: RwLock<Arc<CertifiedKey>>,
    provider: Arc<CryptoProvider>,
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.pair.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the certificate in use")
    }
}
