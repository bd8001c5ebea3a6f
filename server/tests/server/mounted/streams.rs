//! What stays open: until the host says something else about whoever has opened it, or stops.

use super::host::{Host, SignIn};
use crate::{
    common::{TempFolder, within},
    support::Viewer,
};
use execdeck_server::User;
use execdeck_wire::{ApiError, ErrorCode, Right, Role};
use serde_json::json;
use std::time::{Duration, Instant};

/// How often the host is asked again, and a little more.
const ASKED_AGAIN: Duration = Duration::from_millis(700);

fn admin(name: &str) -> User {
    User::new(name, Role::Admin)
}

/// Reads until more than `offset` bytes have come.
async fn read_past(viewer: &mut Viewer, offset: u64) {
    while viewer.next.is_none_or(|next| next <= offset) {
        assert!(viewer.next().await.is_some(), "closed with {:?}", viewer.close);
    }
}

/// What the host says from now on of the session that has opened something.
type Change = fn(&SignIn);

/// What ends everything that is open, and the code that sockets are closed with.
const CHANGES: [(&str, Change, u16); 3] = [
    ("signed out", |people| people.sign_out("browser"), 4401),
    (
        "may not read output",
        |people| people.sign_in("browser", User { rights: [Right::View].into_iter().collect(), ..admin("vera") }),
        4403,
    ),
    ("somebody else", |people| people.sign_in("browser", admin("eve")), 4401),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_ends_soon_after_the_host_has_changed_its_mind() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    host.people.sign_in("ada", admin("ada"));
    let id = host.ticking("ada").await.id;
    for (what, change, code) in CHANGES {
        host.people.sign_in("browser", admin("vera"));
        let mut viewer = host.view("browser", id, "from=tail").await;
        let output = format!("/deck/api/processes/{id}/output?follow=true");
        let (mut events, mut output) = (host.get("browser", "/deck/api/events").await, host.get("browser", &output).await);
        assert_eq!((events.status().as_u16(), output.status().as_u16()), (200, 200));
        // It stays open for as long as the host says the same.
        let opened = Instant::now();
        while opened.elapsed() < 2 * ASKED_AGAIN {
            assert!(viewer.next().await.is_some(), "{what}: closed with {:?}", viewer.close);
        }
        let began = Instant::now();
        change(&host.people);
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
        assert_eq!(viewer.close, Some(code), "{what}");
        for took in [socket, feed, download] {
            assert!(took < Duration::from_millis(1500), "{what}: {took:?}");
        }
    }
    host.kill("ada", id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_cannot_say_who_it_is_closes_nothing() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    host.people.sign_in("ada", admin("ada"));
    let id = host.ticking("ada").await.id;
    let mut viewer = host.view("ada", id, "from=0").await;
    read_past(&mut viewer, 0).await;
    host.people.fail("ada", ApiError::new(ErrorCode::Unavailable, "The host's database is away."));
    let failed = Instant::now();
    while failed.elapsed() < Duration::from_secs(3) {
        assert!(viewer.next().await.is_some(), "closed with {:?}", viewer.close);
    }
    let (status, error) = host.call("ada", "whoami", json!({})).await;
    assert_eq!((status, &error["message"]), (503, &json!("The host's database is away.")), "nobody is let in meanwhile");
    host.people.sign_in("ada", admin("ada"));
    let seen = viewer.next.unwrap();
    read_past(&mut viewer, seen).await;
    host.kill("ada", id).await;
    assert_eq!(viewer.read_to_end().await.close, Some(1000));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_after_the_right_was_lost_is_dropped() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    host.people.sign_in("ada", admin("ada"));
    host.people.sign_in("browser", admin("eve"));
    let id = host.create("ada", json!({ "program": "cat", "stdin": true })).await.id;
    let mut viewer = host.view("browser", id, "from=0").await;
    viewer.write(b"before\n").await;
    read_past(&mut viewer, 6).await;
    host.people.sign_in("browser", User { rights: Role::Viewer.rights(), ..admin("eve") });
    tokio::time::sleep(ASKED_AGAIN).await;
    viewer.write(b"after\n").await;
    assert_eq!(viewer.read_to_end().await.close, Some(4403));
    let (status, process) = host.call("ada", "get_process", json!({ "id": id })).await;
    assert_eq!((status, &process["output"]["end"]), (200, &json!(7)));
    host.kill("ada", id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_goes_on_while_the_host_closes_execdeck_and_opens_it_again() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    host.people.sign_in("ada", admin("ada"));
    let process = host.ticking("ada").await;
    let mut viewer = host.view("ada", process.id, "from=0").await;
    read_past(&mut viewer, 0).await;
    let (viewer, ()) = tokio::join!(viewer.read_to_end(), host.stop());
    assert_eq!(viewer.close, Some(1012), "a stream ends with the host, and says that it is to be opened again");

    let host = Host::start(folder.path()).await;
    host.people.sign_in("ada", admin("ada"));
    let (_, again) = host.call("ada", "get_process", json!({ "id": process.id })).await;
    assert_eq!((&again["state"], &again["pid"]), (&json!("running"), &json!(process.pid)));
    let seen = viewer.next.unwrap();
    let mut viewer = host.view("ada", process.id, &format!("from={seen}&mode=full")).await;
    read_past(&mut viewer, seen).await;
    assert!(viewer.gaps.is_empty());
    host.kill("ada", process.id).await;
}
