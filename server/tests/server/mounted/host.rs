//! A host in the process of the tests: an application with a sign-in of its own, below whose paths there are Execdecks.

use crate::{common::within, people::nobody, support::Viewer};
use axum::{
    Router,
    http::request::Parts,
    routing::{get, post},
};
use execdeck_server::{Answer, Authenticate, Config, Execdeck, OpenError, User, deck::EngineError, keep_if_asked};
use execdeck_wire::{ApiError, Process};
use leptos::prelude::{ServerFnError, server};
use reqwest::Response;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    future::ready,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

/// The header with the session of whoever sends a request.
pub const SESSION: &str = "x-session";

/// The host's sign-in: what it says of each session. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct SignIn(Arc<Mutex<HashMap<String, Result<User, ApiError>>>>);

impl Authenticate for SignIn {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> Answer<'a, Option<User>> {
        let session = request.headers.get(SESSION).and_then(|session| session.to_str().ok()).unwrap_or_default();
        Box::pin(ready(self.0.lock().unwrap().get(session).cloned().transpose()))
    }

    fn sign_in_page(&self, next: &str) -> Option<String> {
        Some(format!("/enter?back={}", byte_serialize(next.as_bytes()).collect::<String>()))
    }
}

impl SignIn {
    /// From now on, the session is this person's.
    pub fn sign_in(&self, session: &str, user: User) {
        self.0.lock().unwrap().insert(session.to_owned(), Ok(user));
    }

    /// From now on, the session is nobody's.
    pub fn sign_out(&self, session: &str) {
        self.0.lock().unwrap().remove(session);
    }

    /// From now on, it cannot be said whose the session is.
    pub fn fail(&self, session: &str, error: ApiError) {
        self.0.lock().unwrap().insert(session.to_owned(), Err(error));
    }
}

/// The host's own server function.
#[server(prefix = "/api", endpoint = "release_of_the_host")]
pub async fn release() -> Result<String, ServerFnError> {
    tokio::task::yield_now().await;
    Ok("2026.11 Aurora".into())
}

/// The host's own routes, as a Leptos app has them.
pub fn pages() -> Router {
    Router::new().route("/", get(async || "The application")).route("/api/{*function}", post(leptos_axum::handle_server_fns))
}

/// Opens a folder as soon as whoever has used it before has let go of it.
pub async fn open(base: &str, folder: &Path) -> Execdeck {
    keep_if_asked();
    let opened = within(async {
        loop {
            match Execdeck::open(Config::below(base, folder)).await {
                Err(OpenError::Engine(EngineError::InUse(_))) => tokio::time::sleep(Duration::from_millis(10)).await,
                opened => return opened.unwrap(),
            }
        }
    });
    let execdeck = opened.await;
    // Otherwise each process would be kept by the tests, started once more.
    assert!(folder.join("keeper").is_dir(), "build the keeper first: scripts/keep.sh");
    execdeck
}

/// A host that serves on a free port.
pub struct Host {
    pub people: SignIn,
    address: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Host {
    /// One with an Execdeck below `/deck`.
    pub async fn start(folder: &Path) -> Self {
        let (execdeck, people) = (open("/deck", folder).await, SignIn::default());
        let app = pages().nest(execdeck.base_path(), execdeck.router(people.clone()));
        Self::serve(app, people, vec![execdeck]).await
    }

    /// One with these routes, which closes these Execdecks when it stops.
    pub async fn serve(app: Router, people: SignIn, execdecks: Vec<Execdeck>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopping) = oneshot::channel();
        let serve = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(async move {
            let _ = stopping.await;
            for execdeck in &execdecks {
                execdeck.close().await;
            }
        });
        let serving = tokio::spawn(async move { serve.await.unwrap() });
        Self { people, address, stop, serving }
    }

    /// Stops as an application does that is told to.
    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        within(self.serving).await.unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, session: &str, path: &str) -> Response {
        within(nobody().get(self.url(path)).header(SESSION, session).send()).await.unwrap()
    }

    /// Calls a server function of the Execdeck below `/deck`.
    pub async fn call(&self, session: &str, function: &str, arguments: Value) -> (u16, Value) {
        self.call_at("/deck", session, function, arguments).await
    }

    /// The same below another path.
    pub async fn call_at(&self, base: &str, session: &str, function: &str, arguments: Value) -> (u16, Value) {
        let request = nobody().post(self.url(&format!("{base}/api/{function}"))).header(SESSION, session);
        let response = within(request.json(&arguments).send()).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub async fn create(&self, session: &str, spec: Value) -> Process {
        let (status, process) = self.call(session, "create_process", json!({ "spec": spec })).await;
        assert_eq!(status, 200, "{process}");
        serde_json::from_value(process).unwrap()
    }

    /// A process that prints a line ten times a second.
    pub async fn ticking(&self, session: &str) -> Process {
        self.create(session, json!({ "program": "sh", "args": ["-c", "for i in $(seq 600); do echo tick; sleep 0.1; done"] })).await
    }

    pub async fn kill(&self, session: &str, id: Uuid) {
        let (status, answer) = self.call(session, "kill_process", json!({ "id": id, "signal": "KILL" })).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub async fn view(&self, session: &str, id: Uuid, query: &str) -> Viewer {
        Viewer::open_at(&format!("{}/deck", self.address), id, query, &[(SESSION, session)]).await
    }
}
