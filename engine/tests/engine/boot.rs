//! What is started again after a reboot, which for an engine is a boot id that differs.

use crate::common::{KEEPER, ME, TempFolder, close, config, database, eventually, keeper_of, read_output, running, sh, signal, within};
use execdeck_engine::{Engine, EngineConfig, Error, Origin};
use execdeck_wire::{Exit, ProblemCode, Process, ProcessFilter, ProcessSpec, ProcessState, RestartPolicy, RestartSpec};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Opens the engine of a folder in a boot.
async fn boot(folder: &TempFolder, id: &str) -> Engine {
    boot_with(folder, id, |_| {}).await
}

/// The same with a configuration.
async fn boot_with(folder: &TempFolder, id: &str, change: impl Fn(&mut EngineConfig)) -> Engine {
    within(async {
        loop {
            let mut config = EngineConfig { boot_id: Some(id.into()), ..config(folder.path()) };
            change(&mut config);
            match Engine::open(config).await {
                // As in `common::reopen`.
                Err(Error::InUse(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
                opened => break opened.unwrap(),
            }
        }
    })
    .await
}

fn at_boot(spec: ProcessSpec) -> ProcessSpec {
    ProcessSpec { restart: RestartSpec { at_boot: true, ..spec.restart.clone() }, ..spec }
}

fn named(name: &str, script: &str) -> ProcessSpec {
    ProcessSpec { name: Some(name.into()), ..sh(script) }
}

/// Kills a keeper, as the machine that goes down does, and waits until it is gone.
async fn cut(keeper: u32) {
    signal("-KILL", keeper);
    let stat = format!("/proc/{keeper}/stat");
    eventually(async || fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z ")) || !Path::new(&stat).exists()).await;
}

async fn processes(engine: &Engine) -> Vec<Process> {
    engine.list(ProcessFilter::default()).await.unwrap().processes
}

async fn names(engine: &Engine) -> Vec<String> {
    let mut names: Vec<_> = processes(engine).await.into_iter().map(|process| process.name).collect();
    names.sort_unstable();
    names
}

fn boot_file(folder: &TempFolder) -> serde_json::Value {
    serde_json::from_slice(&fs::read(folder.path().join("boot.json")).unwrap()).unwrap()
}

/// Waits until nothing is pending any more.
async fn settled(folder: &TempFolder, id: &str) {
    eventually(async || boot_file(folder)["boot_id"] == id && boot_file(folder)["pending"] == serde_json::json!([])).await;
}

async fn stop_all(engine: &Engine) {
    for process in processes(engine).await.iter().filter(|process| process.state.is_active()) {
        engine.kill(process.id, Some("KILL".into())).await.unwrap();
        within(engine.wait(process.id)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_when_the_machine_went_down_is_started_again_with_all_that_it_had() {
    let folder = TempFolder::new();
    let engine = boot(&folder, "one").await;
    let template = Uuid::now_v7();
    let origin = Origin { template, values: serde_json::json!({ "a": "b" }) };
    let secret_env = [("TOKEN".to_owned(), "correct-horse-9".to_owned())].into();
    let spec = at_boot(ProcessSpec { secret_env, ..named("kept", "echo ${#TOKEN}; exec sleep 947200") });
    let old = engine.create_from(ME, origin.clone(), spec).await.unwrap();
    let other = engine.create(ME, named("other", "exec sleep 947200")).await.unwrap();
    let keepers = [keeper_of(&old), keeper_of(&other)];
    close(engine, &folder).await;
    for keeper in keepers {
        cut(keeper).await;
    }
    let engine = boot(&folder, "two").await;
    settled(&folder, "two").await;
    assert_eq!(names(&engine).await, ["kept", "kept", "other"]);
    assert_eq!(engine.get(old.id).await.unwrap().state, ProcessState::Interrupted);
    let new = processes(&engine).await.into_iter().find(|process| process.state == ProcessState::Running).unwrap();
    assert_eq!((&new.spec, new.started_by.as_str(), new.template), (&old.spec, ME, Some(template)));
    assert_eq!(engine.origin(new.id).await.unwrap(), Some(origin));
    eventually(async || read_output(&engine, new.id).await == b"15\n").await;
    // It is started once, and once more after the next reboot.
    let keeper = keeper_of(&new);
    drop(engine);
    let engine = boot(&folder, "two").await;
    assert_eq!(processes(&engine).await.len(), 3);
    close(engine, &folder).await;
    cut(keeper).await;
    let engine = boot(&folder, "three").await;
    settled(&folder, "three").await;
    assert_eq!(names(&engine).await, ["kept", "kept", "kept", "other"]);
    stop_all(&engine).await;
    assert_eq!(running("sleep 947200"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_before_the_machine_went_down_stays_ended() {
    let folder = TempFolder::new();
    let engine = boot(&folder, "one").await;
    let start = async |name: &str, script: &str| engine.create(ME, at_boot(named(name, script))).await.unwrap();
    let stopped = start("stopped", "exec sleep 947201").await;
    engine.kill(stopped.id, None).await.unwrap();
    within(engine.wait(stopped.id)).await.unwrap();
    let done = start("done", "exit 0").await;
    within(engine.wait(done.id)).await.unwrap();
    let killed = start("killed", "exec sleep 947201").await;
    cut(keeper_of(&killed)).await;
    assert_eq!(within(engine.wait(killed.id)).await.unwrap().state, ProcessState::Interrupted);
    let go = folder.path().join("go");
    let late = start("late", &format!("until [ -e {} ]; do sleep 0.01; done", go.display())).await;
    drop(engine);
    // Its end is on file, and no server has read it when the machine goes down.
    fs::write(&go, "").unwrap();
    let status = folder.path().join("processes").join(late.id.to_string()).join("status.json");
    eventually(async || fs::read_to_string(&status).unwrap().contains("exited")).await;
    let engine = boot(&folder, "two").await;
    settled(&folder, "two").await;
    assert_eq!(engine.get(late.id).await.unwrap().exit, Some(Exit::Code(0)));
    assert_eq!(names(&engine).await, ["done", "killed", "late", "stopped"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_with_its_keeper_is_started_again_whether_or_not_a_server_saw_it() {
    for seen in [true, false] {
        let folder = TempFolder::new();
        let engine = boot(&folder, "one").await;
        let restart = RestartSpec { policy: RestartPolicy::Always, backoff_seconds: 3600, at_boot: true, ..RestartSpec::default() };
        let runs = engine.create(ME, at_boot(named("runs", "exec sleep 947202"))).await.unwrap();
        let waits = engine.create(ME, ProcessSpec { restart, ..named("waits", "sleep 0.3; exit 1") }).await.unwrap();
        let asked = engine.create(ME, at_boot(named("asked", "trap '' TERM; echo up; while :; do sleep 0.05; done"))).await.unwrap();
        let keepers = [&runs, &waits, &asked].map(keeper_of);
        eventually(async || engine.get(waits.id).await.unwrap().state == ProcessState::Restarting).await;
        eventually(async || read_output(&engine, asked.id).await == b"up\n").await;
        // Somebody had stopped this one before the machine went down.
        engine.kill(asked.id, None).await.unwrap();
        let mut open = Some(engine);
        if !seen {
            open = None;
        }
        for keeper in keepers {
            signal("-TERM", keeper);
        }
        if let Some(engine) = open.take() {
            assert_eq!(within(engine.wait(runs.id)).await.unwrap().exit, Some(Exit::Signal("TERM".into())));
            assert_eq!(within(engine.wait(waits.id)).await.unwrap().exit, Some(Exit::Code(1)));
        }
        for process in [&runs, &waits, &asked] {
            let socket = folder.path().join("processes").join(process.id.to_string()).join("keeper.sock");
            if process.id == asked.id {
                cut(keepers[2]).await;
            } else {
                eventually(async || !socket.exists()).await;
            }
        }
        // The server is started anew without a reboot.
        drop(boot(&folder, "one").await);
        let engine = boot(&folder, "two").await;
        settled(&folder, "two").await;
        assert_eq!(names(&engine).await, ["asked", "runs", "runs", "waits", "waits"], "{seen}");
        assert_eq!(boot_file(&folder)["stopped"], serde_json::json!([]));
        stop_all(&engine).await;
        drop(engine);
        let engine = boot(&folder, "three").await;
        settled(&folder, "three").await;
        assert_eq!(names(&engine).await, ["asked", "runs", "runs", "waits", "waits"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_killed_while_it_starts_them_again_starts_none_twice_and_leaves_none_out() {
    let folder = TempFolder::new();
    let engine = boot(&folder, "one").await;
    let kept = at_boot(named("kept", "exec sleep 947203"));
    let mut cut_short = Vec::new();
    for _ in 0..3 {
        let process = engine.create(ME, kept.clone()).await.unwrap();
        cut_short.push((process.id, keeper_of(&process)));
    }
    // What stands for one that was started before the engine was killed, and for one whose start was cut short.
    let started = engine.create(ME, kept).await.unwrap();
    let unstarted = engine.create(ME, ProcessSpec { cwd: Some("/no/such/folder".into()), ..named("unstarted", "exit 0") }).await.unwrap();
    assert_eq!((unstarted.state, unstarted.started_at), (ProcessState::Failed, None));
    drop(engine);
    for (_, keeper) in &cut_short {
        cut(*keeper).await;
    }
    drop(boot(&folder, "one").await);
    let fresh = Uuid::now_v7();
    let new = [started.id, unstarted.id, fresh];
    let pending: Vec<_> = cut_short.iter().zip(new).map(|((old, _), new)| serde_json::json!({ "old": old, "new": new })).collect();
    let file = serde_json::json!({ "boot_id": "two", "stopped": [], "pending": pending });
    fs::write(folder.path().join("boot.json"), file.to_string()).unwrap();
    let engine = boot(&folder, "two").await;
    settled(&folder, "two").await;
    assert_eq!(names(&engine).await, ["kept", "kept", "kept", "kept", "kept", "kept", "unstarted"]);
    let running = processes(&engine).await.into_iter().filter(|process| process.state == ProcessState::Running);
    let running: Vec<_> = running.map(|process| process.id).collect();
    assert!(running.len() == 3 && running.contains(&started.id) && running.contains(&fresh), "{running:?}");
    stop_all(&engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_a_boot_or_with_a_damaged_one_starts_nothing() {
    for damage in [None, Some("{")] {
        let folder = TempFolder::new();
        let engine = boot(&folder, "one").await;
        let process = engine.create(ME, at_boot(named("kept", "exec sleep 947204"))).await.unwrap();
        let keeper = keeper_of(&process);
        drop(engine);
        cut(keeper).await;
        let path = folder.path().join("boot.json");
        match damage {
            None => fs::remove_file(&path).unwrap(),
            Some(text) => fs::write(&path, text).unwrap(),
        }
        let engine = boot(&folder, "two").await;
        settled(&folder, "two").await;
        assert_eq!(names(&engine).await, ["kept"]);
    }
}

/// What was started again of the processes that were there before.
async fn started_again(engine: &Engine, old: &[&Process]) -> Vec<Process> {
    processes(engine).await.into_iter().filter(|process| old.iter().all(|old| old.id != process.id)).collect()
}

/// Starts processes in a boot, and takes the machine down.
async fn cut_off<const N: usize>(folder: &TempFolder, specs: [ProcessSpec; N]) -> [Process; N] {
    let engine = boot(folder, "one").await;
    let mut started = Vec::new();
    for spec in specs {
        started.push(engine.create(ME, at_boot(spec)).await.unwrap());
    }
    drop(engine);
    for process in &started {
        cut(keeper_of(process)).await;
    }
    started.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_at_boot_that_cannot_be_is_a_failed_process_with_the_reason() {
    let secret_env: std::collections::BTreeMap<_, _> = [("TOKEN".to_owned(), "correct-horse-9".to_owned())].into();
    for (case, reason) in [
        ("cwd", "No such file or directory: "),
        ("limit", "The longest timeout here is 5 seconds."),
        ("key", "Its secrets cannot be read: "),
    ] {
        let (folder, mounted) = (TempFolder::new(), TempFolder::new());
        let place = mounted.path().join("place");
        fs::create_dir(&place).unwrap();
        let old = match case {
            "cwd" => ProcessSpec { cwd: Some(place.to_str().unwrap().into()), ..sh("exec sleep 947205") },
            "limit" => ProcessSpec { timeout_seconds: Some(6000), ..sh("exec sleep 947205") },
            _ => ProcessSpec { secret_env: secret_env.clone(), ..sh("exec sleep 947205") },
        };
        let [old] = cut_off(&folder, [old]).await;
        fs::remove_dir(&place).unwrap();
        if case == "key" {
            fs::remove_file(folder.path().join("secret.key")).unwrap();
        }
        let engine = boot_with(&folder, "two", |config| config.max_timeout_seconds = Some(5).filter(|_| case == "limit")).await;
        settled(&folder, "two").await;
        let new = started_again(&engine, &[&old]).await;
        let [Process { state: ProcessState::Failed, exit: Some(Exit::Error(why)), .. }] = &new[..] else { panic!("{case}: {new:?}") };
        assert!(why.starts_with(reason), "{case}: {why}");
        assert_eq!((&new[0].spec, new[0].started_by.as_str()), (&old.spec, ME));
        // It stays so.
        drop(engine);
        let engine = boot(&folder, "two").await;
        assert_eq!(processes(&engine).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_at_boot_wait_until_keepers_can_be_started_and_whatever_the_queue_holds() {
    let folder = TempFolder::new();
    let old = cut_off(&folder, [sh("exec sleep 947206"), sh("exec sleep 947206")]).await;
    let keeper = folder.path().join("keep");
    let engine = boot_with(&folder, "two", |config| {
        (config.keeper, config.concurrent, config.queue) = (keeper.clone(), 1, 0);
    })
    .await;
    settled(&folder, "two").await;
    let states = async || {
        let new = started_again(&engine, &[&old[0], &old[1]]).await;
        new.iter().rev().map(|process| process.state).collect::<Vec<_>>()
    };
    assert_eq!(states().await, [ProcessState::Queued; 2]);
    assert!(engine.problems().iter().any(|problem| problem.code == ProblemCode::KeeperNotStartable));
    std::os::unix::fs::symlink(KEEPER, &keeper).unwrap();
    eventually(async || states().await == [ProcessState::Running, ProcessState::Queued]).await;
    within(engine.stop_all()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_when_the_machine_went_down_is_started_once_and_holds_up_nobody() {
    let folder = TempFolder::new();
    let per_label: std::collections::BTreeMap<_, _> = [("job=backup".to_owned(), 1)].into();
    let engine = boot_with(&folder, "one", |config| config.per_label = per_label.clone()).await;
    let labelled = |name| ProcessSpec { labels: [("job".into(), "backup".into())].into(), ..named(name, "exec sleep 947208") };
    let first = engine.create(ME, at_boot(labelled("first"))).await.unwrap();
    let queued = engine.create(ME, at_boot(labelled("queued"))).await.unwrap();
    let last = engine.create(ME, at_boot(named("last", "exec sleep 947208"))).await.unwrap();
    assert_eq!((queued.state, last.state), (ProcessState::Queued, ProcessState::Running));
    drop(engine);
    for process in [&first, &last] {
        cut(keeper_of(process)).await;
    }
    let began = Instant::now();
    let engine = boot_with(&folder, "two", |config| config.per_label = per_label.clone()).await;
    settled(&folder, "two").await;
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(names(&engine).await, ["first", "first", "last", "last", "queued"]);
    eventually(async || engine.get(queued.id).await.unwrap().state == ProcessState::Running).await;
    within(engine.stop_all()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_at_boot_is_told_first_and_tried_until_it_can_be_entered() {
    let folder = TempFolder::new();
    let [old] = cut_off(&folder, [sh("exec sleep 947207")]).await;
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON processes BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
    database(folder.path()).execute_batch(refuse).unwrap();
    let (starts, mut told) = tokio::sync::mpsc::unbounded_channel();
    let engine = boot_with(&folder, "two", |config| config.boot_starts = Some(starts.clone())).await;
    let start = within(told.recv()).await.unwrap();
    assert_eq!((start.old, start.started_by.as_str(), &start.spec), (old.id, ME, &old.spec));
    let new = start.new;
    assert_eq!(boot_file(&folder)["pending"], serde_json::json!([{ "old": old.id, "new": new }]));
    drop(start);
    eventually(async || engine.problems().iter().any(|problem| problem.code == ProblemCode::HistoryNotWritable)).await;
    assert_eq!(processes(&engine).await.len(), 1);
    database(folder.path()).execute_batch("DROP TRIGGER refuse").unwrap();
    settled(&folder, "two").await;
    eventually(async || engine.get(new).await.is_ok_and(|process| process.state == ProcessState::Running)).await;
    assert!(told.try_recv().is_err(), "it is told once");
    stop_all(&engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_output_that_is_no_longer_accepted_does_not_keep_a_process_from_being_started_again() {
    let folder = TempFolder::new();
    let engine = boot(&folder, "one").await;
    let old = engine.create(ME, at_boot(named("kept", "exec sleep 947230"))).await.unwrap();
    close(engine, &folder).await;
    cut(keeper_of(&old)).await;
    let path = folder.path().join(format!("processes/{}/spec.json", old.id));
    let mut spec: ProcessSpec = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    spec.limits.output_bytes = 1000;
    fs::write(&path, serde_json::to_vec(&spec).unwrap()).unwrap();
    let engine = boot(&folder, "two").await;
    settled(&folder, "two").await;
    let new = processes(&engine).await.into_iter().find(|process| process.id != old.id).unwrap();
    assert_eq!((new.state, new.spec.limits.output_bytes), (ProcessState::Running, 64 << 10), "{:?}", new.exit);
    stop_all(&engine).await;
}
