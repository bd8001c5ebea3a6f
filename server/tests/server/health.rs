//! What the server says of itself when something is wrong.

use crate::{
    common::{eventually, within},
    support::{get, server},
};
use serde_json::{Value, json};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_is_told_in_the_answer_the_events_and_the_metrics_until_it_is_gone() {
    let (server, folder) = server().await;
    let (status, health) = server.call("get_health", json!({})).await;
    assert_eq!((status, &health["problems"]), (200, &json!([])), "{health}");
    let mut events = get(server.url("/api/events")).await.unwrap();
    let mut text = String::new();
    let mut hear = async |what: &str| {
        while !text.contains(what) || !text.ends_with("\n\n") {
            text.push_str(&String::from_utf8_lossy(&within(events.chunk()).await.unwrap().unwrap()));
        }
    };
    hear("event: health\ndata: {\"problems\":[]").await;

    // There is no keeper to start for a moment, as while the file system that it is on is being replaced.
    let keeper = keeper_of(folder.path());
    let aside = keeper.with_extension("aside");
    fs::rename(&keeper, &aside).unwrap();
    let (status, _) = server.call("create_process", json!({ "spec": { "program": "true" } })).await;
    assert_eq!(status, 503);
    hear("\"code\":\"keeper_not_startable\"").await;
    let (_, health) = server.call("get_health", json!({})).await;
    let problem = &health["problems"][0];
    assert_eq!(problem["code"], "keeper_not_startable", "{health}");
    assert!(problem["message"].as_str().unwrap().contains("keep running") && problem["since"].is_string(), "{problem}");
    let metrics = async || within(get(server.url("/metrics"))).await.unwrap().text().await.unwrap();
    assert!(metrics().await.contains("execdeck_problem{code=\"keeper_not_startable\"} 1\n"));

    fs::rename(&aside, &keeper).unwrap();
    eventually(async || server.call("get_health", json!({})).await.1["problems"] == json!([])).await;
    assert!(metrics().await.contains("execdeck_problem{code=\"keeper_not_startable\"} 0\n"));
    let (status, process) = server.call("create_process", json!({ "spec": { "program": "true" } })).await;
    assert_eq!(status, 200, "{process}");
    // Whoever connects now hears that all is well.
    let mut events = get(server.url("/api/events")).await.unwrap();
    let mut text = String::new();
    while !text.contains("event: health\n") || !text.ends_with("\n\n") {
        text.push_str(&String::from_utf8_lossy(&within(events.chunk()).await.unwrap().unwrap()));
    }
    let data = text.split("event: health\ndata: ").nth(1).unwrap().lines().next().unwrap();
    assert_eq!(serde_json::from_str::<Value>(data).unwrap()["problems"], json!([]));
}

/// The program that the server has installed for its keepers.
fn keeper_of(data: &std::path::Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(data.join("keeper")).unwrap().map(|entry| entry.unwrap().path());
    files.next().expect("the server has installed its keeper")
}
