//! Requests to the provider: bounded in time and size, and only to where the configuration or the provider says.

use crate::{config::may_be_asked, https::client};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, url::Url};
use std::{error::Error, pin::Pin, time::Duration};
use tokio::time::timeout;
use tokio_rustls::rustls;

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
    pub(super) fn new() -> Result<Self, rustls::Error> {
        // Plain HTTP is for this machine, which is checked for each request.
        client("an OpenID provider").map(Self)
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
