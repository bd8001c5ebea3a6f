//! Processes that wait until others end.

mod failures;
mod restarts;

use crate::common::{KEEPER, ME, TempFolder, config, database, eventually, read_output, running, sh, spec, within};
use execdeck_engine::{CopyError, Engine, EngineConfig, Error, Event, ReadAs, copy};
use execdeck_wire::{Exit, Process, ProcessFilter, ProcessSpec, ProcessState, TerminalSize};
use std::{
    io::Write,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
};
use uuid::Uuid;

async fn engine_for(folder: &TempFolder, concurrent: usize) -> Engine {
    Engine::open(EngineConfig { concurrent, ..config(folder.path()) }).await.unwrap()
}

async fn create(engine: &Engine, words: &[&str]) -> Process {
    engine.create(ME, spec(words)).await.unwrap()
}

async fn position(engine: &Engine, id: Uuid) -> (ProcessState, Option<u32>) {
    let process = engine.get(id).await.unwrap();
    (process.state, process.queue_position)
}

async fn kill(engine: &Engine, process: &Process) -> Process {
    engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(engine.wait(process.id)).await.unwrap()
}

fn file(folder: &TempFolder, process: &Process, name: &str) -> PathBuf {
    folder.path().join("processes").join(process.id.to_string()).join(name)
}

const QUEUED: ProcessState = ProcessState::Queued;

#[tokio::test(flavor = "multi_thread")]
async fn processes_beyond_the_limit_wait_and_are_started_in_order_as_others_end() {
    let folder = TempFolder::new();
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91600"]).await;
    let mut waiting = Vec::new();
    for number in 1..=3 {
        let process = create(&engine, &["sleep", "91600"]).await;
        assert_eq!((process.state, process.queue_position, process.pid), (QUEUED, Some(number), None));
        waiting.push(process);
    }
    assert_eq!((engine.active(), engine.queued(), running("sleep 91600").len()), (4, 3, 1));
    kill(&engine, &first).await;
    eventually(async || engine.get(waiting[0].id).await.unwrap().state == ProcessState::Running).await;
    let filter = |json| serde_json::from_str::<ProcessFilter>(json).unwrap();
    let page = engine.list(filter(r#"{"state":"queued"}"#)).await.unwrap();
    let listed: Vec<_> = page.processes.iter().map(|process| (process.id, process.queue_position)).collect();
    assert_eq!(listed, [(waiting[2].id, Some(2)), (waiting[1].id, Some(1))]);
    assert_eq!((position(&engine, waiting[0].id).await, page.counts.active), ((ProcessState::Running, None), 3));
    for process in &waiting {
        eventually(async || engine.get(process.id).await.unwrap().state == ProcessState::Running).await;
        kill(&engine, process).await;
    }
    assert_eq!((engine.active(), engine.queued()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_is_not_started_from_a_copy_of_the_folder_and_not_said_to_have_run() {
    let (folder, elsewhere) = (TempFolder::new(), TempFolder::new());
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91609"]).await;
    let queued = create(&engine, &["touch", "/no/such"]).await;
    for inside in [folder.path().join("backup"), folder.path().join("processes/../new/backup")] {
        assert!(matches!(copy(folder.path(), &inside, ReadAs::default()), Err(CopyError::Inside(_))));
        assert!(!inside.exists());
    }
    let to = elsewhere.path().join("backup");
    let copied = copy(folder.path(), &to, ReadAs::default()).unwrap();
    assert_eq!((copied.processes, copied.running), (2, 1));
    let restored = Engine::open(config(&to)).await.unwrap();
    let [ran, never] = [within(restored.wait(first.id)).await.unwrap(), within(restored.wait(queued.id)).await.unwrap()];
    assert_eq!((ran.state, never.state, never.started_at), (ProcessState::Interrupted, ProcessState::Interrupted, None));
    assert!(matches!(&never.exit, Some(Exit::Error(text)) if text.starts_with("It was queued when")), "{never:?}");
    assert_eq!(position(&engine, queued.id).await, (QUEUED, Some(1)));
    kill(&engine, &first).await;
    within(engine.wait(queued.id)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_process_can_be_cancelled_and_nothing_else_is_done_to_it() {
    let folder = TempFolder::new();
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91601"]).await;
    for signal in [None, Some("KILL".to_owned())] {
        let [process, behind] = [create(&engine, &["touch", "/no/such"]).await, create(&engine, &["true"]).await];
        for refused in [
            engine.kill(process.id, Some("USR1".into())).await.map(drop),
            engine.write_input(process.id, b"x").await,
            engine.close_input(process.id).await,
            engine.remove(process.id).await,
        ] {
            assert!(matches!(&refused, Err(Error::Conflict(text)) if text.contains("is queued")), "{refused:?}");
        }
        let mut viewer = engine.view(process.id).await.unwrap();
        let cancelled = engine.kill(process.id, signal).await.unwrap();
        assert_eq!((cancelled.state, cancelled.started_at, cancelled.queue_position), (ProcessState::Failed, None, None));
        assert_eq!(cancelled.exit, Some(Exit::Error("Cancelled before it was started.".into())));
        assert!(cancelled.ended_at.is_some() && cancelled.attempts.is_empty());
        assert!(within(viewer.read_next(&mut [0; 16])).await.unwrap().is_none(), "its viewer is told");
        assert_eq!(viewer.process().state, ProcessState::Failed);
        assert_eq!(position(&engine, behind.id).await, (QUEUED, Some(1)));
        engine.kill(process.id, None).await.unwrap();
        engine.remove(process.id).await.unwrap();
        engine.kill(behind.id, None).await.unwrap();
    }
    kill(&engine, &first).await;
    assert_eq!((engine.active(), engine.queued()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_comes_while_a_process_is_queued_stays_through_its_start() {
    let folder = TempFolder::new();
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91602"]).await;
    let mut queued = sh("echo begin; read line; stty size; echo got $line");
    queued.terminal = Some(TerminalSize { cols: 80, rows: 24 });
    let process = engine.create(ME, queued).await.unwrap();
    let mut viewer = engine.view(process.id).await.unwrap();
    assert_eq!((viewer.process().state, viewer.process().queue_position), (QUEUED, Some(1)));
    viewer.resize(TerminalSize { cols: 50, rows: 10 });
    kill(&engine, &first).await;
    let mut text = String::new();
    let mut buffer = [0; 256];
    while !text.contains("begin") {
        let length = match within(viewer.read_next(&mut buffer)).await.unwrap().unwrap() {
            execdeck_engine::Chunk::Output { length, .. } => length,
            gap @ execdeck_engine::Chunk::Gap { .. } => panic!("{gap:?}"),
        };
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    eventually(async || viewer.peek_process().terminal == Some(TerminalSize { cols: 50, rows: 10 })).await;
    engine.write_input(process.id, b"it\n").await.unwrap();
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.exit, Some(Exit::Code(0)));
    let output = String::from_utf8(read_output(&engine, process.id).await).unwrap();
    assert!(output.contains("10 50") && output.contains("got it"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_with_a_full_label_wait_and_do_not_hold_up_the_others() {
    let folder = TempFolder::new();
    let per_label = [("job=backup".to_owned(), 1)].into();
    let engine = Engine::open(EngineConfig { per_label, ..config(folder.path()) }).await.unwrap();
    let labelled = || {
        let mut backup = spec(&["sleep", "91603"]);
        backup.labels.insert("job".into(), "backup".into());
        engine.create(ME, backup)
    };
    let (first, second) = (labelled().await.unwrap(), labelled().await.unwrap());
    assert_eq!((first.state, second.state), (ProcessState::Running, QUEUED));
    let other = create(&engine, &["sleep", "91603"]).await;
    assert_eq!(other.state, ProcessState::Running);
    kill(&engine, &first).await;
    eventually(async || engine.get(second.id).await.unwrap().state == ProcessState::Running).await;
    // Running again goes the same way.
    let again = engine.restart(ME, first.id).await.unwrap();
    assert_eq!((again.state, again.queue_position), (QUEUED, Some(1)));
    for process in [&second, &other] {
        kill(&engine, process).await;
    }
    eventually(async || engine.get(again.id).await.unwrap().state == ProcessState::Running).await;
    kill(&engine, &again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_wait_and_without_a_queue_none_does() {
    let folder = TempFolder::new();
    let engine = Engine::open(EngineConfig { concurrent: 1, queue: 1, ..config(folder.path()) }).await.unwrap();
    let first = create(&engine, &["sleep", "91604"]).await;
    let queued = create(&engine, &["sleep", "91604"]).await;
    let refused = engine.create(ME, spec(&["sleep", "91604"])).await;
    assert!(matches!(refused, Err(Error::QueueFull(1))), "{refused:?}");
    assert_eq!(std::fs::read_dir(folder.path().join("processes")).unwrap().count(), 2);
    for process in [&queued, &first] {
        kill(&engine, process).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_slot_is_lost_whatever_ends_first() {
    let folder = TempFolder::new();
    let engine = engine_for(&folder, 3).await;
    let mut tasks = Vec::new();
    for number in 0..90_u64 {
        let engine = engine.clone();
        tasks.push(tokio::spawn(async move {
            let words: &[&str] = [&["true"][..], &["/no/such/program"], &["sleep", "91608"]][number as usize % 3];
            let process = create(&engine, words).await;
            if number % 2 == 0 {
                tokio::time::sleep(std::time::Duration::from_micros(number * 300)).await;
            }
            kill(&engine, &process).await;
        }));
    }
    for task in tasks {
        within(task).await.unwrap();
    }
    assert_eq!((engine.active(), engine.queued()), (0, 0));
    let mut last = Vec::new();
    for _ in 0..3 {
        last.push(create(&engine, &["sleep", "91608"]).await);
    }
    assert!(last.iter().all(|process| process.state == ProcessState::Running));
    assert_eq!(create(&engine, &["sleep", "91608"]).await.state, QUEUED);
    let stopped = within(engine.stop_all()).await;
    assert_eq!((stopped.stopped, stopped.cancelled, stopped.left.len(), engine.active()), (3, 1, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_told_in_rounds_and_not_to_all_at_each_start() {
    let folder = TempFolder::new();
    let engine = engine_for(&folder, 1).await;
    let first = create(&engine, &["sleep", "91609"]).await;
    let mut queued = Vec::new();
    for _ in 0..100 {
        queued.push(create(&engine, &["sleep", "91609"]).await);
    }
    let watched = engine.view(queued[90].id).await.unwrap();
    let mut events = engine.events();
    kill(&engine, &first).await;
    let mut told = std::collections::HashMap::new();
    let last = queued.last().unwrap().id;
    let mut number = 0;
    while told.get(&last) != Some(&99) {
        let Event::Process(process) = within(events.recv()).await.unwrap() else { continue };
        number += 1;
        if let Some(position) = process.queue_position {
            let earlier = told.insert(process.id, position);
            assert_ne!(earlier, Some(position), "nothing is told twice");
            if told.len() == 21 {
                assert_eq!(watched.peek_process().queue_position, Some(90), "who is watched is told in the first round");
            }
        }
    }
    assert!(number <= 99 + 4, "{number} events for one end and one start");
    let mut positions: Vec<_> = told.into_values().collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=99).collect::<Vec<_>>());
    let stopped = within(engine.stop_all()).await;
    assert_eq!((stopped.stopped, stopped.cancelled), (1, 99));
}
