//! Limits of memory, CPU and processes. Where the kernel offers no controllers for control groups v2, they are refused; a virtual
//! machine (`scripts/vm.sh`) shows that they strike where it does.

use crate::common::{ME, TestEngine, close, eventually, keeper_of, reopen, running, sh, signal, spec, within};
use execdeck_engine::Error;
use execdeck_wire::{Exit, Limits, Process, ProcessSpec, ProcessState, RestartPolicy, RestartSpec, Sandbox};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

fn limited(limits: Limits, spec: ProcessSpec) -> ProcessSpec {
    ProcessSpec { limits, cwd: Some("/".into()), ..spec }
}

fn memory(memory_bytes: u64) -> Limits {
    Limits { memory_bytes, ..Limits::default() }
}

fn processes(processes: u32) -> Limits {
    Limits { processes, ..Limits::default() }
}

/// An engine where limits can be enforced; none, and a reason, where they are refused.
async fn where_limits_work() -> Option<TestEngine> {
    let test = TestEngine::new().await;
    match test.engine.create(ME, limited(processes(50), spec(&["true"]))).await {
        Err(Error::Field(_, reason)) => {
            assert!(std::env::var_os("EXECDECK_TEST_VM").is_none(), "{reason}");
            eprintln!("skipped: {reason}");
            None
        }
        started => {
            within(test.engine.wait(started.unwrap().id)).await.unwrap();
            Some(test)
        }
    }
}

fn text(output: Vec<u8>) -> String {
    String::from_utf8(output).unwrap()
}

/// The control group of a running process.
fn group_of(process: &Process) -> PathBuf {
    let groups = fs::read_to_string(format!("/proc/{}/cgroup", process.pid.unwrap())).unwrap();
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap();
    Path::new("/sys/fs/cgroup").join(path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_cannot_be_enforced_is_refused_by_its_name_with_the_reason() {
    let test = TestEngine::new().await;
    for (limits, field) in [
        (memory(64 << 20), "limits.memory_bytes"),
        (Limits { cpu_percent: 50, ..Limits::default() }, "limits.cpu_percent"),
        (processes(50), "limits.processes"),
    ] {
        match test.engine.create(ME, limited(limits, spec(&["true"]))).await {
            Err(Error::Field(name, reason)) => {
                assert_eq!(name, field);
                assert!(reason.contains("cannot be enforced here: ") && reason.contains("Delegate=memory cpu pids"), "{reason}");
                assert!(test.engine.list(Default::default()).await.unwrap().processes.is_empty());
            }
            started => assert_eq!(within(test.engine.wait(started.unwrap().id)).await.unwrap().exit, Some(Exit::Code(0))),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_needs_more_memory_is_killed_whole_and_the_limit_is_named() {
    let Some(test) = where_limits_work().await else { return };
    let script = "sleep 94301 & echo up; x=$(head -c 60000000 /dev/zero | tr '\\0' x); echo survived";
    let (ended, output) = test.run(limited(memory(24 << 20), sh(script))).await;
    assert_eq!((ended.state, ended.exit), (ProcessState::Killed, Some(Exit::Signal("KILL".into()))));
    assert_eq!(ended.limit_hit.as_deref(), Some("memory_bytes"));
    assert_eq!(ended.attempts[0].limit_hit.as_deref(), Some("memory_bytes"));
    assert!(!text(output).contains("survived"));
    assert_eq!(running("sleep 94301"), Vec::<String>::new());
    let (ended, _) = test.run(limited(memory(256 << 20), sh(script))).await;
    assert_eq!((ended.exit, ended.limit_hit), (Some(Exit::Code(0)), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_stays_within_its_limit_and_is_gone_a_second_after_the_kill() {
    let Some(test) = where_limits_work().await else { return };
    let script = "bomb() { bomb & bomb & sleep 94302; }; echo up; bomb; while :; do sleep 94302; done";
    let mut spec = limited(processes(40), sh(&format!("trap '' TERM; {script}")));
    spec.stop.grace_seconds = 1;
    let process = test.start(spec).await;
    let group = group_of(&process);
    eventually(async || fs::read_to_string(group.join("pids.events")).unwrap() != "max 0\n").await;
    let count: u32 = fs::read_to_string(group.join("pids.peak"))
        .or_else(|_| fs::read_to_string(group.join("pids.current")))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(count <= 40, "{count}");
    test.engine.kill(process.id, None).await.unwrap();
    let asked = Instant::now();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert!(asked.elapsed() < Duration::from_secs(if cfg!(debug_assertions) { 4 } else { 2 }), "{:?}", asked.elapsed());
    assert_eq!(ended.limit_hit.as_deref(), Some("processes"));
    assert_eq!(running("sleep 94302"), Vec::<String>::new());
    assert!(!group.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_gets_no_more_cpu_than_its_limit() {
    let Some(test) = where_limits_work().await else { return };
    let limits = Limits { cpu_percent: 20, ..Limits::default() };
    let mut spec = limited(limits, sh("(while :; do :; done) & while :; do :; done"));
    spec.timeout_seconds = Some(3);
    spec.stop.grace_seconds = 0;
    let (ended, _) = test.run(spec).await;
    let (used, lasted) = (ended.usage.unwrap().cpu_ms, ended.duration_ms.unwrap());
    assert!(used * 100 <= lasted * 35, "{used} ms in {lasted} ms");
    assert_eq!(ended.limit_hit.as_deref(), Some("timeout_seconds"), "the more important one");
    let script = "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done";
    let (ended, _) = test.run(limited(Limits { cpu_percent: 5, ..Limits::default() }, sh(script))).await;
    assert_eq!((ended.exit, ended.limit_hit.as_deref()), (Some(Exit::Code(0)), Some("cpu_percent")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_without_its_environment_is_killed_when_its_keeper_was() {
    let Some(test) = where_limits_work().await else { return };
    let process = test.start(limited(processes(50), sh("(setsid env -i sleep 94303 &); echo up; sleep 94303"))).await;
    eventually(async || running("sleep 94303").iter().filter(|line| line.starts_with("sleep")).count() == 2).await;
    let group = group_of(&process);
    signal("-KILL", keeper_of(&process));
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::Interrupted);
    assert_eq!(running("sleep 94303"), Vec::<String>::new());
    assert!(!group.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_a_process_has_made_in_its_own_hold_up_neither_its_next_attempt_nor_its_removal() {
    let Some(test) = where_limits_work().await else { return };
    // As a container engine does.
    let nest = "own=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup) && mkdir -p $own/a/b $own/c && echo $$ > $own/a/b/cgroup.procs";
    let mut failing = limited(processes(50), sh(&format!("{nest} && exit 3")));
    failing.restart = RestartSpec { policy: RestartPolicy::OnFailure, max_restarts: 2, backoff_seconds: 0, at_boot: false };
    let (ended, _) = test.run(failing).await;
    let exits: Vec<_> = ended.attempts.iter().map(|attempt| attempt.exit.clone()).collect();
    assert_eq!(exits, vec![Some(Exit::Code(3)); 3]);

    let process = test.start(limited(processes(50), sh(&format!("{nest} && echo up; sleep 94306")))).await;
    test.output_contains(&process, "up").await;
    let nested = group_of(&process);
    let group = nested.parent().and_then(Path::parent).unwrap();
    assert!(nested.ends_with("a/b") && group.join("c").is_dir(), "{}", nested.display());
    signal("-KILL", keeper_of(&process));
    assert_eq!(within(test.engine.wait(process.id)).await.unwrap().state, ProcessState::Interrupted);
    assert!(!group.exists());

    // What is left of a process that no longer exists, and of the attempts above.
    let base = group.parent().unwrap().to_owned();
    let name = group.file_name().unwrap().to_str().unwrap().replace(&process.id.to_string(), &uuid::Uuid::now_v7().to_string());
    fs::create_dir_all(base.join(name).join("a/b")).unwrap();
    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    let _engine = reopen(&folder).await;
    let suffix = group.to_str().unwrap().rsplit('-').next().unwrap();
    let left: Vec<_> = fs::read_dir(&base).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().ends_with(suffix)), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_process_has_a_group_of_its_own_and_no_descriptor_of_it() {
    let Some(test) = where_limits_work().await else { return };
    // More than one core has: it is not slowed down, however slow the machine is.
    let limits = Limits { memory_bytes: 128 << 20, cpu_percent: 400, processes: 30, ..Limits::default() };
    let script = sh("cat /proc/self/cgroup; ls /proc/$$/fd; echo up; sleep 94304");
    for sandbox in [None, Some(Sandbox::default())] {
        let more = if sandbox.is_some() { 2 } else { 0 };
        let process = match test.engine.create(ME, ProcessSpec { sandbox, ..limited(limits.clone(), script.clone()) }).await {
            Err(Error::Field("sandbox", reason)) => return eprintln!("skipped: {reason}"),
            started => started.unwrap(),
        };
        test.output_contains(&process, "up").await;
        let group = group_of(&process);
        let read = |file: &str| fs::read_to_string(group.join(file)).unwrap().trim().to_owned();
        assert_eq!((read("memory.max"), read("memory.oom.group")), ((128_u64 << 20).to_string(), "1".into()));
        assert_eq!((read("cpu.max"), read("pids.max")), ("400000 100000".into(), (30 + more).to_string()));
        assert!(group.file_name().unwrap().to_str().unwrap().starts_with(&format!("process-{}-", process.id)));
        test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
        let ended = within(test.engine.wait(process.id)).await.unwrap();
        assert_eq!(ended.limit_hit, None);
        let output = text(crate::common::read_output(&test.engine, process.id).await);
        assert!(output.contains(&process.id.to_string()) && output.ends_with("\n0\n1\n2\nup\n"), "{output}");
        assert!(!group.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_user_cannot_leave_the_group() {
    let Some(test) = where_limits_work().await else { return };
    let script = "for g in /sys/fs/cgroup /sys/fs/cgroup/*/; do echo 0 > $g/cgroup.procs && echo left; done; echo max > /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/pids.max && echo lifted; echo end";
    let (_, output) =
        test.run(ProcessSpec { run_as: Some("nobody".into()), ..limited(processes(30), sh(&format!("({script}) 2>/dev/null"))) }).await;
    assert_eq!(text(output), "end\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_server_gives_back_limits_that_were_taken_away_with_the_controllers() {
    let Some(test) = where_limits_work().await else { return };
    let process = test.start(limited(processes(33), spec(&["sleep", "94305"]))).await;
    let group = group_of(&process);
    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    fs::write(group.parent().unwrap().join("cgroup.subtree_control"), "-pids -memory -cpu").unwrap();
    assert!(!group.join("pids.max").exists());
    let engine = reopen(&folder).await;
    assert_eq!(fs::read_to_string(group.join("pids.max")).unwrap(), "33\n");
    engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(engine.wait(process.id)).await.unwrap();
    assert!(!group.exists());
}

#[test]
fn limits_strike_in_a_virtual_machine() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/vm.sh");
    if std::env::var_os("EXECDECK_TEST_VM").is_some() || !script.exists() {
        return eprintln!("skipped: this is the virtual machine, or a package without scripts/vm.sh");
    }
    let run = Command::new(script).arg(std::env::current_exe().unwrap()).args(["limits::", "usage::"]).output().unwrap();
    let output = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    match run.status.code() {
        Some(77) => eprintln!("skipped: {output}"),
        code => assert!(
            code == Some(0) && output.contains("test result: ok. 10 passed") && output.contains("test result: ok. 5 passed"),
            "{output}"
        ),
    }
}
