//! A remote server below a path of an application, whose sign-in the tests change.

mod host;
mod http;
mod streams;

use crate::{common::within, people::nobody, support::server};
use execdeck_server::User;
use execdeck_wire::{ApiError, ErrorCode, Rights, Role};
use host::{Host, closed, kill, narrowed, output_end, templated, until};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

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
        ("get_health", json!({}), 0),
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
    for path in [
        "/api/events".to_owned(),
        format!("/api/processes/{free}/output"),
        format!("/api/processes/{free}/usage"),
        "/api/search?q=a".into(),
        "/api/audit".into(),
    ] {
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
