use crate::{
    common::within,
    support::{get, server},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_are_those_that_outside_code_calls() {
    let (server, _folder) = server().await;
    for path in ["create_process", "list_processes", "get_process", "kill_process", "restart_process", "remove_process", "write_input"] {
        // An argument that does not exist is refused by a function that does.
        let (status, error) = server.call(path, json!({ "nonsense": 1 })).await;
        assert_eq!((status, &error["code"]), (400, &json!("bad_request")), "{path}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_goes_from_creation_to_removal() {
    let (server, _folder) = server().await;
    let spec = json!({ "program": "sleep", "args": ["94001"], "name": "nap", "secret_env": { "TOKEN": "hunter2" } });
    let (status, process) = server.call("create_process", json!({ "spec": spec })).await;
    assert_eq!(
        (status, &process["state"], &process["name"], &process["started_by"]),
        (200, &json!("running"), &json!("nap"), &json!("ada"))
    );
    assert!(process["pid"].is_u64() && process["exit"].is_null() && !process.to_string().contains("hunter2"));
    assert_eq!(process["spec"]["stop"], json!({ "signal": "TERM", "grace_seconds": 10 }));
    let id = &process["id"];
    let (_, page) = server.call("list_processes", json!({})).await;
    assert_eq!(page["processes"][0]["id"], *id);
    let (status, error) = server.call("remove_process", json!({ "id": id })).await;
    assert_eq!((status, &error["code"]), (409, &json!("conflict")));
    let (status, error) = server.call("write_input", json!({ "id": id, "text": "x" })).await;
    assert_eq!((status, &error["code"]), (409, &json!("conflict")));
    let (status, stopping) = server.call("kill_process", json!({ "id": id })).await;
    assert_eq!(status, 200, "{stopping}");
    server.ended(id.as_str().unwrap().parse().unwrap()).await;
    let (_, ended) = server.call("get_process", json!({ "id": id })).await;
    assert_eq!((&ended["state"], &ended["exit"]), (&json!("killed"), &json!({ "signal": "TERM" })));
    let (status, again) = server.call("restart_process", json!({ "id": id })).await;
    assert_eq!((status, &again["state"]), (200, &json!("running")));
    assert_ne!(again["id"], *id);
    let (status, _) = server.call("kill_process", json!({ "id": again["id"], "signal": "KILL" })).await;
    assert_eq!(status, 200);
    let (status, nothing) = server.call("remove_process", json!({ "id": id })).await;
    assert_eq!((status, nothing), (200, json!(null)));
    let (status, error) = server.call("get_process", json!({ "id": id })).await;
    assert_eq!((status, &error["code"]), (404, &json!("not_found")));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_refused_with_a_code_and_the_name_of_what_is_wrong() {
    let (server, _folder) = server().await;
    for (function, arguments, word) in [
        ("create_process", json!({ "spec": { "program": "a", "comand": 1 } }), "comand"),
        ("create_process", json!({ "spec": { "program": "" } }), "program"),
        ("create_process", json!({ "spec": { "program": "a", "stop": { "signal": "NOPE" } } }), "NOPE"),
        ("create_process", json!({ "spec": { "program": "a", "run_as": "no-such-user" } }), "run_as"),
        ("create_process", json!({}), "spec"),
        ("list_processes", json!({ "filter": { "state": "asleep" } }), "asleep"),
        ("list_processes", json!({ "filter": { "limit": 501 } }), "limit"),
        ("kill_process", json!({ "id": uuid::Uuid::nil(), "sginal": "KILL" }), "sginal"),
        ("get_process", json!({ "id": "../../etc" }), "id"),
    ] {
        let (status, error) = server.call(function, arguments).await;
        assert_eq!((status, &error["code"]), (400, &json!("bad_request")), "{error}");
        let text = error.to_string();
        assert!(text.contains(word) || (word == "id" && text.contains("UUID")), "{word}: {text}");
    }
    let (status, error) = server.call("kill_process", json!({ "id": uuid::Uuid::nil() })).await;
    assert_eq!((status, &error["code"]), (404, &json!("not_found")));
    let (status, error) = server.call("no_such_function", json!({})).await;
    assert_eq!((status, &error["code"]), (404, &json!("not_found")));
    let big = "x".repeat(5 << 20);
    let (status, error) = server.call("write_input", json!({ "id": uuid::Uuid::nil(), "text": big })).await;
    assert_eq!((status, &error["code"]), (413, &json!("too_large")));
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_can_ask_how_it_is() {
    let (server, _folder) = server().await;
    server.sh("sleep 94002").await;
    let health = within(get(server.url("/healthz"))).await.unwrap();
    assert_eq!(health.text().await.unwrap(), "ok\n");
    let metrics = within(get(server.url("/metrics"))).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("\nexecdeck_processes_active 1\n"), "{metrics}");
    let (_, page) = server.call("list_processes", json!({ "filter": { "state": "active" } })).await;
    server.call("kill_process", json!({ "id": page["processes"][0]["id"], "signal": "KILL" })).await;
}
