use crate::{
    common::{eventually, within},
    support::{Server, Viewer, server},
};
use execdeck_wire::{ClientMessage, Exit, GapReason, ProcessState, Stream, TerminalSize};
use futures_util::SinkExt;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_tungstenite::tungstenite::Message;

/// A million numbered lines, then 200 MB that no encoding could pass.
const SCRIPT: &str = "seq 1000000; head -c 200000000 /dev/urandom; seq 1000";

async fn hash_of_download(server: &Server, id: uuid::Uuid) -> (String, u64) {
    let mut response = reqwest::get(server.url(&format!("/api/processes/{id}/output"))).await.unwrap();
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

fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_stops_reading_costs_neither_the_process_nor_the_server_anything() {
    let (server, _folder) = server().await;
    let process = server
        .create(json!({ "program": "sh", "stdin": true, "args": ["-c", "read go; head -c 1000000000 /dev/zero; echo; echo tail"] }))
        .await;
    let mut stalled = Viewer::open(&server, process.id, "from=0").await;
    stalled.next().await.unwrap();
    let before = memory(server.child.id());
    stalled.socket.send(Message::binary(b"go\n".to_vec())).await.unwrap();
    // Nothing is read from now on, and yet it ends.
    let ended = server.ended(process.id).await;
    assert_eq!((ended.state, ended.output.end), (ProcessState::Exited, 1_000_000_006));
    let grown = memory(server.child.id()).saturating_sub(before);
    assert!(grown < 32 << 20, "the server grew by {grown} bytes");
    let mut text = Vec::new();
    while let Some(bytes) = stalled.next().await {
        text = bytes;
    }
    assert!(matches!(stalled.gaps[..], [(_, to, GapReason::Skipped)] if to > 999_000_000), "{:?}", stalled.gaps);
    assert!(stalled.next == Some(1_000_000_006) && text.is_empty() | text.ends_with(b"tail\n"));
    assert_eq!(stalled.end, Some(1_000_000_006));
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
    viewer.send(ClientMessage::CloseStdin).await;
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
