use crate::common::{ME, TempFolder, eventually, reopen, sh, spec, within};
use execdeck_wire::{Exit, ProcessState};
use std::time::{Duration, Instant};

fn keeper_of(pid: u32) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().split(' ').nth(2).unwrap().to_owned()
}

fn signal(name: &str, pid: &str) {
    assert!(std::process::Command::new("kill").args([name, pid]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_was_written_off_and_still_runs_is_taken_back() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let process = engine.create(ME, spec(&["sleep", "91200"])).await.unwrap();
    drop(engine);
    let database = rusqlite::Connection::open(folder.path().join("execdeck.db")).unwrap();
    database.busy_timeout(crate::common::DEADLINE).unwrap();
    let write_off = "UPDATE processes SET state = 'interrupted', outcome = 'unsuccessful', process = json_set(process, '$.state',
        'interrupted', '$.ended_at', '2026-01-01T00:00:00Z', '$.exit', json('{\"error\":\"lost\"}'))";
    assert_eq!(database.execute(write_off, []).unwrap(), 1);
    let engine = reopen(&folder).await;
    let found = engine.get(process.id).await.unwrap();
    assert_eq!((found.state, found.pid, found.exit, found.ended_at), (ProcessState::Running, process.pid, None, None));
    engine.kill(process.id, None).await.unwrap();
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.exit, Some(Exit::Signal("TERM".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_keeper_delays_no_start_and_is_reattached_when_it_answers() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let stuck = engine.create(ME, spec(&["sleep", "91201"])).await.unwrap();
    let fine = engine.create(ME, spec(&["sleep", "91202"])).await.unwrap();
    let keeper = keeper_of(stuck.pid.unwrap());
    signal("-STOP", &keeper);
    drop(engine);
    let begin = Instant::now();
    let engine = reopen(&folder).await;
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    assert_eq!(engine.get(stuck.id).await.unwrap().state, ProcessState::Running);
    engine.kill(fine.id, Some("KILL".into())).await.unwrap();
    assert_eq!(within(engine.wait(fine.id)).await.unwrap().state, ProcessState::Killed);
    signal("-CONT", &keeper);
    engine.kill(stuck.id, Some("KILL".into())).await.unwrap();
    assert_eq!(within(engine.wait(stuck.id)).await.unwrap().exit, Some(Exit::Signal("KILL".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_dropped_lets_go_of_its_folder_and_its_processes_keep_running() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let process = engine.create(ME, sh("sleep 91203; exit 5")).await.unwrap();
    let viewer = engine.view(process.id).await.unwrap();
    drop(engine);
    let engine = reopen(&folder).await;
    drop(viewer);
    assert_eq!(engine.get(process.id).await.unwrap().pid, process.pid);
    engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(engine.wait(process.id)).await.unwrap();
    eventually(async || engine.active() == 0).await;
}
