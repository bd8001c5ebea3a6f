//! `execdeck stop`.

use crate::{
    common::{EXECDECK, TempFolder},
    support::{Server, copy_program, server},
};
use execdeck_wire::{Exit, Process, ProcessState};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Runs `execdeck stop`; whether it succeeded, and what it printed to standard output and standard error.
fn stop(folder: &Path, args: &[&str]) -> (bool, String, String) {
    let output = Command::new(EXECDECK).arg("stop").args(args).arg("--data").arg(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

async fn get(server: &Server, process: &Process) -> Process {
    let found: Value = server.call("get_process", json!({ "id": process.id })).await.1;
    serde_json::from_value(found).unwrap()
}

fn signal(signal: &str, pid: &str) {
    assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_the_server_and_leaves_its_processes() {
    let (mut server, folder) = server().await;
    let process = server.sh("sleep 94070").await;
    let (success, said, error) = stop(folder.path(), &[]);
    assert!(success && error.is_empty(), "{error}");
    assert_eq!(said, format!("stopped the server (process {})\n", server.child.id()));
    assert!(server.child.wait().unwrap().success(), "it had ended by then, as it does by itself");
    let (success, said, error) = stop(folder.path(), &[]);
    assert_eq!((success, said.as_str()), (false, ""));
    assert_eq!(error, format!("execdeck: no server uses {}\n", folder.path().display()));
    let server = Server::start(folder.path());
    assert_eq!(get(&server, &process).await.state, ProcessState::Running);
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;

    let none = TempFolder::new();
    let (success, _, error) = stop(&none.path().join("nothing"), &["--all"]);
    assert!(!success && error.contains("no server has used"), "{error}");
    assert!(!none.path().join("nothing").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_all_stops_processes_in_their_grace_periods_at_the_same_time_and_cancels_the_queue() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[("EXECDECK_PROCESS_CONCURRENT", "4")]);
    let mut ignoring = Vec::new();
    for _ in 0..3 {
        let script = "trap '' TERM; echo ready; while :; do sleep 94071; done";
        let spec = json!({ "program": "sh", "args": ["-c", script], "stop": { "grace_seconds": 2 } });
        ignoring.push(server.create(spec).await);
    }
    for process in &ignoring {
        crate::common::eventually(async || get(&server, process).await.output.end > 0).await;
    }
    let gentle = server.sh("trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done").await;
    crate::common::eventually(async || get(&server, &gentle).await.output.end > 0).await;
    let queued = server.sh("true").await;
    assert_eq!(queued.state, ProcessState::Queued);
    let began = Instant::now();
    let (success, said, error) = stop(folder.path(), &["--all"]);
    assert!(success && error.is_empty(), "{error}");
    let took = began.elapsed();
    assert!((Duration::from_secs(2)..Duration::from_secs(6)).contains(&took), "{took:?}");
    let lines: Vec<_> = said.lines().skip(1).collect();
    let expected = ["stopping 4 processes, each with its grace period", "cancelled 1 process in the queue", "stopped 4 processes"];
    assert_eq!(lines, expected, "{said}");
    let (success, said, error) = stop(folder.path(), &["--all"]);
    assert!(!success && said.is_empty() && error.contains("nothing runs in"), "{said} {error}");
    let server = Server::start(folder.path());
    for process in &ignoring {
        assert_eq!(get(&server, process).await.exit, Some(Exit::Signal("KILL".into())));
    }
    assert_eq!(get(&server, &gentle).await.exit, Some(Exit::Code(7)));
    assert_eq!(get(&server, &queued).await.exit, Some(Exit::Error("Cancelled before it was started.".into())));
    let (_, audit) = server.call("list_audit", json!({ "filter": { "action": "stop_all" } })).await;
    assert_eq!(audit["entries"].as_array().unwrap().len(), 2, "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_all_works_without_a_server_and_reports_what_it_cannot_stop() {
    let (mut server, folder) = server().await;
    let process = server.sh("sleep 94072").await;
    let wedged = server.sh("sleep 94072").await;
    server.kill();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", wedged.pid.unwrap())).unwrap();
    let keeper = stat.rsplit(')').next().unwrap().split(' ').nth(2).unwrap().to_owned();
    signal("-STOP", &keeper);
    let (success, said, error) = stop(folder.path(), &["--all"]);
    assert!(!success && error == "execdeck: 1 process could not be stopped\n", "{error}");
    assert!(said.contains("stopped 1 process\n"), "{said}");
    let left = said.lines().last().unwrap();
    assert!(left.starts_with("not stopped: sh") && left.contains(&wedged.id.to_string()) && left.contains("isn't responding"), "{said}");
    signal("-CONT", &keeper);
    let server = Server::start(folder.path());
    assert_eq!(get(&server, &process).await.exit, Some(Exit::Signal("TERM".into())));
    server.call("kill_process", json!({ "id": wedged.id, "signal": "KILL" })).await;
    server.ended(wedged.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_all_says_so_and_fails_if_it_cannot_be_put_on_record() {
    let (mut server, folder) = server().await;
    let process = server.sh("sleep 94073").await;
    server.kill();
    let database = rusqlite::Connection::open(folder.path().join("deck.db")).unwrap();
    database.execute_batch("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END").unwrap();
    std::fs::remove_file(folder.path().join("audit.reserve")).unwrap();
    std::fs::create_dir(folder.path().join("audit.reserve")).unwrap();
    let (success, said, error) = stop(folder.path(), &["--all"]);
    assert!(!success && said.ends_with("stopped 1 process\n"), "{said}");
    assert!(error.contains("the stop was not recorded in the audit: "), "{error}");
    assert!(!Path::new(&format!("/proc/{}", process.pid.unwrap())).exists());
}

/// The options of `setpriv(1)` for a user without rights.
const NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];

/// Runs `execdeck stop` as another user than root, started by `setpriv(1)` with these options.
fn stop_as(program: &Path, options: &[&str], folder: &Path) -> (bool, String, String) {
    let mut command = Command::new("setpriv");
    command.args(options).arg(program).args(["stop", "--data"]).arg(folder).env("HOME", "/").current_dir("/");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_finds_a_server_with_capabilities_and_tells_another_user_whom_to_ask() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: only root can start a server with capabilities");
    }
    let folder = TempFolder::new();
    let (data, copy) = (folder.path().join("data"), folder.path().join("execdeck"));
    // A copy, since nobody may enter the folder that it was built in.
    copy_program(EXECDECK, &copy);
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::chown(&data, Some(65534), Some(65534)).unwrap();
    for (path, mode) in [(folder.path(), 0o755), (copy.as_path(), 0o755), (data.as_path(), 0o700)] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }
    let start = || {
        let mut server = Command::new("setpriv");
        server.args(NOBODY).args(["--inh-caps=+chown,+setuid", "--ambient-caps=+chown,+setuid"]).arg(&copy);
        server.args(["serve", "--address", "127.0.0.1:0", "--data"]).arg(&data);
        let mut server = server.env("HOME", "/").env("EXECDECK_LOG", "error").current_dir("/").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().starts_with("listening"));
        server
    };
    let mut server = start();
    let (success, said, error) = stop_as(&copy, &["--reuid=1", "--regid=1", "--clear-groups"], &data);
    assert!(!success && said.is_empty() && error.contains("as the user that runs the server, or as root"), "{said} {error}");
    // The user of the server, and root as in a container, which may not look at the descriptors of another user's processes.
    for options in [NOBODY.as_slice(), &["--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]] {
        let (success, said, error) = stop_as(&copy, options, &data);
        assert!(success && said == format!("stopped the server (process {})\n", server.id()), "{said} {error}");
        assert!(server.wait().unwrap().success());
        server = start();
    }
    assert!(stop(&data, &[]).0);
    assert!(server.wait().unwrap().success());
}
