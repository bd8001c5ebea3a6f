use crate::{
    common::within,
    support::{get, server},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_processes_is_told_as_it_happens() {
    let (server, _folder) = server().await;
    let mut response = get(server.url("/api/events")).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let process = server.sh("exit 4").await;
    server.ended(process.id).await;
    server.call("remove_process", json!({ "id": process.id })).await;
    let mut text = String::new();
    while !text.contains("event: removed") || !text.ends_with("\n\n") {
        text.push_str(&String::from_utf8_lossy(&within(response.chunk()).await.unwrap().unwrap()));
    }
    let version = response.headers()["execdeck-version"].to_str().unwrap().to_owned();
    assert!(text.starts_with("event: ping\ndata: {") && text.contains(&format!("\"version\":\"{version}\"")), "{text}");
    let states: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: {"))
        .filter_map(|data| Some(serde_json::from_str::<serde_json::Value>(&format!("{{{data}")).unwrap()["state"].as_str()?.to_owned()))
        .collect();
    assert_eq!(states, ["running", "exited"]);
    assert!(text.contains(&format!("event: removed\ndata: {}", process.id)), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_broken_by_a_ping_after_twenty_seconds() {
    let (server, _folder) = server().await;
    let mut response = within(get(server.url("/api/events"))).await.unwrap();
    let began = std::time::Instant::now();
    let mut text = String::new();
    while text.matches("event: ping\n").count() < 2 {
        text.push_str(&String::from_utf8_lossy(&within(response.chunk()).await.unwrap().unwrap()));
    }
    assert!(began.elapsed().as_secs_f64() > 18.0);
    let page = within(get(server.url("/admin/exec/new"))).await.unwrap();
    let version = page.headers()["execdeck-version"].to_str().unwrap().to_owned();
    assert!(page.text().await.unwrap().contains(&format!("data-version=\"{version}\"")));
}
