//! Disks that are full, which takes a small file system of the test's own.

use crate::{
    common::{
        TempFolder, TestEngine,
        disks::{may_mount, mount_memory},
        eventually, keeper_of, reopen, sh, signal, within,
    },
    output::read_now,
};
use execdeck_engine::{Engine, Error};
use execdeck_wire::{Exit, GapReason, ProblemCode, ProcessSpec, ProcessState};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Gives the processes of a data folder room for a megabyte.
fn mount_small(data: &TempFolder) -> PathBuf {
    let processes = data.path().join("processes");
    mount_memory(&processes, 1);
    processes
}

/// Drops an engine and waits until it has let go of its folder and its keepers.
async fn close(engine: Engine, data: &TempFolder) {
    drop(engine);
    eventually(async || fs::File::open(data.path().join("lock")).unwrap().try_lock().is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_makes_a_gap_and_never_a_hanging_process() {
    if !may_mount("full_disk::a_full_disk_makes_a_gap_and_never_a_hanging_process") {
        return;
    }
    let test = TestEngine::new().await;
    let processes = mount_small(&test.folder);
    let fill = "head -c 3000000 /dev/zero; echo; read go; echo after";
    let process = test.start(ProcessSpec { stdin: true, ..sh(fill) }).await;
    eventually(async || test.engine.get(process.id).await.unwrap().output.end == 3_000_001).await;
    // Room again: output goes on behind the gap.
    let first = processes.join(process.id.to_string()).join("output/00000000000000000000.log");
    std::fs::OpenOptions::new().write(true).open(first).unwrap().set_len(100_000).unwrap();
    test.engine.write_input(process.id, b"go\n").await.unwrap();
    let ended = within(test.engine.wait(process.id)).await;
    let (output, gaps) = read_now(&mut test.engine.view(process.id).await.unwrap()).await;
    assert_eq!(ended.unwrap().output.end, 3_000_007);
    assert!(output.last().unwrap().1.ends_with("after\n"));
    assert!(matches!(gaps[..], [(100_000, 3_000_001, GapReason::NotWritten)]), "{gaps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_nobody_hears_of_is_on_record_when_the_disk_has_room_again() {
    if !may_mount("full_disk::an_end_that_nobody_hears_of_is_on_record_when_the_disk_has_room_again") {
        return;
    }
    let TestEngine { engine, folder } = TestEngine::new().await;
    let processes = mount_small(&folder);
    let go = folder.path().join("go");
    let process = engine.create("tester", sh(&format!("until [ -e {} ]; do sleep 0.01; done; exit 7", go.display()))).await.unwrap();
    close(engine, &folder).await;
    let filler = processes.join("filler");
    let _ = fs::write(&filler, vec![0; 2 << 20]);
    fs::write(&go, "").unwrap();
    let files = processes.join(process.id.to_string());
    // The file that could not be written is what an attempt leaves behind.
    eventually(async || !Path::new(&format!("/proc/{}", process.pid.unwrap())).exists()).await;
    eventually(async || files.join("status.json.new").exists()).await;
    fs::remove_file(&filler).unwrap();
    eventually(async || fs::read_to_string(files.join("status.json")).unwrap().contains("exited")).await;
    eventually(async || !files.join("keeper.sock").exists()).await;
    let found = reopen(&folder).await.get(process.id).await.unwrap();
    assert_eq!((found.state, found.exit), (ProcessState::Exited, Some(Exit::Code(7))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_while_the_disk_is_full_hears_of_the_end() {
    if !may_mount("full_disk::a_server_that_comes_while_the_disk_is_full_hears_of_the_end") {
        return;
    }
    let TestEngine { engine, folder } = TestEngine::new().await;
    let processes = mount_small(&folder);
    let go = folder.path().join("go");
    let process = engine.create("tester", sh(&format!("until [ -e {} ]; do sleep 0.01; done; exit 7", go.display()))).await.unwrap();
    close(engine, &folder).await;
    let _ = fs::write(processes.join("filler"), vec![0; 2 << 20]);
    fs::write(&go, "").unwrap();
    eventually(async || processes.join(process.id.to_string()).join("status.json.new").exists()).await;
    let engine = reopen(&folder).await;
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(7))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_a_server_knows_is_on_record_when_the_disk_has_room_again() {
    if !may_mount("full_disk::an_end_that_a_server_knows_is_on_record_when_the_disk_has_room_again") {
        return;
    }
    let TestEngine { engine, folder } = TestEngine::new().await;
    let processes = mount_small(&folder);
    let go = folder.path().join("go");
    let process = engine.create("tester", sh(&format!("until [ -e {} ]; do sleep 0.01; done; exit 7", go.display()))).await.unwrap();
    let filler = processes.join("filler");
    let _ = fs::write(&filler, vec![0; 2 << 20]);
    fs::write(&go, "").unwrap();
    assert_eq!(within(engine.wait(process.id)).await.unwrap().exit, Some(Exit::Code(7)));
    let status = processes.join(process.id.to_string()).join("status.json");
    assert!(!fs::read_to_string(&status).unwrap().contains("exited"));
    fs::remove_file(&filler).unwrap();
    eventually(async || fs::read_to_string(&status).unwrap().contains("exited")).await;
    eventually(async || !status.with_file_name("keeper.sock").exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_makes_room_on_a_full_disk() {
    if !may_mount("full_disk::removing_makes_room_on_a_full_disk") {
        return;
    }
    let folder = TempFolder::new();
    mount_memory(folder.path(), 4);
    let engine = reopen(&folder).await;
    let process = engine.create("tester", sh("head -c 9000000 /dev/zero")).await.unwrap();
    eventually(async || engine.get(process.id).await.unwrap().output.end == 9_000_000).await;
    within(engine.wait(process.id)).await.unwrap();
    // Not a byte is left.
    let _ = fs::write(folder.path().join("filler"), vec![0; 4 << 20]);
    engine.remove(process.id).await.unwrap();
    assert!(matches!(engine.get(process.id).await, Err(Error::NotFound(_))));
    eventually(async || fs::read_dir(folder.path().join("processes")).unwrap().count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_works_on_a_full_disk_however_large_the_secrets_are() {
    if !may_mount("full_disk::removing_works_on_a_full_disk_however_large_the_secrets_are") {
        return;
    }
    let folder = TempFolder::new();
    mount_memory(folder.path(), 48);
    let engine = reopen(&folder).await;
    let mut ids = Vec::new();
    for letter in ["a", "b", "c"] {
        let secret_env = (0..6).map(|number| (format!("TOKEN{number}"), letter.repeat(100_000))).collect();
        let process = engine.create("tester", ProcessSpec { secret_env, ..sh("true") }).await.unwrap();
        within(engine.wait(process.id)).await.unwrap();
        ids.push(process.id);
    }
    for id in ids {
        let _ = fs::write(folder.path().join(id.to_string()), vec![0; 48 << 20]);
        engine.remove(id).await.unwrap();
    }
    eventually(async || fs::read_dir(folder.path().join("processes")).unwrap().count() == 0).await;
    // A server that was stopped properly starts again.
    close(engine, &folder).await;
    let _ = fs::write(folder.path().join("more"), vec![0; 48 << 20]);
    reopen(&folder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_works_on_a_full_disk_also_when_it_makes_no_room() {
    if !may_mount("full_disk::removing_works_on_a_full_disk_also_when_it_makes_no_room") {
        return;
    }
    let folder = TempFolder::new();
    mount_memory(folder.path(), 4);
    let engine = reopen(&folder).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        let secret_env = [("TOKEN".to_owned(), "not-for-the-log".to_owned())].into();
        let process = engine.create("tester", ProcessSpec { secret_env, ..sh("true") }).await.unwrap();
        within(engine.wait(process.id)).await.unwrap();
        ids.push(process.id);
    }
    let fill = |name: &str| fs::write(folder.path().join(name), vec![0; 4 << 20]);
    for id in ids {
        // Not a byte is left, not even what the one before has made room for.
        let _ = fill(&id.to_string());
        engine.remove(id).await.unwrap();
        assert!(matches!(engine.get(id).await, Err(Error::NotFound(_))));
    }
    eventually(async || fs::read_dir(folder.path().join("processes")).unwrap().count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_written_stays_a_gap_when_the_keeper_is_killed() {
    if !may_mount("full_disk::what_was_not_written_stays_a_gap_when_the_keeper_is_killed") {
        return;
    }
    let test = TestEngine::new().await;
    mount_small(&test.folder);
    let process = test.start(sh("head -c 3000000 /dev/zero; exec sleep 93401")).await;
    eventually(async || test.engine.get(process.id).await.unwrap().output.end == 3_000_000).await;
    signal("-KILL", keeper_of(&process));
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.output.end), (ProcessState::Interrupted, 3_000_000));
    let (_, gaps) = read_now(&mut test.engine.view(process.id).await.unwrap()).await;
    assert!(matches!(gaps[..], [(1.., 3_000_000, GapReason::NotWritten)]), "{gaps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_server_hears_that_output_cannot_be_written_and_that_it_can_be_again_although_nothing_is_printed() {
    let test = "full_disk::a_new_server_hears_that_output_cannot_be_written_and_that_it_can_be_again_although_nothing_is_printed";
    if !may_mount(test) {
        return;
    }
    let TestEngine { engine, folder } = TestEngine::new().await;
    let processes = mount_small(&folder);
    let process = engine.create("tester", sh("head -c 3000000 /dev/zero; exec sleep 93402")).await.unwrap();
    let is_told = async |engine: &Engine| {
        engine.problems().iter().any(|problem| problem.code == ProblemCode::OutputNotWritten && problem.message.contains("No space left"))
    };
    eventually(async || is_told(&engine).await).await;
    close(engine, &folder).await;
    let engine = reopen(&folder).await;
    eventually(async || is_told(&engine).await).await;
    let first = processes.join(process.id.to_string()).join("output/00000000000000000000.log");
    fs::OpenOptions::new().write(true).open(first).unwrap().set_len(100_000).unwrap();
    eventually(async || engine.problems().iter().all(|problem| problem.code != ProblemCode::OutputNotWritten)).await;
    let output = fs::read_dir(processes.join(process.id.to_string()).join("output")).unwrap();
    assert!(output.flatten().all(|entry| entry.file_name() != "probe.new"));
    engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(engine.wait(process.id)).await.unwrap();
}
