//! What the tests share: an engine of their own in a folder that goes when they end.

pub mod disks;

use execdeck_engine::{Chunk, Engine, EngineConfig, Error};
use execdeck_wire::{Process, ProcessSpec, Stream};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use uuid::Uuid;

/// A condition that has not come about by then never will.
pub const DEADLINE: Duration = Duration::from_mins(1);

pub const KEEPER: &str = env!("CARGO_BIN_EXE_execdeck-keep");

pub struct TempFolder(PathBuf);

impl TempFolder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("execdeck-test-{}", Uuid::now_v7()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Copies a program to run. Another process does it: if this one had the copy open to write, a child that another test is
/// starting could have it open, too, and the copy could not be run yet (`ETXTBSY`).
pub fn copy_program(from: impl AsRef<Path>, to: &Path) {
    assert!(Command::new("cp").arg(from.as_ref()).arg(to).status().unwrap().success());
}

pub struct TestEngine {
    pub engine: Engine,
    pub folder: TempFolder,
}

pub fn config(folder: &Path) -> EngineConfig {
    EngineConfig { keeper: KEEPER.into(), ..EngineConfig::new(folder) }
}

/// The name under which the tests start processes.
pub const ME: &str = "tester";

pub fn spec(words: &[&str]) -> ProcessSpec {
    ProcessSpec { program: words[0].into(), args: words[1..].iter().map(|word| (*word).to_owned()).collect(), ..ProcessSpec::default() }
}

pub fn sh(script: &str) -> ProcessSpec {
    spec(&["sh", "-c", script])
}

impl TestEngine {
    pub async fn new() -> Self {
        let folder = TempFolder::new();
        Self { engine: Engine::open(config(folder.path())).await.unwrap(), folder }
    }

    pub async fn start(&self, spec: ProcessSpec) -> Process {
        self.engine.create(ME, spec).await.unwrap()
    }

    pub async fn run(&self, spec: ProcessSpec) -> (Process, Vec<u8>) {
        let process = self.start(spec).await;
        let ended = within(self.engine.wait(process.id)).await.unwrap();
        let output = read_output(&self.engine, process.id).await;
        (ended, output)
    }

    pub async fn output_contains(&self, process: &Process, text: &str) {
        eventually(async || {
            let output = read_output(&self.engine, process.id).await;
            String::from_utf8_lossy(&output).contains(text)
        })
        .await;
    }
}

/// All output that is there now, without its gaps.
pub async fn read_output(engine: &Engine, id: Uuid) -> Vec<u8> {
    read_streams(engine, id, |_| true).await
}

/// The output of one stream.
pub async fn read_stream(engine: &Engine, id: Uuid, wanted: Stream) -> Vec<u8> {
    read_streams(engine, id, |stream| stream == wanted).await
}

async fn read_streams(engine: &Engine, id: Uuid, wanted: impl Fn(Stream) -> bool) -> Vec<u8> {
    let mut viewer = engine.view(id).await.unwrap();
    let end = viewer.extent().range.end;
    let (mut output, mut buffer) = (Vec::new(), vec![0; 256 << 10]);
    while let Some(chunk) = viewer.read_before(end, &mut buffer).await.unwrap() {
        if let Chunk::Output { stream, length, .. } = chunk
            && wanted(stream)
        {
            output.extend_from_slice(&buffer[..length]);
        }
    }
    output
}

/// Opens the engine of a folder that another one is just leaving.
pub async fn reopen(folder: &TempFolder) -> Engine {
    reopen_with(|| config(folder.path())).await
}

/// The same with a configuration.
pub async fn reopen_with(config: impl Fn() -> EngineConfig) -> Engine {
    // A child of another test that has not come to its exec yet may hold the lock's descriptor for a moment.
    within(async {
        loop {
            match Engine::open(config()).await {
                Err(Error::InUse(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
                opened => break opened.unwrap(),
            }
        }
    })
    .await
}

/// The history in this folder.
pub fn database(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("execdeck.db")).unwrap();
    connection.busy_timeout(DEADLINE).unwrap();
    connection
}

/// Drops an engine and waits until it has let go of its database, whose write-ahead log is then empty.
pub async fn close(engine: Engine, folder: &TempFolder) {
    drop(engine);
    let name = folder.path().join("execdeck.db").display().to_string();
    let links = || std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    eventually(async || !links().any(|path| path.display().to_string().starts_with(&name))).await;
    // A connection that closes while another one reads leaves the log behind.
    database(folder.path()).query_row("SELECT count(*) FROM processes", [], |row| row.get::<_, i64>(0)).unwrap();
    assert!(!folder.path().join("execdeck.db-wal").exists());
}

pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.expect("it never happened")
}

pub async fn eventually(condition: impl AsyncFn() -> bool) {
    within(async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// The keeper of a running process: its parent, field 4 of `/proc/<pid>/stat`.
pub fn keeper_of(process: &Process) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid.unwrap())).unwrap();
    stat.rsplit(") ").next().unwrap().split(' ').nth(1).unwrap().parse().unwrap()
}

/// Sends a signal by its name or number, such as `-KILL`, to a process that is there.
pub fn signal(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

/// Set in a test that [`run_again`] runs.
pub const AGAIN: &str = "EXECDECK_TEST_AGAIN";

/// Runs one test of this program again with a command that starts the program: with limits or an environment of its own.
pub fn run_again(command: &mut Command, name: &str) {
    let run = command.args(["--exact", name]).env(AGAIN, "1").output().unwrap();
    let output = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && output.contains("1 passed"), "{output}");
}

pub fn is_run_again() -> bool {
    std::env::var_os(AGAIN).is_some()
}

/// This program.
pub fn this_program() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

/// Command lines of the running processes that hold the text.
pub fn running(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(line) = std::fs::read(entry.path().join("cmdline")) else { continue };
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(text) {
            found.push(line);
        }
    }
    found
}
