//! Who else watches a process, and one writer at a time.

use crate::{
    common::{TempFolder, eventually},
    people::add,
    support::{Server, Viewer, run, server},
    templates::{saved, started},
};
use execdeck_wire::{ClientMessage, Process, ViewerMay, Viewers};
use serde_json::json;
use std::time::{Duration, Instant};

/// A terminal that says what it reads, made from a template so that operators may type.
async fn reader(server: &Server) -> Process {
    let spec = json!({ "program": "sh", "args": ["-c", "stty -echo; while read line; do echo \"<$line>\"; done"], "terminal": { "cols": 80, "rows": 24 } });
    let template = saved(server, json!({ "name": "Read", "spec": spec })).await;
    started(server, &template, json!({})).await
}

async fn open(server: &Server, process: &Process, token: &str) -> Viewer {
    Viewer::open_with(server, process.id, "from=tail&viewers=true", &[("authorization", &format!("Bearer {token}"))]).await
}

/// Reads on until what the viewer was told of the others fits.
async fn told(viewer: &mut Viewer, fits: impl Fn(&Viewers) -> bool) -> Viewers {
    loop {
        if let Some(viewers) = viewer.viewers.as_ref().filter(|viewers| fits(viewers)) {
            return viewers.clone();
        }
        viewer.next().await.expect("the stream goes on");
    }
}

async fn output(server: &Server, process: &Process) -> String {
    let response = crate::support::get(server.url(&format!("/api/processes/{}/output", process.id))).await.unwrap();
    response.text().await.unwrap()
}

fn people(folder: &TempFolder) -> [String; 3] {
    [add(folder, "bob", "operator"), add(folder, "eve", "operator"), add(folder, "vera", "viewer")]
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_know_of_each_other_and_one_types_at_a_time() {
    let (server, folder) = server().await;
    let [bob, eve, vera] = people(&folder);
    let process = reader(&server).await;
    let mut bob = open(&server, &process, &bob).await;
    assert_eq!(told(&mut bob, |viewers| viewers.total == 1).await.writer, None);
    let (mut eve, mut vera) = (open(&server, &process, &eve).await, open(&server, &process, &vera).await);
    let all = told(&mut bob, |viewers| viewers.total == 3).await;
    let named: Vec<_> = all.viewers.iter().map(|viewer| (viewer.name.as_str(), viewer.can_type)).collect();
    assert_eq!(named, [("bob", true), ("eve", true), ("vera", false)]);
    assert!(all.may == ViewerMay::Type && told(&mut vera, |viewers| viewers.total == 3).await.may == ViewerMay::Watch);

    bob.write(b"one\n").await;
    let (writer, second) = (all.you, told(&mut eve, |viewers| viewers.writer.is_some()).await);
    assert!(second.writer == Some(writer) && second.may == ViewerMay::Ask);
    eve.write(b"two\n").await;
    told(&mut eve, |viewers| viewers.dropped).await;
    // Nor does she end the input of who types, or answer in the name of their terminal.
    eve.send(ClientMessage::CloseStdin {}).await;
    told(&mut eve, |viewers| viewers.dropped).await;
    eve.send(ClientMessage::Reply { text: "reply\n".into() }).await;
    eve.send(ClientMessage::AskToType {}).await;
    told(&mut bob, |viewers| viewers.asking == [second.you]).await;
    bob.send(ClientMessage::AnswerAsk { viewer: second.you, accept: true }).await;
    told(&mut eve, |viewers| viewers.writer == Some(second.you) && viewers.may == ViewerMay::Type).await;
    eve.write(b"three\n").await;
    eventually(async || output(&server, &process).await.contains("<three>")).await;
    let text = output(&server, &process).await;
    assert!(text.contains("<one>") && !text.contains("two") && !text.contains("reply"), "{text}");
    eve.send(ClientMessage::Reply { text: "answer\n".into() }).await;
    eventually(async || output(&server, &process).await.contains("<answer>")).await;

    // Programs that do not ask for viewers are in nobody's way, and nobody is in theirs.
    let mut program = Viewer::open(&server, process.id, "from=tail").await;
    program.write(b"four\n").await;
    eventually(async || output(&server, &process).await.contains("<four>")).await;
    told(&mut bob, |viewers| viewers.writer == Some(second.you) && viewers.total == 3).await;
    assert!(program.viewers.is_none());
    program.send(ClientMessage::TakeOver {}).await;
    while program.next().await.is_some() {}
    assert_eq!(program.close, Some(4400));

    drop(eve);
    assert_eq!(told(&mut bob, |viewers| viewers.total == 2).await.writer, None);
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_take_over_and_whoever_gets_no_answer_types_after_a_while() {
    let (server, folder) = server().await;
    let [bob, eve, _] = people(&folder);
    let process = reader(&server).await;
    let (mut bob, mut eve) = (open(&server, &process, &bob).await, open(&server, &process, &eve).await);
    let mut admin = open(&server, &process, &crate::support::ada().token).await;
    bob.write(b"one\n").await;
    assert_eq!(told(&mut admin, |viewers| viewers.writer.is_some()).await.may, ViewerMay::TakeOver);
    admin.send(ClientMessage::TakeOver {}).await;
    let me = admin.viewers.as_ref().unwrap().you;
    told(&mut bob, |viewers| viewers.writer == Some(me) && viewers.may == ViewerMay::Ask).await;
    let asked = Instant::now();
    eve.send(ClientMessage::AskToType {}).await;
    told(&mut eve, |viewers| viewers.may == ViewerMay::Type && viewers.writer == Some(viewers.you)).await;
    assert!(asked.elapsed() > Duration::from_secs(14), "{:?}", asked.elapsed());
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_for_a_pipe_are_taken_from_everybody() {
    let (server, folder) = server().await;
    let [bob, eve, _] = people(&folder);
    let spec = json!({ "program": "cat", "stdin": true });
    let template = saved(&server, json!({ "name": "Copy", "spec": spec })).await;
    let process = started(&server, &template, json!({})).await;
    let (mut bob, mut eve) = (open(&server, &process, &bob).await, open(&server, &process, &eve).await);
    bob.write(b"one\n").await;
    eve.write(b"two\n").await;
    eventually(async || output(&server, &process).await.len() == 8).await;
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_rights_while_watching_can_no_longer_use_them() {
    let (server, folder) = server().await;
    let [bob, ..] = people(&folder);
    let chief = add(&folder, "chief", "admin");
    let process = reader(&server).await;
    let (mut bob, mut chief) = (open(&server, &process, &bob).await, open(&server, &process, &chief).await);
    bob.write(b"one\n").await;
    assert_eq!(told(&mut chief, |viewers| viewers.writer.is_some()).await.may, ViewerMay::TakeOver);
    run(folder.path(), &["user", "role", "chief", "--role", "operator"], "");
    told(&mut chief, |viewers| viewers.may == ViewerMay::Ask).await;
    chief.send(ClientMessage::TakeOver {}).await;
    chief.write(b"two\n").await;
    assert!(told(&mut chief, |viewers| viewers.dropped).await.may == ViewerMay::Ask);
    run(folder.path(), &["user", "role", "bob", "--role", "viewer"], "");
    told(&mut bob, |viewers| viewers.may == ViewerMay::Watch && viewers.writer.is_none()).await;
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_not_see_processes_watches_none() {
    let (server, folder) = server().await;
    add(&folder, "bob", "operator");
    let process = reader(&server).await;
    let token = run(folder.path(), &["token", "add", "bob", "--label", "blind", "--rights", "read_output"], "");
    let mut viewer = open(&server, &process, token.trim()).await;
    assert!(viewer.next().await.is_none());
    assert_eq!(viewer.close, Some(4403));
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
}
