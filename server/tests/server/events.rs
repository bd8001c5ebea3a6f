use crate::{common::within, support::server};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_processes_is_told_as_it_happens() {
    let (server, _folder) = server().await;
    let mut response = reqwest::get(server.url("/api/events")).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let process = server.sh("exit 4").await;
    server.ended(process.id).await;
    server.call("remove_process", json!({ "id": process.id })).await;
    let mut text = String::new();
    while !text.contains("event: removed") || !text.ends_with("\n\n") {
        text.push_str(&String::from_utf8_lossy(&within(response.chunk()).await.unwrap().unwrap()));
    }
    let states: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: {"))
        .map(|data| serde_json::from_str::<serde_json::Value>(&format!("{{{data}")).unwrap()["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["running", "exited"]);
    assert!(text.contains(&format!("event: removed\ndata: {}", process.id)), "{text}");
}
