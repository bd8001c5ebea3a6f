//! What is open when somebody loses a right.

use crate::{
    common::{TempFolder, within},
    people::{add, save, sign_in, with_cookie},
    support::{PASSWORD, Server, Viewer, run, server},
};
use serde_json::json;
use std::time::{Duration, Instant};

/// Takes a right away from somebody.
type Lose = fn(&Server, &TempFolder, &str);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_ends_within_a_second_of_each_way_of_losing_the_right() {
    let (server, folder) = server().await;
    let id = server.sh("for i in $(seq 600); do echo tick; sleep 0.1; done").await.id;
    let ways: [(&str, Lose, u16); 4] = [
        ("disabled by the command line", |_, folder, name| drop(run(folder.path(), &["user", "disable", name], "")), 4401),
        ("new password", |_, folder, name| drop(run(folder.path(), &["user", "passwd", name], "another long password")), 4401),
        (
            "narrowed to other labels",
            |server, _, name| save(server, &json!({ "name": name, "grants": { "labels": { "team": "x" } } })),
            4403,
        ),
        ("disabled by an administrator", |server, _, name| save(server, &json!({ "name": name, "disabled": true })), 4401),
    ];
    for (number, (way, lose, code)) in ways.into_iter().enumerate() {
        let name = format!("vera{number}");
        add(&folder, &name, "viewer");
        let cookie = sign_in(&server, &name).await;
        let mut viewer = Viewer::open_with(&server, id, "from=tail", &[("cookie", &cookie)]).await;
        let mut events = with_cookie(&server, &cookie, "/api/events").await;
        let mut output = with_cookie(&server, &cookie, &format!("/api/processes/{id}/output?follow=true")).await;
        assert_eq!((events.status().as_u16(), output.status().as_u16()), (200, 200));
        while viewer.next.is_none_or(|next| next == 0) {
            viewer.next().await.unwrap();
        }
        let began = Instant::now();
        lose(&server, &folder, &name);
        let (socket, feed, download) = tokio::join!(
            async {
                while viewer.next().await.is_some() {}
                began.elapsed()
            },
            async {
                while let Ok(Some(_)) = within(events.chunk()).await {}
                began.elapsed()
            },
            async {
                while let Ok(Some(_)) = within(output.chunk()).await {}
                began.elapsed()
            }
        );
        assert_eq!(viewer.close, Some(code), "{way}");
        // Half a second for the command itself, on a busy machine.
        for took in [socket, feed, download] {
            assert!(took < Duration::from_secs(3), "{way}: {took:?}");
        }
    }
    server.call("kill_process", json!({ "id": id, "signal": "KILL" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_learns_by_the_close_code_that_it_has_to_sign_in() {
    let (server, _folder) = server().await;
    let id = server.sh("echo secret output").await.id;
    for headers in [&[][..], &[("cookie", "execdeck-1=x")], &[("authorization", "Bearer nonsense")]] {
        let mut viewer = Viewer::open_with(&server, id, "from=0", headers).await;
        assert!(viewer.next().await.is_none() && viewer.process.is_none());
        assert_eq!(viewer.close, Some(4401));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_after_the_right_was_lost_is_dropped() {
    let (server, folder) = server().await;
    run(folder.path(), &["user", "add", "eve", "--role", "admin"], PASSWORD);
    let cookie = sign_in(&server, "eve").await;
    let process = server.create(json!({ "program": "cat", "stdin": true })).await;
    let mut viewer = Viewer::open_with(&server, process.id, "from=tail", &[("cookie", &cookie)]).await;
    viewer.write(b"before\n").await;
    while viewer.next.is_none_or(|next| next < 7) {
        viewer.next().await.unwrap();
    }
    save(&server, &json!({ "name": "eve", "role": "viewer" }));
    viewer.write(b"after\n").await;
    while viewer.next().await.is_some() {}
    assert_eq!(viewer.close, Some(4403));
    let (status, process) = server.call("get_process", json!({ "id": process.id })).await;
    assert_eq!((status, &process["output"]["end"]), (200, &json!(7)));
}
