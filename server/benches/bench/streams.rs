//! Output, live and replayed, to one and to many; and keystrokes back.

use super::{
    ROUNDS,
    bare::{Bare, open_terminal},
    client::{Execdeck, Socket, acknowledge, connect, read_to_end},
    report::{self, rate},
};
use execdeck_wire::{Frame, Process};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::{
    io::Read,
    time::{Duration, Instant},
};
use tokio_tungstenite::tungstenite::Message;

const LIVE: u64 = 512 << 20;
const REPLAY: u64 = 512 << 20;
const EACH_OF_MANY: u64 = 32 << 20;
const MANY: usize = 100;
const TERMINAL: u64 = 64 << 20;
const KEYS: usize = 1000;

/// Everything that a bare socket sends.
async fn read_bare(mut socket: Socket) -> u64 {
    let mut bytes = 0;
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Binary(frame) = message {
            bytes += frame.len() as u64;
        }
    }
    bytes
}

/// A process that prints so much as soon as it is told to.
async fn printer(deck: &Execdeck, bytes: u64) -> Process {
    let script = format!("read go; exec head -c {bytes} /dev/zero");
    deck.create(json!({ "program": "sh", "args": ["-c", script], "stdin": true })).await
}

async fn timed_live(deck: &Execdeck, bytes: u64) -> f64 {
    let process = printer(deck, bytes).await;
    let mut socket = deck.view(&process, "from=0&mode=full").await;
    let begin = Instant::now();
    socket.send(Message::binary(b"go\n".to_vec())).await.expect("it is open");
    assert_eq!(read_to_end(socket).await, bytes);
    let seconds = begin.elapsed().as_secs_f64();
    deck.remove(&process).await;
    seconds
}

pub async fn live_pipe(deck: &Execdeck, bare: &Bare) {
    let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let socket = connect(&bare.url(&format!("/pipe?bytes={LIVE}"))).await;
        let begin = Instant::now();
        assert_eq!(read_bare(socket).await, LIVE);
        theirs = theirs.min(begin.elapsed().as_secs_f64());
        ours = ours.min(timed_live(deck, LIVE).await);
    }
    let absolute = format!("{:.0} of {:.0} MiB/s", rate(LIVE, ours), rate(LIVE, theirs));
    report::row("live output, pipe, one viewer", theirs / ours, ">= 0.7", &absolute);
}

async fn ended_printer(deck: &Execdeck, bytes: u64) -> (Process, String) {
    let process = printer(deck, bytes).await;
    deck.call("write_input", json!({ "id": process.id, "text": "go\n" })).await;
    deck.get(&format!("/api/processes/{}/output?follow=true", process.id)).await.bytes().await.expect("it prints");
    let file = deck.folder.join("bench-file");
    std::fs::write(&file, vec![0; bytes as usize]).expect("there is room");
    (process, file.to_str().expect("a plain path").to_owned())
}

pub async fn replay(deck: &Execdeck, bare: &Bare) {
    let (process, file) = ended_printer(deck, REPLAY).await;
    let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        assert_eq!(read_bare(connect(&bare.url(&format!("/file?path={file}"))).await).await, REPLAY);
        theirs = theirs.min(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        assert_eq!(read_to_end(deck.view(&process, "from=0&mode=full").await).await, REPLAY);
        ours = ours.min(begin.elapsed().as_secs_f64());
    }
    deck.remove(&process).await;
    let absolute = format!("{:.0} of {:.0} MiB/s, warm", rate(REPLAY, ours), rate(REPLAY, theirs));
    report::row("replay of 512 MiB", theirs / ours, ">= 0.8", &absolute);
}

pub async fn hundred_viewers(deck: &Execdeck, bare: &Bare) {
    let (process, file) = ended_printer(deck, EACH_OF_MANY).await;
    let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let url = bare.url(&format!("/file?path={file}"));
        let readers: Vec<_> =
            (0..MANY).map(|_| url.clone()).map(|url| tokio::spawn(async move { read_bare(connect(&url).await).await })).collect();
        for reader in readers {
            assert_eq!(reader.await.expect("it reads"), EACH_OF_MANY);
        }
        theirs = theirs.min(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        let viewers = (0..MANY).map(|_| deck.view(&process, "from=0&mode=full"));
        let readers: Vec<_> = viewers.map(|viewer| tokio::spawn(async move { read_to_end(viewer.await).await })).collect();
        for reader in readers {
            assert_eq!(reader.await.expect("it reads"), EACH_OF_MANY);
        }
        ours = ours.min(begin.elapsed().as_secs_f64());
    }
    deck.remove(&process).await;
    let all = EACH_OF_MANY * MANY as u64;
    report::row(
        "100 viewers, all bytes together",
        theirs / ours,
        ">= 0.6",
        &format!("{:.0} of {:.0} MiB/s", rate(all, ours), rate(all, theirs)),
    );
}

pub async fn live_terminal(deck: &Execdeck) {
    let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
    let count = TERMINAL.to_string();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let (mut master, mut child) = open_terminal(&["head", "-c", &count, "/dev/zero"]);
        let mut buffer = vec![0; 64 << 10];
        while let Ok(1..) = master.read(&mut buffer) {}
        theirs = theirs.min(begin.elapsed().as_secs_f64());
        child.wait().expect("it has ended");
        let script = format!("read go; exec head -c {TERMINAL} /dev/zero");
        let process = deck.create(json!({ "program": "sh", "args": ["-c", script], "terminal": { "cols": 80, "rows": 24 } })).await;
        let mut socket = deck.view(&process, "from=0&mode=full").await;
        let begin = Instant::now();
        socket.send(Message::binary(b"go\n".to_vec())).await.expect("it is open");
        read_to_end(socket).await;
        ours = ours.min(begin.elapsed().as_secs_f64());
        deck.remove(&process).await;
    }
    let absolute = format!("{:.0} of {:.0} MiB/s", rate(TERMINAL, ours), rate(TERMINAL, theirs));
    report::row("live output, terminal, one viewer", theirs / ours, ">= 0.7", &absolute);
}

/// How long a process takes to print, by its own clock, while viewers watch that read nothing.
async fn print_time(deck: &Execdeck, stalled: usize) -> f64 {
    let process = printer(deck, LIVE).await;
    let mut sockets = Vec::new();
    for _ in 0..stalled {
        sockets.push(deck.view(&process, "from=0").await);
    }
    deck.call("write_input", json!({ "id": process.id, "text": "go\n" })).await;
    let begin = Instant::now();
    loop {
        let now = deck.call("get_process", json!({ "id": process.id })).await;
        if now["state"] == "exited" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let seconds = begin.elapsed().as_secs_f64();
    drop(sockets);
    deck.remove(&process).await;
    seconds
}

pub async fn stalled_viewers(deck: &Execdeck) {
    let (mut watched, mut alone) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        alone = alone.min(print_time(deck, 0).await);
        watched = watched.min(print_time(deck, 8).await);
    }
    report::row(
        "a process's time with eight stalled viewers",
        watched / alone,
        "<= 1.1",
        &format!("{watched:.2} s, {alone:.2} s with none"),
    );
}

/// Types a key and waits for it to come back, a thousand times; the sorted times in µs.
async fn echo_times(socket: &mut Socket) -> Vec<f64> {
    let mut times = Vec::with_capacity(KEYS);
    for _ in 0..KEYS {
        let begin = Instant::now();
        socket.send(Message::binary(b"x".to_vec())).await.expect("it is open");
        loop {
            let Some(Ok(Message::Binary(bytes))) = socket.next().await else { continue };
            match Frame::decode(&bytes) {
                Ok(Frame::Output(_, offset, output)) => {
                    times.push(begin.elapsed().as_secs_f64() * 1e6);
                    acknowledge(socket, offset + output.len() as u64).await;
                    break;
                }
                Ok(_) => {}
                // The bare server sends the key as it is.
                Err(_) => {
                    times.push(begin.elapsed().as_secs_f64() * 1e6);
                    break;
                }
            }
        }
    }
    times.sort_by(f64::total_cmp);
    times
}

pub async fn echo(deck: &Execdeck, bare: &Bare) {
    let process = deck.create(json!({ "program": "cat", "terminal": { "cols": 80, "rows": 24 } })).await;
    let (mut ours, mut theirs) = (vec![f64::MAX; KEYS], vec![f64::MAX; KEYS]);
    let mut socket = deck.view(&process, "from=0").await;
    for _ in 0..ROUNDS {
        let mut bare_socket = connect(&bare.url("/terminal")).await;
        let (our, their) = (echo_times(&mut socket).await, echo_times(&mut bare_socket).await);
        ours = if our[KEYS / 2] < ours[KEYS / 2] { our } else { ours };
        theirs = if their[KEYS / 2] < theirs[KEYS / 2] { their } else { theirs };
    }
    deck.remove(&process).await;
    for (name, at) in [("keystroke echo, p50", KEYS / 2), ("keystroke echo, p99", KEYS * 99 / 100)] {
        report::row(name, ours[at] / theirs[at], "<= 2", &format!("{:.0} of {:.0} µs", ours[at], theirs[at]));
    }
}
