//! The output of ended processes is compressed, and nobody notices.

use crate::common::{
    TempFolder, TestEngine, close, config,
    disks::{may_mount, mount_memory},
    eventually, read_output, reopen_with, sh, within,
};
use execdeck_engine::{Chunk, Engine, EngineConfig, check};
use execdeck_wire::{GapReason, Process};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

fn compressing(folder: &Path) -> EngineConfig {
    EngineConfig { compress_after: Some(Duration::ZERO), ..config(folder) }
}

async fn compressing_engine() -> TestEngine {
    let folder = TempFolder::new();
    TestEngine { engine: Engine::open(compressing(folder.path())).await.unwrap(), folder }
}

fn output(folder: &TempFolder, process: &Process) -> PathBuf {
    folder.path().join("processes").join(process.id.to_string()).join("output")
}

fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_str().unwrap().ends_with(suffix)).collect()
}

/// What a check says.
fn findings(folder: &TempFolder) -> Vec<String> {
    check(folder.path()).unwrap().findings.iter().map(ToString::to_string).collect()
}

/// Numbers, one a line, in about six segments.
const NUMBERS: &str = "seq 300000";
const LAST: u32 = 300_000;

fn numbers() -> Vec<u8> {
    (1..=LAST).flat_map(|number| format!("{number}\n").into_bytes()).collect()
}

async fn run_numbers(engine: &Engine) -> Process {
    let mut spec = sh(NUMBERS);
    spec.limits.output_bytes = 4 << 20;
    let process = engine.create(crate::common::ME, spec).await.unwrap();
    within(engine.wait(process.id)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn output_is_compressed_after_the_end_while_it_is_read_and_looks_the_same_after_a_restart() {
    let test = compressing_engine().await;
    let process = run_numbers(&test.engine).await;
    let path = output(&test.folder, &process);
    // This one reads at its own pace, over the moment of each replacement.
    let mut viewer = test.engine.view(process.id).await.unwrap();
    let (mut read, mut buffer) = (Vec::new(), vec![0; 5000]);
    while let Some(chunk) = viewer.read(&mut buffer).await.unwrap() {
        let Chunk::Output { length, offset, .. } = chunk else { panic!("{chunk:?}") };
        assert_eq!(offset, read.len() as u64);
        read.extend_from_slice(&buffer[..length]);
        if read.len() > 1 << 20 && !files(&path, ".log").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert!(read == numbers());
    eventually(async || files(&path, ".log").is_empty() && !files(&path, ".log.zst").is_empty()).await;
    assert!(read_output(&test.engine, process.id).await == numbers());
    eventually(async || test.engine.disk().await.unwrap().output_bytes < read.len() as u64 / 3).await;

    let mut viewer = test.engine.view(process.id).await.unwrap();
    viewer.seek(1_234_567);
    let Some(Chunk::Output { offset: 1_234_567, length, .. }) = viewer.read(&mut buffer).await.unwrap() else { panic!("no output") };
    assert!(buffer[..length] == read[1_234_567..1_234_567 + length]);

    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    let engine = reopen_with(|| compressing(folder.path())).await;
    assert_eq!(engine.get(process.id).await.unwrap().output, process.output);
    assert!(read_output(&engine, process.id).await == numbers());
    close(engine, &folder).await;
    assert_eq!(findings(&folder), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_kill_left_half_done_is_finished_by_the_next_server() {
    let folder = TempFolder::new();
    let engine = Engine::open(EngineConfig { compress_after: None, ..config(folder.path()) }).await.unwrap();
    let process = run_numbers(&engine).await;
    let path = output(&folder, &process);
    let [log, other, ..] = &files(&path, ".log")[..] else { panic!("one segment") };
    fs::write(log.with_extension("log.zst.new"), b"cut short").unwrap();
    fs::write(other.with_extension("log.zst"), b"").unwrap();
    assert!(read_output(&engine, process.id).await == numbers());
    close(engine, &folder).await;
    let engine = reopen_with(|| compressing(folder.path())).await;
    eventually(async || files(&path, ".log").is_empty() && files(&path, ".new").is_empty()).await;
    assert!(read_output(&engine, process.id).await == numbers());
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_a_compressed_segment_is_a_gap_that_says_so() {
    let test = compressing_engine().await;
    let process = run_numbers(&test.engine).await;
    let path = output(&test.folder, &process);
    eventually(async || files(&path, ".log").is_empty()).await;
    let mut logs = files(&path, ".log.zst");
    logs.sort();
    let mut bytes = fs::read(&logs[0]).unwrap();
    bytes[1000] ^= 0xff;
    fs::write(&logs[0], bytes).unwrap();
    let found = findings(&test.folder);
    assert!(matches!(&found[..], [finding] if finding.contains("the bytes 0 to 262144 are damaged")), "{found:?}");
    let mut viewer = test.engine.view(process.id).await.unwrap();
    let (mut gaps, mut found, mut buffer) = (Vec::new(), 0, vec![0; 256 << 10]);
    while let Some(chunk) = viewer.read(&mut buffer).await.unwrap() {
        match chunk {
            Chunk::Output { length, .. } => found += length as u64,
            Chunk::Gap { from, to, reason } => gaps.push((from, to, reason)),
        }
    }
    assert_eq!(gaps, [(0, 256 << 10, GapReason::Damaged)]);
    assert_eq!(found + (256 << 10), process.output.end);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_lost_and_compressing_is_tried_again() {
    if !may_mount("compression::on_a_full_disk_nothing_is_lost_and_compressing_is_tried_again") {
        return;
    }
    let folder = TempFolder::new();
    let engine = Engine::open(EngineConfig { compress_after: None, ..config(folder.path()) }).await.unwrap();
    let processes = folder.path().join("processes");
    mount_memory(&processes, 4);
    let process = run_numbers(&engine).await;
    let path = output(&folder, &process);
    eventually(async || !path.with_file_name("keeper.sock").exists()).await;
    close(engine, &folder).await;
    let filler = processes.join("filler");
    // As much as there is room for.
    fs::write(&filler, vec![1; 4 << 20]).unwrap_err();
    let engine = reopen_with(|| compressing(folder.path())).await;
    // A file that could not be written has come and gone, twice.
    for _ in 0..2 {
        let changed = fs::metadata(&path).unwrap().modified().unwrap();
        eventually(async || fs::metadata(&path).unwrap().modified().unwrap() > changed).await;
    }
    eventually(async || files(&path, ".new").is_empty()).await;
    assert!(files(&path, ".zst").is_empty() && files(&path, ".new").is_empty());
    assert!(read_output(&engine, process.id).await == numbers());
    fs::remove_file(filler).unwrap();
    eventually(async || files(&path, ".log").is_empty()).await;
    assert!(read_output(&engine, process.id).await == numbers());
}
