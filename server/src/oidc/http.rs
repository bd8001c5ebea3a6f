//! Requests to the provider: bounded in time and size, and only to where the configuration or the provider says.

use crate::config::may_be_asked;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, url::Url};
use std::{error::Error, pin::Pin, sync::Arc, time::Duration};
use tokio::time::timeout;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, crypto::ring};

/// How long an answer may take, connecting included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer, in bytes.
const MAX_ANSWER: usize = 1 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("{0} is not HTTPS, which is needed unless the provider is on this machine")]
    Address(String),
    #[error("no answer from {0} within {seconds} seconds", seconds = TIMEOUT.as_secs())]
    Timeout(String),
    #[error("the answer of {0} is larger than {MAX_ANSWER} bytes")]
    TooLarge(String),
    #[error("no answer from {address}")]
    Failed {
        address: String,
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
}

/// Makes requests to the provider. A redirect is an answer like any other: it is not followed.
pub(super) struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Http {
    /// Trusts the authorities that this machine trusts (or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`).
    pub(super) fn new() -> Result<Self, rustls::Error> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (trusted, _) = roots.add_parsable_certificates(found.certs);
        if trusted == 0 {
            let errors = found.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            tracing::warn!(
                errors,
                "no certificate authority is trusted, so an OpenID provider with HTTPS cannot be used; install ca-certificates"
            );
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // No connection is kept: a code that was sent just when the provider closes one would be lost.
        // Plain HTTP is for this machine, which is checked for each request.
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)))
    }

    /// Sends a request and receives the whole answer.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let whole = request.uri().to_string();
        // Without a query, since the text goes to the log.
        let address = whole.split('?').next().unwrap_or_default().to_owned();
        if !Url::parse(&whole).is_ok_and(|url| may_be_asked(&url)) {
            return Err(HttpError::Address(address));
        }
        let answer = timeout(TIMEOUT, self.exchange(request.map(|body| Full::new(body.into()))));
        match answer.await {
            Err(_) => Err(HttpError::Timeout(address)),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(HttpError::TooLarge(address)),
            Ok(Err(error)) => Err(HttpError::Failed { address, error }),
            Ok(Ok(answer)) => Ok(answer),
        }
    }

    async fn exchange(&self, request: hyper::Request<Full<Bytes>>) -> Result<HttpResponse, Box<dyn Error + Send + Sync>> {
        let (parts, body) = self.0.request(request).await?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await?.to_bytes();
        Ok(HttpResponse::from_parts(parts, body.into()))
    }
}

impl<'a> AsyncHttpClient<'a> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

    fn call(&'a self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
