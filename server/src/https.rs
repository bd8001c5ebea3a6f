//! The client for requests of the server's own: HTTPS with the authorities that this machine trusts, and plain HTTP.

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::sync::Arc;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, crypto::ring};

/// Makes a client that trusts the authorities that this machine trusts (or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`). It follows no
/// redirects. `whom`: what is asked, for a warning.
pub(crate) fn client(whom: &str) -> Result<Client<HttpsConnector<HttpConnector>, Full<Bytes>>, rustls::Error> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (trusted, _) = roots.add_parsable_certificates(found.certs);
    if trusted == 0 {
        let errors = found.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        tracing::warn!(errors, "no certificate authority is trusted, so {whom} with HTTPS cannot be used; install ca-certificates");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // No connection is kept: what was sent just when the other side closes one would be lost.
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}
