//! Processes that run as another user. What needs root says so and ends where it is missing.

use crate::common::{
    KEEPER, ME, TempFolder, TestEngine, config, copy_program, eventually, is_run_again, keeper_of, run_again, running, sh, signal, spec,
    this_program, within,
};
use execdeck_engine::{Engine, EngineConfig, Error, resolve_run_as};
use execdeck_wire::{Exit, ProcessSpec, ProcessState, Sandbox, TerminalSize};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt, process::Command};

/// Whether the test can go on. It says so if not.
fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: only root can run processes as another user");
    }
    root
}

fn as_user(user: &str, spec: ProcessSpec) -> ProcessSpec {
    ProcessSpec { run_as: Some(user.into()), cwd: Some("/".into()), ..spec }
}

fn text(output: Vec<u8>) -> String {
    String::from_utf8(output).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_has_the_ids_of_its_user_and_group_and_no_others() {
    if !is_root() {
        return;
    }
    let test = TestEngine::new().await;
    let ids = "grep -E '^(Uid|Gid|Groups|CapEff|CapPrm|CapInh)' /proc/self/status";
    let with = |uid: u32, gid: u32| {
        let none = "0".repeat(16);
        format!(
            "Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\nGroups:\t{gid} \nCapInh:\t{none}\nCapPrm:\t{none}\nCapEff:\t{none}\n"
        )
    };
    for (user, expected) in [
        ("nobody", with(65534, 65534)),
        ("65534", with(65534, 65534)),
        ("nobody:daemon", with(65534, 1)),
        ("4000000:4000001", with(4_000_000, 4_000_001)),
    ] {
        let (ended, output) = test.run(as_user(user, sh(ids))).await;
        assert_eq!((ended.exit, text(output)), (Some(Exit::Code(0)), expected), "{user}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_finds_its_users_variables_and_home_unless_its_spec_names_others() {
    if !is_root() {
        return;
    }
    let test = TestEngine::new().await;
    let show = sh("echo $USER $LOGNAME $HOME $SHELL; pwd; env | grep EXECDECK | cut -d= -f1");
    let (_, output) = test.run(ProcessSpec { run_as: Some("daemon".into()), ..show.clone() }).await;
    assert_eq!(text(output), "daemon daemon /usr/sbin /usr/sbin/nologin\n/usr/sbin\nEXECDECK_PROCESS_ID\n");
    let env = [("HOME".to_owned(), "/tmp".to_owned())].into();
    let (_, output) = test.run(ProcessSpec { run_as: Some("daemon".into()), env, ..show.clone() }).await;
    assert!(text(output).starts_with("daemon daemon /tmp "));
    // Its home does not exist.
    let (_, output) = test.run(ProcessSpec { run_as: Some("nobody".into()), ..show }).await;
    assert!(text(output).contains("\n/\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_the_user_may_not_enter_is_not_entered_for_them() {
    if !is_root() {
        return;
    }
    let test = TestEngine::new().await;
    let folder = test.folder.path().join("private");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).unwrap();
    let path = folder.to_str().unwrap();
    let (ended, _) = test.run(ProcessSpec { cwd: Some(path.into()), ..as_user("nobody", spec(&["true"])) }).await;
    let message = format!("Permission denied: {path} (working directory)");
    assert_eq!((ended.state, ended.exit), (ProcessState::Failed, Some(Exit::Error(message))));
    let (ended, _) = test.run(as_user("nobody", spec(&["/no/such/program"]))).await;
    assert_eq!(ended.exit, Some(Exit::Error("No such file or directory: /no/such/program".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_and_terminals_belong_to_the_user() {
    if !is_root() {
        return;
    }
    let test = TestEngine::new().await;
    let script = sh("echo out > /dev/stdout; echo err > /dev/stderr; read line < /dev/stdin; echo got $line");
    for terminal in [None, Some(TerminalSize { cols: 80, rows: 24 })] {
        let process = test.start(ProcessSpec { stdin: true, terminal, ..as_user("nobody", script.clone()) }).await;
        test.output_contains(&process, "err").await;
        test.engine.write_input(process.id, b"this\n").await.unwrap();
        test.output_contains(&process, "got this").await;
        assert_eq!(within(test.engine.wait(process.id)).await.unwrap().exit, Some(Exit::Code(0)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_of_another_user_is_stopped_as_any_other_and_dies_with_its_keeper() {
    if !is_root() {
        return;
    }
    let test = TestEngine::new().await;
    let script = sh("setsid sleep 94101 & trap '' TERM; echo up; sleep 94101; sleep 94101");
    let mut spec = as_user("nobody", script);
    spec.stop.grace_seconds = 1;
    let process = test.start(spec.clone()).await;
    test.output_contains(&process, "up").await;
    test.engine.kill(process.id, None).await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::Killed);
    assert_eq!(running("sleep 94101"), Vec::<String>::new());

    let process = test.start(spec).await;
    test.output_contains(&process, "up").await;
    signal("-KILL", keeper_of(&process));
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::Interrupted);
    eventually(async || running("sleep 94101").is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_of_execdeck_is_out_of_reach_of_another_user() {
    if !is_root() {
        return;
    }
    let test = TestEngine::new().await;
    // Whatever the modes of the folders above are.
    fs::set_permissions(test.folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let mut other = sh("echo up; sleep 94102");
    other.secret_env.insert("TOKEN".into(), "hunter2".into());
    let other = test.start(other).await;
    test.output_contains(&other, "up").await;
    let data = test.folder.path().to_str().unwrap();
    let keeper = keeper_of(&other);
    let files = format!(
        "{data}/execdeck.db {data}/secret.key {data}/lock {data}/processes {data}/processes/{id}/spec.json {data}/processes/{id}/status.json \
         {data}/processes/{id}/output /proc/{keeper}/environ /proc/{keeper}/mem /proc/{keeper}/fd /proc/{pid}/environ",
        id = other.id,
        pid = other.pid.unwrap(),
    );
    let read = format!("for f in {files}; do cat $f >/dev/null 2>&1 || ls $f/ >/dev/null 2>&1; [ $? = 0 ] && echo reached $f; done");
    let script = format!(
        "{read}; [ -S {data}/processes/{}/keeper.sock ] && echo reached socket; kill -0 {keeper} 2>/dev/null && echo reached keeper; \
         kill -0 {} 2>/dev/null && echo reached process; echo end",
        other.id,
        other.pid.unwrap()
    );
    // As the server's own user all of it is there: the test looks at the right places.
    let (_, output) = test.run(ProcessSpec { cwd: Some("/".into()), ..sh(&script) }).await;
    let output = text(output);
    for found in ["execdeck.db\n", "secret.key\n", "spec.json\n", "output\n", "socket\n", "reached keeper\n", "reached process\n"] {
        assert!(output.contains(found), "{found} {output}");
    }
    let (_, output) = test.run(as_user("nobody", sh(&script))).await;
    assert_eq!(text(output), "end\n");
    test.engine.kill(other.id, Some("KILL".into())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_does_not_exist_is_refused_by_name() {
    if !is_root() {
        return;
    }
    let test = TestEngine::new().await;
    let error = test.engine.create(ME, as_user("no-such-user", spec(&["true"]))).await.unwrap_err();
    assert!(matches!(&error, Error::Field("run_as", message) if message.contains("no-such-user")), "{error}");
    assert!(test.engine.list(Default::default()).await.unwrap().processes.is_empty());
}

/// Where the tests find a copy of the keeper that nobody may run, when they are run again as nobody.
const COPY: &str = "EXECDECK_TEST_KEEPER";

/// Runs one test of this program again as nobody, started by `setpriv(1)` with these options as well.
fn run_again_as_nobody(name: &str, options: &[&str]) {
    // Copies, since nobody may enter the folder that they were built in.
    let folder = TempFolder::new();
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let [tests, keeper] = ["tests", "keeper"].map(|name| folder.path().join(name));
    for (from, to) in [(std::env::current_exe().unwrap(), &tests), (KEEPER.into(), &keeper)] {
        copy_program(&from, to);
        fs::set_permissions(to, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).args(options).arg(tests);
    run_again(command.env(COPY, keeper).env("HOME", "/").current_dir("/"), name);
}

/// An engine with the keeper that nobody may run.
async fn engine_of_nobody(keeper: OsString) -> TestEngine {
    let folder = TempFolder::new();
    let config = EngineConfig { keeper: keeper.into(), ..config(folder.path()) };
    TestEngine { engine: Engine::open(config).await.unwrap(), folder }
}

#[test]
fn a_user_that_cannot_be_looked_up_now_is_not_said_to_be_missing() {
    if !is_run_again() {
        return run_again(&mut this_program(), "users::a_user_that_cannot_be_looked_up_now_is_not_said_to_be_missing");
    }
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), maximum }).unwrap();
    for run_as in ["nobody", "no-such-user", "65534", "0:no-such-group"] {
        let found = resolve_run_as(run_as);
        assert!(matches!(&found, Err(Error::Io { .. })), "{run_as}: {found:?}");
    }
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    assert_eq!(resolve_run_as("65534").unwrap().name, "nobody");
    assert!(matches!(resolve_run_as("no-such-user"), Err(Error::Field("run_as", _))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_root_refuses_another_user_and_says_why() {
    let keeper = std::env::var_os(COPY);
    if is_root() && keeper.is_none() {
        return run_again_as_nobody("users::a_server_that_is_not_root_refuses_another_user_and_says_why", &[]);
    }
    let test = engine_of_nobody(keeper.unwrap_or_else(|| KEEPER.into())).await;
    for user in ["root", "nobody", "no-such-user"] {
        let error = test.engine.create(ME, as_user(user, spec(&["true"]))).await.unwrap_err();
        assert!(matches!(&error, Error::Field("run_as", message) if message.contains("CAP_SETUID")), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_gets_the_capabilities_of_a_server_that_is_not_root() {
    let Some(keeper) = std::env::var_os(COPY) else {
        if is_root() {
            let some = "+chown,+kill,+setgid,+setuid,+dac_override";
            let options = [format!("--inh-caps={some}"), format!("--ambient-caps={some}")];
            let name = "users::no_process_gets_the_capabilities_of_a_server_that_is_not_root";
            run_again_as_nobody(name, &options.each_ref().map(String::as_str));
        }
        return;
    };
    let capabilities = |text: &str| text.lines().filter(|line| line.starts_with("Cap") && !line.starts_with("CapBnd")).count();
    let none = |text: &str| text.lines().filter(|line| line.starts_with("Cap") && line.ends_with("\t0000000000000000")).count();
    let own = fs::read_to_string("/proc/self/status").unwrap();
    assert_eq!((capabilities(&own), none(&own)), (4, 0), "{own}");
    let test = engine_of_nobody(keeper).await;
    let status = spec(&["cat", "/proc/self/status"]);
    let (_, output) = test.run(as_user("daemon", status.clone())).await;
    let output = text(output);
    assert_eq!((capabilities(&output), none(&output)), (4, 4), "{output}");
    assert!(output.contains("Uid:\t1\t1\t1\t1\n") && output.contains("Gid:\t1\t1\t1\t1\n"), "{output}");
    // A folder that the server may enter by its capabilities alone.
    let (ended, _) = test.run(ProcessSpec { cwd: Some("/root".into()), ..as_user("daemon", status.clone()) }).await;
    assert_eq!(ended.exit, Some(Exit::Error("Permission denied: /root (working directory)".into())));
    let (_, output) = test.run(ProcessSpec { cwd: Some("/".into()), ..status.clone() }).await;
    let output = text(output);
    // What can be inherited is of no use without a file that has the same capabilities.
    assert_eq!((capabilities(&output), none(&output)), (4, 3), "{output}");
    // bwrap refuses to run with any.
    for user in [None, Some("daemon".to_owned())] {
        let sandbox = Some(Sandbox { network: true, writable: Vec::new() });
        match test.engine.create(ME, ProcessSpec { run_as: user, sandbox, cwd: Some("/".into()), ..status.clone() }).await {
            Err(Error::Field("sandbox", reason)) => assert!(!reason.contains("capabilities"), "{reason}"),
            started => assert_eq!(within(test.engine.wait(started.unwrap().id)).await.unwrap().exit, Some(Exit::Code(0))),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_new_privs_is_set_for_the_whole_tree_only_where_it_is_asked_for() {
    let test = TestEngine::new().await;
    let show = sh("grep NoNewPrivs /proc/self/status");
    let (_, output) = test.run(show.clone()).await;
    assert_eq!(text(output), "NoNewPrivs:\t0\n");
    let (_, output) = test.run(ProcessSpec { no_new_privs: true, ..show }).await;
    assert_eq!(text(output), "NoNewPrivs:\t1\n");
}
