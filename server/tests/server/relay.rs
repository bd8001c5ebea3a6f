//! A remote server below a path of an application, whose sign-in the tests change.

use crate::{
    client::deck,
    common::{eventually, within},
    people::nobody,
    support::{Server, Viewer, server},
};
use axum::{Router, http::request::Parts};
use execdeck_server::{Answer, Authenticate, Relay, User, config};
use execdeck_wire::{ApiError, ErrorCode, Frame, Grants, Process, Rights, Role};
use futures_util::{SinkExt, StreamExt, future::join_all};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

/// How long it may take until the application's word counts for what is open.
const SOON: Duration = Duration::from_millis(1500);

/// What the application says of every request.
#[derive(Clone)]
struct SignIn(Arc<Mutex<Result<Option<User>, ApiError>>>);

impl Authenticate for SignIn {
    fn authenticate<'a>(&'a self, _: &'a Parts) -> Answer<'a, Option<User>> {
        let says = self.0.lock().unwrap().clone();
        Box::pin(async move { says })
    }
}

struct Host {
    address: SocketAddr,
    sign_in: SignIn,
    relay: Relay,
}

impl Host {
    /// One in front of a server, with grace signed in.
    async fn start(server: &Server, role: Role) -> Self {
        let below = config::Server { base_path: "/far".into(), ..config::Server::default() };
        let relay = Relay::new(below, deck(server)).unwrap();
        let sign_in = SignIn(Arc::new(Mutex::new(Ok(Some(User::new("grace", role))))));
        let app = Router::new().nest(relay.base_path(), relay.router(sign_in.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
        Self { address, sign_in, relay }
    }

    fn says(&self, answer: Result<Option<User>, ApiError>) {
        *self.sign_in.0.lock().unwrap() = answer;
    }

    fn becomes(&self, role: Role) {
        self.says(Ok(Some(User::new("grace", role))));
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/far{path}", self.address)
    }

    async fn get(&self, path: &str) -> Response {
        within(nobody().get(self.url(path)).send()).await.unwrap()
    }

    async fn call(&self, function: &str, arguments: &Value) -> (u16, Value) {
        let response = within(nobody().post(self.url(&format!("/api/{function}"))).json(arguments).send()).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn view(&self, id: impl std::fmt::Display, query: &str) -> Viewer {
        Viewer::open_at(&format!("{}/far", self.address), id, query, &[]).await
    }
}

fn narrowed(role: Role) -> User {
    User { grants: Grants { templates: None, labels: Some([("team".into(), "x".into())].into()) }, ..User::new("grace", role) }
}

/// Reads until so much has been printed.
async fn until(viewer: &mut Viewer, offset: u64) {
    while viewer.next.is_none_or(|next| next < offset) {
        viewer.next().await.expect("it is open");
    }
}

/// Reads to the close and returns its code and how long that took.
async fn closed(viewer: &mut Viewer) -> (Option<u16>, Duration) {
    let began = Instant::now();
    while viewer.next().await.is_some() {}
    (viewer.close, began.elapsed())
}

async fn output_end(server: &Server, id: Uuid) -> Value {
    server.call("get_process", json!({ "id": id })).await.1["output"]["end"].clone()
}

/// One that prints all the time.
async fn ticking(server: &Server) -> Uuid {
    server.sh("while :; do echo tick; sleep 0.1; done").await.id
}

async fn kill(server: &Server, id: Uuid) {
    server.call("kill_process", json!({ "id": id, "signal": "KILL" })).await;
}

/// A template that copies its input to its output, and a process that was started from it.
async fn templated(server: &Server, host: &Host) -> (Value, Process) {
    let template = json!({ "name": "Copy", "spec": { "program": "cat", "stdin": true } });
    let (status, template) = server.call("save_template", json!({ "template": template })).await;
    assert_eq!(status, 200, "{template}");
    let (status, process) = host.call("start_template", &json!({ "id": template["id"], "values": {} })).await;
    assert_eq!(status, 200, "{process}");
    (template["id"].clone(), serde_json::from_value(process).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_calls_what_it_may_and_no_more() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Operator).await;
    let (template, from_template) = templated(&server, &host).await;
    let free = server.create(json!({ "program": "cat", "stdin": true })).await.id;
    let nothing = Uuid::nil();
    let spec = json!({ "program": "true" });
    let made = json!({ "name": "Made", "spec": spec });
    // What is called, and how many of viewer, operator and administrator may not.
    let calls = [
        ("whoami", json!({}), 0),
        ("list_processes", json!({}), 0),
        ("get_process", json!({ "id": free }), 0),
        ("list_templates", json!({}), 0),
        ("get_template", json!({ "id": template }), 0),
        ("kill_process", json!({ "id": nothing }), 1),
        ("remove_process", json!({ "id": nothing }), 1),
        ("start_template", json!({ "id": template, "values": {} }), 1),
        ("restart_process", json!({ "id": from_template.id }), 1),
        ("write_input", json!({ "id": from_template.id, "text": "x" }), 1),
        ("restart_process", json!({ "id": free }), 2),
        ("write_input", json!({ "id": free, "text": "x" }), 2),
        ("create_process", json!({ "spec": spec }), 2),
        ("list_audit", json!({}), 2),
        ("save_template", json!({ "template": made }), 2),
        ("preview_template", json!({ "template": made, "values": {} }), 2),
        ("remove_template", json!({ "id": nothing }), 2),
    ];
    for (number, role) in [Role::Viewer, Role::Operator, Role::Admin].into_iter().enumerate() {
        host.becomes(role);
        for (function, arguments, refused) in &calls {
            let (status, answer) = host.call(function, arguments).await;
            assert_eq!(status == 403, number < *refused, "{role:?} {function} {arguments}: {status} {answer}");
            assert!([200, 403, 404].contains(&status), "{role:?} {function}: {status} {answer}");
        }
        let me = host.call("whoami", &json!({})).await.1;
        assert_eq!((&me["name"], &me["free_commands"]), (&json!("grace"), &json!(role == Role::Admin)));
        for function in ["list_people", "sign_in", "create_token", "nothing", "events"] {
            assert!([404, 405].contains(&host.call(function, &json!({})).await.0), "{function}");
        }
        let audit = host.get("/api/audit").await.status();
        assert_eq!(audit == 403, number < 2, "{audit}");
    }
    host.says(Ok(Some(User { rights: Rights::NONE, ..User::new("grace", Role::Admin) })));
    for path in ["/api/events".to_owned(), format!("/api/processes/{free}/output"), "/api/audit".into()] {
        assert_eq!(host.get(&path).await.status(), 403, "{path}");
    }
    host.says(Ok(Some(narrowed(Role::Admin))));
    for (function, arguments, _) in calls.iter().skip(1) {
        assert_eq!(host.call(function, arguments).await.0, 403, "{function}");
    }
    for process in server.call("list_processes", json!({})).await.1["processes"].as_array().unwrap() {
        kill(&server, process["id"].as_str().unwrap().parse().unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_types_into_what_a_template_has_started_and_into_nothing_else() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Operator).await;
    let (_, process) = templated(&server, &host).await;
    let mut viewer = host.view(process.id, "from=0").await;
    viewer.write(b"before\n").await;
    until(&mut viewer, 7).await;
    let free = server.create(json!({ "program": "cat", "stdin": true })).await.id;
    let mut other = host.view(free, "from=0").await;
    // Watching is allowed, and so is having a terminal of a size.
    other.send(execdeck_wire::ClientMessage::Resize { cols: 80, rows: 24 }).await;
    other.write(b"no\n").await;
    assert_eq!(closed(&mut other).await.0, Some(4403));
    assert_eq!(output_end(&server, free).await, json!(0));
    for id in [process.id, free] {
        kill(&server, id).await;
    }
    assert_eq!(closed(&mut viewer).await.0, Some(1000));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_is_none_any_more_types_into_no_free_command() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let id = server.create(json!({ "program": "cat", "stdin": true })).await.id;
    let mut viewer = host.view(id, "from=0").await;
    viewer.write(b"before\n").await;
    until(&mut viewer, 7).await;
    host.becomes(Role::Operator);
    sleep(Duration::from_millis(700)).await;
    viewer.write(b"after\n").await;
    assert_eq!(closed(&mut viewer).await.0, Some(4403));
    assert_eq!(output_end(&server, id).await, json!(7));
    kill(&server, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_ends_soon_after_the_application_says_so() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let id = ticking(&server).await;
    let ways = [
        ("signed out", Ok(None), Some(4401)),
        ("somebody else", Ok(Some(User::new("bob", Role::Admin))), Some(4401)),
        ("refused", Err(ApiError::new(ErrorCode::Forbidden, "no")), Some(4401)),
        ("narrowed", Ok(Some(narrowed(Role::Admin))), Some(4403)),
        ("no rights", Ok(Some(User { rights: Rights::NONE, ..User::new("grace", Role::Admin) })), Some(4403)),
    ];
    for (way, answer, code) in ways {
        host.becomes(Role::Admin);
        let mut viewer = host.view(id, "from=tail").await;
        let (mut events, mut output) = (host.get("/api/events").await, host.get(&format!("/api/processes/{id}/output?follow=true")).await);
        assert_eq!((events.status().as_u16(), output.status().as_u16()), (200, 200), "{way}");
        until(&mut viewer, 5).await;
        host.says(answer);
        let began = Instant::now();
        let (closed, feed, download) = tokio::join!(
            closed(&mut viewer),
            async {
                while within(events.chunk()).await.unwrap().is_some() {}
                began.elapsed()
            },
            async {
                loop {
                    match within(output.chunk()).await {
                        Ok(Some(_)) => {}
                        Ok(None) => panic!("{way}: a part looks like the whole"),
                        Err(_) => return began.elapsed(),
                    }
                }
            }
        );
        assert_eq!(closed.0, code, "{way}");
        for took in [closed.1, feed, download] {
            assert!(took < SOON, "{way}: {took:?}");
        }
    }
    kill(&server, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_changes_ends_the_events_and_leaves_the_stream() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let id = ticking(&server).await;
    let mut viewer = host.view(id, "from=tail").await;
    let mut events = host.get("/api/events").await;
    host.becomes(Role::Viewer);
    let began = Instant::now();
    while within(events.chunk()).await.unwrap().is_some() {}
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let more = viewer.next.unwrap_or_default() + 50;
    until(&mut viewer, more).await;
    kill(&server, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_cannot_answer_for_a_moment_signs_nobody_out() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Operator).await;
    let (_, process) = templated(&server, &host).await;
    let mut viewer = host.view(process.id, "from=0").await;
    let mut events = host.get("/api/events").await;
    host.says(Err(ApiError::new(ErrorCode::Unavailable, "The database is away.")));
    assert_eq!(host.get("/api/events").await.status(), 503);
    let mut refused = host.view(process.id, "from=0").await;
    assert_eq!(closed(&mut refused).await.0, Some(1011));
    sleep(Duration::from_millis(700)).await;
    viewer.write(b"waits\n").await;
    let is_over = async {
        tokio::select! {
            () = async { while viewer.next().await.is_some() {} } => {}
            () = async { while let Ok(Some(_)) = events.chunk().await {} } => {}
        }
    };
    assert!(timeout(Duration::from_secs(2), is_over).await.is_err(), "both stay open");
    assert_eq!(output_end(&server, process.id).await, json!(0));
    host.becomes(Role::Operator);
    until(&mut viewer, 6).await;
    kill(&server, process.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_headers_of_the_remote_server() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Viewer).await;
    let id = server.sh("printf 0123456789").await.id;
    server.ended(id).await;
    let from = host.get(&format!("/api/processes/{id}/output?from=4")).await;
    assert_eq!(from.headers()["execdeck-output-start"], "4");
    assert_eq!(from.headers()["content-length"], "6");
    assert_eq!(from.text().await.unwrap(), "456789");
    let path = format!("/api/processes/{id}/output");
    let part = within(nobody().get(host.url(&path)).header("range", "bytes=2-3").send()).await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "bytes 2-3/10");
    assert_eq!(part.text().await.unwrap(), "23");
    let events = host.get("/api/events").await;
    assert_eq!(events.headers()["x-accel-buffering"], "no");
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    assert!(events.headers().contains_key("x-content-type-options"));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_nothing_and_browsers_learn_it_by_the_close_code() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Viewer).await;
    let id = server.sh("echo secret").await.id;
    assert_eq!(host.get("/healthz").await.text().await.unwrap(), "ok\n");
    host.says(Ok(Some(narrowed(Role::Viewer))));
    assert_eq!(closed(&mut host.view(id, "from=0").await).await.0, Some(4403));
    host.says(Ok(None));
    let mut viewer = host.view(id, "from=0").await;
    assert_eq!(closed(&mut viewer).await.0, Some(4401));
    assert!(viewer.process.is_none());
    let stream = format!("/api/processes/{id}/stream");
    for (method, path, upgrades) in [
        (Method::GET, stream.as_str(), false),
        (Method::POST, &stream, true),
        (Method::GET, "/api/events", true),
        (Method::GET, "/api/audit", true),
        (Method::GET, "/healthz", true),
        (Method::GET, "/healthz", false),
        (Method::POST, "/api/list_processes", true),
        (Method::POST, "/api/whoami", true),
        (Method::GET, "/nothing", false),
    ] {
        let mut request = nobody().request(method.clone(), host.url(path)).header("content-type", "application/json").body("{}");
        if upgrades {
            request = request.header("connection", "Upgrade").header("upgrade", "websocket");
        }
        let response = within(request.send()).await.unwrap();
        assert_eq!(response.status(), 401, "{method} {path} {upgrades}");
        assert_eq!(response.json::<ApiError>().await.unwrap().code, ErrorCode::Unauthorized);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rejection_is_an_error_in_json() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let id = Uuid::nil();
    let large = "x".repeat(5 << 20);
    for (method, path, body, status) in [
        (Method::GET, "/api/nothing".to_owned(), "", 404),
        (Method::GET, "/nothing".into(), "", 404),
        (Method::GET, "/api/openapi.json".into(), "", 404),
        (Method::PUT, "/api/events".into(), "", 405),
        (Method::POST, format!("/api/processes/{id}/output"), "{}", 405),
        (Method::GET, format!("/api/processes/{id}/output"), "", 404),
        (Method::GET, "/api/processes/no-id/output".into(), "", 404),
        (Method::GET, format!("/api/processes/{id}/stream"), "", 400),
        (Method::POST, "/api/list_processes".into(), "{", 400),
        (Method::POST, "/api/write_input".into(), "{}", 400),
        (Method::POST, "/api/list_processes".into(), large.as_str(), 413),
    ] {
        let request = nobody().request(method.clone(), host.url(&path)).header("content-type", "application/json");
        let response = within(request.body(body.to_owned()).send()).await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        let error: ApiError = response.json().await.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        assert!(!error.message.is_empty());
    }
    let text = within(nobody().post(host.url("/api/list_processes")).header("content-type", "text/plain").body("{}").send()).await.unwrap();
    assert_eq!(text.status(), 400);
    assert_eq!(closed(&mut host.view("no-id", "from=0").await).await.0, Some(4404));
    assert_eq!(closed(&mut host.view(id, "from=0").await).await.0, Some(4404));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_are_refused_on_every_route() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let id = Uuid::nil();
    for path in ["/api/list_processes", "/api/events", "/healthz", "/nothing", &format!("/api/processes/{id}/stream"), "/pkg/1/a.js"] {
        for method in [Method::GET, Method::POST] {
            for (header, value) in
                [("origin", "http://evil.example"), ("origin", "null"), ("host", "evil.example"), ("sec-fetch-site", "cross-site")]
            {
                let request = nobody().request(method.clone(), host.url(path)).header(header, value);
                assert_eq!(within(request.send()).await.unwrap().status(), 403, "{method} {path} {header}: {value}");
            }
        }
    }
    let own = nobody().post(host.url("/api/list_processes")).header("origin", format!("http://{}", host.address)).json(&json!({}));
    assert_eq!(within(own.send()).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_close_with_1012_when_the_remote_server_or_the_relay_stops() {
    let (mut server, _folder) = server().await;
    let host = Host::start(&server, Role::Viewer).await;
    let id = ticking(&server).await;
    let (mut viewer, mut events) = (host.view(id, "from=tail").await, host.get("/api/events").await);
    until(&mut viewer, 5).await;
    let ((), (code, took), feed) = tokio::join!(within(host.relay.close()), closed(&mut viewer), async {
        let began = Instant::now();
        while within(events.chunk()).await.unwrap().is_some() {}
        began.elapsed()
    });
    assert_eq!(code, Some(1012));
    assert!(took < SOON && feed < SOON, "{took:?} {feed:?}");

    let host = Host::start(&server, Role::Viewer).await;
    let mut viewer = host.view(id, "from=tail").await;
    until(&mut viewer, 5).await;
    kill(&server, id).await;
    assert_eq!(closed(&mut viewer).await.0, Some(1000), "the process has ended");
    let id = server.sh("sleep 94031").await.id;
    let mut viewer = host.view(id, "from=tail").await;
    viewer.next().await.unwrap();
    let group = viewer.process.as_ref().and_then(|process| process.pid);
    server.kill();
    assert_eq!(closed(&mut viewer).await.0, Some(1012));
    assert_eq!(host.get("/api/events").await.status(), 503);
    if let Some(pid) = group {
        let _ = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn input_that_nobody_reads_is_bounded_and_not_in_the_way_of_the_output() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let script = "while :; do echo tick; sleep 0.1; done";
    let id = server.create(json!({ "program": "sh", "args": ["-c", script], "stdin": true })).await.id;
    let (mut sink, mut stream) = host.view(id, "from=tail").await.socket.split();
    let writing = async {
        for _ in 0..160 {
            if sink.send(Message::binary(vec![b'x'; 512 << 10])).await.is_err() {
                break;
            }
        }
    };
    let reading = async {
        let mut ticks = 0;
        loop {
            match within(stream.next()).await {
                Some(Ok(Message::Binary(bytes))) => {
                    ticks += usize::from(matches!(Frame::decode(&bytes).unwrap(), Frame::Output(..)));
                }
                Some(Ok(Message::Close(frame))) => return (ticks, frame.map(|frame| u16::from(frame.code))),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let ((ticks, code), ()) = tokio::join!(reading, writing);
    assert_eq!(code, Some(4429));
    // The server waits for 10 s; output comes all that time.
    assert!(ticks > 30, "{ticks}");
    kill(&server, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_sends_so_many_requests_and_is_told_when_to_go_on() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Viewer).await;
    let (client, url) = (nobody(), host.url("/api/whoami"));
    let ask = async || within(client.post(&url).json(&json!({})).send()).await.unwrap();
    let mut limited = None;
    for _ in 0..100 {
        let mut answers = join_all((0..50).map(|_| ask())).await;
        if let Some(number) = answers.iter().position(|response| response.status() == 429) {
            limited = Some(answers.swap_remove(number));
            break;
        }
    }
    let limited = limited.expect("there is a limit");
    let seconds: u64 = limited.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=10).contains(&seconds));
    assert_eq!(limited.json::<ApiError>().await.unwrap().code, ErrorCode::LimitReached);
    host.says(Ok(Some(User::new("bob", Role::Viewer))));
    assert_eq!(ask().await.status(), 200, "others are not affected");
    host.becomes(Role::Viewer);
    eventually(async || ask().await.status() == 200).await;
}
