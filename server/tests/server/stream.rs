use crate::{
    common::{TempFolder, eventually, within},
    support::{Server, Viewer, get, server},
};
use execdeck_wire::{ClientMessage, Exit, GapReason, ProcessState, Stream, TerminalSize};
use futures_util::SinkExt;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_tungstenite::tungstenite::Message;

/// A million numbered lines, then 200 MB that no encoding could pass.
const SCRIPT: &str = "seq 1000000; head -c 200000000 /dev/urandom; seq 1000";

async fn hash_of_download(server: &Server, id: uuid::Uuid) -> (String, u64) {
    let mut response = get(server.url(&format!("/api/processes/{id}/output"))).await.unwrap();
    let (mut hash, mut length) = (Sha256::new(), 0);
    while let Some(bytes) = within(response.chunk()).await.unwrap() {
        hash.update(&bytes);
        length += bytes.len() as u64;
    }
    (format!("{:x}", hash.finalize()), length)
}

#[tokio::test(flavor = "multi_thread")]
async fn early_late_and_flapping_viewers_get_every_byte_once_and_in_order() {
    let (server, _folder) = server().await;
    let process = server.sh(SCRIPT).await;
    let whole = Viewer::open(&server, process.id, "from=0&mode=full").await;
    let whole = tokio::spawn(whole.read_to_end());
    eventually(async || {
        let (_, now) = server.call("get_process", json!({ "id": process.id })).await;
        now["output"]["end"].as_u64().unwrap() > 20_000_000
    })
    .await;
    let midway = tokio::spawn(Viewer::open(&server, process.id, "from=0&mode=full").await.read_to_end());
    // One that loses its connection fifty times, and comes back to where it was.
    let (mut position, mut hash, mut cuts) = (0, Sha256::new(), 0);
    let ended = loop {
        let mut viewer = Viewer::open(&server, process.id, &format!("from={position}&mode=full")).await;
        viewer.next = Some(position);
        let until = if cuts < 50 { position + 3_000_000 } else { u64::MAX };
        let mut open = true;
        while open && position < until {
            match viewer.next().await {
                Some(bytes) => hash.update(&bytes),
                None => open = false,
            }
            position = viewer.next.unwrap();
        }
        if !open {
            break viewer;
        }
        cuts += 1;
    };
    assert_eq!(cuts, 50);
    let (download, length) = hash_of_download(&server, process.id).await;
    assert_eq!((length, ended.end), (206_892_789, Some(206_892_789)));
    assert_eq!(format!("{:x}", hash.finalize()), download);
    for viewer in [whole, midway] {
        let viewer = viewer.await.unwrap();
        assert_eq!((viewer.close, viewer.end), (Some(1000), Some(length)));
        assert_eq!(viewer.process.as_ref().unwrap().exit, Some(Exit::Code(0)));
        assert_eq!(viewer.digest(), download);
    }
}

/// A number of bytes from `/proc/<pid>/status`: `VmRSS` is the memory now, `VmHWM` the most there has been.
fn memory(pid: u32, key: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_stops_reading_costs_neither_the_process_nor_the_server_anything() {
    let (server, _folder) = server().await;
    let process = server
        .create(
            json!({ "program": "sh", "stdin": true, "args": ["-c", "echo first; read go; head -c 1000000000 /dev/zero; echo; echo tail"] }),
        )
        .await;
    let mut stalled = Viewer::open(&server, process.id, "from=0").await;
    while stalled.next().await.unwrap().is_empty() {}
    let before = memory(server.child.id(), "VmHWM");
    stalled.socket.send(Message::binary(b"go\n".to_vec())).await.unwrap();
    // Nothing is read from now on, and yet it ends.
    let ended = server.ended(process.id).await;
    assert_eq!((ended.state, ended.output.end), (ProcessState::Exited, 1_000_000_012));
    let grown = memory(server.child.id(), "VmHWM") - before;
    assert!(grown < 32 << 20, "the server grew by {grown} bytes at some time");
    let mut tail = Vec::new();
    while let Some(bytes) = stalled.next().await {
        if !bytes.is_empty() {
            tail = bytes;
        }
    }
    assert!(matches!(stalled.gaps[..], [(_, to, GapReason::Skipped)] if to > 999_000_000), "{:?}", stalled.gaps);
    assert!(tail.ends_with(b"\ntail\n"), "the tail comes after the gap");
    assert_eq!((stalled.next, stalled.end), (Some(1_000_000_012), Some(1_000_000_012)));
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_viewers_skip_ahead_again_and_again_while_others_get_everything() {
    let folder = TempFolder::new();
    let variables =
        [("EXECDECK_STREAM_SKIP_BYTES", "262144"), ("EXECDECK_STREAM_WINDOW_BYTES", "65536"), ("EXECDECK_STREAM_FRAME_BYTES", "16384")];
    let server = Server::start_with(folder.path(), &variables);
    // Seconds of output, however quick the machine is.
    let process = server.sh("i=0; while [ $i -lt 40 ]; do seq 100000; sleep 0.05; i=$((i+1)); done").await;
    let whole: Vec<_> = (0..3).map(|_| async { Viewer::open(&server, process.id, "from=0&mode=full").await }).collect();
    let mut tasks = Vec::new();
    for viewer in whole {
        tasks.push(tokio::spawn(viewer.await.read_to_end()));
    }
    let mut slow = Viewer::open(&server, process.id, "from=0&mode=live").await;
    let (mut bytes, mut frames) = (0, 0);
    while let Some(output) = slow.next().await {
        bytes += output.len() as u64;
        frames += 1;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let end = 40 * 588_895;
    let skipped: u64 = slow.gaps.iter().map(|(from, to, _)| to - from).sum();
    assert!(slow.gaps.iter().all(|(from, to, reason)| to > from && *reason == GapReason::Skipped), "{:?}", slow.gaps);
    assert!(slow.gaps.len() > 1 && slow.gaps.len() < frames / 2, "{} gaps in {frames} frames", slow.gaps.len());
    assert_eq!((bytes + skipped, slow.end), (end, Some(end)));
    let (digest, length) = hash_of_download(&server, process.id).await;
    assert_eq!(length, end);
    for viewer in tasks {
        let viewer = viewer.await.unwrap();
        assert!(viewer.gaps.is_empty());
        assert_eq!(viewer.digest(), digest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_process_is_told_of_and_a_silent_viewer_is_dropped() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[("EXECDECK_STREAM_PING_SECONDS", "1")]);
    let process = server.create(json!({ "program": "sleep", "args": ["1000"] })).await;
    let viewers = async || {
        let metrics = get(server.url("/metrics")).await.unwrap().text().await.unwrap();
        let line = metrics.lines().find(|line| line.starts_with("execdeck_viewers")).unwrap().to_owned();
        line.split_whitespace().last().unwrap().parse::<u64>().unwrap()
    };
    // This one reads nothing, so that it answers no ping.
    let silent = Viewer::open(&server, process.id, "from=0").await;
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    eventually(async || viewers().await == 2).await;
    // This one answers pings, and stays for longer than the other may.
    for _ in 0..6 {
        viewer.process = None;
        while viewer.process.is_none() {
            viewer.next().await.expect("a viewer that answers pings stays");
        }
        assert_eq!(viewer.process.as_ref().unwrap().state, ProcessState::Running);
    }
    eventually(async || viewers().await == 1).await;
    drop(silent);
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
    assert_eq!(viewer.read_to_end().await.close, Some(1000));
}

#[tokio::test(flavor = "multi_thread")]
async fn input_that_nobody_reads_is_bounded_and_goes_with_its_socket() {
    let (server, _folder) = server().await;
    let process = server.create(json!({ "program": "sleep", "args": ["1000"], "stdin": true })).await;
    let before = memory(server.child.id(), "VmRSS");
    for _ in 0..20 {
        let mut viewer = Viewer::open(&server, process.id, "from=0").await;
        for _ in 0..4 {
            viewer.socket.send(Message::binary(vec![b'x'; 1_000_000])).await.unwrap();
        }
        viewer.socket.close(None).await.unwrap();
        while viewer.next().await.is_some() {}
    }
    eventually(async || memory(server.child.id(), "VmRSS").saturating_sub(before) < 24 << 20).await;
    // A viewer that types more than there is room for is told so.
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    for _ in 0..8 {
        let _ = viewer.socket.send(Message::binary(vec![b'x'; 1_000_000])).await;
    }
    assert_eq!(viewer.read_to_end().await.close, Some(4429));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_large_closes_the_stream_with_a_reason_also_under_output() {
    let (server, _folder) = server().await;
    for script in ["exec sleep 1000", "exec cat /dev/zero"] {
        let process = server.create(json!({ "program": "sh", "args": ["-c", script], "stdin": true })).await;
        let mut viewer = Viewer::open(&server, process.id, "from=0").await;
        let _ = viewer.socket.send(Message::binary(vec![b'x'; (1 << 20) + 1])).await;
        // Whoever reads slowly gets the reason too.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(viewer.read_to_end().await.close, Some(4400), "{script}");
        server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_two_viewers_stay_whole_and_more_than_fits_waits_for_a_late_reader() {
    let (server, _folder) = server().await;
    let script = "sleep 1; exec cat";
    let process = server.create(json!({ "program": "sh", "args": ["-c", script], "stdin": true })).await;
    let mut viewers = Vec::new();
    for letter in [b'a', b'b'] {
        let mut viewer = Viewer::open(&server, process.id, "from=0").await;
        for _ in 0..8 {
            viewer.socket.send(Message::binary(vec![letter; 500_000])).await.unwrap();
        }
        viewers.push(viewer);
    }
    let output = async || get(server.url(&format!("/api/processes/{}/output", process.id))).await.unwrap().bytes().await.unwrap();
    eventually(async || output().await.len() == 16 * 500_000).await;
    let output = output().await;
    for part in output.chunks(500_000) {
        assert!(part.iter().all(|byte| *byte == part[0]), "a message was cut");
    }
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_before_leaving_reaches_the_process_once() {
    let (server, _folder) = server().await;
    let process = server.create(json!({ "program": "sha256sum", "stdin": true })).await;
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    let input: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    for piece in input.chunks(250_000) {
        viewer.socket.send(Message::binary(piece.to_vec())).await.unwrap();
    }
    viewer.send(ClientMessage::CloseStdin {}).await;
    let mut seen = Vec::new();
    while let Some(bytes) = viewer.next().await {
        seen.extend(bytes);
    }
    assert!(String::from_utf8(seen).unwrap().starts_with(&format!("{:x}", Sha256::digest(&input))));
    // And from one that leaves at once.
    let process = server.create(json!({ "program": "head", "args": ["-n", "1"], "stdin": true })).await;
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    viewer.socket.send(Message::binary(b"a word\n".to_vec())).await.unwrap();
    viewer.socket.close(None).await.unwrap();
    drop(viewer);
    assert_eq!(server.ended(process.id).await.output.end, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn input_that_a_stuck_keeper_does_not_answer_closes_the_stream_with_a_reason() {
    let (server, _folder) = server().await;
    let process = server.create(json!({ "program": "cat", "stdin": true })).await;
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid.unwrap())).unwrap();
    let keeper = stat.rsplit(')').next().unwrap().split(' ').nth(2).unwrap().to_owned();
    let signal = |signal: &str| assert!(std::process::Command::new("kill").args([signal, &keeper]).status().unwrap().success());
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    signal("-STOP");
    viewer.socket.send(Message::binary(b"typed\n".to_vec())).await.unwrap();
    assert_eq!(viewer.read_to_end().await.close, Some(1011));
    signal("-CONT");
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn input_is_taken_whole_or_not_at_all() {
    let (server, folder) = server().await;
    let go = folder.path().join("go");
    let script = format!("while [ ! -e {} ]; do sleep 0.05; done; wc -c", go.display());
    let process = server.create(json!({ "program": "sh", "args": ["-c", script], "stdin": true })).await;
    let mut taken = 0;
    for expected in [200, 429, 429] {
        let (status, answer) = server.call("write_input", json!({ "id": process.id, "text": "x".repeat(2 << 20) })).await;
        assert_eq!(status, expected);
        if status == 200 {
            taken += 2 << 20;
        } else {
            assert!(answer["message"].as_str().unwrap().contains("nothing was taken"), "{answer}");
        }
    }
    std::fs::write(go, "").unwrap();
    Viewer::open(&server, process.id, "from=0").await.send(ClientMessage::CloseStdin {}).await;
    server.ended(process.id).await;
    let output = get(server.url(&format!("/api/processes/{}/output", process.id))).await.unwrap();
    assert_eq!(output.text().await.unwrap().trim(), taken.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_a_mebibyte_is_on_its_way_beyond_the_last_ack() {
    let (server, _folder) = server().await;
    let process = server.sh("head -c 5000000 /dev/zero").await;
    server.ended(process.id).await;
    let mut viewer = Viewer::open(&server, process.id, "from=0&mode=full").await;
    let quiet = tokio::time::Duration::from_millis(500);
    while tokio::time::timeout(quiet, viewer.next_unacknowledged()).await.is_ok() {}
    assert_eq!(viewer.next, Some(1 << 20));
    viewer.send(ClientMessage::Ack { offset: 1 << 20 }).await;
    assert_eq!(viewer.read_to_end().await.end, Some(5_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_resizing_and_ending_input_reach_the_process() {
    let (server, _folder) = server().await;
    let spec = json!({ "program": "sh", "args": ["-c", "stty -echo; while read line; do echo \"$line $(stty size)\"; done; echo over"],
        "terminal": { "cols": 80, "rows": 24 } });
    let process = server.create(spec).await;
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    viewer.send(ClientMessage::Resize { cols: 101, rows: 33 }).await;
    let mut seen = String::new();
    while viewer.process.as_ref().and_then(|process| process.terminal) != Some(TerminalSize { cols: 101, rows: 33 }) {
        seen.push_str(&String::from_utf8_lossy(&viewer.next().await.unwrap()));
    }
    viewer.socket.send(Message::binary("größe\n".as_bytes().to_vec())).await.unwrap();
    while !seen.contains("größe 33 101") {
        seen.push_str(&String::from_utf8_lossy(&viewer.next().await.unwrap()));
    }
    viewer.send(ClientMessage::CloseStdin {}).await;
    while let Some(bytes) = viewer.next().await {
        seen.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert!(seen.ends_with("over\r\n"), "{seen:?}");
    assert_eq!(viewer.streams, [Stream::Terminal]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tail_begins_at_a_line_and_wrong_requests_close_with_their_code() {
    let (server, _folder) = server().await;
    let process = server.sh("seq 1000000").await;
    server.ended(process.id).await;
    let mut viewer = Viewer::open(&server, process.id, "from=tail").await;
    let first = loop {
        let bytes = viewer.next().await.unwrap();
        if !bytes.is_empty() {
            break String::from_utf8(bytes).unwrap();
        }
    };
    let line: u32 = first.lines().next().unwrap().parse().unwrap();
    assert!((900_000..1_000_000).contains(&line), "{line}");
    for (id, query, code) in [
        (process.id.to_string(), "from=7000000", 4400),
        (process.id.to_string(), "from=x", 4400),
        (process.id.to_string(), "mode=fast", 4400),
        (process.id.to_string(), "unknown=1", 4400),
        (uuid::Uuid::nil().to_string(), "", 4404),
        ("..%2Fetc".to_owned(), "", 4404),
    ] {
        let viewer = Viewer::open(&server, id, query).await.read_to_end().await;
        assert_eq!(viewer.close, Some(code), "{query}");
    }
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    viewer.socket.send(Message::text("{\"type\":\"dance\"}")).await.unwrap();
    assert_eq!(viewer.read_to_end().await.close, Some(4400));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_tells_its_viewers_that_it_restarts() {
    let (mut server, _folder) = server().await;
    let process = server.create(json!({ "program": "sleep", "args": ["1000"] })).await;
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    while viewer.process.is_none() {
        viewer.next().await.unwrap();
    }
    let pid = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(viewer.read_to_end().await.close, Some(1012));
    assert!(server.child.wait().unwrap().success());
    // Nothing of the test outlives it.
    let marked = format!("EXECDECK_PROCESS_ID={}", process.id);
    let leader = process.pid.unwrap();
    let environment = std::fs::read(format!("/proc/{leader}/environ")).unwrap();
    assert!(String::from_utf8_lossy(&environment).contains(&marked), "the process keeps running");
    assert!(std::process::Command::new("kill").args(["-KILL", &leader.to_string()]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_with_more_arguments_than_any_frame_of_output_can_be_viewed() {
    let args = vec!["x".repeat(120_000); 12];
    for frame_bytes in ["1024", "262144"] {
        let folder = TempFolder::new();
        let server = Server::start_with(folder.path(), &[("EXECDECK_STREAM_FRAME_BYTES", frame_bytes)]);
        let process = server.create(json!({ "program": "echo", "args": args })).await;
        let viewer = Viewer::open(&server, process.id, "from=0").await.read_to_end().await;
        assert_eq!((viewer.close, viewer.end), (Some(1000), Some(12 * 120_001)), "frames of {frame_bytes} bytes");
        assert!(viewer.process.unwrap().spec.args == args, "the viewer has the whole command");
    }
}
