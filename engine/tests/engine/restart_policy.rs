//! What a restart policy starts again, when, and what is known of each attempt.

mod stops;

use crate::common::{
    ME, TempFolder, TestEngine, config, eventually, keeper_of, read_output, read_stream, reopen, running, sh, signal, within,
};
use execdeck_engine::{Engine, EngineConfig, Error};
use execdeck_wire::{
    Attempt, Exit, MASK, Process, ProcessFilter, ProcessSpec, ProcessState, RestartPolicy, RestartSpec, Stream, TerminalSize,
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// Longer than any test.
const LONG: u32 = 3600;

fn restarted(spec: ProcessSpec, policy: RestartPolicy, max_restarts: u32) -> ProcessSpec {
    ProcessSpec { restart: RestartSpec { policy, max_restarts, backoff_seconds: 0, at_boot: false }, ..spec }
}

fn after(spec: ProcessSpec, backoff_seconds: u32) -> ProcessSpec {
    ProcessSpec { restart: RestartSpec { backoff_seconds, ..spec.restart.clone() }, ..spec }
}

async fn reaches(engine: &Engine, process: &Process, state: ProcessState) -> Process {
    eventually(async || engine.get(process.id).await.unwrap().state == state).await;
    engine.get(process.id).await.unwrap()
}

/// Waits until the process is in this attempt, from 1.
async fn reaches_attempt(engine: &Engine, process: &Process, number: usize) -> Process {
    let is_there = |process: &Process| process.attempts.len() >= number && process.state == ProcessState::Running;
    eventually(async || is_there(&engine.get(process.id).await.unwrap())).await;
    engine.get(process.id).await.unwrap()
}

/// What an attempt printed, by its range.
fn printed<'a>(output: &'a [u8], attempt: &Attempt) -> &'a str {
    std::str::from_utf8(&output[attempt.output.start as usize..attempt.output.end as usize]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_started_again_until_the_policy_gives_up_and_each_attempt_is_on_record() {
    let test = TestEngine::new().await;
    let spec = sh("echo \"out $$\"; echo \"err $$\" >&2; printf end; exit 3");
    let (ended, output) = test.run(restarted(spec, RestartPolicy::OnFailure, 2)).await;
    assert_eq!((ended.state, &ended.exit, ended.gave_up), (ProcessState::Exited, &Some(Exit::Code(3)), true));
    assert_eq!((ended.restarts, ended.attempts.len(), ended.next_start_at), (2, 3, None));
    assert!(ended.is_unsuccessful());
    let mut at = 0;
    let marks = ["restart 1 of 2 in 0.1 s", "restart 2 of 2 in 0.1 s", "gave up after 2 restarts"];
    for (attempt, mark) in ended.attempts.iter().zip(marks) {
        let pid = attempt.pid.unwrap();
        let mut lines: Vec<_> = printed(&output, attempt).split_inclusive('\n').collect();
        lines.sort_unstable();
        assert_eq!(lines.concat(), format!("enderr {pid}\nout {pid}\n"), "two streams come in any order");
        assert_eq!((attempt.output.start, &attempt.exit), (at, &Some(Exit::Code(3))));
        let mark = format!("\n[execdeck] exited with code 3; {mark}\n");
        let mark = if printed(&output, attempt).ends_with('\n') { &mark[1..] } else { &mark };
        let end = attempt.output.end as usize;
        assert_eq!(std::str::from_utf8(&output[end..end + mark.len()]).unwrap(), mark);
        at = (end + mark.len()) as u64;
    }
    assert_eq!(ended.output.end, at);
    let errors = String::from_utf8(read_stream(&test.engine, ended.id, Stream::Stderr).await).unwrap();
    assert_eq!(errors.matches("[execdeck]").count(), 3, "{errors}");
    let (first, last) = (&ended.attempts[0], &ended.attempts[2]);
    assert_eq!((ended.pid, ended.started_at, ended.ended_at), (last.pid, first.started_at, last.ended_at));
    let pauses = ended.attempts.windows(2).map(|pair| pair[1].started_at.unwrap().as_millis() - pair[0].ended_at.unwrap().as_millis());
    assert!(pauses.into_iter().all(|pause| pause >= 99), "{:?}", ended.attempts);
    let whole = ended.ended_at.unwrap().as_millis() - ended.started_at.unwrap().as_millis();
    assert!(ended.duration_ms.unwrap().abs_diff(whole as u64) < 1000 && ended.duration_ms.unwrap() >= 200, "{:?}", ended.duration_ms);
    let listed = test.engine.list(ProcessFilter::default()).await.unwrap().processes.remove(0);
    assert_eq!((listed.attempts, listed.gave_up, listed.restarts), (ended.attempts, true, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_ends_it_on_failure_and_is_started_again_always() {
    let test = TestEngine::new().await;
    let count = test.folder.path().join("count");
    let script = format!("echo x >> {0}; [ $(wc -l < {0}) -ge 3 ]", count.display());
    let (ended, output) = test.run(restarted(sh(&script), RestartPolicy::OnFailure, 5)).await;
    assert_eq!((ended.state, ended.exit, ended.gave_up, ended.restarts), (ProcessState::Exited, Some(Exit::Code(0)), false, 2));
    assert_eq!(String::from_utf8(output).unwrap().lines().count(), 2, "no mark after the last attempt");
    let (ended, output) = test.run(restarted(sh("exit 0"), RestartPolicy::Always, 1)).await;
    assert_eq!((ended.exit, ended.gave_up, ended.restarts, ended.attempts.len()), (Some(Exit::Code(0)), true, 1, 2));
    let marks = "[execdeck] exited with code 0; restart 1 of 1 in 0.1 s\n[execdeck] exited with code 0; gave up after 1 restart\n";
    assert_eq!(String::from_utf8(output).unwrap(), marks);
    let (ended, output) = test.run(restarted(sh("exit 3"), RestartPolicy::Never, 5)).await;
    assert_eq!((ended.restarts, ended.attempts.len(), ended.gave_up, output.len()), (0, 1, false, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_has_the_timeout_for_itself() {
    let test = TestEngine::new().await;
    let spec = ProcessSpec { timeout_seconds: Some(1), ..sh("exec sleep 947103") };
    let (ended, output) = test.run(restarted(spec, RestartPolicy::OnFailure, 1)).await;
    assert_eq!((ended.state, ended.gave_up, ended.attempts.len()), (ProcessState::TimedOut, true, 2));
    assert_eq!(ended.limit_hit.as_deref(), Some("timeout_seconds"));
    assert!(ended.attempts.iter().all(|attempt| attempt.limit_hit == ended.limit_hit));
    assert!(ended.duration_ms >= Some(2000), "{:?}", ended.duration_ms);
    let marks = "[execdeck] timed out after 1 s; restart 1 of 1 in 0.1 s\n[execdeck] timed out after 1 s; gave up after 1 restart\n";
    assert_eq!(String::from_utf8(output).unwrap(), marks);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_attempt_that_cannot_be_started_counts_as_a_failed_one() {
    let test = TestEngine::new().await;
    let program = test.folder.path().join("program");
    let script = format!("#!/bin/sh\nrm {}\nexit 1\n", program.display());
    let install = || {
        fs::write(program.with_extension("new"), &script).unwrap();
        fs::set_permissions(program.with_extension("new"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        fs::rename(program.with_extension("new"), &program).unwrap();
    };
    install();
    let spec = ProcessSpec { program: program.display().to_string(), ..ProcessSpec::default() };
    let (ended, output) = test.run(restarted(spec.clone(), RestartPolicy::OnFailure, 2)).await;
    assert_eq!((ended.state, ended.gave_up, ended.restarts), (ProcessState::Failed, true, 2));
    assert!(matches!(&ended.exit, Some(Exit::Error(error)) if error.contains("No such file")), "{:?}", ended.exit);
    assert_eq!((ended.attempts.len(), ended.attempts[1].pid, ended.pid), (3, None, None));
    assert!(ended.attempts[1].ended_at.is_some() && ended.attempts[1].exit == ended.exit);
    let output = String::from_utf8(output).unwrap();
    assert!(output.contains("[execdeck] could not be started: No such file"), "{output}");
    assert!(output.ends_with("gave up after 2 restarts\n"), "{output}");
    // Once it can be started, it is.
    install();
    let process = test.start(restarted(spec.clone(), RestartPolicy::OnFailure, 1000)).await;
    eventually(async || test.engine.get(process.id).await.unwrap().restarts > 0).await;
    install();
    let ran_again = |process: &Process| process.attempts.iter().filter(|attempt| attempt.pid.is_some()).count() == 2;
    eventually(async || ran_again(&test.engine.get(process.id).await.unwrap())).await;
    test.engine.kill(process.id, None).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
    // The first attempt must be possible.
    let (ended, output) = test.run(restarted(spec, RestartPolicy::Always, 5)).await;
    assert_eq!((ended.state, ended.attempts.len(), ended.gave_up, output.len()), (ProcessState::Failed, 0, false, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn later_attempts_have_the_secrets_and_their_output_is_masked() {
    let folder = TempFolder::new();
    let go = folder.path().join("go");
    let engine = reopen(&folder).await;
    let script = format!("echo \"$TOKEN\" ${{#TOKEN}}; printf 'corr'; until [ -e {} ]; do sleep 0.01; done; exit 1", go.display());
    let secret_env = [("TOKEN".to_owned(), "correct-horse-8".to_owned())].into();
    let spec = ProcessSpec { secret_env, ..sh(&script) };
    let process = engine.create(ME, restarted(spec, RestartPolicy::OnFailure, 1)).await.unwrap();
    // The later attempt is made by the keeper alone.
    drop(engine);
    fs::write(&go, "").unwrap();
    let status = folder.path().join("processes").join(process.id.to_string()).join("status.json");
    eventually(async || fs::read_to_string(&status).unwrap().contains(r#""gave_up":true"#)).await;
    let engine = reopen(&folder).await;
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.attempts.len(), 2);
    let output = read_output(&engine, process.id).await;
    for attempt in &ended.attempts {
        assert_eq!(printed(&output, attempt), format!("{MASK} 15\ncorr"));
    }
    let log = fs::read(folder.path().join("processes").join(process.id.to_string()).join("output/00000000000000000000.log")).unwrap();
    assert_eq!(log, output);
    assert!(!fs::read_to_string(status).unwrap().contains("correct"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_reaches_the_attempt_that_it_was_meant_for_or_nobody() {
    let test = TestEngine::new().await;
    for terminal in [None, Some(TerminalSize { cols: 80, rows: 24 })] {
        let folder = TempFolder::new();
        let file = |name: &str| folder.path().join(name);
        let script = format!(
            "if mkdir {0} 2>/dev/null; then echo first; until [ -e {1} ]; do sleep 0.01; done; exit 1; fi; echo second; read line; echo \"got $line\"",
            file("second").display(),
            file("go").display()
        );
        let spec = ProcessSpec { stdin: true, terminal, ..sh(&script) };
        let process = test.start(after(restarted(spec, RestartPolicy::OnFailure, 1), 1)).await;
        test.output_contains(&process, "first").await;
        test.engine.write_input(process.id, b"early\n").await.unwrap();
        test.engine.close_input(process.id).await.unwrap();
        fs::write(file("go"), "").unwrap();
        reaches(&test.engine, &process, ProcessState::Restarting).await;
        let refused = [test.engine.write_input(process.id, b"waiting\n").await, test.engine.close_input(process.id).await];
        let signalled = test.engine.kill(process.id, Some("USR1".into())).await.map(drop);
        for refused in refused.into_iter().chain([signalled]) {
            assert!(matches!(&refused, Err(Error::Conflict(reason)) if reason.contains("nothing was delivered")), "{refused:?}");
        }
        test.output_contains(&process, "second").await;
        test.engine.write_input(process.id, b"late\n").await.unwrap();
        let ended = within(test.engine.wait(process.id)).await.unwrap();
        assert_eq!((ended.exit, ended.restarts), (Some(Exit::Code(0)), 1));
        let output = String::from_utf8(read_output(&test.engine, process.id).await).unwrap();
        assert!(printed(output.as_bytes(), &ended.attempts[1]).ends_with(if terminal.is_some() { "got late\r\n" } else { "got late\n" }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_has_a_terminal_of_its_own_in_the_present_size() {
    let test = TestEngine::new().await;
    let go = test.folder.path().join("go");
    let script =
        format!("tty; stty size; stty -echo; printf '\\033[?1049hfull'; until [ -e {} ]; do sleep 0.01; done; exit 1", go.display());
    let spec = ProcessSpec { terminal: Some(TerminalSize { cols: 80, rows: 24 }), ..sh(&script) };
    let process = test.start(after(restarted(spec, RestartPolicy::OnFailure, 1), 1)).await;
    let viewer = test.engine.view(process.id).await.unwrap();
    test.output_contains(&process, "full").await;
    fs::write(&go, "").unwrap();
    reaches(&test.engine, &process, ProcessState::Restarting).await;
    let size = TerminalSize { cols: 100, rows: 30 };
    viewer.resize(size);
    eventually(async || test.engine.get(process.id).await.unwrap().terminal == Some(size)).await;
    assert_eq!(test.engine.get(process.id).await.unwrap().state, ProcessState::Restarting);
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    let output = read_output(&test.engine, process.id).await;
    let [first, second] = ended.attempts.as_slice() else { panic!("{:?}", ended.attempts) };
    assert!(printed(&output, first).contains("24 80\r\n") && printed(&output, second).contains("30 100\r\n"));
    let mark = std::str::from_utf8(&output[first.output.end as usize..second.output.start as usize]).unwrap();
    assert!(
        mark.starts_with('\x18') && mark.contains("\x1b[?1049l") && mark.contains("\x1b[0m\r\n[execdeck] exited with code 1; "),
        "{mark:?}"
    );
    assert!(mark.ends_with(" s\r\n"), "{mark:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_attempt_is_left_when_the_next_one_starts() {
    let test = TestEngine::new().await;
    let seen = test.folder.path().join("seen");
    // The later attempt looks for what the first one has left, in a session of its own and without its environment.
    let script = format!(
        "if mkdir {0} 2>/dev/null; then env -i setsid sh -c 'trap \"\" TERM; sleep 947104' & sleep 0.3; exit 1; fi
         grep -lzx '94710[4]' /proc/[0-9]*/cmdline 2>/dev/null; exit 0",
        seen.display()
    );
    let mut spec = restarted(sh(&script), RestartPolicy::OnFailure, 1);
    spec.stop.grace_seconds = 0;
    let (ended, output) = test.run(spec).await;
    assert_eq!((ended.exit, ended.attempts.len()), (Some(Exit::Code(0)), 2));
    assert_eq!(printed(&output, &ended.attempts[1]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_lasts_begins_the_count_anew() {
    let folder = TempFolder::new();
    let calm_after = Some(Duration::from_millis(300));
    let engine = Engine::open(EngineConfig { calm_after, ..config(folder.path()) }).await.unwrap();
    let script = format!(
        "env | grep -c EXECDECK_CALM; echo x >> {0}; [ $(wc -l < {0}) -ge 4 ] || sleep 0.5; exit 1",
        folder.path().join("count").display()
    );
    let process = engine.create(ME, restarted(sh(&script), RestartPolicy::OnFailure, 1)).await.unwrap();
    let ended = within(engine.wait(process.id)).await.unwrap();
    // Three that lasted, the restart after the last of them, and no other.
    assert_eq!((ended.attempts.len(), ended.restarts, ended.gave_up), (4, 3, true));
    let output = String::from_utf8(read_output(&engine, process.id).await).unwrap();
    assert_eq!(output.matches("restart 1 of 1").count(), 3, "{output}");
    assert_eq!(printed(output.as_bytes(), &ended.attempts[0]), "0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_meanwhile_changes_nothing_and_the_next_one_knows_all_attempts() {
    let folder = TempFolder::new();
    let go = folder.path().join("go");
    // A server of its own that is killed: its tasks end wherever they are.
    let server = tokio::runtime::Runtime::new().unwrap();
    let path = folder.path().to_owned();
    let engine = within(server.spawn(async move { Engine::open(config(&path)).await.unwrap() })).await.unwrap();
    let script = format!("until [ -e {0} ]; do sleep 0.01; done; rm {0}; exit 4", go.display());
    let spec = after(restarted(sh(&script), RestartPolicy::Always, 9), 2);
    let creator = engine.clone();
    let process = within(server.spawn(async move { creator.create(ME, spec).await.unwrap() })).await.unwrap();
    fs::write(&go, "").unwrap();
    let waits = reaches(&engine, &process, ProcessState::Restarting).await;
    server.shutdown_background();
    drop(engine);
    let engine = reopen(&folder).await;
    let found = engine.get(process.id).await.unwrap();
    assert_eq!((found.state, found.pid, found.next_start_at), (ProcessState::Restarting, None, waits.next_start_at));
    assert_eq!((&found.attempts, found.restarts), (&waits.attempts, 0));
    let second = reaches_attempt(&engine, &process, 2).await;
    assert!(second.attempts[1].started_at.unwrap() >= waits.next_start_at.unwrap());
    assert_eq!((second.attempts[0].clone(), second.restarts, second.next_start_at), (waits.attempts[0].clone(), 1, None));
    // It is restarted while no server is there, too.
    drop(engine);
    fs::write(&go, "").unwrap();
    let status = folder.path().join("processes").join(process.id.to_string()).join("status.json");
    eventually(async || fs::read_to_string(&status).unwrap().contains(r#""restarts":2"#)).await;
    let engine = reopen(&folder).await;
    let third = reaches_attempt(&engine, &process, 3).await;
    assert_eq!((third.restarts, third.state, third.attempts[2].pid), (2, ProcessState::Running, third.pid));
    engine.kill(process.id, None).await.unwrap();
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.restarts, ended.attempts.len(), ended.gave_up), (2, 3, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_is_killed_while_it_waits_leaves_an_interrupted_process_that_is_not_started_again() {
    let test = TestEngine::new().await;
    let spec = after(restarted(sh("sleep 0.5; exit 1"), RestartPolicy::Always, 5), LONG);
    let process = test.start(spec).await;
    let keeper = keeper_of(&process);
    reaches(&test.engine, &process, ProcessState::Restarting).await;
    signal("-KILL", keeper);
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.next_start_at, ended.attempts.len()), (ProcessState::Interrupted, None, 1));
    assert_eq!(ended.attempts[0].exit, Some(Exit::Code(1)));
    assert!(!Path::new(&format!("/proc/{keeper}")).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_crashes_all_the_time_keeps_its_first_attempt_and_the_latest() {
    let test = TestEngine::new().await;
    let process = test.start(restarted(sh("exit 1"), RestartPolicy::Always, 110)).await;
    let began = Instant::now();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(11), "{:?}", began.elapsed());
    assert_eq!((ended.restarts, ended.attempts.len(), ended.gave_up), (110, 100, true));
    assert_eq!((ended.attempts[0].pid, ended.attempts[0].started_at), (process.pid, process.started_at));
    let mut gaps = ended.attempts.windows(2).map(|pair| pair[1].output.start - pair[0].output.end);
    let line = "[execdeck] exited with code 1; restart 1 of 110 in 0.1 s\n".len() as u64;
    assert!(gaps.next().unwrap() > 10 * line, "the second attempt and the next ten are no longer there");
    assert!(gaps.all(|gap| (line..line + 3).contains(&gap)));
    let listed = test.engine.list(ProcessFilter::default()).await.unwrap().processes.remove(0);
    assert_eq!((listed.attempts.as_slice(), listed.spec_shortened), (&ended.attempts[97..], true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_allows_no_restart_is_refused() {
    let test = TestEngine::new().await;
    let error = test.engine.create(ME, restarted(sh("exit 1"), RestartPolicy::OnFailure, 0)).await.unwrap_err();
    assert!(matches!(&error, Error::Spec(error) if error.field == "restart.max_restarts"), "{error}");
}
