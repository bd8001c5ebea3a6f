//! `execdeck serve`, from loading the configuration to finishing the last request.

use crate::{
    access::AccessError,
    audit::AuditError,
    config::{Config, ConfigError, Network, PublicUrl, Server},
    data_folder::{FolderError, require_own},
    deadline::end_in_time,
    host::{OpenDatabase, OpenError},
    listen::{CertificateError, CertificateFiles, ListenOptions, ProxySecret, ProxySecretError, Tls, serve_connections},
    oidc::{OidcClient, OidcSetupError},
    texts::{TextsError, use_texts},
};
use std::{
    future::Future,
    io::{self, Write},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Prints a line to standard output, even if nobody is reading it any more.
macro_rules! say {
    ($($text:tt)*) => {
        let _ = writeln!(io::stdout(), $($text)*);
    };
}

/// Why the server could not start or continue.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address must not be served.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder belongs to somebody else, or others may write to it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The certificate for HTTPS cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The OpenID provider cannot be used.
    #[error(transparent)]
    Oidc(#[from] OidcSetupError),
    /// What proxies prove themselves with cannot be used.
    #[error(transparent)]
    ProxySecret(#[from] ProxySecretError),
    /// People and the audit cannot be read or written.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The same, or there is nobody who could sign in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The data folder could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {error}. If another server uses it, choose another address with --address.")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The texts in another language cannot be used.
    #[error(transparent)]
    Texts(#[from] TextsError),
    /// The listener or the signals failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Serves until SIGINT or SIGTERM, then gives running requests a few seconds to finish. Processes keep running. From the signal
/// on, this program ends within 5 seconds, whatever clients and disks do.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    require_own(&config.data.folder)?;
    let opened = OpenDatabase::open(&config)?;
    let access = opened.access.clone();
    config.check_reach(access.anyone_can_sign_in().await?)?;
    let address = config.server.address;
    let tls = open_tls(&config.server)?;
    let proxy_secret = config.server.proxy_secret_file.as_deref().map(ProxySecret::read).transpose()?;
    config.server.texts.as_deref().map(use_texts).transpose()?;
    let server = &config.server;
    let provider = OidcClient::open(&config.access.oidc, server.public_url.as_ref(), &server.base_path)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut stopped = Box::pin(stop_signal()?);
    let listener = TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })?;
    let mut execdeck = tokio::select! {
        execdeck = opened.reattach(provider) => execdeck?,
        () = &mut stopped => return Ok(()),
    };
    execdeck.listens_on(listener.local_addr()?);
    let config = execdeck.config();
    warn_of_local_proxy(config);
    say!("listening on {scheme}://{}", config.server.address);
    if let Some(code) = access.new_setup_code().await? {
        let site = config.server.public_url.as_ref().map_or_else(|| format!("{scheme}://{}", config.server.address), PublicUrl::origin);
        let base = &config.server.base_path;
        say!("nobody has an account yet. To create the first administrator, open within an hour:\n  {site}{base}/setup#{code}");
    }
    match execdeck.deck().running() {
        0 => {}
        1 => {
            say!("1 process reattached");
        }
        reattached => {
            say!("{reattached} processes reattached");
        }
    }
    match execdeck.deck().queued() {
        0 => {}
        1 => {
            say!("1 process is queued");
        }
        queued => {
            say!("{queued} processes are queued");
        }
    }
    let shutdown = execdeck.shutdown().clone();
    let token = shutdown.token.clone();
    tokio::spawn(async move {
        stopped.await;
        if let Err(error) = end_in_time() {
            tracing::warn!(%error, "nothing ends the server if something holds it up");
        }
        token.cancel();
    });
    let options = ListenOptions { tls, trusted_proxies: config.server.trusted_proxies.clone(), proxy_secret };
    serve_connections(listener, options, execdeck.router_with_accounts(), shutdown).await;
    execdeck.flush().await;
    match execdeck.deck().running() {
        0 => {
            say!("stopped");
        }
        1 => {
            say!("stopped; 1 process keeps running. Start execdeck again to reattach.");
        }
        running => {
            say!("stopped; {running} processes keep running. Start execdeck again to reattach.");
        }
    }
    Ok(())
}

/// Loads the certificate, if there is to be one, and says what else may be in the way of serving others.
fn open_tls(server: &Server) -> Result<Option<Tls>, CertificateError> {
    if server.address.ip().is_unspecified() && server.public_url.is_none() && server.allowed_hosts.is_empty() {
        tracing::warn!("only localhost is accepted as a host; set server.public_url or server.allowed_hosts to the name that browsers use");
    }
    let (Some(certificate), Some(key)) = (server.tls_cert.clone(), server.tls_key.clone()) else { return Ok(None) };
    let files = CertificateFiles { certificate, key };
    let warning = files.key_warning();
    let tls = Tls::open(files)?;
    if let Some(warning) = warning {
        tracing::warn!("{warning}");
    }
    Ok(Some(tls))
}

/// Says so if everybody on this machine is believed to be the proxy that signs people in.
fn warn_of_local_proxy(config: &Config) {
    let is_proven = config.server.proxy_secret_file.is_some();
    if !is_proven && !config.access.proxy_header.is_empty() && config.server.trusted_proxies.iter().any(Network::has_loopback) {
        tracing::warn!(
            "every user of this machine can sign in as anybody: access.proxy_header is believed from this machine, since \
             server.trusted_proxies lists it. Set server.proxy_secret_file, or run the proxy on another machine, unless nobody else has an account on this one"
        );
    }
}

fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
