use crate::{
    common::within,
    support::{client, server},
};
use reqwest::Method;

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused_on_every_route_and_method() {
    let (server, _folder) = server().await;
    let id = uuid::Uuid::nil();
    let paths = [
        "/".to_owned(),
        "/admin/exec".into(),
        "/admin/exec/new".into(),
        "/api/list_processes".into(),
        "/api/events".into(),
        "/healthz".into(),
        "/metrics".into(),
        "/pkg/execdeck.js".into(),
        format!("/api/processes/{id}/output"),
        format!("/api/processes/{id}/stream"),
        format!("/admin/exec/{id}/stop"),
        "/no/such/page".into(),
    ];
    for path in &paths {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::HEAD] {
            for (header, value) in [
                ("origin", "http://evil.example"),
                ("origin", "null"),
                ("origin", "http://127.0.0.1:1"),
                ("host", "evil.example"),
                ("host", "127.0.0.1.evil.example:80"),
                ("sec-fetch-site", "cross-site"),
            ] {
                let request = client().request(method.clone(), server.url(path)).header(header, value);
                let response = within(request.send()).await.unwrap();
                assert_eq!(response.status(), 403, "{method} {path} {header}: {value}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_can_open_no_socket_and_start_nothing() {
    let (server, _folder) = server().await;
    let request = client()
        .get(server.url(&format!("/api/processes/{}/stream", uuid::Uuid::nil())))
        .header("origin", "http://evil.example")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(within(request.send()).await.unwrap().status(), 403);
    // What a form of another site can send without asking first.
    let body = r#"{"spec":{"program":"true"}}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = client().post(server.url("/api/create_process")).header("content-type", kind).body(body);
        assert_eq!(within(request.send()).await.unwrap().status(), 400, "{kind}");
    }
    let (_, page) = server.call("list_processes", serde_json::json!({})).await;
    assert_eq!(page["processes"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_page_is_let_in() {
    let (server, _folder) = server().await;
    let request = client().post(server.url("/api/list_processes")).header("origin", server.url(""));
    let response = within(request.json(&serde_json::json!({})).send()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}
