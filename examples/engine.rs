//! The engine alone, without a server: runs a command, prints its output while it runs, and says how it ended.
//!
//! ```sh
//! cargo run --package execdeck-engine --example engine -- ping -c 3 localhost
//! ```

use execdeck_engine::{
    Chunk, Engine, EngineConfig, keep_if_asked,
    wire::{ProcessSpec, Stream},
};
use std::{
    env,
    error::Error,
    io::{self, Write},
};

fn main() -> Result<(), Box<dyn Error>> {
    // Each process is kept by a process of its own, which is this program again. Before anything else, so that it stays small.
    keep_if_asked();
    tokio::runtime::Runtime::new()?.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut command = env::args().skip(1);
    let spec = match command.next() {
        Some(program) => ProcessSpec::new(program, command),
        None => ProcessSpec::new("sh", ["-c", "for i in 1 2 3; do echo $i; sleep 0.5; done; echo done >&2; exit 7"]),
    };

    // History and output stay in this folder, and so does a process that outlives this program: whoever opens the folder
    // next finds it running.
    let folder = env::temp_dir().join("execdeck-example");
    let engine = Engine::open(EngineConfig::new(&folder)).await?;
    let process = engine.create("example", spec).await?;
    println!("{} is {}, with pid {}", process.name, process.state.as_str(), process.pid.unwrap_or_default());

    // A viewer reads at its own pace, from any offset, and never holds up the process.
    let mut viewer = engine.view(process.id).await?;
    let mut buffer = vec![0; 64 << 10];
    while let Some(chunk) = viewer.read_next(&mut buffer).await? {
        match chunk {
            Chunk::Output { stream: Stream::Stderr, length, .. } => io::stderr().write_all(&buffer[..length])?,
            Chunk::Output { length, .. } => io::stdout().write_all(&buffer[..length])?,
            Chunk::Gap { from, to, .. } => eprintln!("(bytes {from} to {to} are missing)"),
        }
    }

    let ended = engine.wait(process.id).await?;
    println!("{} is {}: {:?}, after {} ms", ended.name, ended.state.as_str(), ended.exit, ended.duration_ms.unwrap_or_default());
    Ok(())
}
