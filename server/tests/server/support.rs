//! A server on a free port, and a viewer that keeps the stream's rules.

use crate::common::{EXECDECK, TempFolder, within};
use execdeck_wire::{ClientMessage, Frame, GapReason, Process, Stream, TerminalSize, Viewers};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, Response, header::AUTHORIZATION, redirect::Policy};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    fs::DirBuilder,
    io::{BufRead, BufReader, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

pub struct Server {
    pub child: Child,
    pub address: String,
    /// The path below which it serves; empty for the root.
    pub base: String,
    pub lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

/// An account for all servers of the tests: an administrator named ada, with a token.
pub struct Account {
    pub token: String,
    database: Vec<u8>,
    /// Which entry of its audit is the last one.
    head: Vec<u8>,
}

/// Copies a program to run. Another process does it: if this one had the copy open to write, a child that another test is
/// starting could have it open, too, and the copy could not be run yet (`ETXTBSY`).
pub fn copy_program(from: &str, to: &Path) {
    assert!(Command::new("cp").arg(from).arg(to).status().unwrap().success());
}

/// Created once, by the commands for it, and copied into the folder of each server.
pub fn ada() -> &'static Account {
    static ADA: OnceLock<Account> = OnceLock::new();
    ADA.get_or_init(|| {
        let folder = TempFolder::new();
        run(folder.path(), &["user", "add", "ada", "--role", "admin"], PASSWORD);
        let token = run(folder.path(), &["token", "add", "ada", "--label", "tests"], "").trim().to_owned();
        let read = |name| std::fs::read(folder.path().join(name)).unwrap();
        Account { token, database: read("deck.db"), head: read("audit.head") }
    })
}

/// The password of ada, and of whom tests add.
pub const PASSWORD: &str = "correct horse battery staple";

/// Runs a command on a data folder, which has to succeed, and returns what it prints.
pub fn run(folder: &Path, args: &[&str], input: &str) -> String {
    let mut command = Command::new(EXECDECK);
    let mut child = command.args(args).arg("--data").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A client that is signed in as ada on every server.
pub fn client() -> Client {
    client_with(&ada().token)
}

/// A client with this token that follows no redirects.
pub fn client_with(token: &str) -> Client {
    let headers = [(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())].into_iter().collect();
    Client::builder().default_headers(headers).redirect(Policy::none()).build().unwrap()
}

pub async fn get(url: impl AsRef<str>) -> reqwest::Result<Response> {
    client().get(url.as_ref()).send().await
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// Starts one that is configured by these variables.
    pub fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Self {
        Self::start_after("true", folder, variables)
    }

    /// Starts one after a command of the shell that becomes the server, such as `umask 022`.
    pub fn start_after(command: &str, folder: &Path, variables: &[(&str, &str)]) -> Self {
        if !folder.join("deck.db").exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).unwrap();
            std::fs::write(folder.join("deck.db"), &ada().database).unwrap();
            std::fs::write(folder.join("audit.head"), &ada().head).unwrap();
        }
        Self::start_anew(command, folder, variables)
    }

    /// The same without an account.
    pub fn start_anew(command: &str, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", &format!("{command}; exec \"$0\" \"$@\""), EXECDECK, "serve", "--address", "127.0.0.1:0", "--data"])
            .arg(folder)
            .env("USER", "ada")
            .env("EXECDECK_LOG", "error")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("the server says where it listens").unwrap();
        let address = line.strip_prefix("listening on http://").unwrap().to_owned();
        let base =
            variables.iter().find(|(name, _)| *name == "EXECDECK_SERVER_BASE_PATH").map_or_else(String::new, |(_, base)| (*base).into());
        Self { child, address, base, lines }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{}{path}", self.address, self.base)
    }

    pub async fn call(&self, function: &str, arguments: Value) -> (u16, Value) {
        let request = client().post(self.url(&format!("/api/{function}"))).json(&arguments);
        let response = within(request.send()).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub async fn create(&self, spec: Value) -> Process {
        let (status, process) = self.call("create_process", json!({ "spec": spec })).await;
        assert_eq!(status, 200, "{process}");
        serde_json::from_value(process).unwrap()
    }

    pub async fn sh(&self, script: &str) -> Process {
        self.create(json!({ "program": "sh", "args": ["-c", script] })).await
    }

    pub async fn ended(&self, id: uuid::Uuid) -> Process {
        let mut viewer = Viewer::open(self, id, "from=tail").await;
        while viewer.next().await.is_some() {}
        let (_, process) = self.call("get_process", json!({ "id": id })).await;
        serde_json::from_value(process).unwrap()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub async fn server() -> (Server, TempFolder) {
    let folder = TempFolder::new();
    (Server::start(folder.path()), folder)
}

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A viewer that acknowledges what it takes in and checks that every byte comes once and in order.
pub struct Viewer {
    pub socket: Socket,
    pub next: Option<u64>,
    pub hash: Sha256,
    pub gaps: Vec<(u64, u64, GapReason)>,
    pub process: Option<Process>,
    pub screen: Option<(u64, TerminalSize, Vec<u8>)>,
    pub streams: Vec<Stream>,
    pub viewers: Option<Viewers>,
    pub end: Option<u64>,
    pub close: Option<u16>,
}

impl Viewer {
    pub async fn open(server: &Server, id: impl std::fmt::Display, query: &str) -> Self {
        Self::open_with(server, id, query, &[("authorization", &format!("Bearer {}", ada().token))]).await
    }

    /// Opens one with these headers, as whoever they belong to.
    pub async fn open_with(server: &Server, id: impl std::fmt::Display, query: &str, headers: &[(&'static str, &str)]) -> Self {
        Self::open_at(&format!("{}{}", server.address, server.base), id, query, headers).await
    }

    /// Opens one below an address and a path, such as `127.0.0.1:8080/deck`.
    pub async fn open_at(below: &str, id: impl std::fmt::Display, query: &str, headers: &[(&'static str, &str)]) -> Self {
        let mut request = format!("ws://{below}/api/processes/{id}/stream?{query}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        request.headers_mut().insert("sec-websocket-protocol", "execdeck.v1".parse().unwrap());
        let (socket, response) = within(tokio_tungstenite::connect_async(request)).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "execdeck.v1");
        Self {
            socket,
            next: None,
            hash: Sha256::new(),
            gaps: vec![],
            process: None,
            screen: None,
            streams: vec![],
            viewers: None,
            end: None,
            close: None,
        }
    }

    pub async fn send(&mut self, message: ClientMessage) {
        let text = serde_json::to_string(&message).unwrap();
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub async fn write(&mut self, input: &[u8]) {
        self.socket.send(Message::binary(input.to_vec())).await.unwrap();
    }

    /// Takes in one message and returns the output in it; `None` after the close.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        let output = self.next_unacknowledged().await?;
        if let (Some(offset), false) = (self.next, output.is_empty()) {
            let text = serde_json::to_string(&ClientMessage::Ack { offset }).unwrap();
            // The server may have closed after its last frame.
            let _ = self.socket.send(Message::text(text)).await;
        }
        Some(output)
    }

    pub async fn next_unacknowledged(&mut self) -> Option<Vec<u8>> {
        let message = match within(self.socket.next()).await? {
            Ok(Message::Binary(bytes)) => bytes,
            Ok(Message::Close(frame)) => {
                self.close = frame.map(|frame| frame.code.into());
                return None;
            }
            Ok(_) => return Some(vec![]),
            Err(error) => panic!("{error}"),
        };
        match Frame::decode(&message).unwrap() {
            Frame::Output(stream, offset, bytes) => {
                assert_eq!(*self.next.get_or_insert(offset), offset, "every byte once and in order");
                assert!(self.end.is_none(), "nothing follows the end");
                self.next = Some(offset + bytes.len() as u64);
                self.hash.update(bytes);
                if self.streams.last() != Some(&stream) {
                    self.streams.push(stream);
                }
                return Some(bytes.to_vec());
            }
            Frame::Gap(from, to, reason) => {
                assert_eq!(*self.next.get_or_insert(from), from, "a gap begins where the output stopped");
                self.next = Some(to);
                self.gaps.push((from, to, reason));
            }
            Frame::Process(process) => self.process = Some(*process),
            Frame::Screen(offset, size, bytes) => {
                assert!(self.next.is_none() && self.process.is_some(), "the screen comes first, after the process");
                self.next = Some(offset);
                self.screen = Some((offset, size, bytes.to_vec()));
            }
            Frame::End(offset) => self.end = Some(offset),
            Frame::Viewers(json) => self.viewers = Some(serde_json::from_str(json).unwrap()),
        }
        Some(vec![])
    }

    pub async fn read_to_end(mut self) -> Self {
        while self.next().await.is_some() {}
        self
    }

    pub fn digest(self) -> String {
        format!("{:x}", self.hash.finalize())
    }
}
