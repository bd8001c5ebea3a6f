//! What is kept of ended processes, and what the janitor removes.

use crate::common::{TempFolder, TestEngine, close, config, database, eventually, read_output, reopen_with, sh, spec, within};
use execdeck_engine::{Engine, EngineConfig, Error, Event, Keep};
use execdeck_wire::{Process, ProcessFilter};
use std::{fs, path::Path, time::Duration};

const NO_LIMIT: Keep = Keep { age: None, processes: None, bytes: None };

fn keeping(folder: &Path, keep: Keep) -> EngineConfig {
    EngineConfig { keep, ..config(folder) }
}

async fn engine_keeping(keep: Keep) -> TestEngine {
    let folder = TempFolder::new();
    TestEngine { engine: Engine::open(keeping(folder.path(), keep)).await.unwrap(), folder }
}

async fn listed(engine: &Engine) -> Vec<String> {
    let page = engine.list(ProcessFilter::default()).await.unwrap();
    page.processes.into_iter().map(|process| process.name).collect()
}

/// The folders of processes, also those that are set aside.
fn folders(folder: &TempFolder) -> usize {
    fs::read_dir(folder.path().join("processes")).unwrap().count()
}

async fn run_named(engine: &Engine, name: &str, script: &str) -> Process {
    let mut spec = sh(script);
    spec.name = Some(name.into());
    let process = engine.create(crate::common::ME, spec).await.unwrap();
    within(engine.wait(process.id)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn more_processes_than_are_kept_go_the_first_that_ended_first_and_what_runs_stays() {
    let test = engine_keeping(Keep { processes: Some(2), ..NO_LIMIT }).await;
    let mut running = spec(&["cat"]);
    running.stdin = true;
    let running = test.start(running).await;
    let mut events = test.engine.events();
    let mut removed = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        run_named(&test.engine, name, "true").await;
    }
    while removed.len() < 3 {
        if let Event::Removed(process) = within(events.recv()).await.unwrap() {
            removed.push(process.name.clone());
        }
    }
    assert_eq!(removed, ["a", "b", "c"]);
    assert_eq!(listed(&test.engine).await, ["e", "d", "cat"]);
    eventually(async || folders(&test.folder) == 3).await;
    test.engine.write_input(running.id, b"still there\n").await.unwrap();
    test.output_contains(&running, "still there").await;
    test.engine.close_input(running.id).await.unwrap();
    within(test.engine.wait(running.id)).await.unwrap();
    // It began before the others and ended after them.
    eventually(async || listed(&test.engine).await == ["e", "cat"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_bytes_than_are_kept_go_and_disk_use_tells_what_is_left() {
    let test = engine_keeping(Keep { bytes: Some(800_000), ..NO_LIMIT }).await;
    for name in ["a", "b", "c"] {
        run_named(&test.engine, name, "head -c 300000 /dev/zero").await;
        eventually(async || test.engine.disk().await.unwrap().output_bytes >= 300_000).await;
    }
    eventually(async || listed(&test.engine).await == ["c", "b"]).await;
    eventually(async || (600_000..=800_000).contains(&test.engine.disk().await.unwrap().output_bytes)).await;
    for process in test.engine.list(ProcessFilter::default()).await.unwrap().processes {
        test.engine.remove(process.id).await.unwrap();
    }
    assert_eq!(test.engine.disk().await.unwrap().output_bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_too_long_ago_goes_once_the_clock_is_trusted() {
    let test = engine_keeping(NO_LIMIT).await;
    let old = run_named(&test.engine, "old", "true").await;
    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    let database = database(folder.path());
    database.execute("UPDATE processes SET ended_at = ended_at - 86400000000 WHERE id = ?", [old.id.to_string()]).unwrap();
    let day = Keep { age: Some(Duration::from_hours(24)), ..NO_LIMIT };
    let engine = reopen_with(|| keeping(folder.path(), day)).await;
    // Each is measured in a round of the janitor's, at the end of which it removes.
    for name in ["first", "second"] {
        let id = run_named(&engine, name, "true").await.id.to_string();
        let sql = "SELECT disk_bytes IS NOT NULL FROM processes WHERE id = ?";
        eventually(async || database.query_row(sql, [&id], |row| row.get::<_, bool>(0)).unwrap()).await;
    }
    assert_eq!(listed(&engine).await, ["second", "first", "old"]);
    drop(engine);
    let settled = Some(Duration::ZERO);
    let engine = reopen_with(|| EngineConfig { clock_settles: settled, ..keeping(folder.path(), day) }).await;
    eventually(async || listed(&engine).await == ["second", "first"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_read_stays_until_it_was_read() {
    let folder = TempFolder::new();
    let engine = Engine::open(keeping(folder.path(), NO_LIMIT)).await.unwrap();
    let mut ids = Vec::new();
    for name in ["watched", "read", "unwatched"] {
        ids.push(run_named(&engine, name, "head -c 100000 /dev/zero").await.id);
    }
    close(engine, &folder).await;
    let keep = Keep { processes: Some(0), ..NO_LIMIT };
    let engine = reopen_with(|| keeping(folder.path(), keep)).await;
    let mut watching = engine.view(ids[0]).await.unwrap();
    let mut read = engine.view(ids[1]).await.unwrap();
    let mut buffer = vec![0; 256 << 10];
    while read.read(&mut buffer).await.unwrap().is_some() {}
    eventually(async || listed(&engine).await == ["watched"]).await;
    let mut found = 0;
    while let Some(chunk) = watching.read(&mut buffer[..10_000]).await.unwrap() {
        let execdeck_engine::Chunk::Output { length, .. } = chunk else { panic!("{chunk:?}") };
        found += length;
    }
    assert_eq!(found, 100_000);
    // It is open still, and has nothing left to read.
    eventually(async || listed(&engine).await.is_empty()).await;
    drop(watching);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_of_a_process_that_was_removed_finds_a_gap_and_no_error() {
    let test = TestEngine::new().await;
    let process = run_named(&test.engine, "gone", "head -c 100000 /dev/zero").await;
    let mut viewer = test.engine.view(process.id).await.unwrap();
    test.engine.remove(process.id).await.unwrap();
    let gap = viewer.read(&mut [0; 100]).await.unwrap();
    let reason = execdeck_wire::GapReason::Retention;
    assert_eq!(gap, Some(execdeck_engine::Chunk::Gap { from: 0, to: 100_000, reason }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_cannot_be_removed_goes_later_and_nothing_goes_in_its_place() {
    let folder = TempFolder::new();
    let engine = Engine::open(keeping(folder.path(), NO_LIMIT)).await.unwrap();
    let stuck = run_named(&engine, "stuck", "echo stuck").await;
    run_named(&engine, "second", "true").await;
    run_named(&engine, "third", "true").await;
    close(engine, &folder).await;
    // Where the folder would be set aside there is something that cannot be replaced.
    let in_the_way = folder.path().join("processes").join(format!("{}.removed", stuck.id));
    fs::create_dir_all(in_the_way.join("full")).unwrap();
    let engine = reopen_with(|| keeping(folder.path(), Keep { processes: Some(1), ..NO_LIMIT })).await;
    eventually(async || listed(&engine).await == ["third", "stuck"]).await;
    assert_eq!(read_output(&engine, stuck.id).await, b"stuck\n");
    fs::remove_dir_all(&in_the_way).unwrap();
    // Which takes a while, in which "third" could have gone.
    eventually(async || listed(&engine).await == ["third"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_in_the_middle_the_next_server_goes_on() {
    let folder = TempFolder::new();
    let engine = Engine::open(keeping(folder.path(), NO_LIMIT)).await.unwrap();
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(run_named(&engine, name, "true").await.id);
    }
    close(engine, &folder).await;
    let processes = folder.path().join("processes");
    eventually(async || ids.iter().all(|id| !processes.join(id.to_string()).join("keeper.sock").exists())).await;
    // Killed after the row was removed, and before it was.
    for id in &ids[..2] {
        let path = processes.join(id.to_string());
        fs::rename(&path, path.with_extension("removed")).unwrap();
    }
    database(folder.path()).execute("DELETE FROM processes WHERE id = ?", [ids[0].to_string()]).unwrap();
    let engine = reopen_with(|| keeping(folder.path(), Keep { processes: Some(1), ..NO_LIMIT })).await;
    eventually(async || listed(&engine).await == ["d"] && folders(&folder) == 1).await;
    assert!(matches!(engine.get(ids[1]).await, Err(Error::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_measured_now_is_measured_later_and_holds_up_no_other() {
    let folder = TempFolder::new();
    let engine = Engine::open(keeping(folder.path(), NO_LIMIT)).await.unwrap();
    let [hidden, other] = [run_named(&engine, "hidden", "seq 10000").await, run_named(&engine, "other", "seq 10000").await];
    close(engine, &folder).await;
    let path = folder.path().join("processes").join(hidden.id.to_string());
    eventually(async || !path.join("keeper.sock").exists()).await;
    let database = database(folder.path());
    database.execute("UPDATE processes SET disk_bytes = NULL", []).unwrap();
    let bytes = |process: &Process| {
        let sql = "SELECT disk_bytes FROM processes WHERE id = ?";
        database.query_row(sql, [process.id.to_string()], |row| row.get::<_, Option<i64>>(0)).unwrap()
    };
    // A file in its place, which cannot be listed.
    let aside = folder.path().join("aside");
    fs::rename(&path, &aside).unwrap();
    fs::write(&path, "").unwrap();
    let engine = reopen_with(|| keeping(folder.path(), NO_LIMIT)).await;
    eventually(async || bytes(&other).is_some()).await;
    assert_eq!(bytes(&hidden), None);
    fs::remove_file(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    eventually(async || bytes(&hidden) > Some(10_000)).await;
    drop(engine);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_of_an_earlier_version_is_measured_and_kept_within_its_limits() {
    let folder = TempFolder::new();
    fs::create_dir_all(folder.path().join("processes")).unwrap();
    database(folder.path()).execute_batch(include_str!("../fixtures/history-0.1.0.sql")).unwrap();
    let engine = Engine::open(keeping(folder.path(), Keep { processes: Some(1), ..NO_LIMIT })).await.unwrap();
    // "failing" ended after "nightly", or the other way round: the times are in the records.
    let sql = "SELECT process ->> '$.name', ended_at, disk_bytes IS NOT NULL,
        CAST(round(1e6 * unixepoch(process ->> '$.ended_at', 'subsec')) AS INTEGER) FROM processes";
    eventually(async || listed(&engine).await.len() == 1).await;
    let database = database(folder.path());
    eventually(async || database.query_row(sql, [], |row| row.get::<_, bool>(2)).unwrap()).await;
    let (at, expected) = database.query_row(sql, [], |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(3)?))).unwrap();
    assert!(at > 0 && at.abs_diff(expected) < 1000, "{at} {expected}");
}
