//! The address that is told of the ends of processes.

use crate::{
    audit_full_disk::{fill, small_disk},
    common::{EXECDECK, TempFolder, eventually, within},
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
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};
use tokio::net::TcpListener;

/// A server that notes what it is told, and answers with a status. It never accepts what is told of a process named [`TOO_LARGE`].
struct Receiver {
    url: String,
    told: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    status: Arc<AtomicU16>,
    refused: Arc<AtomicU16>,
}

const TOO_LARGE: &str = "too large";

impl Receiver {
    async fn start() -> Self {
        let listener = within(TcpListener::bind("127.0.0.1:0")).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let told: Arc<Mutex<Vec<_>>> = Arc::default();
        let status = Arc::new(AtomicU16::new(200));
        let refused: Arc<AtomicU16> = Arc::default();
        let (heard, answer, refusals) = (told.clone(), status.clone(), refused.clone());
        let hook = move |headers: HeaderMap, body: Bytes| async move {
            let notice: Value = serde_json::from_slice(&body).unwrap();
            let status = match notice["process"]["name"].as_str() {
                Some(TOO_LARGE) => StatusCode::PAYLOAD_TOO_LARGE,
                _ => StatusCode::from_u16(answer.load(Ordering::Relaxed)).unwrap(),
            };
            if status.is_success() {
                if let Some(signature) = headers.get("execdeck-signature") {
                    let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").unwrap();
                    mac.update(&body);
                    assert_eq!(signature, &format!("sha256={:x}", mac.finalize().into_bytes()));
                }
                heard.lock().unwrap().push((headers, notice));
            } else {
                refusals.fetch_add(1, Ordering::Relaxed);
            }
            status
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(hook))).await });
        Self { url, told, status, refused }
    }

    fn refused(&self) -> u16 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Answers what comes from now on with a status.
    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// What tells a server to tell this one.
    fn variables(&self) -> [(&str, &str); 1] {
        [("EXECDECK_WEBHOOK_URL", &self.url)]
    }

    fn names(&self) -> Vec<String> {
        self.told.lock().unwrap().iter().map(|(_, notice)| notice["process"]["name"].as_str().unwrap().to_owned()).collect()
    }
}

async fn problem(server: &Server) -> Value {
    server.call("get_health", json!({})).await.1["problems"][0]["code"].clone()
}

/// How many ends are yet to be told.
fn waiting(folder: &Path) -> i64 {
    let history = rusqlite::Connection::open(folder.join("execdeck.db")).unwrap();
    history.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).unwrap()
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
    let revision = &notice["process"]["revision"];
    assert_eq!(headers["execdeck-delivery"], format!("{}-{revision}", failed.id));
    assert!(headers.contains_key("execdeck-signature"));
    assert_eq!((&notice["event"], &notice["failed"]), (&json!("ended"), &json!(true)));
    let page = format!("http://deck.example.org/admin/exec/{}", failed.id);
    assert_eq!(notice["url"], json!(page));
    assert_eq!(notice["text"], json!(format!("fails failed: exit 3 (started by ada) {page}")));
    assert_eq!(notice["process"]["exit"], json!({ "code": 3 }));
    assert!(!notice.to_string().contains("hidden"));
    let of = |name: &str| told.iter().find(|(_, notice)| notice["process"]["name"] == name).unwrap().1["failed"].clone();
    assert_eq!((of("works"), of("missing")), (json!(false), json!(true)), "{}", missing.id);
    eventually(async || waiting(folder.path()) == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_told_in_english_whatever_the_pages_speak() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    let texts = folder.path().join("de.json");
    fs::write(&texts, json!({ "language": "de", "texts": { "exit {code}": "Ende {code}" } }).to_string()).unwrap();
    let variables = [("EXECDECK_WEBHOOK_URL", receiver.url.as_str()), ("EXECDECK_SERVER_TEXTS", texts.to_str().unwrap())];
    let server = Server::start_with(folder.path(), &variables);
    start(&server, "exit 3", "fails").await;
    eventually(async || receiver.names().len() == 1).await;
    assert_eq!(receiver.told.lock().unwrap()[0].1["text"], json!("fails failed: exit 3 (started by ada)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_forgotten_while_the_address_or_the_server_is_away() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    receiver.answer(500);
    let variables = [("EXECDECK_WEBHOOK_URL", receiver.url.as_str()), ("EXECDECK_WEBHOOK_ON", "failures")];
    let mut server = Server::start_with(folder.path(), &variables);
    start(&server, "exit 0", "works").await;
    start(&server, "exit 1", "first").await;
    eventually(async || problem(&server).await == json!("webhook_not_delivered")).await;
    let lasting = start(&server, "sleep 1; exit 2", "second").await;
    server.kill();
    eventually(async || {
        fs::read_to_string(folder.path().join(format!("processes/{}/status.json", lasting.id))).unwrap().contains("exited")
    })
    .await;
    receiver.answer(204);
    let server = Server::start_with(folder.path(), &variables);
    eventually(async || receiver.names().len() == 2).await;
    let mut names = receiver.names();
    names.sort();
    assert_eq!(names, ["first", "second"]);
    assert_eq!(problem(&server).await, Value::Null);
    // It recovers by itself, too.
    receiver.answer(404);
    start(&server, "exit 1", "third").await;
    eventually(async || problem(&server).await == json!("webhook_not_delivered")).await;
    receiver.answer(200);
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
    eventually(async || waiting(folder.path()) == 20).await;
    assert_eq!(within(client().get(server.url("/healthz")).send()).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stop_all_ends_is_told_by_the_next_server() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    let server = Server::start_with(folder.path(), &receiver.variables());
    start(&server, "sleep 94200", "stopped").await;
    // What stops the processes need not know of the webhook.
    let done = Command::new(EXECDECK).args(["stop", "--all", "--data"]).arg(folder.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(receiver.names().is_empty());
    let _server = Server::start_with(folder.path(), &receiver.variables());
    eventually(async || receiver.names() == ["stopped"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_end_is_forgotten_by_a_server_that_is_killed() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    receiver.answer(500);
    let mut server = Server::start_with(folder.path(), &receiver.variables());
    for number in 0..40 {
        start(&server, "exit 1", &format!("{number:02}")).await;
    }
    let ended = async |server: &Server| server.call("list_processes", json!({})).await.1["counts"]["ended"] == 40;
    eventually(async || ended(&server).await).await;
    server.kill();
    receiver.answer(200);
    let _server = Server::start_with(folder.path(), &receiver.variables());
    eventually(async || receiver.names().len() == 40).await;
    let mut names = receiver.names();
    names.sort();
    assert_eq!(names, (0..40).map(|number| format!("{number:02}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_a_full_disk_has_no_room_for_is_told_when_there_is_room() {
    let name = "webhook::an_end_that_a_full_disk_has_no_room_for_is_told_when_there_is_room";
    let Some(folder) = small_disk(name) else { return };
    let receiver = Receiver::start().await;
    let server = Server::start_with(folder.path(), &receiver.variables());
    let go = TempFolder::new();
    let script = format!("until [ -e {}/go ]; do sleep 0.01; done; exit 3", go.path().display());
    let process = start(&server, &script, "on a full disk").await;
    fill(folder.path());
    // What the history's own files still have room for is used up.
    within(async { while server.call("create_process", json!({ "spec": { "program": "true" } })).await.0 == 200 {} }).await;
    fs::write(go.path().join("go"), "").unwrap();
    eventually(async || server.call("get_process", json!({ "id": process.id })).await.1["state"] == "exited").await;
    fs::remove_file(folder.path().join("filler")).unwrap();
    eventually(async || receiver.names().contains(&"on a full disk".to_owned())).await;
    assert_eq!(receiver.names().iter().filter(|name| *name == "on a full disk").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_always_refused_holds_up_nothing_else() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    let server = Server::start_with(folder.path(), &receiver.variables());
    start(&server, "exit 1", TOO_LARGE).await;
    eventually(async || receiver.refused() == 4).await;
    assert_eq!(problem(&server).await, json!("webhook_not_delivered"));
    start(&server, "exit 1", "small").await;
    eventually(async || receiver.names() == ["small"]).await;
    assert_eq!(receiver.refused(), 4, "it had not to wait for another attempt");
    eventually(async || problem(&server).await == Value::Null).await;
    eventually(async || receiver.refused() == 5).await;
    assert_eq!(waiting(folder.path()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_is_told_of_no_end_before_it() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    let ended = async |server: &Server, number: usize| {
        eventually(async || server.call("list_processes", json!({})).await.1["counts"]["ended"] == number).await;
    };
    let mut server = Server::start(folder.path());
    start(&server, "exit 1", "before").await;
    ended(&server, 1).await;
    server.kill();
    receiver.answer(500);
    let mut server = Server::start_with(folder.path(), &receiver.variables());
    start(&server, "exit 1", "refused").await;
    eventually(async || receiver.refused() > 0).await;
    assert_eq!(waiting(folder.path()), 1);
    server.kill();
    // Nobody is to be told any more, so nothing is kept for later.
    let mut server = Server::start(folder.path());
    assert_eq!(waiting(folder.path()), 0);
    start(&server, "exit 1", "between").await;
    ended(&server, 3).await;
    server.kill();
    receiver.answer(200);
    let server = Server::start_with(folder.path(), &receiver.variables());
    start(&server, "exit 1", "after").await;
    eventually(async || receiver.names() == ["after"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_told_for_a_day_is_given_up() {
    let (receiver, folder) = (Receiver::start().await, TempFolder::new());
    receiver.answer(500);
    let mut server = Server::start_with(folder.path(), &receiver.variables());
    start(&server, "exit 1", "old").await;
    eventually(async || receiver.refused() > 0).await;
    server.kill();
    let history = rusqlite::Connection::open(folder.path().join("execdeck.db")).unwrap();
    history.execute("UPDATE outbox SET entered_at = entered_at - 86400000000", []).unwrap();
    drop(history);
    receiver.answer(200);
    let server = Server::start_with(folder.path(), &receiver.variables());
    eventually(async || waiting(folder.path()) == 0).await;
    start(&server, "exit 1", "new").await;
    eventually(async || receiver.names() == ["new"]).await;
}
