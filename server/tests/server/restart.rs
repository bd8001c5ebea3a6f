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
async fn a_server_told_to_stop_says_how_many_processes_go_on() {
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
