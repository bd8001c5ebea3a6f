use crate::{
    common::within,
    support::{Server, get, server},
};
use reqwest::Response;
use serde_json::json;
use std::{process::ExitStatus, time::Instant};

/// Sends SIGTERM; how the server ended, and after how many seconds.
async fn terminate(mut server: Server) -> (ExitStatus, f64) {
    let began = Instant::now();
    let pid = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    within(tokio::task::spawn_blocking(move || (server.child.wait().unwrap(), began.elapsed().as_secs_f64()))).await.unwrap()
}

async fn follow(server: &Server, script: &str) -> (Response, uuid::Uuid) {
    let process = server.sh(script).await;
    let mut output = within(get(server.url(&format!("/api/processes/{}/output?follow=true", process.id)))).await.unwrap();
    assert_eq!(within(output.chunk()).await.unwrap().unwrap(), "first\n");
    (output, process.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_events_end_when_the_server_does() {
    let (server, _folder) = server().await;
    let mut events = within(get(server.url("/api/events"))).await.unwrap();
    assert!(within(events.chunk()).await.unwrap().is_some());
    let (status, seconds) = terminate(server).await;
    assert!(status.success() && seconds < 3.0, "{status}, {seconds} s");
    while within(events.chunk()).await.expect("the stream ends as it should").is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_request_is_answered_and_nothing_holds_the_server_for_long() {
    let (server, folder) = server().await;
    let (mut short, _) = follow(&server, "echo first; sleep 2; echo last").await;
    let (_long, sleeping) = follow(&server, "echo first; sleep 94010").await;
    let (stopped, last) = tokio::join!(terminate(server), async {
        let last = within(short.chunk()).await.unwrap().unwrap();
        assert!(within(short.chunk()).await.unwrap().is_none());
        last
    });
    assert_eq!(last, "last\n");
    assert!(stopped.0.success() && stopped.1 < 5.5, "{} s", stopped.1);
    let again = Server::start(folder.path());
    again.call("kill_process", json!({ "id": sleeping, "signal": "KILL" })).await;
    again.ended(sleeping).await;
}
