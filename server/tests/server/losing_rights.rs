//! What is open when somebody loses a right.

use crate::{
    common::{TempFolder, within},
    people::{add, nobody, save, sign_in},
    support::{PASSWORD, Server, Viewer, run, server},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Somebody who watches a process.
struct Watcher<'a> {
    server: &'a Server,
    folder: &'a TempFolder,
    name: &'a str,
    cookie: &'a str,
}

impl Watcher<'_> {
    /// Calls a server function with their cookie.
    fn call(&self, function: &str, arguments: &Value) -> Value {
        let request = nobody().post(self.server.url(&format!("/api/{function}"))).header("cookie", self.cookie).json(arguments);
        let answer = async { within(request.send()).await.unwrap().error_for_status().unwrap().json().await.unwrap() };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(answer))
    }

    /// Changes a row of theirs as time does.
    fn expire(&self, table: &str) {
        let database = rusqlite::Connection::open(self.folder.path().join("deck.db")).unwrap();
        let sql = format!("UPDATE {table} SET expires_at = 1 WHERE person = (SELECT id FROM people WHERE name = ?)");
        assert!(database.execute(&sql, [self.name]).unwrap() > 0);
    }
}

/// Takes a right away from somebody who watches.
type Lose = fn(&Watcher<'_>);

/// The ways to lose a right, whether what is watched with is a token, and the code that sockets are closed with.
const WAYS: [(&str, bool, Lose, u16); 10] = [
    ("disabled by the command line", false, |watcher| drop(run(watcher.folder.path(), &["user", "disable", watcher.name], "")), 4401),
    ("new password", false, |watcher| drop(run(watcher.folder.path(), &["user", "passwd", watcher.name], "another long password")), 4401),
    (
        "narrowed to other labels",
        false,
        |watcher| save(watcher.server, &json!({ "name": watcher.name, "grants": { "labels": { "team": "x" } } })),
        4403,
    ),
    ("disabled by an administrator", false, |watcher| save(watcher.server, &json!({ "name": watcher.name, "disabled": true })), 4401),
    ("signed out", false, |watcher| drop(watcher.call("sign_out", &json!({}))), 4401),
    (
        "session ended",
        false,
        |watcher| {
            let sessions = watcher.call("list_sessions", &json!({}));
            watcher.call("end_session", &json!({ "id": sessions[0]["id"] }));
        },
        4401,
    ),
    ("session expired", false, |watcher| watcher.expire("sessions"), 4401),
    (
        "token revoked",
        true,
        |watcher| {
            let tokens = watcher.call("list_tokens", &json!({}));
            watcher.call("revoke_token", &json!({ "id": tokens[0]["id"] }));
        },
        4401,
    ),
    ("token expired", true, |watcher| watcher.expire("tokens"), 4401),
    ("owner of the token disabled", true, |watcher| drop(run(watcher.folder.path(), &["user", "disable", watcher.name], "")), 4401),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_ends_within_a_second_of_each_way_of_losing_the_right() {
    let (server, folder) = server().await;
    let id = server.sh("for i in $(seq 600); do echo tick; sleep 0.1; done").await.id;
    for (number, (way, by_token, lose, code)) in WAYS.into_iter().enumerate() {
        let name = format!("vera{number}");
        let token = format!("Bearer {}", add(&folder, &name, "viewer"));
        let cookie = sign_in(&server, &name).await;
        let credentials = if by_token { ("authorization", token.as_str()) } else { ("cookie", cookie.as_str()) };
        let get = async |path: &str| {
            let request = nobody().get(server.url(path)).header(credentials.0, credentials.1);
            within(request.send()).await.unwrap()
        };
        let mut viewer = Viewer::open_with(&server, id, "from=tail", &[credentials]).await;
        let (mut events, mut output) = (get("/api/events").await, get(&format!("/api/processes/{id}/output?follow=true")).await);
        assert_eq!((events.status().as_u16(), output.status().as_u16()), (200, 200));
        while viewer.next.is_none_or(|next| next == 0) {
            viewer.next().await.unwrap();
        }
        let began = Instant::now();
        lose(&Watcher { server: &server, folder: &folder, name: &name, cookie: &cookie });
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
        // The rest is for the command itself, on a busy machine.
        for took in [socket, feed, download] {
            assert!(took < Duration::from_secs(3), "{way}: {took:?}");
        }
        assert_eq!(get("/api/events").await.status(), if code == 4401 { 401 } else { 200 }, "{way}");
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
