//! What is on record of a disk that is full, which takes a small file system of the test's own.

use crate::{
    audit::is_whole,
    common::{EXECDECK, TempFolder, eventually, within},
    people::{add, nobody, sign_in, with_cookie},
    support::{PASSWORD, Server, client_with, run},
};
use serde_json::json;
use std::{fs, path::Path, process::Command};

/// Set for a test that runs itself again where it may mount.
const MAY_MOUNT: &str = "MAY_MOUNT_FOR_A_TEST";

/// A data folder on a small disk of its own. `test`: its module and name. `None` if the test has been run in mounts of its own, as root
/// or, with a user namespace, as anybody else, since it may not mount here.
pub fn small_disk(test: &str) -> Option<TempFolder> {
    if std::env::var_os(MAY_MOUNT).is_none() {
        run_where_mounts_are_allowed(test);
        return None;
    }
    let folder = TempFolder::new();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs"]).arg(folder.path()).status();
    assert!(mount.unwrap().success());
    Some(folder)
}

fn run_where_mounts_are_allowed(name: &str) {
    let probe = |options: &[&str]| Command::new("unshare").args(options).arg("true").output().is_ok_and(|probe| probe.status.success());
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let way =
        ways.into_iter().find(|way| probe(way)).expect("this test needs a small file system: run it as root, or allow user namespaces");
    let test = std::env::current_exe().unwrap();
    let done = Command::new("unshare").args(way).arg(test).args(["--exact", name, "--nocapture"]).env(MAY_MOUNT, "1").output().unwrap();
    let output = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && output.contains("1 passed"), "{output}{}", String::from_utf8_lossy(&done.stderr));
}

/// A session's cookie as a server at another port knows it.
fn at_port(server: &Server, cookie: &str) -> String {
    let port = server.address.rsplit(':').next().unwrap();
    format!("execdeck-{port}={}", cookie.split_once('=').unwrap().1)
}

/// Takes all the room that there is.
pub fn fill(folder: &Path) {
    let _ = fs::write(folder.join("filler"), vec![0; 16 << 20]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_and_taking_away_work_on_a_full_disk_and_nothing_else_happens_unrecorded() {
    let Some(folder) = small_disk("audit_full_disk::stopping_and_taking_away_work_on_a_full_disk_and_nothing_else_happens_unrecorded")
    else {
        return;
    };
    let mut server = Server::start(folder.path());
    let (vera, carl) = (add(&folder, "vera", "viewer"), add(&folder, "carl", "viewer"));
    let rita = add(&folder, "rita", "admin");
    run(folder.path(), &["user", "add", "sue", "--role", "viewer"], PASSWORD);
    let running = server.sh("sleep 94100").await.id;
    let over = server.sh("true").await.id;
    eventually(async || server.call("get_process", json!({ "id": over })).await.1["state"] == "exited").await;
    let [out, ended, kept] = [sign_in(&server, "sue").await, sign_in(&server, "sue").await, sign_in(&server, "vera").await];
    let post = async |server: &Server, cookie: &str, function: &str, arguments: serde_json::Value| {
        let cookie = at_port(server, cookie);
        let request = nobody().post(server.url(&format!("/api/{function}"))).header("cookie", cookie).json(&arguments);
        within(request.send()).await.unwrap()
    };
    let sessions: serde_json::Value = post(&server, &ended, "list_sessions", json!({})).await.json().await.unwrap();
    let session = sessions.as_array().unwrap().iter().find(|session| session["current"] == true).unwrap()["id"].clone();
    let whoami = async |server: &Server, cookie: &str| post(server, cookie, "whoami", json!({})).await.status().as_u16();
    let by_token = async |server: &Server, token: &str| {
        within(client_with(token).post(server.url("/api/whoami")).json(&json!({})).send()).await.unwrap().status().as_u16()
    };
    assert_eq!([whoami(&server, &out).await, whoami(&server, &ended).await, whoami(&server, &kept).await], [200; 3]);

    // Not a byte is left; what the database still has room for is used up.
    fill(folder.path());
    let start = json!({ "spec": { "program": "true" } });
    within(async { while server.call("create_process", start.clone()).await.0 == 200 {} }).await;
    let (status, error) = server.call("create_process", start.clone()).await;
    assert_eq!((status, error["code"].as_str()), (503, Some("unavailable")), "{error}");
    assert!(error["message"].as_str().unwrap().contains("cannot be recorded"), "{error}");
    let count = async |server: &Server| {
        server.call("list_processes", json!({ "filter": { "limit": 500 } })).await.1["processes"].as_array().unwrap().len()
    };
    let before = count(&server).await;
    assert_eq!(server.call("create_process", start.clone()).await.0, 503);
    assert_eq!(count(&server).await, before);
    assert_eq!(server.call("save_person", json!({ "person": { "name": "new" } })).await.0, 503);

    // Stopping, removing, signing out, and taking away.
    assert_eq!(server.call("kill_process", json!({ "id": running, "signal": "KILL" })).await.0, 200);
    assert_eq!(server.call("remove_process", json!({ "id": over })).await.0, 200);
    fill(folder.path());
    let signed_out = post(&server, &out, "sign_out", json!({})).await;
    assert_eq!(signed_out.status(), 200);
    assert!(signed_out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(server.call("end_session", json!({ "id": session })).await.0, 200);
    assert_eq!(server.call("end_session", json!({ "id": uuid::Uuid::nil() })).await.0, 404);
    let tokens = within(client_with(&rita).post(server.url("/api/list_tokens")).json(&json!({})).send()).await.unwrap();
    let token = tokens.json::<serde_json::Value>().await.unwrap()[0]["id"].clone();
    assert_eq!(server.call("revoke_token", json!({ "id": token })).await.0, 200);
    assert_eq!(server.call("save_person", json!({ "person": { "name": "carl", "disabled": true } })).await.0, 200);
    let holds = async |server: &Server| {
        assert_eq!([whoami(server, &out).await, whoami(server, &ended).await, whoami(server, &kept).await], [401, 401, 200]);
        assert_eq!([by_token(server, &rita).await, by_token(server, &carl).await, by_token(server, &vera).await], [401, 401, 200]);
    };
    holds(&server).await;
    // It holds after a restart, too, when there still is no room.
    server.kill();
    let server = Server::start(folder.path());
    assert_eq!(server.call("create_process", start.clone()).await.0, 503);
    holds(&server).await;
    // Nor when the one before was stopped properly.
    let mut server = server;
    assert!(Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
    server.child.wait().unwrap();
    fill(folder.path());
    let server = Server::start(folder.path());
    assert_eq!(server.call("create_process", start.clone()).await.0, 503);
    holds(&server).await;
    // Many refusals are not in the way of what always happens.
    for _ in 0..400 {
        let refused =
            within(client_with(&vera).post(server.url("/api/save_person")).json(&json!({ "person": { "name": "n".repeat(900) } })).send());
        assert_eq!(refused.await.unwrap().status(), 403);
    }
    // The last administrator stays, whatever is not in the database yet.
    assert_eq!(server.call("save_person", json!({ "person": { "name": "rita", "disabled": true } })).await.0, 200);
    assert_eq!(server.call("save_person", json!({ "person": { "name": "ada", "disabled": true } })).await.0, 409);
    assert!(with_cookie(&server, &at_port(&server, &out), "/admin/exec").await.status().is_redirection());

    // With room, everything is on record and in the database.
    fs::remove_file(folder.path().join("filler")).unwrap();
    let actions = || {
        let text = run(folder.path(), &["audit", "export"], "");
        let entries = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        entries.filter(|entry| entry["outcome"] == "allowed").map(|entry| entry["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    eventually(async || {
        actions().ends_with(
            &["kill_process", "remove_process", "sign_out", "end_session", "revoke_token", "save_person", "save_person"].map(str::to_owned),
        )
    })
    .await;
    holds(&server).await;
    assert!(run(folder.path(), &["user", "list"], "").contains("carl  viewer  disabled"));
    run(folder.path(), &["user", "enable", "carl"], "");
    assert_eq!(by_token(&server, &carl).await, 401, "its token was revoked");
    assert!(!sign_in(&server, "carl").await.is_empty());
    assert_eq!(server.call("create_process", start).await.0, 200);
    is_whole(folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn that_all_processes_were_stopped_on_a_full_disk_is_on_record_once_there_is_room() {
    let Some(folder) = small_disk("audit_full_disk::that_all_processes_were_stopped_on_a_full_disk_is_on_record_once_there_is_room") else {
        return;
    };
    let server = Server::start(folder.path());
    let pid = server.sh("exec sleep 94101").await.pid.unwrap();
    fill(folder.path());
    let start = json!({ "spec": { "program": "true" } });
    within(async { while server.call("create_process", start.clone()).await.0 == 200 {} }).await;
    fill(folder.path());
    let stopped = Command::new(EXECDECK).args(["stop", "--all", "--data"]).arg(folder.path()).output().unwrap();
    let error = String::from_utf8(stopped.stderr).unwrap();
    assert!(stopped.status.success() && error.contains("is on record once a server can write the audit"), "{error}");
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    fs::remove_file(folder.path().join("filler")).unwrap();
    let server = Server::start(folder.path());
    eventually(async || {
        let entries = server.call("list_audit", json!({ "filter": { "action": "stop_all" } })).await.1["entries"].clone();
        entries.as_array().unwrap().iter().any(|entry| entry["via"] == "command" && entry["outcome"] == "allowed")
    })
    .await;
    drop(server);
    is_whole(folder.path());
}
