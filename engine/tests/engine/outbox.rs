//! Ends of processes that somebody is yet to be told of.

use crate::common::{
    ME, TempFolder, config, database,
    disks::{may_mount, mount_memory},
    eventually, keeper_of, reopen_with, sh, signal, spec, within,
};
use execdeck_engine::{Engine, EngineConfig, Outbox, TellOf};
use execdeck_wire::{Exit, Process, ProcessSpec};
use std::fs;

async fn open(folder: &TempFolder, tell_of: impl Into<Option<TellOf>>) -> Engine {
    let tell_of = tell_of.into();
    reopen_with(|| EngineConfig { tell_of, ..config(folder.path()) }).await
}

fn named(name: &str, script: &str) -> ProcessSpec {
    ProcessSpec { name: Some(name.into()), ..sh(script) }
}

async fn run(engine: &Engine, name: &str, script: &str) -> Process {
    let process = engine.create(ME, named(name, script)).await.unwrap();
    within(engine.wait(process.id)).await.unwrap()
}

/// The processes whose ends wait.
async fn untold(outbox: &Outbox) -> Vec<Process> {
    let mut processes = Vec::new();
    for untold in outbox.untold(0).await.unwrap() {
        processes.extend(outbox.process(untold.number).await.unwrap());
    }
    processes
}

async fn names(engine: &Engine) -> Vec<String> {
    untold(&engine.outbox()).await.into_iter().map(|process| process.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_waits_until_it_is_taken_out_whatever_becomes_of_the_engine_and_the_process() {
    let folder = TempFolder::new();
    let engine = open(&folder, TellOf::Failures).await;
    run(&engine, "fine", "exit 0").await;
    let process = run(&engine, "failed", "exit 3").await;
    drop(engine);
    let engine = open(&folder, TellOf::Failures).await;
    engine.remove(process.id).await.unwrap();
    let outbox = engine.outbox();
    let found = untold(&outbox).await;
    assert_eq!(found.iter().map(|process| process.id).collect::<Vec<_>>(), [process.id]);
    assert_eq!((&found[0].exit, found[0].revision), (&Some(Exit::Code(3)), process.revision));
    let number = outbox.untold(0).await.unwrap()[0].number;
    assert!(outbox.untold(number).await.unwrap().is_empty());
    let mut changes = outbox.changes();
    run(&engine, "another", "exit 4").await;
    within(changes.changed()).await.unwrap();
    assert_eq!(outbox.untold(number).await.unwrap().len(), 1);
    outbox.remove(number).await.unwrap();
    assert_eq!(outbox.process(number).await.unwrap(), None);
    assert_eq!(names(&engine).await, ["another"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_changes_with_the_engine_that_says_so() {
    let folder = TempFolder::new();
    let engine = open(&folder, None).await;
    run(&engine, "before anybody asked", "exit 1").await;
    drop(engine);
    let engine = open(&folder, TellOf::Ends).await;
    assert!(names(&engine).await.is_empty());
    engine.create(ME, named("stopped", "sleep 94210")).await.unwrap();
    drop(engine);
    // Such as the one of `execdeck stop --all`.
    let engine = reopen_with(|| EngineConfig { starts_processes: false, ..config(folder.path()) }).await;
    assert_eq!(engine.stop_all().await.stopped, 1);
    drop(engine);
    let engine = open(&folder, TellOf::Ends).await;
    assert_eq!(names(&engine).await, ["stopped"]);
    drop(engine);
    let engine = open(&folder, TellOf::Nothing).await;
    run(&engine, "when nobody asked", "exit 1").await;
    assert!(names(&engine).await.is_empty());
    drop(engine);
    let engine = open(&folder, TellOf::Ends).await;
    assert!(names(&engine).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_while_no_engine_ran_is_told_once_and_what_comes_from_a_folder_is_not() {
    let folder = TempFolder::new();
    let engine = open(&folder, TellOf::Ends).await;
    let go = folder.path().join("go");
    let script = format!("until [ -e {} ]; do sleep 0.01; done; exit 6", go.display());
    let process = engine.create(ME, named("alone", &script)).await.unwrap();
    drop(engine);
    fs::write(&go, "").unwrap();
    let status = folder.path().join(format!("processes/{}/status.json", process.id));
    eventually(async || fs::read_to_string(&status).unwrap().contains("exited")).await;
    let engine = open(&folder, TellOf::Ends).await;
    within(engine.wait(process.id)).await.unwrap();
    drop(engine);
    let engine = open(&folder, TellOf::Ends).await;
    assert_eq!(names(&engine).await, ["alone"]);
    drop(engine);
    database(folder.path()).execute("DELETE FROM processes", []).unwrap();
    let engine = open(&folder, TellOf::Ends).await;
    assert_eq!(engine.get(process.id).await.unwrap().exit, Some(Exit::Code(6)));
    assert_eq!(names(&engine).await, ["alone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_was_thought_to_have_ended_has_another_end() {
    let folder = TempFolder::new();
    let engine = open(&folder, TellOf::Ends).await;
    let process = engine.create(ME, named("survivor", "sleep 94211")).await.unwrap();
    drop(engine);
    // As if an earlier server had taken its keeper for dead, and told of it.
    let sql = "UPDATE processes SET state = 'interrupted', outcome = 'unsuccessful', ended_at = 1,
        process = json_set(process, '$.state', 'interrupted')";
    database(folder.path()).execute(sql, []).unwrap();
    let engine = open(&folder, TellOf::Ends).await;
    eventually(async || engine.active() == 1).await;
    engine.kill(process.id, Some("KILL".into())).await.unwrap();
    let ended = within(engine.wait(process.id)).await.unwrap();
    let found = untold(&engine.outbox()).await;
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].exit, found[0].revision), (&Some(Exit::Signal("KILL".into())), ended.revision));
    assert!(ended.revision > process.revision + 2, "no revision that was told before");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_process_whose_record_cannot_be_read_is_told_as_well() {
    let folder = TempFolder::new();
    let engine = open(&folder, TellOf::Ends).await;
    let process = engine.create(ME, named("damaged", "sleep 94212")).await.unwrap();
    drop(engine);
    database(folder.path()).execute("UPDATE processes SET process = '{'", []).unwrap();
    fs::write(folder.path().join(format!("processes/{}/spec.json", process.id)), "{").unwrap();
    let engine = open(&folder, TellOf::Ends).await;
    let (ended, killed) = tokio::join!(within(engine.wait(process.id)), engine.kill(process.id, Some("KILL".into())));
    killed.unwrap();
    ended.unwrap();
    assert_eq!(names(&engine).await, ["damaged"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_has_no_room_for_waits_once_there_is_room() {
    if !may_mount("outbox::what_a_full_disk_has_no_room_for_waits_once_there_is_room") {
        return;
    }
    let folder = TempFolder::new();
    mount_memory(folder.path(), 8);
    let engine = open(&folder, TellOf::Ends).await;
    let first = engine.create(ME, spec(&["sleep", "94213"])).await.unwrap();
    let second = engine.create(ME, spec(&["sleep", "94214"])).await.unwrap();
    let filler = folder.path().join("filler");
    let _ = fs::write(&filler, vec![0; 8 << 20]);
    // What the history's own files still have room for is used up.
    within(async { while engine.create(ME, spec(&["true"])).await.is_ok() {} }).await;
    eventually(async || engine.active() == 2).await;
    let before = names(&engine).await.len();
    let outbox = engine.outbox();
    let is_untold = async |process: &Process| untold(&outbox).await.iter().any(|untold| untold.id == process.id);
    engine.kill(first.id, Some("KILL".into())).await.unwrap();
    assert_eq!(within(engine.wait(first.id)).await.unwrap().exit, Some(Exit::Signal("KILL".into())));
    assert!(!is_untold(&first).await);
    let mut changes = outbox.changes();
    fs::remove_file(&filler).unwrap();
    within(changes.changed()).await.unwrap();
    assert!(is_untold(&first).await);
    // An engine that dies meanwhile leaves it to the next one.
    let _ = fs::write(&filler, vec![0; 8 << 20]);
    within(async { while engine.create(ME, spec(&["true"])).await.is_ok() {} }).await;
    signal("-KILL", keeper_of(&second));
    within(engine.wait(second.id)).await.unwrap();
    assert!(!is_untold(&second).await);
    drop((outbox, engine));
    fs::remove_file(&filler).unwrap();
    let engine = open(&folder, TellOf::Ends).await;
    eventually(async || untold(&engine.outbox()).await.iter().any(|untold| untold.id == second.id)).await;
    assert!(names(&engine).await.len() >= before + 2);
}
