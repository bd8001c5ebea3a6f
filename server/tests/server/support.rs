//! A server on a free port, and a viewer that keeps the stream's rules.

use crate::common::{EXECDECK, TempFolder, within};
use execdeck_wire::{ClientMessage, Frame, GapReason, Process, Stream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
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
        let request = reqwest::Client::new().post(self.url(&format!("/api/{function}"))).json(&arguments);
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
    pub streams: Vec<Stream>,
    pub end: Option<u64>,
    pub close: Option<u16>,
}

impl Viewer {
    pub async fn open(server: &Server, id: impl std::fmt::Display, query: &str) -> Self {
        let mut request =
            format!("ws://{}{}/api/processes/{id}/stream?{query}", server.address, server.base).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "execdeck.v1".parse().unwrap());
        let (socket, response) = within(tokio_tungstenite::connect_async(request)).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "execdeck.v1");
        Self { socket, next: None, hash: Sha256::new(), gaps: vec![], process: None, streams: vec![], end: None, close: None }
    }

    pub async fn send(&mut self, message: ClientMessage) {
        let text = serde_json::to_string(&message).unwrap();
        self.socket.send(Message::text(text)).await.unwrap();
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
            Frame::End(offset) => self.end = Some(offset),
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
