//! The address that is told of the ends of processes.

use crate::{
    common::{TempFolder, eventually, within},
    support::{Server, client},
};
use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use execdeck_wire::Process;
use hmac::{Hmac, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};
use tokio::net::TcpListener;

/// A server that notes what it is told, and answers with a status.
struct Receiver {
    url: String,
    told: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    status: Arc<AtomicU16>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = within(TcpListener::bind("127.0.0.1:0")).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let told: Arc<Mutex<Vec<_>>> = Arc::default();
        let status = Arc::new(AtomicU16::new(200));
        let (heard, answer) = (told.clone(), status.clone());
        let hook = move |headers: HeaderMap, body: Bytes| async move {
            let status = StatusCode::from_u16(answer.load(Ordering::Relaxed)).unwrap();
            if status.is_success() {
                if let Some(signature) = headers.get("execdeck-signature") {
                    let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").unwrap();
                    mac.update(&body);
                    assert_eq!(signature, &format!("sha256={:x}", mac.finalize().into_bytes()));
                }
                heard.lock().unwrap().push((headers, serde_json::from_slice(&body).unwrap()));
            }
            status
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(hook))).await });
        Self { url, told, status }
    }

    fn names(&self) -> Vec<String> {
        self.told.lock().unwrap().iter().map(|(_, notice)| notice["process"]["name"].as_str().unwrap().to_owned()).collect()
    }
}

async fn start(server: &Server, script: &str, name: &str) -> Process {
    server.create(json!({ "program": "sh", "args": ["-c", script], "name": name })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_end_is_told_once_and_signed() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    let secret = folder.path().join("webhook.secret");
    fs::write(&secret, "s3cret\n").unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let secret = secret.to_str().unwrap().to_owned();
    let variables = [
        ("EXECDECK_WEBHOOK_URL", receiver.url.as_str()),
        ("EXECDECK_WEBHOOK_SECRET_FILE", &secret),
        ("EXECDECK_SERVER_PUBLIC_URL", "http://deck.example.org"),
    ];
    let server = Server::start_with(folder.path(), &variables);
    let spec = json!({ "program": "sh", "args": ["-c", "exit 3"], "name": "fails", "secret_env": { "TOKEN": "hidden" } });
    let failed = server.create(spec).await;
    start(&server, "exit 0", "works").await;
    start(&server, "exec /nonexistent", "odd").await;
    let missing = server.create(json!({ "program": "/nonexistent/program", "name": "missing" })).await;
    eventually(async || receiver.names().len() == 4).await;
    let told = receiver.told.lock().unwrap().clone();
    let (headers, notice) = told.iter().find(|(_, notice)| notice["process"]["name"] == "fails").unwrap();
    assert_eq!(headers["execdeck-delivery"], failed.id.to_string());
    assert!(headers.contains_key("execdeck-signature"));
    assert_eq!((&notice["event"], &notice["failed"]), (&json!("ended"), &json!(true)));
    let page = format!("http://deck.example.org/admin/exec/{}", failed.id);
    assert_eq!(notice["url"], json!(page));
    assert_eq!(notice["text"], json!(format!("fails failed: exit 3 (started by ada) {page}")));
    assert_eq!(notice["process"]["exit"], json!({ "code": 3 }));
    assert!(!notice.to_string().contains("hidden"));
    let of = |name: &str| told.iter().find(|(_, notice)| notice["process"]["name"] == name).unwrap().1["failed"].clone();
    assert_eq!((of("works"), of("missing")), (json!(false), json!(true)), "{}", missing.id);
    eventually(async || fs::read_dir(folder.path().join("webhook")).unwrap().count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_forgotten_while_the_address_or_the_server_is_away() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    receiver.status.store(500, Ordering::Relaxed);
    let variables = [("EXECDECK_WEBHOOK_URL", receiver.url.as_str()), ("EXECDECK_WEBHOOK_ON", "failures")];
    let mut server = Server::start_with(folder.path(), &variables);
    start(&server, "exit 0", "works").await;
    start(&server, "exit 1", "first").await;
    let problem = async |server: &Server| server.call("get_health", json!({})).await.1["problems"][0]["code"].clone();
    eventually(async || problem(&server).await == json!("webhook_not_delivered")).await;
    let lasting = start(&server, "sleep 1; exit 2", "second").await;
    server.kill();
    eventually(async || {
        fs::read_to_string(folder.path().join(format!("processes/{}/status.json", lasting.id))).unwrap().contains("exited")
    })
    .await;
    receiver.status.store(204, Ordering::Relaxed);
    let server = Server::start_with(folder.path(), &variables);
    eventually(async || receiver.names().len() == 2).await;
    let mut names = receiver.names();
    names.sort();
    assert_eq!(names, ["first", "second"]);
    assert_eq!(problem(&server).await, Value::Null);
    // It recovers by itself, too.
    receiver.status.store(404, Ordering::Relaxed);
    start(&server, "exit 1", "third").await;
    eventually(async || problem(&server).await == json!("webhook_not_delivered")).await;
    receiver.status.store(200, Ordering::Relaxed);
    eventually(async || receiver.names().contains(&"third".to_owned())).await;
    eventually(async || problem(&server).await == Value::Null).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_never_answers_is_in_nobodys_way() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, folder) = (format!("http://{}/", listener.local_addr().unwrap()), TempFolder::new());
    let server = Server::start_with(folder.path(), &[("EXECDECK_WEBHOOK_URL", &url)]);
    for _ in 0..20 {
        start(&server, "exit 1", "quick").await;
    }
    eventually(async || fs::read_dir(folder.path().join("webhook")).unwrap().count() == 20).await;
    assert_eq!(within(client().get(server.url("/healthz")).send()).await.unwrap().status(), 200);
}
