use crate::common::{ME, TempFolder, TestEngine, config, eventually, read_output, running, sh, spec, within};
use execdeck_engine::{Engine, EngineConfig, Error};
use execdeck_wire::{Exit, ProcessFilter, ProcessSpec, ProcessState, TerminalSize};
use std::time::Duration;

async fn engine_with(folder: &TempFolder, change: impl FnOnce(&mut EngineConfig)) -> Engine {
    let mut config = config(folder.path());
    change(&mut config);
    Engine::open(config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_whose_caller_leaves_is_finished_all_the_same() {
    let test = TestEngine::new().await;
    for number in 0..60 {
        let wait = Duration::from_micros(number * 50);
        let _ = tokio::time::timeout(wait, test.engine.create(ME, spec(&["sleep", "91100"]))).await;
    }
    let all = || async { test.engine.list(ProcessFilter { limit: Some(500), ..ProcessFilter::default() }).await.unwrap().processes };
    eventually(async || {
        let processes = all().await;
        processes.len() == 60 && processes.iter().all(|process| process.state != ProcessState::Starting)
    })
    .await;
    for process in all().await {
        assert_eq!(process.state, ProcessState::Running);
        test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
        within(test.engine.wait(process.id)).await.unwrap();
        test.engine.remove(process.id).await.unwrap();
    }
    assert_eq!(std::fs::read_dir(test.folder.path().join("processes")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_queue_no_more_processes_than_allowed_are_active_however_many_start_at_once() {
    let folder = TempFolder::new();
    let engine = engine_with(&folder, |config| (config.concurrent, config.queue) = (2, 0)).await;
    let starts: Vec<_> = (0..16)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { engine.create(ME, spec(&["sleep", "91101"])).await })
        })
        .collect();
    let mut started = Vec::new();
    for start in starts {
        match start.await.unwrap() {
            Ok(process) => started.push(process.id),
            Err(error) => assert!(matches!(error, Error::TooMany(2)), "{error}"),
        }
    }
    assert_eq!(started.len(), 2);
    for id in started {
        engine.kill(id, Some("KILL".into())).await.unwrap();
        within(engine.wait(id)).await.unwrap();
    }
    // Each end gives its place back, also when it comes at once.
    for _ in 0..50 {
        let process = within(async {
            loop {
                match engine.create(ME, spec(&["true"])).await {
                    Err(Error::TooMany(_)) => tokio::task::yield_now().await,
                    started => break started.unwrap(),
                }
            }
        })
        .await;
        within(engine.wait(process.id)).await.unwrap();
    }
    eventually(async || engine.active() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_a_timeout_gets_the_longest_that_is_allowed() {
    let folder = TempFolder::new();
    let engine = engine_with(&folder, |config| config.max_timeout_seconds = Some(1)).await;
    let process = engine.create(ME, spec(&["sleep", "91102"])).await.unwrap();
    assert_eq!(process.spec.timeout_seconds, Some(1));
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::TimedOut);
    let mut longer = spec(&["true"]);
    longer.timeout_seconds = Some(2);
    let error = engine.create(ME, longer).await.unwrap_err();
    assert!(matches!(error, Error::Field("timeout_seconds", _)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_open_files_than_the_machine_allows_are_refused_by_name() {
    let folder = TempFolder::new();
    let engine = engine_with(&folder, |_| {}).await;
    let mut many = spec(&["true"]);
    many.limits.open_files = u64::MAX / 2;
    let error = engine.create(ME, many).await.unwrap_err();
    assert!(matches!(error, Error::Field("limits.open_files", _)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_open_files_than_programs_need_are_refused_and_the_fewest_that_are_not_are_enough() {
    let folder = TempFolder::new();
    let engine = engine_with(&folder, |_| {}).await;
    let mut few = sh("ulimit -n; echo a | cat; exec 3>/dev/null");
    few.limits.open_files = 7;
    let error = engine.create(ME, few.clone()).await.unwrap_err();
    assert!(matches!(&error, Error::Spec(error) if error.field == "limits.open_files"), "{error}");
    few.limits.open_files = 8;
    for terminal in [None, Some(TerminalSize { cols: 80, rows: 24 })] {
        let process = engine.create(ME, ProcessSpec { terminal, ..few.clone() }).await.unwrap();
        let ended = within(engine.wait(process.id)).await.unwrap();
        let output = String::from_utf8(read_output(&engine, process.id).await).unwrap().replace('\r', "");
        assert_eq!((ended.exit, output.as_str()), (Some(Exit::Code(0)), "8\na\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_cannot_be_started_leaves_nothing_behind() {
    let folder = TempFolder::new();
    let engine = engine_with(&folder, |config| config.keeper = "/no/such/keeper".into()).await;
    let mut spec = sh("true");
    spec.secret_env.insert("TOKEN".into(), "hunter2".into());
    let error = engine.create(ME, spec).await.unwrap_err();
    assert!(error.to_string().contains("/no/such/keeper"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path().join("processes")).unwrap().count(), 0);
    assert!(engine.list(ProcessFilter::default()).await.unwrap().processes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_cannot_be_recorded_leaves_neither_folder_nor_secrets() {
    let test = TestEngine::new().await;
    let database = rusqlite::Connection::open(test.folder.path().join("execdeck.db")).unwrap();
    database.busy_timeout(crate::common::DEADLINE).unwrap();
    for table in ["processes", "secrets"] {
        let refuse = format!("CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(FAIL, 'disk is full'); END");
        database.execute_batch(&refuse).unwrap();
        let mut spec = spec(&["sleep", "91104"]);
        spec.secret_env.insert("TOKEN".into(), "hunter2".into());
        let error = test.engine.create(ME, spec).await.unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
        database.execute_batch("DROP TRIGGER refuse").unwrap();
        assert_eq!(std::fs::read_dir(test.folder.path().join("processes")).unwrap().count(), 0, "{table}");
        let rows = "SELECT (SELECT count(*) FROM processes) + (SELECT count(*) FROM secrets)";
        assert_eq!(database.query_row(rows, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "{table}");
    }
    assert_eq!((test.engine.active(), running("sleep 91104")), (0, Vec::new()));
}
