use crate::common::{ME, TempFolder, eventually, keeper_of, reopen, sh, signal, spec, within};
use execdeck_wire::{Exit, ProcessState};
use std::time::{Duration, Instant};

fn database(folder: &TempFolder) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.path().join("execdeck.db")).unwrap();
    connection.busy_timeout(crate::common::DEADLINE).unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_was_written_off_and_still_runs_is_taken_back() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let process = engine.create(ME, spec(&["sleep", "91200"])).await.unwrap();
    drop(engine);
    let write_off = "UPDATE processes SET state = 'interrupted', outcome = 'unsuccessful', process = json_set(process, '$.state',
        'interrupted', '$.ended_at', '2026-01-01T00:00:00Z', '$.exit', json('{\"error\":\"lost\"}'))";
    assert_eq!(database(&folder).execute(write_off, []).unwrap(), 1);
    let engine = reopen(&folder).await;
    eventually(async || engine.get(process.id).await.unwrap().state == ProcessState::Running).await;
    let found = engine.get(process.id).await.unwrap();
    assert_eq!((found.pid, found.exit, found.ended_at), (process.pid, None, None));
    engine.kill(process.id, None).await.unwrap();
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.exit, Some(Exit::Signal("TERM".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_off_and_still_runs_is_stopped_with_everything_else() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let process = engine.create(ME, spec(&["sleep", "91207"])).await.unwrap();
    drop(engine);
    let write_off = "UPDATE processes SET state = 'exited', outcome = 'ok', process = json_set(process, '$.state', 'exited')";
    assert_eq!(database(&folder).execute(write_off, []).unwrap(), 1);
    let engine = reopen(&folder).await;
    let all = engine.stop_all().await;
    assert_eq!((all.stopped, all.left.len()), (1, 0));
    assert_eq!(engine.get(process.id).await.unwrap().exit, Some(Exit::Signal("TERM".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_answers_later_is_taken_back_whatever_its_row_says() {
    for (state, outcome) in [("interrupted", "unsuccessful"), ("exited", "ok")] {
        let folder = TempFolder::new();
        let engine = reopen(&folder).await;
        let process = engine.create(ME, spec(&["sleep", "91204"])).await.unwrap();
        drop(engine);
        let change = "UPDATE processes SET state = ?1, outcome = ?2, process = json_set(process, '$.state', ?1)";
        assert_eq!(database(&folder).execute(change, [state, outcome]).unwrap(), 1);
        // A link that leads to itself: ELOOP, which says nothing about the keeper.
        let socket = folder.path().join("processes").join(process.id.to_string()).join("keeper.sock");
        let aside = socket.with_extension("aside");
        std::fs::rename(&socket, &aside).unwrap();
        std::os::unix::fs::symlink("keeper.sock", &socket).unwrap();
        let engine = reopen(&folder).await;
        assert_eq!(engine.get(process.id).await.unwrap().state.as_str(), state);
        std::fs::rename(&aside, &socket).unwrap();
        eventually(async || engine.get(process.id).await.unwrap().state == ProcessState::Running).await;
        engine.kill(process.id, Some("KILL".into())).await.unwrap();
        assert_eq!(within(engine.wait(process.id)).await.unwrap().exit, Some(Exit::Signal("KILL".into())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_record_that_cannot_be_read_is_rebuilt_from_its_folder() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let process = engine.create(ME, spec(&["sleep", "91205"])).await.unwrap();
    drop(engine);
    database(&folder).execute("UPDATE processes SET process = '{'", []).unwrap();
    let engine = reopen(&folder).await;
    let found = engine.get(process.id).await.unwrap();
    assert_eq!((&found.spec, found.state, found.pid), (&process.spec, ProcessState::Running, process.pid));
    assert_eq!((found.started_by.as_str(), &found.exit), (ME, &None));
    // The time in its id is a moment earlier.
    assert!(process.created_at.as_millis() - found.created_at.as_millis() < 1000);
    assert!(found.revision > process.revision);
    engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(engine.wait(process.id)).await.unwrap();
    let args: String = database(&folder).query_row("SELECT process ->> '$.spec.args' FROM processes", [], |row| row.get(0)).unwrap();
    assert_eq!(args, r#"["91205"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_never_overwritten_by_what_stands_in_for_it() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let process = engine.create(ME, spec(&["sleep", "91206"])).await.unwrap();
    drop(engine);
    database(&folder).execute("UPDATE processes SET process = '{'", []).unwrap();
    std::fs::write(folder.path().join("processes").join(process.id.to_string()).join("spec.json"), "{").unwrap();
    let engine = reopen(&folder).await;
    // Once it has ended it is read from the record again, so the wait begins before.
    let (ended, killed) = tokio::join!(within(engine.wait(process.id)), engine.kill(process.id, Some("KILL".into())));
    killed.unwrap();
    assert_eq!(ended.unwrap().exit, Some(Exit::Signal("KILL".into())));
    let row = "SELECT process, state, outcome FROM processes";
    let row = database(&folder).query_row(row, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    assert_eq!(row, ("{".to_owned(), "killed".to_owned(), "ok".to_owned()));
    engine.remove(process.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_keeper_delays_no_start_and_is_reattached_when_it_answers() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let stuck = engine.create(ME, spec(&["sleep", "91201"])).await.unwrap();
    let fine = engine.create(ME, spec(&["sleep", "91202"])).await.unwrap();
    let keeper = keeper_of(&stuck);
    signal("-STOP", keeper);
    drop(engine);
    // The best of some attempts: the machine may have other things to do.
    let mut attempts = 0;
    let engine = loop {
        let begin = Instant::now();
        let engine = reopen(&folder).await;
        if begin.elapsed() < Duration::from_millis(500) {
            break engine;
        }
        attempts += 1;
        assert!(attempts < 20, "{:?}", begin.elapsed());
    };
    assert_eq!(engine.get(stuck.id).await.unwrap().state, ProcessState::Running);
    engine.kill(fine.id, Some("KILL".into())).await.unwrap();
    assert_eq!(within(engine.wait(fine.id)).await.unwrap().state, ProcessState::Killed);
    signal("-CONT", keeper);
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
