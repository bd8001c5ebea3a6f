//! The application with the relay, and what the tests do at the remote server.

use crate::{
    client::deck,
    common::within,
    people::nobody,
    support::{Server, Viewer},
};
use axum::{Router, http::request::Parts};
use execdeck_server::{Answer, Authenticate, Relay, User, config};
use execdeck_wire::{ApiError, Grants, Process, Role};
use reqwest::Response;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use uuid::Uuid;

/// How long it may take until the application's word counts for what is open.
pub(super) const SOON: Duration = Duration::from_millis(1500);

/// What the application says of every request.
#[derive(Clone)]
pub(super) struct SignIn(Arc<Mutex<Result<Option<User>, ApiError>>>);

impl Authenticate for SignIn {
    fn authenticate<'a>(&'a self, _: &'a Parts) -> Answer<'a, Option<User>> {
        let says = self.0.lock().unwrap().clone();
        Box::pin(async move { says })
    }
}

pub(super) struct Host {
    pub(super) address: SocketAddr,
    pub(super) sign_in: SignIn,
    pub(super) relay: Relay,
}

impl Host {
    /// One in front of a server, with grace signed in.
    pub(super) async fn start(server: &Server, role: Role) -> Self {
        let below = config::Server { base_path: "/far".into(), ..config::Server::default() };
        let relay = Relay::new(below, deck(server)).unwrap();
        let sign_in = SignIn(Arc::new(Mutex::new(Ok(Some(User::new("grace", role))))));
        let app = Router::new().nest(relay.base_path(), relay.router(sign_in.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
        Self { address, sign_in, relay }
    }

    pub(super) fn says(&self, answer: Result<Option<User>, ApiError>) {
        *self.sign_in.0.lock().unwrap() = answer;
    }

    pub(super) fn becomes(&self, role: Role) {
        self.says(Ok(Some(User::new("grace", role))));
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/far{path}", self.address)
    }

    pub(super) async fn get(&self, path: &str) -> Response {
        within(nobody().get(self.url(path)).send()).await.unwrap()
    }

    pub(super) async fn call(&self, function: &str, arguments: &Value) -> (u16, Value) {
        let response = within(nobody().post(self.url(&format!("/api/{function}"))).json(arguments).send()).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(super) async fn view(&self, id: impl std::fmt::Display, query: &str) -> Viewer {
        Viewer::open_at(&format!("{}/far", self.address), id, query, &[]).await
    }
}

pub(super) fn narrowed(role: Role) -> User {
    User { grants: Grants { templates: None, labels: Some([("team".into(), "x".into())].into()) }, ..User::new("grace", role) }
}

/// Reads until so much has been printed.
pub(super) async fn until(viewer: &mut Viewer, offset: u64) {
    while viewer.next.is_none_or(|next| next < offset) {
        viewer.next().await.expect("it is open");
    }
}

/// Reads to the close and returns its code and how long that took.
pub(super) async fn closed(viewer: &mut Viewer) -> (Option<u16>, Duration) {
    let began = Instant::now();
    while viewer.next().await.is_some() {}
    (viewer.close, began.elapsed())
}

pub(super) async fn output_end(server: &Server, id: Uuid) -> Value {
    server.call("get_process", json!({ "id": id })).await.1["output"]["end"].clone()
}

/// One that prints all the time.
pub(super) async fn ticking(server: &Server) -> Uuid {
    server.sh("while :; do echo tick; sleep 0.1; done").await.id
}

pub(super) async fn kill(server: &Server, id: Uuid) {
    server.call("kill_process", json!({ "id": id, "signal": "KILL" })).await;
}

/// A template that copies its input to its output, and a process that was started from it.
pub(super) async fn templated(server: &Server, host: &Host) -> (Value, Process) {
    let template = json!({ "name": "Copy", "spec": { "program": "cat", "stdin": true } });
    let (status, template) = server.call("save_template", json!({ "template": template })).await;
    assert_eq!(status, 200, "{template}");
    let (status, process) = host.call("start_template", &json!({ "id": template["id"], "values": {} })).await;
    assert_eq!(status, 200, "{process}");
    (template["id"].clone(), serde_json::from_value(process).unwrap())
}
