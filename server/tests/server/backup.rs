//! What docs/backup.md says, done: a backup beside a running server, a check, and a restore beside the original.

use crate::{
    common::{EXECDECK, TempFolder, eventually, within},
    support::{Server, get, run, server},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

#[test]
fn a_folder_that_no_server_has_used_has_nothing_to_copy_or_check() {
    let folder = TempFolder::new();
    run(folder.path(), &["user", "add", "ada", "--role", "admin"], crate::support::PASSWORD);
    let target = folder.path().with_extension("copy");
    for args in [&["backup", target.to_str().unwrap()][..], &["check"]] {
        let refused = execdeck(args, folder.path());
        let expected = format!("execdeck: no server has used {} yet; start one first\n", folder.path().display());
        assert!(!refused.status.success() && text(&refused.stderr) == expected, "{refused:?}");
    }
    assert!(!target.exists());
}

fn execdeck(args: &[&str], data: &Path) -> Output {
    Command::new(EXECDECK).args(args).arg("--data").arg(data).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

async fn output(server: &Server, id: &Value) -> String {
    let url = server.url(&format!("/api/processes/{}/output", id.as_str().unwrap()));
    within(get(url)).await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_server_can_be_restored_beside_it_and_harms_no_process() {
    let (original, folder) = server().await;
    let secret =
        json!({ "program": "sh", "args": ["-c", "test $TOKEN = swordfish-of-a-test"], "secret_env": { "TOKEN": "swordfish-of-a-test" } });
    let ended = original.create(secret).await.id;
    original.ended(ended).await;
    let lines = "n=0; while :; do n=$((n + 1)); echo line $n; sleep 0.01; done";
    let running = original.create(json!({ "program": "sh", "args": ["-c", lines] })).await;
    let saved = original.call("save_template", json!({ "template": { "name": "List", "spec": { "program": "ls" } } })).await.1;
    let (running_id, ended_id) = (json!(running.id), json!(ended));
    eventually(async || output(&original, &running_id).await.contains("line 20\n")).await;

    let elsewhere = TempFolder::new();
    let backup = elsewhere.path().join("backup");
    let said = run(folder.path(), &["backup", backup.to_str().unwrap()], "");
    assert!(
        said.starts_with("copied 2 processes (")
            && said.contains("1 of them is running; the copy marks it as interrupted")
            && said.contains("secret.key is in it"),
        "{said}"
    );
    let again = execdeck(&["backup", backup.to_str().unwrap()], folder.path());
    assert!(!again.status.success() && text(&again.stderr).contains("is not empty"), "{again:?}");
    // The original is in use, and nothing is wrong with it; of the backup, only that what was running has no keeper.
    let checked = execdeck(&["check"], folder.path());
    assert!(checked.status.success() && text(&checked.stdout).contains("no problems found"), "{checked:?}");
    let checked = execdeck(&["check"], &backup);
    let lines: Vec<_> = text(&checked.stdout).lines().map(str::to_owned).collect();
    assert!(checked.status.code() == Some(1) && lines.len() == 2, "{checked:?}");
    assert!(lines[0].contains(&running.id.to_string()) && lines[0].contains("its keeper is gone"), "{lines:?}");

    let restored = elsewhere.path().join("restored");
    assert!(Command::new("cp").arg("-a").arg(&backup).arg(&restored).status().unwrap().success());
    let copy = Server::start_anew("true", &restored, &[]);
    let page = copy.call("list_processes", json!({})).await.1;
    let state = |id: &Value| page["processes"].as_array().unwrap().iter().find(|process| process["id"] == *id).unwrap()["state"].clone();
    assert_eq!((state(&running_id), state(&ended_id)), (json!("interrupted"), json!("exited")), "{page}");
    assert!(output(&copy, &running_id).await.starts_with("line 1\nline 2\n"));
    // The secrets came with the key, and the templates and the audit with deck.db.
    let (status, again) = copy.call("restart_process", json!({ "id": ended })).await;
    assert_eq!(status, 200, "{again}");
    let again = copy.ended(again["id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(serde_json::to_value(again.exit).unwrap(), json!({ "code": 0 }));
    assert_eq!(copy.call("get_template", json!({ "id": saved["id"] })).await.0, 200);
    assert!(run(&restored, &["audit", "verify"], "").starts_with("the audit is whole"));

    // The original keeps running.
    let before = output(&original, &running_id).await.len();
    eventually(async || output(&original, &running_id).await.len() > before + 100).await;
    assert_eq!(original.call("get_process", json!({ "id": running.id })).await.1["state"], "running");
    assert!(fs::read_to_string(format!("/proc/{}/cmdline", running.pid.unwrap())).unwrap().contains("line $n"));
    original.call("kill_process", json!({ "id": running.id, "signal": "KILL" })).await;
    original.ended(running.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_without_execdeck_in_the_guide_make_a_copy_that_can_be_used() {
    let guide = include_str!("../../../docs/backup.md");
    let commands = guide.split("### With other tools").nth(1).unwrap().split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let (original, folder) = server().await;
    let ended = original.sh("echo hello").await.id;
    original.ended(ended).await;
    let elsewhere = TempFolder::new();
    // There is a key once there is a secret.
    let secret = original.create(json!({ "program": "true", "secret_env": { "TOKEN": "swordfish-of-a-test" } })).await.id;
    original.ended(secret).await;
    let backup = elsewhere.path().join("backup");
    let commands = commands.replace("/var/lib/execdeck/data", &folder.path().display().to_string());
    let commands = commands.replace("/backup/execdeck", &backup.display().to_string());
    let done = Command::new("sh").args(["-ec", &commands]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let checked = execdeck(&["check"], &backup);
    assert!(checked.status.success(), "{checked:?}");
    let copy = Server::start_anew("true", &backup, &[]);
    assert_eq!(output(&copy, &json!(ended)).await, "hello\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_people_and_audit_is_found() {
    let (server, folder) = server().await;
    server.sh("true").await;
    drop(server);
    let deck = folder.path().join("deck.db");
    let finds = |what: &str| {
        let checked = execdeck(&["check"], folder.path());
        let found = text(&checked.stdout);
        assert!(checked.status.code() == Some(1) && found.contains(what), "{what}: {checked:?}");
    };
    let database = rusqlite::Connection::open(&deck).unwrap();
    database.execute_batch("DROP TRIGGER audit_unchanged; UPDATE audit SET person = 'eve' WHERE seq = 1;").unwrap();
    drop(database);
    finds("deck.db: the audit is broken at entry 1: it was changed");
    for log in ["deck.db-wal", "deck.db-shm"] {
        let _ = fs::remove_file(folder.path().join(log));
    }
    fs::write(&deck, vec![7; 8192]).unwrap();
    finds("deck.db: it cannot be read");
    fs::remove_file(&deck).unwrap();
    finds("deck.db: it is not there");
    let none = execdeck(&["check"], &folder.path().join("none"));
    assert!(!none.status.success() && !text(&none.stderr).is_empty(), "{none:?}");
}
