//! How the browser calls server functions: as Leptos does, below the prefix in force.

use crate::prefix;
use bytes::Bytes;
use futures_util::{Sink, Stream, sink::Drain, stream::Empty};
use http::Method;
use leptos::server_fn::{
    client::{Client, browser::BrowserClient},
    error::{FromServerFnError, ServerFnErrorErr},
    request::{
        ClientReq,
        browser::{BrowserFormData, BrowserRequest},
    },
    response::browser::BrowserResponse,
};
use std::future::Future;

/// The client of all server functions. Their paths are completed when a call begins, by [`at`](crate::at), the Leptos context or
/// the document.
pub struct PrefixClient;

/// A request below the prefix.
pub struct PrefixRequest(BrowserRequest);

impl<E, I, O> Client<E, I, O> for PrefixClient
where
    E: FromServerFnError,
    I: FromServerFnError,
    O: FromServerFnError,
{
    type Request = PrefixRequest;
    type Response = BrowserResponse;

    fn send(request: PrefixRequest) -> impl Future<Output = Result<BrowserResponse, E>> + Send {
        <BrowserClient as Client<E, I, O>>::send(request.0)
    }

    /// No function here speaks over a socket.
    async fn open_websocket(
        path: &str,
    ) -> Result<(impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static, impl Sink<Bytes> + Send + 'static), E> {
        let refused = ServerFnErrorErr::Request(format!("{path} takes no WebSocket"));
        Err::<(Empty<_>, Drain<Bytes>), _>(E::from_server_fn_error(refused))
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<E, I, O>>::spawn(future);
    }
}

/// The path below the prefix.
fn below(path: &str) -> String {
    prefix::current() + path
}

/// Only [`try_new_req_bytes`](ClientReq::try_new_req_bytes) is in use: all functions take JSON by `POST`.
impl<E: FromServerFnError> ClientReq<E> for PrefixRequest {
    type FormData = BrowserFormData;

    fn try_new_req_query(path: &str, content_type: &str, accepts: &str, query: &str, method: Method) -> Result<Self, E> {
        BrowserRequest::try_new_req_query(&below(path), content_type, accepts, query, method).map(Self)
    }

    fn try_new_req_text(path: &str, content_type: &str, accepts: &str, body: String, method: Method) -> Result<Self, E> {
        BrowserRequest::try_new_req_text(&below(path), content_type, accepts, body, method).map(Self)
    }

    fn try_new_req_bytes(path: &str, content_type: &str, accepts: &str, body: Bytes, method: Method) -> Result<Self, E> {
        BrowserRequest::try_new_req_bytes(&below(path), content_type, accepts, body, method).map(Self)
    }

    fn try_new_req_form_data(path: &str, accepts: &str, content_type: &str, body: BrowserFormData, method: Method) -> Result<Self, E> {
        BrowserRequest::try_new_req_form_data(&below(path), accepts, content_type, body, method).map(Self)
    }

    fn try_new_req_multipart(path: &str, accepts: &str, body: BrowserFormData, method: Method) -> Result<Self, E> {
        BrowserRequest::try_new_req_multipart(&below(path), accepts, body, method).map(Self)
    }

    fn try_new_req_streaming(
        path: &str,
        accepts: &str,
        content_type: &str,
        body: impl Stream<Item = Bytes> + Send + 'static,
        method: Method,
    ) -> Result<Self, E> {
        BrowserRequest::try_new_req_streaming(&below(path), accepts, content_type, body, method).map(Self)
    }
}
