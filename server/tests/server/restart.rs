use crate::{
    common::{TempFolder, eventually},
    support::{Server, Viewer, server},
};
use execdeck_wire::{Exit, ProcessState};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_of_output_comes_back_to_the_same_process_and_every_byte() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    let script = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; [ $((i % 10)) = 0 ] && sleep 0.005; done; exit 42";
    let process = server.sh(script).await;
    eventually(async || server.call("get_process", json!({ "id": process.id })).await.1["output"]["end"].as_u64().unwrap() > 2000).await;
    server.kill();
    let mut server = Server::start(folder.path());
    let (_, found) = server.call("get_process", json!({ "id": process.id })).await;
    assert_eq!((&found["state"], &found["pid"]), (&json!("running"), &json!(process.pid)));
    let mut viewer = Viewer::open(&server, process.id, "from=0&mode=full").await;
    let mut text = String::new();
    while let Some(bytes) = viewer.next().await {
        text.push_str(&String::from_utf8(bytes).unwrap());
    }
    let expected: Vec<String> = (1..=3000).map(|number| format!("line {number}\n")).collect();
    assert!(text == expected.concat());
    let ended = viewer.process.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(42))));
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_told_to_stop_says_how_many_processes_keep_running() {
    let (mut server, folder) = server().await;
    let process = server.sh("sleep 94003").await;
    let pid = server.child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
    let goodbye = server.lines.next().unwrap().unwrap();
    assert!(goodbye.contains("1 process keeps running"), "{goodbye}");
    assert!(server.child.wait().unwrap().success());
    let mut again = Server::start(folder.path());
    assert!(again.lines.next().unwrap().unwrap().contains("1 process reattached"));
    again.call("kill_process", json!({ "id": process.id })).await;
    let ended = again.ended(process.id).await;
    assert_eq!(ended.exit, Some(Exit::Signal("TERM".into())));
    again.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_few_descriptors_writes_no_process_off() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    let spec = json!({ "spec": { "program": "sleep", "args": ["94004"] } });
    for _ in 0..200 {
        assert_eq!(server.call("create_process", spec.clone()).await.0, 200);
    }
    server.kill();
    let active = json!({ "filter": { "state": "active", "limit": 500 } });
    let mut server = Server::start_after("ulimit -n 64", folder.path(), &[]);
    let (_, page) = server.call("list_processes", active.clone()).await;
    assert_eq!(page["processes"].as_array().unwrap().len(), 200, "{}", page["counts"]);
    server.kill();
    let mut server = Server::start(folder.path());
    let (_, page) = server.call("list_processes", active).await;
    let processes = page["processes"].as_array().unwrap();
    assert_eq!(processes.len(), 200);
    for process in processes {
        assert_eq!(process["state"], "running");
        let (status, answer) = server.call("kill_process", json!({ "id": process["id"], "signal": "KILL" })).await;
        assert_eq!(status, 200, "{answer}");
    }
    eventually(async || server.call("list_processes", json!({})).await.1["counts"]["active"] == 0).await;
    server.kill();
}
