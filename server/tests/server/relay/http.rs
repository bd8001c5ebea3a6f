//! Requests and answers.

use super::host::{Host, closed};
use crate::{
    common::{eventually, within},
    people::nobody,
    support::server,
};
use execdeck_server::User;
use execdeck_wire::{ApiError, ErrorCode, Role};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

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
    let usage = host.get(&format!("/api/processes/{id}/usage")).await;
    assert_eq!(usage.headers()["content-type"], "application/json");
    assert_eq!(usage.json::<Value>().await.unwrap(), json!({ "samples": [] }));
    for path in [format!("/api/processes/{id}/search?q=345"), "/api/search?q=345".into()] {
        let found = host.get(&path).await;
        assert_eq!(found.headers()["content-type"], "application/x-ndjson");
        let lines = found.text().await.unwrap();
        assert!(lines.starts_with("{\"id\"") && lines.contains("[[3,6]]") && lines.ends_with("\"limited\":false}\n"), "{lines}");
    }
    let events = host.get("/api/events").await;
    assert_eq!(events.headers()["x-accel-buffering"], "no");
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    assert!(events.headers().contains_key("x-content-type-options"));
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
        (Method::GET, format!("/api/processes/{id}/lines"), "", 404),
        (Method::GET, format!("/api/processes/{id}/search?q=a"), "", 404),
        (Method::GET, "/api/search".into(), "", 400),
        (Method::GET, format!("/api/processes/{id}/usage"), "", 404),
        (Method::GET, "/api/processes/no-id/usage".into(), "", 404),
        (Method::PUT, format!("/api/processes/{id}/usage"), "{}", 405),
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
