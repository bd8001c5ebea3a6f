//! An `execdeck serve` in an empty folder, and a viewer that keeps the stream's rules.

use execdeck_wire::{ClientMessage, Frame, Process};
use futures_util::{SinkExt, StreamExt};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest, handshake::client::Request, protocol::WebSocketConfig},
};

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct Execdeck {
    pub child: Child,
    pub folder: PathBuf,
    pub address: String,
    variables: Vec<(String, String)>,
    http: reqwest::Client,
    token: String,
}

/// Starts a program and reads the address from its first line.
pub fn start(command: &mut Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
    let line = lines.next().expect("the server says where it listens").expect("as text");
    // Reads on, so that the server never waits for us.
    std::thread::spawn(move || lines.for_each(drop));
    (child, line.rsplit('/').next().expect("an address").to_owned())
}

const EXECDECK: &str = env!("CARGO_BIN_EXE_execdeck");

fn serve(folder: &Path, variables: &[(String, String)]) -> (Child, String) {
    let mut command = Command::new(EXECDECK);
    command.args(["serve", "--address", "127.0.0.1:0", "--data"]).arg(folder);
    command.env("EXECDECK_LOG", "error").env("EXECDECK_OUTPUT_BYTES_PER_PROCESS", (4_u64 << 30).to_string());
    // All of it is one person, who asks as fast as the server answers.
    command.env("EXECDECK_LIMITS_REQUESTS_PER_SECOND", "1000000").env("EXECDECK_LIMITS_REQUEST_BURST", "1000000");
    start(command.envs(variables.iter().map(|(name, value)| (name, value))))
}

impl Execdeck {
    pub fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("execdeck-bench-{}", uuid::Uuid::now_v7()));
        Self::start_in(&folder)
    }

    pub fn start_in(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// Starts one that is configured by these variables.
    pub fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let token = create_account(EXECDECK, folder);
        let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (child, address) = serve(folder, &variables);
        let headers = [(AUTHORIZATION, format!("Bearer {token}").parse().expect("a token is ASCII"))].into_iter().collect();
        let http = reqwest::Client::builder().default_headers(headers).build().expect("a client");
        Self { child, folder: folder.to_owned(), address, variables, http, token }
    }

    /// Kills the server and starts another one in its folder. Returns how long it took from the start to the first list.
    pub async fn start_again(&mut self) -> Duration {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has ended");
        let begin = Instant::now();
        (self.child, self.address) = serve(&self.folder, &self.variables);
        self.call("list_processes", json!({})).await;
        begin.elapsed()
    }

    pub async fn call(&self, function: &str, arguments: Value) -> Value {
        let request = self.http.post(format!("http://{}/api/{function}", self.address)).json(&arguments);
        let response = request.send().await.expect("the server answers");
        response.json().await.expect("in JSON")
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("http://{}{path}", self.address)).send().await.expect("the server answers")
    }

    pub async fn create(&self, spec: Value) -> Process {
        let process = self.call("create_process", json!({ "spec": spec })).await;
        serde_json::from_value(process.clone()).unwrap_or_else(|error| panic!("{error}: {process}"))
    }

    /// Opens a viewer; may run as a task of its own.
    pub fn view(&self, process: &Process, query: &str) -> impl Future<Output = Socket> + Send + use<> {
        let (token, address) = (self.token.clone(), format!("ws://{}/api/processes/{}/stream?{query}", self.address, process.id));
        async move { connect_as(&token, &address).await }
    }

    pub async fn remove(&self, process: &Process) {
        self.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
        read_to_end(self.view(process, "from=tail").await).await;
        self.call("remove_process", json!({ "id": process.id })).await;
    }
}

impl Drop for Execdeck {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Opens a socket of the bare server, which knows no people.
pub async fn connect(address: &str) -> Socket {
    open(address.into_client_request().expect("an address")).await
}

async fn connect_as(token: &str, address: &str) -> Socket {
    let mut request = address.into_client_request().expect("an address");
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().expect("a token is ASCII"));
    open(request).await
}

async fn open(request: Request) -> Socket {
    let config = WebSocketConfig::default().read_buffer_size(128 << 10);
    let connected = tokio_tungstenite::connect_async_with_config(request, Some(config), true).await;
    connected.expect("the socket opens").0
}

/// Creates an administrator, if the folder has none yet, and a token of theirs.
fn create_account(execdeck: &str, folder: &Path) -> String {
    let run = |args: &[&str]| {
        let mut command = Command::new(execdeck);
        let mut child =
            command.args(args).arg("--data").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("execdeck runs");
        child.stdin.take().expect("stdin is a pipe").write_all(b"correct horse battery staple").expect("it reads the password");
        String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("text")
    };
    if !folder.join("deck.db").exists() {
        run(&["user", "add", "bench", "--role", "admin"]);
    }
    run(&["token", "add", "bench", "--label", "bench"]).trim().to_owned()
}

/// Takes in everything, acknowledging it, and returns how many bytes of output that was.
pub async fn read_to_end(mut socket: Socket) -> u64 {
    let mut bytes = 0;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(frame) = message else { continue };
        if let Ok(Frame::Output(_, offset, output)) = Frame::decode(&frame) {
            bytes += output.len() as u64;
            acknowledge(&mut socket, offset + output.len() as u64).await;
        }
    }
    bytes
}

pub async fn acknowledge(socket: &mut Socket, offset: u64) {
    let text = serde_json::to_string(&ClientMessage::Ack { offset }).expect("valid JSON");
    let _ = socket.send(Message::text(text)).await;
}
