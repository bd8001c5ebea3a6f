//! A server's side of the conversation with a keeper that is slow, or hangs up.

use super::*;
use crate::{
    process::new_process,
    protocol::{self, HEADER, Hello},
};
use execdeck_wire::{ProcessSpec, TerminalSize};
use std::path::PathBuf;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixListener,
};
use uuid::Uuid;

/// A running process whose keeper is the test.
struct Keeper {
    live: Arc<Live>,
    stream: UnixStream,
    listener: UnixListener,
    path: PathBuf,
    _updates: mpsc::Receiver<Update>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl Keeper {
    fn new() -> Self {
        let spec = ProcessSpec { program: "a".into(), ..ProcessSpec::default() };
        let process = new_process(Uuid::now_v7(), spec.clone(), "tester", None);
        let path = std::env::temp_dir().join(format!("execdeck-live-{}", process.id));
        let folder = Folder::at(&path);
        folder.create(&spec, &Status::starting(&spec, "tester")).unwrap();
        let listener = UnixListener::bind(path.join("keeper.sock")).unwrap();
        let (ours, stream) = UnixStream::pair().unwrap();
        let permits = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&permits).try_acquire_owned().unwrap();
        let (live, requests) = Live::new(process);
        let updates = live.connect(requests, folder, Some(Connection { stream: ours, permit }), permits);
        Self { live, stream, listener, path, _updates: updates }
    }

    /// Greets the server, which sends nothing before.
    async fn greet(&mut self) {
        let status = Status::starting(&ProcessSpec::default(), "tester");
        let hello = Hello { version: protocol::VERSION, status, output_error: None };
        self.stream.write_all(&protocol::json_message(protocol::HELLO, &hello)).await.unwrap();
    }

    /// Hangs up and waits for the server to connect again.
    async fn reconnect(&mut self) {
        self.stream = UnixStream::pair().unwrap().0;
        self.stream = self.listener.accept().await.unwrap().0;
    }

    /// Reads messages of a kind until one has this body.
    async fn hears(&mut self, kind: u8, body: &[u8]) {
        let listen = async {
            loop {
                let mut header = [0; HEADER];
                self.stream.read_exact(&mut header).await.unwrap();
                let (heard, length) = protocol::parse_header(header);
                let mut message = vec![0; length];
                self.stream.read_exact(&mut message).await.unwrap();
                if (heard, message.as_slice()) == (kind, body) {
                    return;
                }
            }
        };
        timeout(Duration::from_secs(10), listen).await.expect("the keeper was not told");
    }
}

fn hold(keeper: &Keeper, viewer: u64, offset: u64) {
    keeper.live.update_demand(viewer, |demand| {
        demand.unwrap().hold = Some(offset);
        true
    });
}

fn resize(keeper: &Keeper, viewer: u64, cols: u16) {
    keeper.live.update_demand(viewer, |demand| {
        demand.unwrap().size = Some(TerminalSize { cols, rows: 24 });
        true
    });
}

fn size_message(cols: u16) -> Vec<u8> {
    protocol::resize_message(TerminalSize { cols, rows: 24 })[HEADER..].to_vec()
}

#[tokio::test]
async fn the_last_demand_reaches_a_keeper_that_has_been_slow() {
    let mut keeper = Keeper::new();
    let viewer = keeper.live.add_viewer(1).unwrap();
    for number in 1..=999 {
        resize(&keeper, viewer, number);
        hold(&keeper, viewer, u64::from(number));
    }
    keeper.greet().await;
    keeper.hears(protocol::RESIZE, &size_message(999)).await;
    hold(&keeper, viewer, 1000);
    keeper.hears(protocol::HOLD, &1000_u64.to_le_bytes()).await;
    keeper.live.update_demand(viewer, |_| false);
    keeper.hears(protocol::HOLD, &u64::MAX.to_le_bytes()).await;
}

#[tokio::test]
async fn demands_are_told_again_after_reconnecting() {
    let mut keeper = Keeper::new();
    let viewer = keeper.live.add_viewer(1).unwrap();
    keeper.greet().await;
    hold(&keeper, viewer, 5);
    keeper.hears(protocol::HOLD, &5_u64.to_le_bytes()).await;
    keeper.reconnect().await;
    keeper.greet().await;
    keeper.hears(protocol::HOLD, &5_u64.to_le_bytes()).await;
    resize(&keeper, viewer, 90);
    keeper.hears(protocol::RESIZE, &size_message(90)).await;
}

#[tokio::test]
async fn a_request_that_was_not_sent_in_time_is_withdrawn_and_one_that_was_may_still_be_carried_out() {
    let mut keeper = Keeper::new();
    // A keeper that has not greeted is sent nothing.
    let error = keeper.live.ask(protocol::INPUT, b"first".to_vec()).await.unwrap_err().to_string();
    assert!(error.contains("nothing was sent") && error.contains("try again"), "{error}");
    keeper.greet().await;
    for (kind, maybe) in [(protocol::INPUT, "input may still be delivered"), (protocol::KILL, "signal may still be delivered")] {
        let error = keeper.live.ask(kind, b"second".to_vec()).await.unwrap_err().to_string();
        assert!(error.contains(maybe) && !error.contains("try again"), "{error}");
    }
    let mut heard = Vec::new();
    keeper.stream.readable().await.unwrap();
    while keeper.stream.try_read_buf(&mut heard).is_ok_and(|read| read > 0) {}
    assert!(!heard.windows(5).any(|bytes| bytes == b"first"));
    assert_eq!(heard.windows(6).filter(|bytes| *bytes == b"second").count(), 2);
}

#[tokio::test]
async fn a_request_that_a_broken_connection_left_unanswered_may_still_be_carried_out() {
    let mut keeper = Keeper::new();
    keeper.greet().await;
    let live = Arc::clone(&keeper.live);
    let asked = tokio::spawn(async move { live.ask(protocol::INPUT, b"typed".to_vec()).await });
    let mut header = [0; HEADER];
    keeper.stream.read_exact(&mut header).await.unwrap();
    keeper.reconnect().await;
    let error = asked.await.unwrap().unwrap_err();
    assert!(matches!(&error, Error::Keeper(text) if text.contains("broke; the input may still be delivered")), "{error}");
}
