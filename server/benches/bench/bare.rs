//! The bare twin: the same bytes over the same kind of socket, with nothing in between.

use super::client::start;
use axum::{
    Router,
    body::Bytes,
    extract::{
        Query,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    routing::get,
};
use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
};
use tokio::io::AsyncReadExt;

const FRAME: usize = 256 << 10;

/// The bare server as a process of its own.
pub struct Bare {
    child: Child,
    pub address: String,
}

impl Bare {
    pub fn start() -> Self {
        let (child, address) = start(Command::new(std::env::current_exe().expect("we run")).arg("bare"));
        Self { child, address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn serve() {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("listening on http://{}", listener.local_addr().expect("it is bound"));
        let listener = axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true)));
        let routes = Router::new().route("/pipe", get(pipe)).route("/file", get(file)).route("/terminal", get(terminal));
        axum::serve(listener, routes).await.expect("it serves");
    });
}

type Parameters = Query<HashMap<String, String>>;

/// A program's output through a pipe straight to the socket.
async fn pipe(Query(parameters): Parameters, upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        let mut child = tokio::process::Command::new("head")
            .args(["-c", &parameters["bytes"], "/dev/zero"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("head is there");
        let mut output = child.stdout.take().expect("stdout is a pipe");
        let mut buffer = vec![0; 64 << 10];
        while let Ok(read @ 1..) = output.read(&mut buffer).await {
            if socket.send(Message::Binary(Bytes::copy_from_slice(&buffer[..read]))).await.is_err() {
                return;
            }
        }
        let _ = socket.send(Message::Close(None)).await;
        while let Some(Ok(_)) = socket.recv().await {}
    })
}

/// A file in frames of 256 KiB.
async fn file(Query(parameters): Parameters, upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        let mut file = tokio::fs::File::open(&parameters["path"]).await.expect("the file is there");
        file.set_max_buf_size(FRAME);
        let mut buffer = vec![0; FRAME];
        while let Ok(read @ 1..) = file.read(&mut buffer).await {
            if socket.send(Message::Binary(Bytes::copy_from_slice(&buffer[..read]))).await.is_err() {
                return;
            }
        }
        let _ = socket.send(Message::Close(None)).await;
        while let Some(Ok(_)) = socket.recv().await {}
    })
}

/// A terminal with `cat` in it, straight over the socket.
async fn terminal(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        let (mut master, mut child) = open_terminal(&["cat"]);
        let mut reader = master.try_clone().expect("a descriptor is free");
        let (sender, mut output) = tokio::sync::mpsc::channel::<Vec<u8>>(16);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.blocking_send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        loop {
            tokio::select! {
                Some(bytes) = output.recv() => {
                    if socket.send(Message::Binary(bytes.into())).await.is_err() { break }
                }
                message = socket.recv() => match message {
                    Some(Ok(Message::Binary(bytes))) => master.write_all(&bytes).expect("the terminal takes it"),
                    Some(Ok(_)) => {}
                    _ => break,
                },
            }
        }
        let _ = child.kill();
        let _ = child.wait();
    })
}

/// A program in a terminal, and the terminal's other end.
pub fn open_terminal(words: &[&str]) -> (File, Child) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal is free");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("it is ours");
    let name = ptsname(&master, Vec::new()).expect("it has a name");
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let slave: OwnedFd = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).expect("its other end opens");
    let copy = || Stdio::from(slave.try_clone().expect("a descriptor is free"));
    let child = Command::new(words[0]).args(&words[1..]).stdin(copy()).stdout(copy()).stderr(copy()).spawn().expect("it starts");
    (File::from(master), child)
}
