use crate::{
    common::within,
    support::{client, server},
};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_route_of_the_api_is_said_in_json() {
    let (server, _folder) = server().await;
    let id = uuid::Uuid::nil();
    for (method, path, status, code) in [
        (Method::GET, "/api/no_such_thing".to_owned(), 404, "not_found"),
        (Method::POST, "/api/no/such/thing".into(), 404, "not_found"),
        (Method::DELETE, "/api/no_such_thing".into(), 404, "not_found"),
        (Method::GET, "/api/create_process".into(), 405, "bad_request"),
        (Method::POST, "/api/events".into(), 405, "bad_request"),
        (Method::PUT, format!("/api/processes/{id}/output"), 405, "bad_request"),
        (Method::GET, format!("/api/processes/{id}/output"), 404, "not_found"),
        (Method::GET, format!("/api/processes/{id}/lines"), 404, "not_found"),
        (Method::GET, format!("/api/processes/{id}/search?q=a"), 404, "not_found"),
        (Method::POST, "/api/search".into(), 405, "bad_request"),
        (Method::GET, format!("/api/processes/{id}/usage"), 404, "not_found"),
        (Method::POST, format!("/api/processes/{id}/usage"), 405, "bad_request"),
        (Method::GET, format!("/api/processes/{id}/output?form=1"), 400, "bad_request"),
        (Method::POST, "/healthz".into(), 405, "bad_request"),
    ] {
        let response = within(client().request(method.clone(), server.url(&path)).send()).await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        assert_eq!(response.headers().contains_key("allow"), status == 405, "{method} {path}");
        let error: Value = response.json().await.unwrap();
        assert!(error["code"] == code && error["message"].as_str().unwrap().len() > 5, "{method} {path}: {error}");
    }
    let plain = client().get(server.url(&format!("/api/processes/{id}/stream"))).send();
    let response = within(plain).await.unwrap();
    assert!(response.status().is_client_error());
    let error: Value = response.json().await.unwrap();
    assert!(error["code"] == "bad_request" && error["message"].as_str().unwrap().contains("is of a WebSocket"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn options_and_head_are_answered() {
    let (server, _folder) = server().await;
    let options = within(client().request(Method::OPTIONS, server.url("/api/create_process")).send()).await.unwrap();
    assert_eq!((options.status().as_u16(), options.headers()["allow"].to_str().unwrap()), (204, "POST"));
    for path in ["/admin/exec", "/healthz", "/api/events"] {
        let head = within(client().head(server.url(path)).send()).await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        assert!(within(head.bytes()).await.unwrap().is_empty(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_is_unknown_or_does_not_fit_is_refused_by_its_name() {
    let (server, _folder) = server().await;
    let process = server.sh("echo x").await;
    let output = format!("/api/processes/{}", process.id);
    for (path, field) in [
        (format!("{output}/usage?x=1"), "x"),
        ("/api/openapi.json?x=1".into(), "x"),
        ("/api/events?foo=1".into(), "foo"),
        (format!("{output}/lines?from=x"), "from"),
        (format!("{output}/lines?stream=foo"), "stream"),
        (format!("{output}/lines?count=-1"), "count"),
        (format!("{output}/output?from=x"), "from"),
        (format!("{output}/output?form=1"), "form"),
        (format!("{output}/search?q=a&state=ended"), "state"),
        (format!("{output}/search"), "q"),
        ("/api/search?q=a&state=foo".into(), "state"),
        ("/api/activity?ids=x".into(), "ids"),
        (format!("/api/activity?ids={0}&runs={0},y", process.id), "runs"),
        ("/api/audit?format=xml".into(), "format"),
        ("/api/audit?since=yesterday".into(), "since"),
    ] {
        let response = within(client().get(server.url(&path)).send()).await.unwrap();
        assert_eq!(response.status(), 400, "{path}");
        let error: Value = response.json().await.unwrap();
        let message = error["message"].as_str().unwrap();
        assert!(error["field"] == field && !message.contains("deserialize") && !message.contains("digit"), "{path}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_nobody_has_is_said_to_be_none() {
    let (server, _folder) = server().await;
    for token in ["deck_none", "x"] {
        let refused = within(crate::support::client_with(token).get(server.url("/api/events")).send()).await.unwrap();
        assert_eq!(refused.status(), 401);
        let error: Value = refused.json().await.unwrap();
        assert_eq!(error["message"], "The token is not valid, or not any more.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_are_refused_by_their_path_wherever_they_are() {
    let (server, _folder) = server().await;
    let process = server.sh("true").await;
    for (function, arguments, field) in [
        ("create_process", json!({ "spec": { "program": "true", "stop": { "signl": "INT" } } }), "stop.signl"),
        ("create_process", json!({ "spec": { "program": "true", "terminal": { "cols": 80, "rows": 24, "depth": 1 } } }), "terminal.depth"),
        ("create_process", json!({ "spec": { "program": "true", "restart": { "policy": "sometimes" } } }), "restart.policy"),
        ("create_process", json!({ "spec": { "program": "true", "sandbox": { "kind": "strict" } } }), "sandbox.kind"),
        ("create_process", json!({ "spec": { "program": "true", "limits": { "memory_bytes": "much" } } }), "limits.memory_bytes"),
        ("list_processes", json!({ "filter": { "stat": "active" } }), "stat"),
        ("list_processes", json!({ "filter": { "state": "unknown" } }), "state"),
        ("kill_process", json!({ "id": uuid::Uuid::nil(), "sginal": "KILL" }), "sginal"),
        ("kill_process", json!({ "id": process.id, "signal": "FOO" }), "signal"),
        ("get_process", json!({}), "id"),
        ("create_process", json!({ "spec": { "args": [] } }), "program"),
        ("create_process", json!({ "spec": { "program": "true", "labels": { "": "x" } } }), "labels"),
        ("create_process", json!({ "spec": { "program": "true", "labels": { "=": "=" } } }), "labels"),
        ("list_processes", json!({ "filter": { "limit": 0 } }), "limit"),
        ("list_processes", json!({ "filter": { "limit": -1 } }), "limit"),
        // An object is no list of its values.
        ("create_process", json!({ "spec": ["true", "name", ["argument"]] }), "spec"),
        ("create_process", json!({ "spec": { "program": "true", "terminal": [80, 24] } }), "terminal"),
        ("list_processes", json!({ "filter": ["active"] }), "filter"),
    ] {
        let (status, error) = server.call(function, arguments).await;
        assert_eq!((status, &error["code"], &error["field"]), (400, &json!("bad_request"), &json!(field)), "{error}");
    }
    let (status, error) = server.call("get_process", json!([process.id])).await;
    assert_eq!((status, error["message"].as_str().unwrap()), (400, "The arguments must be an object, not a list."));
    let whole = json!({ "program": "true", "name": "n", "args": [], "cwd": "/", "env": {}, "secret_env": {}, "terminal": null, "stdin": false,
        "timeout_seconds": 60, "stop": { "signal": "TERM", "grace_seconds": 1 },
        "restart": { "policy": "never", "max_restarts": 5, "backoff_seconds": 1 },
        "limits": { "memory_bytes": 0, "cpu_percent": 0, "processes": 0, "open_files": 0, "output_bytes": 0 },
        "run_as": null, "sandbox": null, "labels": { "team": "ops" } });
    server.create(whole).await;
}
