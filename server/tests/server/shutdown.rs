use crate::{
    common::{TempFolder, within},
    support::{Server, Viewer, ada, client, get, server},
};
use futures_util::StreamExt;
use reqwest::Response;
use serde_json::json;
use std::{
    io::Write,
    net::TcpStream,
    process::ExitStatus,
    time::{Duration, Instant},
};
use tokio_tungstenite::tungstenite::Message;

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
    assert!(stopped.0.success() && stopped.1 < 5.0, "{} s", stopped.1);
    let again = Server::start(folder.path());
    again.call("kill_process", json!({ "id": sleeping, "signal": "KILL" })).await;
    again.ended(sleeping).await;
}

/// A connection on which only the beginning of a request was sent.
fn half_a_request(server: &Server, text: &str) -> TcpStream {
    let mut connection = TcpStream::connect(&server.address).unwrap();
    let text = text.replace("TOKEN", &ada().token).replace("HOST", &server.address);
    connection.write_all(text.as_bytes()).unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_clients_do_holds_the_server_for_5_seconds() {
    let folder = TempFolder::new();
    // So much may be in flight that a viewer that does not read is being sent something all the time.
    let server = Server::start_with(folder.path(), &[("EXECDECK_STREAM_WINDOW_BYTES", "1099511627776")]);
    let flood = server.sh("yes 94011").await;
    let dead = Viewer::open(&server, flood.id, "from=0&mode=full").await;
    let mut slow = Viewer::open(&server, flood.id, "from=0&mode=full").await;
    let download = within(get(server.url(&format!("/api/processes/{}/output?follow=true", flood.id)))).await.unwrap();
    let events = within(get(server.url("/api/events"))).await.unwrap();
    let halves = [
        "GET /api/events HTTP/1.1\r\nHost: HOST\r\n",
        "POST /api/list_processes HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer \
        TOKEN\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    ]
    .map(|text| half_a_request(&server, text));
    // Until nothing more fits into the sockets.
    let sent = async || {
        let text = within(client().get(server.url("/metrics")).send()).await.unwrap().text().await.unwrap();
        text.contains("execdeck_viewers 2")
    };
    crate::common::eventually(sent).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let pid = flood.pid.unwrap().to_string();
    let (stopped, code) = tokio::join!(terminate(server), async {
        // One that does read, if only late, is told to come back.
        tokio::time::sleep(Duration::from_millis(300)).await;
        loop {
            match within(slow.socket.next()).await {
                Some(Ok(Message::Close(frame))) => break frame.map(|frame| u16::from(frame.code)),
                Some(Ok(_)) => {}
                end => panic!("{end:?}"),
            }
        }
    });
    assert!(stopped.0.success() && stopped.1 < 5.0, "{} after {} s", stopped.0, stopped.1);
    assert_eq!(code, Some(1012));
    drop((dead, download, events, halves));
    assert!(std::process::Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
}
