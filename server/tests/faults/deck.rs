//! A server that can be killed and started again at the same address, and its client, which is not put off by that.

use crate::common::{EXECDECK, TempFolder, within};
use execdeck_client::{Client, ClientError};
use execdeck_wire::{Process, ProcessFilter, ProcessSpec, StateFilter};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};
use uuid::Uuid;

/// The pause before a server that is down is asked again.
const PAUSE: Duration = Duration::from_millis(20);

/// An account with a token: made once, and copied into the folder of each server.
struct Account {
    token: String,
    files: Vec<(&'static str, Vec<u8>)>,
}

fn account() -> &'static Account {
    static ACCOUNT: OnceLock<Account> = OnceLock::new();
    ACCOUNT.get_or_init(|| {
        let folder = TempFolder::new();
        command(folder.path(), &["user", "add", "ada", "--role", "admin"], "correct horse battery staple");
        let token = command(folder.path(), &["token", "add", "ada", "--label", "tests"], "").trim().to_owned();
        let files = ["deck.db", "audit.head"].map(|name| (name, std::fs::read(folder.path().join(name)).unwrap()));
        Account { token, files: files.into() }
    })
}

/// The program, without the variables that are meant for the tests.
fn execdeck() -> Command {
    let mut command = Command::new(EXECDECK);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"EXECDECK_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command on a data folder and returns what it prints.
pub fn command(folder: &Path, args: &[&str], input: &str) -> String {
    let mut child = execdeck().args(args).arg("--data").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A server on a data folder. It is killed when this is dropped; what its processes leave is for the test to stop.
pub struct Deck {
    data: PathBuf,
    address: String,
    server: Option<Child>,
}

impl Deck {
    /// Starts the first server of a data folder, which must exist.
    pub fn start(data: &Path) -> Self {
        for (name, bytes) in &account().files {
            std::fs::write(data.join(name), bytes).unwrap();
        }
        let mut deck = Self { data: data.to_owned(), address: "127.0.0.1:0".into(), server: None };
        deck.serve();
        deck
    }

    /// Starts a server and waits until it listens.
    pub fn serve(&mut self) {
        let mut child = self.spawn();
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next();
        let line = line.expect("the server says where it listens").unwrap();
        line.strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line}")).clone_into(&mut self.address);
        self.server = Some(child);
    }

    /// Starts a server without waiting for it.
    pub fn begin(&mut self) {
        self.server = Some(self.spawn());
    }

    fn spawn(&self) -> Child {
        let mut command = execdeck();
        command.args(["serve", "--address", &self.address, "--data"]).arg(&self.data).env("USER", "ada").env("EXECDECK_LOG", "off");
        // One person does all of this.
        command.env("EXECDECK_LIMITS_REQUESTS_PER_SECOND", "0").env("EXECDECK_LIMITS_PROCESSES", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Kills the server with KILL: whatever it was doing, it does no more.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Tells the server to stop, and waits until it has.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let pid = rustix::process::Pid::from_child(&server);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            assert!(server.wait().unwrap().success());
        }
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.server.as_ref().expect("a server runs").id()
    }

    /// Signed in as an administrator.
    pub fn client(&self) -> Client {
        self.client_with(&account().token)
    }

    pub fn client_with(&self, token: &str) -> Client {
        let client = Client::builder(&format!("http://{}", self.address), token);
        client.timeout(Duration::from_secs(10)).build().unwrap()
    }
}

impl Drop for Deck {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks until there is an answer, whatever happens to the server meanwhile.
pub async fn persist<T>(ask: impl AsyncFn() -> Result<T, ClientError>) -> Result<T, ClientError> {
    within(async {
        loop {
            match ask().await {
                Err(error) if error.is_temporary() => tokio::time::sleep(PAUSE).await,
                answer => return answer,
            }
        }
    })
    .await
}

/// All processes in this state.
pub async fn all(client: &Client, state: Option<StateFilter>) -> Vec<Process> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let filter = ProcessFilter { state, before, limit: Some(200), ..ProcessFilter::default() };
        let page = persist(async || client.list_processes(&filter).await).await.unwrap();
        found.extend(page.processes);
        before = page.next;
        if before.is_none() {
            return found;
        }
    }
}

/// Waits until a process has ended.
pub async fn ended(client: &Client, id: Uuid) -> Process {
    within(async {
        loop {
            let process = persist(async || client.get_process(id).await).await.unwrap();
            if !process.state.is_active() {
                return process;
            }
            tokio::time::sleep(PAUSE).await;
        }
    })
    .await
}

/// Starts a process, once or, if an answer is lost, more than once.
pub async fn create(client: &Client, spec: &ProcessSpec) -> Process {
    persist(async || client.create_process(spec).await).await.unwrap()
}
