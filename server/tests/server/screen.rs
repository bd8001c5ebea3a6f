//! The screen with which a stream of a terminal begins.

use crate::{
    client::{deck, sh},
    common::{eventually, within},
    support::{Server, Viewer, server},
};
use execdeck_wire::{Process, ProcessSpec, TerminalSize};
use serde_json::json;
use std::time::Instant;

const SIZE: TerminalSize = TerminalSize { cols: 60, rows: 12 };

async fn start(server: &Server, script: &str) -> Process {
    let spec = ProcessSpec { terminal: Some(SIZE), ..sh(script) };
    within(deck(server).create_process(&spec)).await.unwrap()
}

/// Waits until the output has so many bytes.
async fn printed(server: &Server, process: &Process, bytes: u64) {
    eventually(async || within(deck(server).get_process(process.id)).await.unwrap().output.end >= bytes).await;
}

/// The screen of a stream that begins now, and the stream.
async fn screen(server: &Server, process: &Process) -> (u64, String, Viewer) {
    let mut viewer = Viewer::open(server, process.id, "from=tail").await;
    while viewer.screen.is_none() {
        viewer.next().await.unwrap();
    }
    let (offset, size, bytes) = viewer.screen.take().unwrap();
    assert_eq!(size, SIZE);
    (offset, String::from_utf8(bytes).unwrap(), viewer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_begins_with_its_screen_and_goes_on_without_a_hole() {
    let (server, _folder) = server().await;
    let draw = r"printf 'shell$ top\r\n\033[?1049h\033[?1h\033[?1000;1006h\033[?2004h\033[?25l\033[3;5H\033[1;34mhello'";
    let process = start(&server, &format!("stty -echo; {draw}; read x; printf '\\033[m later'; sleep 94831")).await;
    printed(&server, &process, 60).await;
    let (offset, text, mut viewer) = screen(&server, &process).await;
    let end = within(deck(&server).get_process(process.id)).await.unwrap().output.end;
    assert_eq!(offset, end);
    for part in [
        "shell$ top",
        "\x1b[?1049h",
        "\x1b[?1h",
        "\x1b[?1000h",
        "\x1b[?1006h",
        "\x1b[?2004h",
        "\x1b[?25l",
        "\x1b[0;1;34mhello",
        "\x1b[3;10H",
    ] {
        assert!(text.contains(part), "{part:?} {text:?}");
    }
    server.call("write_input", json!({ "id": process.id, "text": "\n" })).await;
    let mut live = Vec::new();
    while !live.ends_with(b"later") {
        live.extend(viewer.next().await.unwrap());
    }
    let (_, text, _) = screen(&server, &process).await;
    assert!(text.contains("hello\x1b[0m later"), "{text:?}");
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
    server.ended(process.id).await;
    let ended = Viewer::open(&server, process.id, "from=tail").await.read_to_end().await;
    assert!(ended.screen.is_none() && ended.next == ended.end, "an ended one is sent as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_have_no_screen_and_an_offset_asks_for_none() {
    let (server, _folder) = server().await;
    let pipes = within(deck(&server).create_process(&sh("echo one; sleep 94832"))).await.unwrap();
    let terminal = start(&server, "echo one; sleep 94833").await;
    for (process, query) in [(&pipes, "from=tail"), (&terminal, "from=0")] {
        printed(&server, process, 4).await;
        let mut viewer = Viewer::open(&server, process.id, query).await;
        while viewer.next != Some(process.output.end.max(4) + u64::from(process.terminal.is_some())) {
            viewer.next().await.unwrap();
        }
        assert!(viewer.screen.is_none());
        server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_drawn_long_ago_is_on_the_screen_at_once() {
    let (server, _folder) = server().await;
    // Drawn once, before 20 MB that are drawn over each other.
    let script = r#"printf '\033[?1049h\033[2J\033[1;1Hheading'; yes "$(printf '\033[5;1Hsome progress')" | tr -d '\n' | head -c 20000000; printf '\033[12;1Hready'; sleep 94834"#;
    let process = start(&server, script).await;
    printed(&server, &process, 20_000_000).await;
    let begin = Instant::now();
    let (_, first, _) = screen(&server, &process).await;
    let built = begin.elapsed();
    let begin = Instant::now();
    let (_, second, _) = screen(&server, &process).await;
    let again = begin.elapsed();
    assert!(first.contains("heading") && first.contains("ready") && first == second, "{first:?}");
    assert!(again * 3 < built, "{again:?} after {built:?}");
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
}
