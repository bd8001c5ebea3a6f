//! Keepers of earlier versions, replayed from recordings: an upgraded server still serves them.

use crate::common::{TempFolder, config, eventually, read_output, within};
use execdeck_engine::Engine;
use execdeck_wire::{Exit, ProcessState, TerminalSize};
use std::{
    fs,
    io::{Read, Write},
    os::{
        fd::AsRawFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::Path,
};
use uuid::Uuid;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// Bytes before a message's body.
const HEADER: usize = 5;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn read_message(stream: &mut UnixStream) -> Vec<u8> {
    let mut message = vec![0; HEADER];
    stream.read_exact(&mut message).unwrap();
    let length = u32::from_le_bytes(message[1..].try_into().unwrap()) as usize;
    message.resize(HEADER + length, 0);
    stream.read_exact(&mut message[HEADER..]).unwrap();
    message
}

/// Says what the keeper said (`<`) and insists on hearing what it heard (`>`), then hangs up.
fn replay(listener: &UnixListener, session: &str) {
    let (mut stream, _) = listener.accept().unwrap();
    for line in session.lines() {
        let (direction, hex) = line.split_once(' ').unwrap();
        if direction == "<" {
            stream.write_all(&bytes(hex)).unwrap();
            continue;
        }
        let heard = loop {
            let message = read_message(&mut stream);
            // What viewers hold may be told at any time, and is never answered.
            if message[0] != b'O' {
                break message;
            }
        };
        assert_eq!(heard, bytes(hex));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_of_version_1_of_the_protocol_is_served_to_its_end() {
    is_served_to_its_end(&Path::new(FIXTURES).join("keeper-1"), 19847).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_of_version_2_of_the_protocol_is_served_to_its_end() {
    is_served_to_its_end(&Path::new(FIXTURES).join("keeper-2"), 16474).await;
}

/// `pid`: that of the recorded process.
async fn is_served_to_its_end(fixture: &Path, pid: u32) {
    let folder = TempFolder::new();
    let id = Uuid::now_v7();
    let process = folder.path().join("processes").join(id.to_string());
    fs::create_dir_all(process.join("output")).unwrap();
    let output = |name: &str| format!("output/00000000000000000000.{name}");
    for file in ["spec.json".into(), "status.json".into(), output("log"), output("idx")] {
        fs::copy(fixture.join(&file), process.join(&file)).unwrap();
    }
    // A socket's path must be short.
    let open = fs::File::open(&process).unwrap();
    let listener = UnixListener::bind(format!("/proc/self/fd/{}/keeper.sock", open.as_raw_fd())).unwrap();
    let session = fs::read_to_string(fixture.join("session.txt")).unwrap();
    let keeper = std::thread::spawn(move || replay(&listener, &session));

    let engine = Engine::open(config(folder.path())).await.unwrap();
    eventually(async || engine.get(id).await.unwrap().output.end == 7).await;
    let found = engine.get(id).await.unwrap();
    assert_eq!((found.state, found.pid), (ProcessState::Running, Some(pid)));
    assert_eq!(read_output(&engine, id).await, b"ready\r\n");

    let size = TerminalSize { cols: 100, rows: 30 };
    let viewer = engine.view(id).await.unwrap();
    viewer.resize(size);
    eventually(async || engine.get(id).await.unwrap().terminal == Some(size)).await;
    within(engine.write_input(id, b"hello\n")).await.unwrap();
    eventually(async || read_output(&engine, id).await == b"ready\r\ngot hello\r\n").await;
    within(engine.close_input(id)).await.unwrap();
    let stopping = within(engine.kill(id, None)).await.unwrap();
    assert!(matches!(stopping.state, ProcessState::Stopping | ProcessState::Exited));
    let ended = within(engine.wait(id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(5))));
    keeper.join().unwrap();
}
