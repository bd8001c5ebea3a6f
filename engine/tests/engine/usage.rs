//! What the tree of a process uses, sampled by its keeper.

use crate::common::{ME, TempFolder, TestEngine, eventually, keeper_of, reopen, sh, signal, spec, within};
use execdeck_engine::{Engine, Event};
use execdeck_wire::{Process, ProcessFilter, ProcessState, Usage};
use std::process::Command;

/// A child that uses almost two seconds of CPU time, however long that takes.
const BURN: &str = "(ulimit -t 2; while :; do :; done)";

async fn usage(engine: &Engine, process: &Process) -> Usage {
    engine.get(process.id).await.unwrap().usage.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_tree_counts_whatever_session_it_moved_to_and_also_what_has_ended() {
    let test = TestEngine::new().await;
    // An orphan in a session of its own, and a child that has been waited for.
    let process = test.start(sh(&format!("(setsid sleep 94101 &); {BURN}; sleep 94102"))).await;
    eventually(async || matches!(usage(&test.engine, &process).await, Usage { cpu_ms: 1500.., processes: 3, .. })).await;
    let live = usage(&test.engine, &process).await;
    assert!(live.memory_bytes > 0 && live.peak_memory_bytes >= live.memory_bytes, "{live:?}");
    let page = test.engine.list(ProcessFilter::default()).await.unwrap();
    assert_eq!(page.processes[0].usage.unwrap().processes, 3);
    test.engine.kill(process.id, None).await.unwrap();
    let used = within(test.engine.wait(process.id)).await.unwrap().usage.unwrap();
    let samples = test.engine.usage(process.id).await.unwrap();
    assert!(samples.windows(2).all(|pair| pair[0].time < pair[1].time && pair[0].cpu_ms <= pair[1].cpu_ms), "{samples:?}");
    let last = samples.last().unwrap();
    assert_eq!((last.cpu_ms, last.memory_bytes, last.processes), (used.cpu_ms, 0, 0));
    assert!(samples.iter().any(|sample| sample.processes == 3));
    assert!(samples.iter().all(|sample| sample.memory_bytes <= used.peak_memory_bytes), "{used:?} {samples:?}");
    assert_eq!((used.cpu_percent, used.memory_bytes, used.processes), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn time_that_nobody_waited_for_stays_counted() {
    let test = TestEngine::new().await;
    // The kernel forgets the time of children of a process that ignores SIGCHLD.
    let script = format!("$SIG{{CHLD}} = 'IGNORE'; fork or exec 'sh', '-c', '{BURN}'; sleep 94103");
    let process = test.start(spec(&["perl", "-e", &script])).await;
    eventually(async || matches!(usage(&test.engine, &process).await, Usage { cpu_ms: 500.., processes: 1, .. })).await;
    let before = usage(&test.engine, &process).await.cpu_ms;
    test.engine.kill(process.id, None).await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert!(ended.usage.unwrap().cpu_ms >= before, "{:?} {before}", ended.usage);
}

#[tokio::test(flavor = "multi_thread")]
async fn children_of_threads_are_found() {
    let test = TestEngine::new().await;
    let this = std::env::current_exe().unwrap();
    let process = test.start(spec(&[this.to_str().unwrap(), "--ignored", "--exact", "usage::a_thread_with_a_child"])).await;
    eventually(async || usage(&test.engine, &process).await.processes == 2).await;
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
}

/// What [`children_of_threads_are_found`] runs: the harness runs a test in a thread.
#[test]
#[ignore = "it is a part of another test"]
fn a_thread_with_a_child() {
    Command::new("sleep").arg("94104").status().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_no_event_and_no_new_revision() {
    let test = TestEngine::new().await;
    let process = test.start(spec(&["sleep", "94107"])).await;
    let mut events = test.engine.events();
    eventually(async || test.engine.usage(process.id).await.unwrap().len() >= 2).await;
    let now = test.engine.get(process.id).await.unwrap();
    assert_eq!(now.revision, process.revision);
    assert!(events.try_recv().is_err());
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
    let Ok(Event::Process(_)) = within(events.recv()).await else { panic!("the end is an event") };
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sampled_is_there_for_the_next_server_and_when_the_keeper_was_killed() {
    let folder = TempFolder::new();
    let engine = reopen(&folder).await;
    let process = engine.create(ME, sh(&format!("{BURN}; sleep 94108"))).await.unwrap();
    eventually(async || usage(&engine, &process).await.cpu_ms >= 1500).await;
    let before = usage(&engine, &process).await;
    drop(engine);
    let engine = reopen(&folder).await;
    // With the keeper's greeting, before the next sample.
    let found = usage(&engine, &process).await;
    assert!(found.cpu_ms >= before.cpu_ms && found.peak_memory_bytes >= before.peak_memory_bytes, "{found:?}");
    drop(engine);
    signal("-KILL", keeper_of(&process));
    let engine = reopen(&folder).await;
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::Interrupted);
    let (used, samples) = (ended.usage.unwrap(), engine.usage(process.id).await.unwrap());
    assert!(used.cpu_ms >= found.cpu_ms && used.peak_memory_bytes >= before.memory_bytes, "{used:?}");
    assert_eq!((used.processes, used.memory_bytes), (0, 0));
    assert!(samples.iter().all(|sample| sample.memory_bytes <= used.peak_memory_bytes));
    // Whatever becomes of the file, the process and what is left of its samples can be read.
    let file = folder.path().join("processes").join(process.id.to_string()).join("usage");
    for cut in (0..=file.metadata().unwrap().len()).rev() {
        std::fs::File::options().write(true).open(&file).unwrap().set_len(cut).unwrap();
        assert_eq!(engine.usage(process.id).await.unwrap(), samples[..(cut / 32) as usize]);
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(engine.usage(process.id).await.unwrap(), []);
    engine.remove(process.id).await.unwrap();
    assert!(engine.usage(process.id).await.is_err());
}
