use crate::{
    common::{TempFolder, eventually},
    support::{Server, Viewer},
};
use execdeck_wire::{Process, ProcessState};
use serde_json::{Value, json};
use uuid::Uuid;

const ONE_AT_A_TIME: (&str, &str) = ("EXECDECK_PROCESS_CONCURRENT", "1");

async fn get(server: &Server, id: Uuid) -> Value {
    server.call("get_process", json!({ "id": id })).await.1
}

async fn kill(server: &Server, id: Uuid) -> Value {
    let (status, process) = server.call("kill_process", json!({ "id": id, "signal": "KILL" })).await;
    assert_eq!(status, 200, "{process}");
    process
}

async fn is_running(server: &Server, process: &Process) {
    eventually(async || get(server, process.id).await["state"] == "running").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_process_is_watched_through_its_start_and_typed_into_then() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[ONE_AT_A_TIME]);
    let first = server.create(json!({ "program": "sleep", "args": ["94060"] })).await;
    let queued = server.create(json!({ "program": "sh", "args": ["-c", "read line; echo got $line"], "stdin": true })).await;
    assert_eq!((queued.state, queued.queue_position, queued.pid), (ProcessState::Queued, Some(1), None));
    let mut viewer = Viewer::open(&server, queued.id, "from=tail").await;
    while viewer.process.is_none() {
        viewer.next().await.unwrap();
    }
    assert_eq!(viewer.process.as_ref().unwrap().queue_position, Some(1));
    // It is not taken, and does not keep what is typed later from being taken.
    viewer.write(b"too early\n").await;
    for (function, arguments) in [
        ("write_input", json!({ "id": queued.id, "text": "x" })),
        ("remove_process", json!({ "id": queued.id })),
        ("kill_process", json!({ "id": queued.id, "signal": "USR1" })),
    ] {
        let (status, error) = server.call(function, arguments).await;
        assert!(status == 409 && error["message"].as_str().unwrap().contains("is queued"), "{function}: {error}");
    }
    kill(&server, first.id).await;
    while viewer.process.as_ref().unwrap().state != ProcessState::Running {
        viewer.next().await.unwrap();
    }
    viewer.write(b"in time\n").await;
    let mut text = Vec::new();
    while let Some(output) = viewer.next().await {
        text.extend(output);
    }
    assert_eq!((String::from_utf8(text).unwrap().as_str(), viewer.close), ("got in time\n", Some(1000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_processes_count_for_their_person_until_they_are_cancelled() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[ONE_AT_A_TIME, ("EXECDECK_LIMITS_PROCESSES", "2")]);
    let spec = json!({ "program": "sleep", "args": ["94061"] });
    let first = server.create(spec.clone()).await;
    for _ in 0..5 {
        let queued = server.create(spec.clone()).await;
        assert_eq!(server.call("create_process", json!({ "spec": spec })).await.0, 429);
        let (status, cancelled) = server.call("kill_process", json!({ "id": queued.id })).await;
        assert_eq!((status, &cancelled["state"]), (200, &json!("failed")), "{cancelled}");
        assert_eq!(cancelled["exit"]["error"], "Cancelled before it was started.");
        eventually(async || {
            let (status, next) = server.call("create_process", json!({ "spec": spec })).await;
            if status == 200 {
                kill(&server, serde_json::from_value::<Process>(next).unwrap().id).await;
            }
            status == 200
        })
        .await;
        eventually(async || server.call("list_processes", json!({})).await.1["counts"]["active"] == 1).await;
    }
    kill(&server, first.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_with_a_queue_goes_on_with_it_in_order() {
    let folder = TempFolder::new();
    let mut server = Server::start_with(folder.path(), &[ONE_AT_A_TIME]);
    let order = folder.path().join("order");
    let first = server.create(json!({ "program": "sleep", "args": ["94062"] })).await;
    let mut queued = Vec::new();
    for number in 1..=20 {
        queued.push(server.sh(&format!("echo {number} >> {}", order.display())).await);
    }
    server.kill();
    let server = Server::start_with(folder.path(), &[ONE_AT_A_TIME]);
    let (_, page) = server.call("list_processes", json!({ "filter": { "state": "queued", "limit": 100 } })).await;
    let positions: Vec<_> =
        page["processes"].as_array().unwrap().iter().map(|process| process["queue_position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=20).rev().collect::<Vec<_>>());
    is_running(&server, &first).await;
    kill(&server, first.id).await;
    for process in &queued {
        assert_eq!(server.ended(process.id).await.state, ProcessState::Exited);
    }
    let expected = (1..=20).map(|number| format!("{number}\n")).collect::<Vec<_>>().concat();
    assert_eq!(std::fs::read_to_string(order).unwrap(), expected);
}
