//! A keeper's socket, into which anything is sent: its process does not notice.

use crate::{
    ALONE,
    common::{TempFolder, eventually, within},
    deck::{self, Deck},
    members,
    seed::{Seed, scale},
};
use execdeck_wire::{Exit, ProcessSpec, ProcessState};
use std::{
    fs,
    io::{Read, Write},
    os::{fd::AsRawFd, unix::net::UnixStream},
    path::Path,
    time::Duration,
};

/// What fuzzing has found, each after a byte that is none of the message.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/protocol");
/// What a keeper may need beyond what it needed before: a whole message, twice.
const MOST_MEMORY: u64 = 8 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_to_a_keeper_harms_its_process() {
    let _alone = ALONE.lock().await;
    let random = Seed::new("hostile").random();
    let folder = TempFolder::new();
    let mut deck = Deck::start(folder.path());
    let client = deck.client();
    let mut spec = ProcessSpec::new("sh", ["-c", "trap '' USR1; while read -r line; do echo \"got $line\"; done; exit 7"]);
    spec.stdin = true;
    let process = deck::create(&client, &spec).await;
    let [(_, keeper)] = members::keepers(folder.path())[..] else { panic!("one keeper runs") };
    let before = members::memory(keeper).unwrap();

    let open = fs::File::open(folder.path().join("processes").join(process.id.to_string())).unwrap();
    let socket = format!("/proc/self/fd/{}/keeper.sock", open.as_raw_fd());
    let corpus: Vec<Vec<u8>> = fs::read_dir(CORPUS).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    for _ in 0..scale(300, 20_000) {
        let mut message = random.pick(&corpus).unwrap()[1..].to_vec();
        for _ in 0..random.within(0..4) {
            if let Some(at) = (!message.is_empty()).then(|| random.within(0..message.len() as u64)) {
                message[at as usize] = random.next() as u8;
            }
        }
        if !harmless(&message) {
            continue;
        }
        send(Path::new(&socket), &message, random.once_in(2)).await;
    }
    // More servers than a keeper serves, which say nothing.
    let silent: Vec<_> = (0..40).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    drop(silent);

    eventually(async || client.write_input(process.id, "still here\n").await.is_ok()).await;
    eventually(async || {
        let output = client.output(process.id, ..).await.unwrap().read_to_end().await.unwrap();
        String::from_utf8_lossy(&output).contains("still here\n")
    })
    .await;
    eventually(async || members::memory(keeper).unwrap() <= before + MOST_MEMORY).await;
    client.call::<serde_json::Value>("kill_process", &serde_json::json!({ "id": process.id, "signal": "KILL" })).await.unwrap();
    let ended = deck::ended(&client, process.id).await;
    assert_eq!((ended.state, ended.exit), (ProcessState::Killed, Some(Exit::Signal("KILL".into()))));
    deck.stop();
}

/// Whether a message has none of the requests that end the process or its input, which a keeper carries out for whoever may connect.
fn harmless(message: &[u8]) -> bool {
    !message.iter().any(|byte| matches!(byte, b'K' | b'C'))
}

/// Sends a message over a connection of its own; some listen before they leave.
async fn send(socket: &Path, message: &[u8], listen: bool) {
    let mut stream = UnixStream::connect(socket).unwrap();
    // The keeper may have hung up before all of it was sent.
    let _ = stream.write_all(message);
    if listen {
        stream.set_nonblocking(true).unwrap();
        let greeted = async {
            while stream.read(&mut [0; 64]).is_err() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        within(greeted).await;
    }
}
