//! The power fails: what was on record as ended still is, with its output, and nothing else is claimed.

use crate::common::{
    TempFolder, config,
    disks::{Disk, Loss, may_mount_images},
    eventually, read_output, sh, within,
};
use execdeck_engine::{Engine, Error, check};
use execdeck_wire::{Exit, Process, ProcessState};
use std::{fs, path::Path, process::Command};
use uuid::Uuid;

/// Kills the keepers whose folders are below this one, as a machine that goes down does, and waits until they are gone.
async fn kill_keepers(processes: &Path) {
    let keepers = || {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let of_ours = |pid: &String| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&format!("keep\0{}", processes.display()))
        };
        entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(of_ours).collect::<Vec<_>>()
    };
    eventually(async || {
        for pid in keepers() {
            let _ = Command::new("kill").args(["-9", &pid]).output();
        }
        keepers().is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_on_record_after_the_power_has_failed() {
    if !may_mount_images("power_loss::what_has_ended_is_on_record_after_the_power_has_failed") {
        return;
    }
    let elsewhere = TempFolder::new();
    let data = elsewhere.path().join("data");
    fs::create_dir(&data).unwrap();
    let disk = Disk::new(&data, 48);
    let mut ended: Vec<(Process, Vec<u8>)> = Vec::new();
    for round in 0_u32..4 {
        let engine = Engine::open(config(&data)).await.unwrap();
        // Whatever has ended in an earlier round is still there.
        for (process, output) in &ended {
            let now = engine.get(process.id).await.unwrap();
            assert_eq!((now.state, &now.exit, now.output), (process.state, &process.exit, process.output), "round {round}");
            assert_eq!(read_output(&engine, process.id).await, *output, "round {round}");
        }
        let running = engine.create("tester", sh("while :; do echo on and on; sleep 0.01; done")).await.unwrap();
        let mut starts = Vec::new();
        for number in 0..6 {
            let script = format!("seq {}; exit {number}", 100 * (number + 1));
            starts.push(engine.create("tester", sh(&script)).await.unwrap().id);
        }
        // Some at a time are known to have ended; the power fails while others are about to.
        for id in starts.iter().take(2 + round as usize) {
            let process = within(engine.wait(*id)).await.unwrap();
            assert!(matches!(process.exit, Some(Exit::Code(_))));
            let output = read_output(&engine, *id).await;
            ended.push((process, output));
        }
        disk.fail(Loss::Unsynced);
        drop(engine);
        kill_keepers(&data.join("processes")).await;
        eventually(async || disk.unmount()).await;
        disk.mount();
        assert_claims_are_true(&data, running.id, &starts).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_removed_does_not_come_back_after_the_power_has_failed() {
    if !may_mount_images("power_loss::what_was_removed_does_not_come_back_after_the_power_has_failed") {
        return;
    }
    let elsewhere = TempFolder::new();
    let data = elsewhere.path().join("data");
    fs::create_dir(&data).unwrap();
    let disk = Disk::new(&data, 48);
    let engine = Engine::open(config(&data)).await.unwrap();
    let mut ids = Vec::new();
    for script in ["echo removed", "echo so too", "echo kept"] {
        let process = engine.create("tester", sh(script)).await.unwrap();
        ids.push(within(engine.wait(process.id)).await.unwrap().id);
    }
    eventually(async || ids.iter().all(|id| !data.join("processes").join(id.to_string()).join("keeper.sock").exists())).await;
    engine.remove(ids[0]).await.unwrap();
    // The folder is gone for good, as it would be after a few seconds.
    fs::File::open(data.join("processes")).unwrap().sync_all().unwrap();
    // The other one goes just now.
    engine.remove(ids[1]).await.unwrap();
    disk.fail(Loss::Unsynced);
    drop(engine);
    eventually(async || disk.unmount()).await;
    disk.mount();
    let engine = Engine::open(config(&data)).await.unwrap();
    for id in &ids[..2] {
        assert!(matches!(engine.get(*id).await, Err(Error::NotFound(_))));
    }
    eventually(async || fs::read_dir(data.join("processes")).unwrap().count() == 1).await;
    drop(engine);
    eventually(async || fs::File::open(data.join("lock")).unwrap().try_lock().is_ok()).await;
    let checked = check(&data).unwrap();
    assert!(checked.findings.is_empty() && checked.processes == 1, "{checked:?}");
}

/// What the next server finds: states are those of ends, or `interrupted`, and all that it says of output can be read.
async fn assert_claims_are_true(data: &Path, running: Uuid, starts: &[Uuid]) {
    let engine = Engine::open(config(data)).await.unwrap();
    for id in starts.iter().chain([&running]) {
        // One that was started just before may be unknown.
        let Ok(process) = within(engine.wait(*id)).await else { continue };
        match process.state {
            ProcessState::Exited => assert!(process.exit.is_some() && *id != running, "{process:?}"),
            state => assert_eq!(state, ProcessState::Interrupted, "{process:?}"),
        }
    }
    drop(engine);
    eventually(async || fs::File::open(data.join("lock")).unwrap().try_lock().is_ok()).await;
    // The folder of one that was started just before may be there without what was in it; the history is whole.
    let findings = check(data).unwrap().findings;
    assert!(!findings.iter().any(|finding| finding.path.ends_with("execdeck.db")), "{findings:#?}");
}
