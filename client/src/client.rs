//! The client: what all calls have in common.

use crate::{
    ClientBuilder, ClientError,
    http::{Body, Http, without_query},
};
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response,
    header::{CONTENT_TYPE, COOKIE, HOST},
};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use serde::{Serialize, de::DeserializeOwned};
use std::{error::Error, fmt, sync::Arc};

/// A client of one Execdeck server, for whoever its token belongs to. Cheap to clone; clones share their connections.
///
/// It connects directly, without the proxies that the environment may name, and follows no redirects. Dropping a call gives up
/// waiting for it; the server may do it all the same.
#[derive(Clone)]
pub struct Client(Arc<Http>);

impl Client {
    /// A client for the server at an address such as `https://deck.example/tools/deck`, with an API token. Nothing is sent yet.
    ///
    /// Fails if the address or the token cannot be used. Plain `http://` is for this machine only, see
    /// [`ClientBuilder::allow_plain_http`].
    pub fn new(address: &str, token: impl AsRef<str>) -> Result<Self, ClientError> {
        Self::builder(address, token).build()
    }

    /// The same with settings.
    pub fn builder(address: &str, token: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(address, token.as_ref())
    }

    pub(crate) fn from_http(http: Http) -> Self {
        Self(Arc::new(http))
    }

    pub(crate) fn http(&self) -> &Http {
        &self.0
    }

    /// The server's address, with its base path and without a slash at the end.
    pub fn address(&self) -> String {
        self.0.address().to_string()
    }

    /// Calls a server function by its name, such as `list_tokens`, with its arguments as a JSON object. There is a method for
    /// most of them.
    pub async fn call<T: DeserializeOwned>(&self, function: &str, arguments: &impl Serialize) -> Result<T, ClientError> {
        if function.is_empty() || !function.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            return Err(ClientError::Invalid(format!("{function:?} is no name of a server function")));
        }
        let arguments = serde_json::to_vec(arguments);
        let arguments = arguments.map_err(|error| ClientError::Invalid(format!("the arguments of {function} are no JSON: {error}")))?;
        let request = Request::post(self.0.address().join(&format!("/api/{function}"))?);
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = request.body(body(Full::new(arguments.into()))).expect("the address was parsed");
        let (at, response) = self.send(request).await?;
        let answer = self.0.receive(&at, response.into_body()).await?;
        serde_json::from_slice(&answer)
            .map_err(|error| ClientError::Protocol { address: at, reason: format!("the answer cannot be read: {error}") })
    }

    /// Sends a request of one's own and waits for the head of the answer, whatever its status: for programs that pass requests
    /// on. The request's URI is a path below the base path, with its query. Its `Authorization` is replaced by the token, and
    /// `Cookie` and `Host` are dropped. An answer of 101 can be upgraded with `hyper::upgrade::on`.
    pub async fn forward<B>(&self, request: Request<B>) -> Result<Response<Incoming>, ClientError>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut request = request.map(body);
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = self.0.address().join(path)?;
        request.headers_mut().remove(COOKIE);
        request.headers_mut().remove(HOST);
        self.0.send(request).await
    }

    /// Asks for a path below the base path. Fails unless the answer is a success.
    pub(crate) async fn fetch(&self, path: &str, headers: &[(&'static str, &str)]) -> Result<(String, Response<Incoming>), ClientError> {
        let mut request = Request::get(self.0.address().join(path)?);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body(Empty::new())).expect("the address was parsed, and the headers are ASCII")).await
    }

    /// Gets JSON.
    pub(crate) async fn fetch_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let (address, response) = self.fetch(path, &[]).await?;
        let body = self.http().receive(&address, response.into_body()).await?;
        let unreadable = |error| ClientError::Protocol { address, reason: format!("the answer cannot be read: {error}") };
        serde_json::from_slice(&body).map_err(unreadable)
    }

    /// Sends a request, and returns what was asked, for errors, with the answer. Fails unless that is a success or an upgrade.
    async fn send(&self, request: Request<Body>) -> Result<(String, Response<Incoming>), ClientError> {
        let at = without_query(request.uri());
        let response = self.0.send(request).await?;
        if response.status().is_success() || response.status().is_informational() {
            return Ok((at, response));
        }
        Err(self.0.refusal(&at, response).await)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address()).finish_non_exhaustive()
    }
}

fn body<B>(body: B) -> Body
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    body.map_err(Into::into).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_not_printed() {
        let client = Client::new("https://deck.example/deck/", "deck_hunter2");
        // Without any certificate authority there is no client for HTTPS.
        let client = client.or_else(|_| Client::new("http://127.0.0.1/deck/", "deck_hunter2")).unwrap();
        assert!(client.address().ends_with("/deck") && !format!("{client:?}").contains("hunter2"), "{client:?}");
        let error = Client::new("http://127.0.0.1", "hunter2\n2").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[tokio::test]
    async fn names_of_functions_lead_nowhere_else() {
        let client = Client::new("http://127.0.0.1:9", "t").unwrap();
        for name in ["../healthz", "who/ami", "whoami?x", ""] {
            let answer: Result<(), _> = client.call(name, &()).await;
            assert!(matches!(answer, Err(ClientError::Invalid(_))), "{name}: {answer:?}");
        }
    }
}
