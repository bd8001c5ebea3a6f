//! Requests and answers: the only way to the server. Redirects are not followed, so the token goes nowhere else.

use crate::{ClientError, address::Address, error::causes};
use bytes::Bytes;
use execdeck_wire::ApiError;
use http::{
    HeaderValue, Request, Response, StatusCode, Uri,
    header::{AUTHORIZATION, LOCATION, USER_AGENT},
};
use http_body_util::{BodyExt, LengthLimitError, Limited, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use std::{error::Error, sync::Arc, time::Duration};
use tokio::time::timeout;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};

/// The body of a request, whatever it comes from.
pub(crate) type Body = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// The largest answer that is kept in memory, in bytes.
const MAX_ANSWER: usize = 64 << 20;

/// What a server is asked with.
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    address: Address,
    authorization: HeaderValue,
    timeout: Duration,
}

impl Http {
    /// `authorities`: trusted besides those that this machine trusts, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    pub(crate) fn new(
        address: Address,
        token: &str,
        timeout: Duration,
        authorities: Vec<CertificateDer<'static>>,
    ) -> Result<Self, ClientError> {
        let authorization = HeaderValue::try_from(format!("Bearer {token}"));
        let mut authorization = authorization.map_err(|_| ClientError::Invalid("the token has characters that no token has".into()))?;
        authorization.set_sensitive(true);
        let tls = tls(&address, authorities)?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeout));
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Ok(Self { client, address, authorization, timeout })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a request with the token and waits for the head of the answer, whatever its status is.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Result<Response<Incoming>, ClientError> {
        let at = without_query(request.uri());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(concat!("execdeck-client/", env!("CARGO_PKG_VERSION"))));
        match timeout(self.timeout, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(ClientError::Unreachable { address: at, reason: causes(&error) }),
            Err(_) => Err(self.too_slow(at)),
        }
    }

    /// Receives the whole body of an answer.
    pub(crate) async fn receive(&self, at: &str, body: Incoming) -> Result<Bytes, ClientError> {
        match timeout(self.timeout, Limited::new(body, MAX_ANSWER).collect()).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                let reason = format!("the answer is larger than {} MiB", MAX_ANSWER >> 20);
                Err(ClientError::Protocol { address: at.to_owned(), reason })
            }
            Ok(Err(error)) => Err(ClientError::Unreachable { address: at.to_owned(), reason: causes(error.as_ref()) }),
            Err(_) => Err(self.too_slow(at.to_owned())),
        }
    }

    /// The error of an answer that is not a success.
    pub(crate) async fn refusal(&self, at: &str, response: Response<Incoming>) -> ClientError {
        let (head, body) = response.into_parts();
        let body = match self.receive(at, body).await {
            Ok(body) => body,
            Err(error) => return error,
        };
        if let Ok(error) = serde_json::from_slice::<ApiError>(&body) {
            return ClientError::Api(error);
        }
        let (address, status) = (at.to_owned(), head.status);
        match head.headers.get(LOCATION).filter(|_| status.is_redirection()) {
            Some(to) => {
                let to = String::from_utf8_lossy(to.as_bytes());
                ClientError::Protocol { address, reason: format!("the answer leads to {to}, which is not followed; is the address right?") }
            }
            // A proxy whose server is not there.
            None if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT) => {
                ClientError::Unreachable { address, reason: format!("the answer is {status}") }
            }
            None => {
                ClientError::Protocol { address, reason: format!("the answer is {status}, and not one of Execdeck; is the address right?") }
            }
        }
    }

    /// Waits for something else than an answer as long as for one.
    pub(crate) async fn in_time<T>(&self, at: &str, what: impl Future<Output = T>) -> Result<T, ClientError> {
        timeout(self.timeout, what).await.map_err(|_| self.too_slow(at.to_owned()))
    }

    fn too_slow(&self, address: String) -> ClientError {
        ClientError::Unreachable { address, reason: format!("no answer within {} seconds", self.timeout.as_secs_f32()) }
    }
}

/// An address for errors: queries can be long.
pub(crate) fn without_query(uri: &Uri) -> String {
    uri.to_string().split('?').next().unwrap_or_default().to_owned()
}

fn tls(address: &Address, authorities: Vec<CertificateDer<'static>>) -> Result<ClientConfig, ClientError> {
    let invalid = |problem: String| ClientError::Invalid(format!("TLS cannot be used: {problem}"));
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority).map_err(|error| invalid(error.to_string()))?;
    }
    // They take a moment to read, and plain HTTP needs none.
    if address.is_https {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let errors = found.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            return Err(invalid(format!("this machine trusts no certificate authority; install ca-certificates ({errors})")));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    Ok(config.map_err(|error| invalid(error.to_string()))?.with_root_certificates(roots).with_no_client_auth())
}
