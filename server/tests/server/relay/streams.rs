//! What is open when something changes.

use super::host::{Host, SOON, closed, kill, narrowed, output_end, templated, ticking, until};
use crate::{common::within, support::server};
use execdeck_server::User;
use execdeck_wire::{ApiError, ErrorCode, Frame, Rights, Role};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_ends_soon_after_the_application_says_so() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let id = ticking(&server).await;
    let ways = [
        ("signed out", Ok(None), Some(4401)),
        ("somebody else", Ok(Some(User::new("bob", Role::Admin))), Some(4401)),
        ("refused", Err(ApiError::new(ErrorCode::Forbidden, "no")), Some(4401)),
        ("narrowed", Ok(Some(narrowed(Role::Admin))), Some(4403)),
        ("no rights", Ok(Some(User { rights: Rights::NONE, ..User::new("grace", Role::Admin) })), Some(4403)),
    ];
    for (way, answer, code) in ways {
        host.becomes(Role::Admin);
        let mut viewer = host.view(id, "from=tail").await;
        let (mut events, mut output) = (host.get("/api/events").await, host.get(&format!("/api/processes/{id}/output?follow=true")).await);
        assert_eq!((events.status().as_u16(), output.status().as_u16()), (200, 200), "{way}");
        until(&mut viewer, 5).await;
        host.says(answer);
        let began = Instant::now();
        let (closed, feed, download) = tokio::join!(
            closed(&mut viewer),
            async {
                while within(events.chunk()).await.unwrap().is_some() {}
                began.elapsed()
            },
            async {
                loop {
                    match within(output.chunk()).await {
                        Ok(Some(_)) => {}
                        Ok(None) => panic!("{way}: a part looks like the whole"),
                        Err(_) => return began.elapsed(),
                    }
                }
            }
        );
        assert_eq!(closed.0, code, "{way}");
        for took in [closed.1, feed, download] {
            assert!(took < SOON, "{way}: {took:?}");
        }
    }
    kill(&server, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_changes_ends_the_events_and_leaves_the_stream() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let id = ticking(&server).await;
    let mut viewer = host.view(id, "from=tail").await;
    let mut events = host.get("/api/events").await;
    host.becomes(Role::Viewer);
    let began = Instant::now();
    while within(events.chunk()).await.unwrap().is_some() {}
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let more = viewer.next.unwrap_or_default() + 50;
    until(&mut viewer, more).await;
    kill(&server, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_cannot_answer_for_a_moment_signs_nobody_out() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Operator).await;
    let (_, process) = templated(&server, &host).await;
    let mut viewer = host.view(process.id, "from=0").await;
    let mut events = host.get("/api/events").await;
    host.says(Err(ApiError::new(ErrorCode::Unavailable, "The database is away.")));
    assert_eq!(host.get("/api/events").await.status(), 503);
    let mut refused = host.view(process.id, "from=0").await;
    assert_eq!(closed(&mut refused).await.0, Some(1011));
    sleep(Duration::from_millis(700)).await;
    viewer.write(b"waits\n").await;
    let is_over = async {
        tokio::select! {
            () = async { while viewer.next().await.is_some() {} } => {}
            () = async { while let Ok(Some(_)) = events.chunk().await {} } => {}
        }
    };
    assert!(timeout(Duration::from_secs(2), is_over).await.is_err(), "both stay open");
    assert_eq!(output_end(&server, process.id).await, json!(0));
    host.becomes(Role::Operator);
    until(&mut viewer, 6).await;
    kill(&server, process.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_close_with_1012_when_the_remote_server_or_the_relay_stops() {
    let (mut server, _folder) = server().await;
    let host = Host::start(&server, Role::Viewer).await;
    let id = ticking(&server).await;
    let (mut viewer, mut events) = (host.view(id, "from=tail").await, host.get("/api/events").await);
    until(&mut viewer, 5).await;
    let ((), (code, took), feed) = tokio::join!(within(host.relay.close()), closed(&mut viewer), async {
        let began = Instant::now();
        while within(events.chunk()).await.unwrap().is_some() {}
        began.elapsed()
    });
    assert_eq!(code, Some(1012));
    assert!(took < SOON && feed < SOON, "{took:?} {feed:?}");

    let host = Host::start(&server, Role::Viewer).await;
    let mut viewer = host.view(id, "from=tail").await;
    until(&mut viewer, 5).await;
    kill(&server, id).await;
    assert_eq!(closed(&mut viewer).await.0, Some(1000), "the process has ended");
    let id = server.sh("sleep 94031").await.id;
    let mut viewer = host.view(id, "from=tail").await;
    viewer.next().await.unwrap();
    let group = viewer.process.as_ref().and_then(|process| process.pid);
    server.kill();
    assert_eq!(closed(&mut viewer).await.0, Some(1012));
    assert_eq!(host.get("/api/events").await.status(), 503);
    if let Some(pid) = group {
        let _ = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn input_that_nobody_reads_is_bounded_and_not_in_the_way_of_the_output() {
    let (server, _folder) = server().await;
    let host = Host::start(&server, Role::Admin).await;
    let script = "while :; do echo tick; sleep 0.1; done";
    let id = server.create(json!({ "program": "sh", "args": ["-c", script], "stdin": true })).await.id;
    let (mut sink, mut stream) = host.view(id, "from=tail").await.socket.split();
    let writing = async {
        for _ in 0..160 {
            if sink.send(Message::binary(vec![b'x'; 512 << 10])).await.is_err() {
                break;
            }
        }
    };
    let reading = async {
        let mut ticks = 0;
        loop {
            match within(stream.next()).await {
                Some(Ok(Message::Binary(bytes))) => {
                    ticks += usize::from(matches!(Frame::decode(&bytes).unwrap(), Frame::Output(..)));
                }
                Some(Ok(Message::Close(frame))) => return (ticks, frame.map(|frame| u16::from(frame.code))),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let ((ticks, code), ()) = tokio::join!(reading, writing);
    assert_eq!(code, Some(4429));
    // The server waits for 10 s; output comes all that time.
    assert!(ticks > 30, "{ticks}");
    kill(&server, id).await;
}
