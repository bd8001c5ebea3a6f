use crate::common::{ME, TempFolder, config, eventually, keeper_of, read_output, reopen, running, sh, signal, spec, within};
use execdeck_engine::{Engine, Error};
use execdeck_wire::{Exit, ProcessState};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_serves_one_engine_at_a_time() {
    let folder = TempFolder::new();
    let first = Engine::open(config(folder.path())).await.unwrap();
    assert!(matches!(Engine::open(config(folder.path())).await, Err(Error::InUse(_))));
    drop(first);
    eventually(async || Engine::open(config(folder.path())).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_while_no_engine_was_there_has_its_true_end() {
    let folder = TempFolder::new();
    let go = folder.path().join("go");
    let script = format!("until [ -e {} ]; do sleep 0.01; done; echo late; exit 9", go.display());
    // A server of its own that is killed: its tasks end wherever they are.
    let server = tokio::runtime::Runtime::new().unwrap();
    let path = folder.path().to_owned();
    let engine = within(server.spawn(async move { Engine::open(config(&path)).await.unwrap() })).await.unwrap();
    let creator = engine.clone();
    let process = within(server.spawn(async move { creator.create(ME, sh(&script)).await.unwrap() })).await.unwrap();
    server.shutdown_background();
    drop(engine);
    std::fs::write(&go, "").unwrap();
    let status = folder.path().join("processes").join(process.id.to_string()).join("status.json");
    eventually(async || std::fs::read_to_string(&status).unwrap().contains("exited")).await;
    let database = rusqlite::Connection::open(folder.path().join("execdeck.db")).unwrap();
    let row: String = database.query_row("SELECT state FROM processes", [], |row| row.get(0)).unwrap();
    assert_eq!(row, "running");
    let engine = reopen(&folder).await;
    let found = engine.get(process.id).await.unwrap();
    assert_eq!((found.state, found.exit), (ProcessState::Exited, Some(Exit::Code(9))));
    assert_eq!(found.started_by, "tester");
    assert_eq!(read_output(&engine, process.id).await, b"late\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_is_killed_leaves_an_interrupted_process_and_no_orphan() {
    let folder = TempFolder::new();
    let engine = Engine::open(config(folder.path())).await.unwrap();
    let process = engine.create(ME, sh("echo out; setsid sleep 93001 & sleep 93002")).await.unwrap();
    eventually(async || running("sleep 9300").iter().filter(|line| line.starts_with("sleep")).count() == 2).await;
    // What the keeper has not read yet is lost with it.
    eventually(async || read_output(&engine, process.id).await == b"out\n").await;
    signal("-KILL", keeper_of(&process));
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::Interrupted);
    assert!(matches!(ended.exit, Some(Exit::Error(_))));
    eventually(async || running("sleep 9300").is_empty()).await;
    assert_eq!(read_output(&engine, process.id).await, b"out\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_fork_the_next_and_exit_do_not_outlive_a_keeper_that_is_killed() {
    let folder = TempFolder::new();
    let go = folder.path().join("go");
    std::fs::write(&go, "").unwrap();
    let path = go.to_str().unwrap();
    let engine = Engine::open(config(folder.path())).await.unwrap();
    // Ends by itself when the test's folder goes.
    let process = engine.create(ME, sh(&format!("f() {{ [ -e {path} ] && (f &) }}; f; f; f; echo up; sleep 93003"))).await.unwrap();
    eventually(async || engine.get(process.id).await.unwrap().output.end > 0).await;
    drop(engine);
    signal("-KILL", keeper_of(&process));
    let engine = reopen(&folder).await;
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::Interrupted);
    assert!(go.exists());
    for _ in 0..5 {
        assert_eq!(running(path), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_listed_newest_first_by_pages_and_filters() {
    let folder = TempFolder::new();
    let engine = Engine::open(config(folder.path())).await.unwrap();
    for number in 0..5 {
        let mut spec = spec(&["sh", "-c", &format!("exit {}", number % 2)]);
        spec.name = Some(format!("Job {number}"));
        spec.labels.insert("parity".into(), (number % 2).to_string());
        let process = engine.create(ME, spec).await.unwrap();
        within(engine.wait(process.id)).await.unwrap();
    }
    let names = async |json: &str| {
        let page = engine.list(serde_json::from_str(json).unwrap()).await.unwrap();
        (page.processes.iter().map(|process| process.name.clone()).collect::<Vec<_>>().join(" "), page.next)
    };
    let (first, next) = names(r#"{"limit":2}"#).await;
    assert_eq!(first, "Job 4 Job 3");
    let (rest, end) = names(&format!(r#"{{"limit":3,"before":"{}"}}"#, next.unwrap())).await;
    assert_eq!((rest.as_str(), end), ("Job 2 Job 1 Job 0", None));
    assert_eq!(names(r#"{"state":"unsuccessful"}"#).await.0, "Job 3 Job 1");
    assert_eq!(names(r#"{"name":"jOB 4"}"#).await.0, "Job 4");
    assert_eq!(names(r#"{"label":"parity=0","state":"exited"}"#).await.0, "Job 4 Job 2 Job 0");
    assert_eq!(names(r#"{"started_by":"nobody"}"#).await.0, "");
    let counts = engine.list(serde_json::from_str("{}").unwrap()).await.unwrap().counts;
    assert_eq!((counts.active, counts.unsuccessful, counts.ended), (0, 2, 5));
}
