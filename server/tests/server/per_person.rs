//! How much one person may use at once.

use crate::{
    audit::{entries, reboot},
    common::{TempFolder, eventually, within},
    people::{add, call, nobody, sign_in, with_cookie},
    support::{Server, Viewer, ada, client, client_with, server},
};
use execdeck_wire::AuditOutcome;
use reqwest::Response;
use serde_json::json;
use std::{process::Command, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A sensible time to wait is in the answer.
fn assert_limited(response: &Response) {
    let seconds: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(response.status() == 429 && (1..=10).contains(&seconds), "{response:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_so_many_processes_whatever_they_are_started_with_and_others_have_theirs() {
    let folder = TempFolder::new();
    let limit = [("EXECDECK_LIMITS_PROCESSES", "2")];
    let mut server = Server::start_with(folder.path(), &limit);
    let eve = client_with(&add(&folder, "eve", "admin"));
    let sleep = json!({ "spec": { "program": "sleep", "args": ["96001"] } });
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(server.create(sleep["spec"].clone()).await.id);
    }
    let cookie = sign_in(&server, "ada").await;
    let refused = within(nobody().post(server.url("/api/create_process")).header("cookie", &cookie).json(&sleep).send()).await.unwrap();
    assert_limited(&refused);
    assert!(refused.text().await.unwrap().contains("limits.processes"));
    let other = call(&eve, &server, "create_process", &sleep).await;
    assert_eq!(other.status(), 200);
    ids.push(other.json::<serde_json::Value>().await.unwrap()["id"].as_str().unwrap().parse().unwrap());
    // The next server counts what runs already.
    server.kill();
    let server = Server::start_with(folder.path(), &limit);
    assert_limited(&call(&client(), &server, "create_process", &sleep).await);
    server.call("kill_process", json!({ "id": ids[0], "signal": "KILL" })).await;
    server.ended(ids[0]).await;
    eventually(async || {
        let started = call(&client(), &server, "create_process", &sleep).await;
        let begun = started.status() == 200;
        if begun {
            let id = started.json::<serde_json::Value>().await.unwrap()["id"].clone();
            server.call("kill_process", json!({ "id": id, "signal": "KILL" })).await;
        }
        begun
    })
    .await;
    // One that fails to start takes no place.
    for _ in 0..5 {
        let failed = json!({ "spec": { "program": "/no/such/program" } });
        assert_eq!(call(&eve, &server, "create_process", &failed).await.status(), 200);
    }
    for id in ids {
        server.call("kill_process", json!({ "id": id, "signal": "KILL" })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_started_again_after_a_reboot_counts_and_is_never_refused() {
    let (mut server, folder) = server().await;
    let spec = json!({ "program": "sleep", "args": ["96005"], "restart": { "at_boot": true } });
    let (first, second) = (server.create(spec.clone()).await, server.create(spec).await);
    server.kill();
    reboot(&folder, &[&first, &second]);
    let server = Server::start_with(folder.path(), &[("EXECDECK_LIMITS_PROCESSES", "2")]);
    let old = [json!(first.id), json!(second.id)];
    eventually(async || {
        let (_, page) = server.call("list_processes", json!({ "filter": { "state": "active" } })).await;
        let processes = page["processes"].as_array().unwrap();
        processes.iter().filter(|process| process["state"] == "running" && !old.contains(&process["id"])).count() == 2
    })
    .await;
    let sleep = json!({ "spec": { "program": "sleep", "args": ["96005"] } });
    assert_limited(&call(&client(), &server, "create_process", &sleep).await);
    let (_, page) = server.call("list_processes", json!({ "filter": { "state": "active" } })).await;
    let running: Vec<_> = page["processes"].as_array().unwrap().iter().map(|process| process["id"].clone()).collect();
    server.call("kill_process", json!({ "id": running[0], "signal": "KILL" })).await;
    server.ended(running[0].as_str().unwrap().parse().unwrap()).await;
    eventually(async || call(&client(), &server, "create_process", &sleep).await.status() == 200).await;
    assert_limited(&call(&client(), &server, "create_process", &sleep).await);
    let (_, page) = server.call("list_processes", json!({ "filter": { "state": "active" } })).await;
    for process in page["processes"].as_array().unwrap() {
        server.call("kill_process", json!({ "id": process["id"], "signal": "KILL" })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_wait_for_the_answer_has_started_a_process_all_the_same() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[("EXECDECK_LIMITS_PROCESSES", "3")]);
    let body = json!({ "spec": { "program": "sleep", "args": ["96004"] } }).to_string();
    let request = format!(
        "POST /api/create_process HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.address,
        ada().token,
        body.len()
    );
    for delay in 0..12 {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_micros(delay * 700)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    // However many of them the server has taken in: each counts.
    let sleep = json!({ "spec": { "program": "sleep", "args": ["96004"] } });
    within(async { while call(&client(), &server, "create_process", &sleep).await.status() == 200 {} }).await;
    assert_limited(&call(&client(), &server, "create_process", &sleep).await);
    assert_eq!(server.call("list_processes", json!({})).await.1["processes"].as_array().unwrap().len(), 3);
    for process in server.call("list_processes", json!({})).await.1["processes"].as_array().unwrap() {
        server.call("kill_process", json!({ "id": process["id"], "signal": "KILL" })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_sends_so_much_at_the_same_time() {
    let (server, _folder) = server().await;
    let head = format!(
        "POST /api/write_input HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 4000001\r\n\r\n",
        server.address,
        ada().token
    );
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A refused one may be closed before the end.
        let _ = within(stream.write_all(&vec![b'x'; 4_000_000])).await;
        open.push(stream);
    }
    let mut refused = 0;
    for stream in &mut open {
        let mut answer = [0; 12];
        if matches!(tokio::time::timeout(Duration::from_millis(300), stream.read_exact(&mut answer)).await, Ok(Ok(_))) {
            assert_eq!(&answer, b"HTTP/1.1 429");
            refused += 1;
        }
    }
    // 64 MiB, with 3,934,464 bytes of each.
    assert!((1..=5).contains(&refused), "{refused}");
    assert_eq!(call(&client(), &server, "whoami", &json!({})).await.status(), 200);
    drop(open);
    eventually(async || {
        server.call("create_process", json!({ "spec": { "program": "true", "args": ["x".repeat(500_000)] } })).await.0 != 429
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_so_many_streams_open() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[("EXECDECK_LIMITS_SOCKETS", "3")]);
    let vera = client_with(&add(&folder, "vera", "viewer"));
    let id = server.sh("sleep 96002").await.id;
    let follow = format!("/api/processes/{id}/output?follow=true");
    let events = within(client().get(server.url("/api/events")).send()).await.unwrap();
    let cookie = sign_in(&server, "ada").await;
    let download = with_cookie(&server, &cookie, &follow).await;
    let mut socket = Viewer::open(&server, id, "from=tail").await;
    // It counts from its first frame on.
    assert!(socket.next().await.is_some());
    assert_eq!((events.status().as_u16(), download.status().as_u16()), (200, 200));
    for path in ["/api/events", &follow] {
        let refused = within(client().get(server.url(path)).send()).await.unwrap();
        assert_limited(&refused);
    }
    let mut refused = Viewer::open(&server, id, "from=tail").await;
    assert!(refused.next().await.is_none());
    assert_eq!(refused.close, Some(4429));
    let others = within(vera.get(server.url("/api/events")).send()).await.unwrap();
    assert_eq!(others.status(), 200);
    assert_eq!(within(client().get(server.url(&format!("/api/processes/{id}/output"))).send()).await.unwrap().status(), 200);
    drop((events, download, socket));
    eventually(async || within(client().get(server.url("/api/events")).send()).await.unwrap().status() == 200).await;
    server.call("kill_process", json!({ "id": id, "signal": "KILL" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_sends_so_many_requests_and_is_told_when_to_go_on() {
    let folder = TempFolder::new();
    let limits = [("EXECDECK_LIMITS_REQUESTS_PER_SECOND", "1"), ("EXECDECK_LIMITS_REQUEST_BURST", "20")];
    let server = Server::start_with(folder.path(), &limits);
    let vera = client_with(&add(&folder, "vera", "viewer"));
    let cookie = sign_in(&server, "ada").await;
    let id = server.sh("sleep 96003").await.id;
    let mut limited = None;
    for number in 0..60 {
        let response = if number % 2 == 0 {
            call(&client(), &server, "whoami", &json!({})).await
        } else {
            with_cookie(&server, &cookie, "/api/nothing").await
        };
        if response.status() == 429 {
            limited = Some((number, response));
            break;
        }
    }
    let (number, response) = limited.expect("a session and a token count together");
    assert!((15..40).contains(&number), "{number}");
    assert_limited(&response);
    let page = with_cookie(&server, &cookie, "/admin/exec").await;
    assert_limited(&page);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    // A browser sees the close code of a socket, and nothing else.
    let mut refused = Viewer::open_with(&server, id, "from=tail", &[("authorization", &format!("Bearer {}", ada().token))]).await;
    assert!(refused.next().await.is_none());
    assert_eq!(refused.close, Some(4429));
    // What is public is not counted, and others are not affected.
    assert_eq!(with_cookie(&server, &cookie, "/healthz").await.status(), 200);
    assert_eq!(call(&vera, &server, "whoami", &json!({})).await.status(), 200);
    eventually(async || call(&client(), &server, "kill_process", &json!({ "id": id, "signal": "KILL" })).await.status() == 200).await;
    // Entries of each minute say how often.
    let mut server = server;
    assert!(Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
    server.child.wait().unwrap();
    let all = entries(&folder, 0);
    let counted: Vec<_> = all.iter().filter(|entry| entry.details.as_ref().is_some_and(|details| details["limit"].is_u64())).collect();
    assert_eq!(counted.len(), 2, "by session and by token: {counted:?}");
    assert!(counted.iter().all(|entry| entry.person.as_deref() == Some("ada") && entry.outcome == AuditOutcome::Refused), "{counted:?}");
    assert!(counted.iter().filter_map(|entry| entry.count).sum::<u64>() >= 3, "{counted:?}");
    assert!(all.iter().all(|entry| entry.via != "nothing"), "it was no stranger");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_a_hundred_requests_a_second_go_through() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[]);
    let began = std::time::Instant::now();
    let client = client();
    let mut interval = tokio::time::interval(std::time::Duration::from_millis(10));
    for _ in 0..500 {
        interval.tick().await;
        assert_eq!(call(&client, &server, "whoami", &json!({})).await.status(), 200);
    }
    assert!(began.elapsed().as_secs_f64() > 4.9);
}
