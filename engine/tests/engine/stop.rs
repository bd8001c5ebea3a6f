use crate::common::{TestEngine, eventually, read_output, running, sh, spec, within};
use execdeck_engine::Error;
use execdeck_wire::{Exit, ProcessSpec, ProcessState, StopSpec};

/// The state of a process in `/proc`, such as `T` for a suspended one.
fn state_of(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

fn grace(spec: ProcessSpec, grace_seconds: u32) -> ProcessSpec {
    ProcessSpec { stop: StopSpec { grace_seconds, ..StopSpec::default() }, ..spec }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_leaves_nothing_of_the_tree_not_even_what_ignores_it_or_left_the_session() {
    let test = TestEngine::new().await;
    let script = "sleep 91997 & setsid sleep 91998 & (setsid sh -c 'trap \"\" TERM; sleep 91999' &) ; trap '' TERM; echo up; while :; do sleep 0.05; done";
    let process = test.start(grace(sh(script), 1)).await;
    eventually(async || {
        ["sleep 91997", "sleep 91998", "sleep 91999"].iter().all(|line| running(line).iter().any(|found| found.starts_with("sleep")))
    })
    .await;
    test.output_contains(&process, "up").await;
    let stopping = test.engine.kill(process.id, None).await.unwrap();
    assert_eq!(stopping.state, ProcessState::Stopping);
    let again = test.engine.kill(process.id, None).await.unwrap();
    assert!(matches!(again.state, ProcessState::Stopping | ProcessState::Killed));
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Killed, Some(Exit::Signal("KILL".into()))));
    assert_eq!(running("sleep 9199"), Vec::<String>::new());
    let after = test.engine.kill(process.id, None).await.unwrap();
    assert_eq!(after.state, ProcessState::Killed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_handles_the_signal_has_exited_with_its_code() {
    let test = TestEngine::new().await;
    let process = test.start(sh("trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done")).await;
    test.output_contains(&process, "up").await;
    test.engine.kill(process.id, None).await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(3))));
    test.output_contains(&process, "bye\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_process_can_be_stopped() {
    let test = TestEngine::new().await;
    let process = test.start(spec(&["sleep", "92000"])).await;
    test.engine.kill(process.id, Some("STOP".into())).await.unwrap();
    eventually(async || state_of(process.pid.unwrap()) == Some('T')).await;
    test.engine.kill(process.id, None).await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.exit, Some(Exit::Signal("TERM".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_signal_reaches_the_leader_alone() {
    let test = TestEngine::new().await;
    let script =
        "trap 'echo leader' USR1; sh -c 'trap \"echo child\" USR1; echo up; while :; do sleep 0.05; done' & while :; do wait; done";
    let process = test.start(sh(script)).await;
    test.output_contains(&process, "up").await;
    test.engine.kill(process.id, Some("USR1".into())).await.unwrap();
    test.output_contains(&process, "leader").await;
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
    let output = read_output(&test.engine, process.id).await;
    assert!(!String::from_utf8(output).unwrap().contains("child"));
    let error = test.engine.kill(process.id, Some("SIGFOO".into())).await.unwrap_err();
    assert!(matches!(error, Error::Field("signal", _)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_stops_it_and_says_so() {
    let test = TestEngine::new().await;
    let (ended, _) = test.run(ProcessSpec { timeout_seconds: Some(1), ..spec(&["sleep", "92001"]) }).await;
    assert_eq!((ended.state, ended.exit), (ProcessState::TimedOut, Some(Exit::Signal("TERM".into()))));
}

#[tokio::test(flavor = "multi_thread")]
async fn descendants_that_outlive_the_leader_and_hold_its_pipe_are_stopped() {
    let test = TestEngine::new().await;
    let (ended, output) = test.run(grace(sh("(trap '' TERM; sleep 92002) & echo last; exit 5"), 1)).await;
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(5))));
    assert_eq!(output, b"last\n");
    assert_eq!(running("sleep 92002"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_has_ended_can_be_removed_and_then_it_is_gone() {
    let test = TestEngine::new().await;
    let process = test.start(spec(&["sleep", "92003"])).await;
    assert!(matches!(test.engine.remove(process.id).await, Err(Error::Conflict(_))));
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
    test.engine.remove(process.id).await.unwrap();
    assert!(matches!(test.engine.get(process.id).await, Err(Error::NotFound(_))));
    assert_eq!(std::fs::read_dir(test.folder.path().join("processes")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_prints_without_end_is_watched_and_stopped_as_any_other() {
    let test = TestEngine::new().await;
    let mut spec = sh("while :; do echo x; done");
    spec.terminal = Some(execdeck_wire::TerminalSize { cols: 80, rows: 24 });
    let process = test.start(spec).await;
    eventually(async || test.engine.get(process.id).await.unwrap().output.end > 1000).await;
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.exit, Some(Exit::Signal("KILL".into())));
}
