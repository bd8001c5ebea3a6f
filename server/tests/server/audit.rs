//! What is on record.

use crate::{
    common::{EXECDECK, TempFolder, eventually, within},
    people::{add, call, nobody, save, sign_in, with_cookie},
    support::{PASSWORD, Server, Viewer, client, client_with, run, server},
};
use execdeck_wire::{AuditEntry, AuditOutcome, Process};
use serde_json::{Value, json};
use std::process::Command;
use uuid::Uuid;

/// The entries after one, oldest first.
pub fn entries(folder: &TempFolder, after: u64) -> Vec<AuditEntry> {
    let text = run(folder.path(), &["audit", "export"], "");
    let all = text.lines().map(|line| serde_json::from_str::<AuditEntry>(line).unwrap());
    all.filter(|entry| entry.seq > after).collect()
}

/// Who, what and what came of it.
pub fn outline(entries: &[AuditEntry]) -> Vec<String> {
    let line = |entry: &AuditEntry| {
        let who = entry.person.as_deref().unwrap_or("-");
        format!("{who} {} {} {}", entry.via, entry.action, entry.outcome.as_str())
    };
    entries.iter().map(line).collect()
}

fn last(folder: &TempFolder) -> u64 {
    entries(folder, 0).last().map_or(0, |entry| entry.seq)
}

pub fn is_whole(folder: &std::path::Path) {
    assert!(run(folder, &["audit", "verify"], "").starts_with("the audit is whole"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_and_each_refusal_has_one_entry() {
    let (server, folder) = server().await;
    let vera = client_with(&add(&folder, "vera", "viewer"));
    let before = last(&folder);
    let process = server.create(json!({ "program": "cat", "name": "kitten", "stdin": true, "labels": { "team": "dev" } })).await;
    let id = process.id;
    assert_eq!(server.call("write_input", json!({ "id": id, "text": "meow" })).await.0, 200);
    assert_eq!(server.call("kill_process", json!({ "id": id, "signal": "KILL" })).await.0, 200);
    server.ended(id).await;
    let (_, again) = server.call("restart_process", json!({ "id": id })).await;
    assert_eq!(server.call("kill_process", json!({ "id": again["id"] })).await.0, 200);
    assert_eq!(server.call("remove_process", json!({ "id": id })).await.0, 200);
    // What is only looked at is not on record, nor is what cannot be meant.
    assert_eq!(server.call("list_processes", json!({})).await.0, 200);
    assert_eq!(server.call("get_process", json!({ "id": again["id"] })).await.0, 200);
    assert_eq!(server.call("get_process", json!({ "id": Uuid::nil() })).await.0, 404);
    assert_eq!(server.call("create_process", json!({ "spec": { "program": "" } })).await.0, 400);
    assert_eq!(server.call("kill_process", json!({ "id": again["id"], "signal": "NONSENSE" })).await.0, 400);
    // What fails after it was allowed says so.
    assert_eq!(server.call("write_input", json!({ "id": again["id"], "text": "x" })).await.0, 409);
    // Refusals: a right that is missing, and what one may not see.
    assert_eq!(call(&vera, &server, "create_process", &json!({ "spec": { "program": "true" } })).await.status(), 403);
    assert_eq!(call(&vera, &server, "kill_process", &json!({ "id": again["id"] })).await.status(), 403);
    assert_eq!(call(&vera, &server, "list_people", &json!({})).await.status(), 403);
    save(&server, &json!({ "name": "vera", "grants": { "labels": { "team": "ops" } } }));
    assert_eq!(call(&vera, &server, "get_process", &json!({ "id": again["id"] })).await.status(), 404);
    for path in
        [format!("/admin/exec/{}", again["id"].as_str().unwrap()), "/admin/exec/new".into(), "/metrics".into(), "/admin/audit".into()]
    {
        assert!(within(vera.get(server.url(&path)).send()).await.unwrap().status().is_client_error());
    }
    // People.
    let cookie = sign_in(&server, "vera").await;
    let sessions = within(nobody().post(server.url("/api/list_sessions")).header("cookie", &cookie).json(&json!({})).send()).await.unwrap();
    let session = sessions.json::<Value>().await.unwrap()[0]["id"].as_str().unwrap().to_owned();
    within(nobody().post(server.url("/api/sign_out")).header("cookie", &cookie).json(&json!({})).send()).await.unwrap();
    let (_, token) = server.call("create_token", json!({ "label": "nightly", "rights": ["view"] })).await;
    assert_eq!(server.call("revoke_token", json!({ "id": token["info"]["id"] })).await.0, 200);
    assert_eq!(server.call("revoke_token", json!({ "id": token["info"]["id"] })).await.0, 404);
    assert_eq!(server.call("change_password", json!({ "current": "wrong", "new": PASSWORD })).await.0, 400);
    assert_eq!(server.call("save_person", json!({ "person": { "name": "bob", "role": "operator" } })).await.0, 200);
    assert_eq!(server.call("save_person", json!({ "person": { "name": "ada", "disabled": true } })).await.0, 409);
    run(folder.path(), &["user", "disable", "bob"], "");
    run(folder.path(), &["secret", "rotate"], "");
    let entries = entries(&folder, before);
    let user = entries.last().unwrap().person.clone().unwrap();
    assert_eq!(
        outline(&entries),
        [
            "ada token create_process allowed",
            "ada token write_input allowed",
            "ada token kill_process allowed",
            "ada token restart_process allowed",
            "ada token kill_process allowed",
            "ada token remove_process allowed",
            "ada token write_input allowed",
            "ada token write_input failed",
            "vera token create_process refused",
            "vera token kill_process refused",
            "vera token list_people refused",
            "ada token save_person allowed",
            "vera token get_process refused",
            "vera token get_process refused",
            "vera token create_process refused",
            "vera token metrics refused",
            "vera token list_audit refused",
            "vera session sign_in allowed",
            "vera session sign_out allowed",
            "ada token create_token allowed",
            "ada token revoke_token allowed",
            "ada token revoke_token refused",
            "ada token change_password refused",
            "ada token save_person allowed",
            "ada token save_person refused",
            &format!("{user} command save_person allowed"),
            &format!("{user} command rotate_secret_key allowed"),
        ]
    );
    let start = &entries[0];
    assert_eq!((start.target.as_deref(), start.target_name.as_deref()), (Some(id.to_string().as_str()), Some("kitten")));
    assert_eq!((start.token.as_deref(), start.address.as_deref()), (Some("tests"), Some("127.0.0.1")));
    assert_eq!(start.details, Some(json!({ "program": "cat", "stdin": true, "labels": { "team": "dev" } })));
    assert_eq!(entries[1].details, Some(json!({ "bytes": 4 })));
    assert_eq!((entries[3].target.as_deref(), &entries[3].details.as_ref().unwrap()["again"]), (again["id"].as_str(), &json!(id)));
    assert_eq!((entries[7].of, entries[7].error.as_ref().unwrap().contains("nothing was taken")), (Some(entries[6].seq), true));
    assert_eq!((entries[17].target.as_deref(), entries[18].target.as_deref()), (Some(session.as_str()), Some(session.as_str())));
    assert_eq!((entries[19].target.as_deref(), entries[20].target_name.as_deref()), (token["info"]["id"].as_str(), Some("nightly")));
    assert_eq!(entries[23].details, Some(json!({ "role": "operator", "created": true })));
    is_whole(folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_one_entry_per_session_without_what_is_typed() {
    let (server, folder) = server().await;
    let vera = add(&folder, "vera", "viewer");
    let process = server.create(json!({ "program": "cat", "stdin": true })).await;
    let before = last(&folder);
    for _ in 0..2 {
        let mut viewer = Viewer::open(&server, process.id, "from=0").await;
        let seen = viewer.next.unwrap_or_default();
        for _ in 0..5 {
            viewer.write(b"tulips and daffodils\n").await;
        }
        while viewer.next.is_none_or(|next| next < seen + 105) {
            viewer.next().await.unwrap();
        }
    }
    // Somebody who only looks does nothing, and somebody who may not type is refused once.
    let authorization = format!("Bearer {vera}");
    let headers = [("authorization", authorization.as_str())];
    drop(Viewer::open_with(&server, process.id, "from=0", &headers).await);
    let mut viewer = Viewer::open_with(&server, process.id, "from=tail", &headers).await;
    for _ in 0..5 {
        viewer.write(b"tulips").await;
    }
    while viewer.next().await.is_some() {}
    assert_eq!(viewer.close, Some(4403));
    let entries = entries(&folder, before);
    assert_eq!(outline(&entries), ["ada token type_input allowed", "ada token type_input allowed", "vera token type_input refused"]);
    assert_eq!(entries[0].target, Some(process.id.to_string()));
    assert!(!run(folder.path(), &["audit", "export"], "").contains("tulips"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_on_record() {
    let folder = TempFolder::new();
    let shipped = folder.path().join("shipped.jsonl");
    let server = Server::start_with(folder.path(), &[("EXECDECK_AUDIT_FILE", shipped.to_str().unwrap())]);
    let secret = "hunter22-secret-value";
    let process = server.create(json!({ "program": "true", "secret_env": { "TOKEN": secret } })).await;
    server.ended(process.id).await;
    assert_eq!(server.call("restart_process", json!({ "id": process.id })).await.0, 200);
    let person = json!({ "name": "bob", "password": format!("{secret} one") });
    assert_eq!(server.call("save_person", json!({ "person": person })).await.0, 200);
    for name in ["bob", secret] {
        call(&nobody(), &server, "sign_in", &json!({ "name": name, "password": secret })).await;
    }
    let (_, token) = server.call("create_token", json!({ "label": "x" })).await;
    let token = token["token"].as_str().unwrap().to_owned();
    within(client_with(&token[..token.len() - 1]).get(server.url("/admin/exec")).send()).await.unwrap();
    Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    let mut server = server;
    server.child.wait().unwrap();
    let export = run(folder.path(), &["audit", "export"], "");
    let shipped = std::fs::read_to_string(&shipped).unwrap();
    assert!(export.contains("TOKEN") && export.contains("\"sign_in\":2") && export.ends_with(&shipped), "{export}");
    for text in [secret, &token, PASSWORD] {
        assert!(!export.contains(text), "{text}");
    }
    let reserve = std::fs::read(folder.path().join("audit.reserve")).unwrap();
    assert!(reserve.iter().all(|byte| *byte == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_strangers_are_counted() {
    let (mut server, folder) = server().await;
    let before = last(&folder);
    for _ in 0..10 {
        assert_eq!(call(&nobody(), &server, "list_processes", &json!({})).await.status(), 401);
        let foreign = client().get(server.url("/admin/exec")).header("origin", "https://evil.example");
        assert_eq!(within(foreign.send()).await.unwrap().status(), 403);
    }
    for _ in 0..2 {
        assert_eq!(call(&nobody(), &server, "sign_in", &json!({ "name": "ada", "password": "wrong" })).await.status(), 401);
    }
    let mut viewer = Viewer::open_with(&server, Uuid::nil(), "", &[]).await;
    assert!(viewer.next().await.is_none());
    // A browser is led to where it can sign in: it was not refused anything.
    assert_eq!(with_cookie(&server, "x=y", "/admin/exec").await.status(), 303);
    assert!(entries(&folder, before).is_empty());
    Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    server.child.wait().unwrap();
    let entries = entries(&folder, before);
    assert_eq!(outline(&entries), ["- nothing request refused"]);
    assert_eq!((entries[0].count, entries[0].address.as_deref()), (Some(23), Some("127.0.0.1")));
    assert_eq!(entries[0].details, Some(json!({ "not_signed_in": 11, "foreign_host_or_origin": 10, "sign_in": 2 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_listed_filtered_and_exported() {
    let (server, folder) = server().await;
    let vera = client_with(&add(&folder, "vera", "viewer"));
    for number in 0..5 {
        server.create(json!({ "program": "true", "name": format!("=run {number}") })).await;
    }
    assert_eq!(call(&vera, &server, "create_process", &json!({ "spec": { "program": "true" } })).await.status(), 403);
    let list = async |filter: Value| server.call("list_audit", json!({ "filter": filter })).await.1;
    let all = entries(&folder, 0);
    let page = list(json!({ "limit": 3, "person": "ada" })).await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 3);
    assert_eq!(page["entries"][0]["target_name"], "=run 4");
    let older = list(json!({ "limit": 500, "person": "ada", "before": page["next"] })).await;
    assert_eq!((older["entries"].as_array().unwrap().len(), &older["next"]), (2, &json!(null)));
    let count = async |filter: Value| list(filter).await["entries"].as_array().unwrap().len();
    assert_eq!(count(json!({ "outcome": "refused" })).await, 1);
    assert_eq!(count(json!({ "action": "create_process", "outcome": "allowed" })).await, 5);
    assert_eq!(count(json!({ "target": "=run 2" })).await, 1);
    assert_eq!(count(json!({ "target": all.iter().find_map(|entry| entry.target.clone()).unwrap() })).await, 1);
    assert_eq!(count(json!({ "until": all[1].time })).await, 1);
    assert_eq!(count(json!({ "since": all[1].time, "limit": 500 })).await, all.len() - 1);
    for (filter, field) in [(json!({ "outcom": "x" }), "outcom"), (json!({ "limit": 501 }), "limit"), (json!({ "since": "now" }), "since")]
    {
        let (status, error) = server.call("list_audit", json!({ "filter": filter })).await;
        assert_eq!((status, error["field"].as_str()), (400, Some(field)), "{error}");
    }
    let get = async |path: &str| within(client().get(server.url(path)).send()).await.unwrap();
    let csv = get("/api/audit?format=csv&action=create_process&outcome=allowed").await;
    assert!(csv.headers()["content-disposition"].to_str().unwrap().contains("execdeck-audit.csv"));
    let csv = csv.text().await.unwrap();
    assert_eq!((csv.matches("\r\n").count(), csv.matches("\"'=run ").count()), (6, 5), "{csv}");
    let jsonl = get("/api/audit").await.text().await.unwrap();
    assert_eq!(jsonl, run(folder.path(), &["audit", "export"], ""));
    assert_eq!(run(folder.path(), &["audit", "export", "--format", "csv"], "").matches("\r\n").count(), all.len() + 1);
    for path in ["/api/audit?format=xml", "/api/audit?sincee=x", "/api/audit?outcome=done"] {
        let response = get(path).await;
        assert_eq!(response.status(), if path.contains("done") { 200 } else { 400 }, "{path}");
    }
    let wrong = get("/admin/audit?from=yesterday").await;
    assert_eq!(wrong.status(), 400);
    let wrong = wrong.text().await.unwrap();
    assert!(wrong.contains("is not a day") && !wrong.contains("=run"), "{wrong}");
    let page = get("/admin/audit?person=vera").await.text().await.unwrap();
    assert!(page.contains("needs the right") && !page.contains("=run"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_the_first_entry_that_somebody_has_changed() {
    let (server, folder) = server().await;
    server.create(json!({ "program": "true" })).await;
    is_whole(folder.path());
    let tamper = rusqlite::Connection::open(folder.path().join("deck.db")).unwrap();
    tamper.execute_batch("DROP TRIGGER audit_unchanged; UPDATE audit SET person = 'eve' WHERE seq = 2").unwrap();
    let verify = |folder: &std::path::Path| Command::new(EXECDECK).args(["audit", "verify", "--data"]).arg(folder).output().unwrap();
    let output = verify(folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("execdeck: the audit is broken at entry 2: it was changed"), "{output:?}");
    // What is not there is not whole.
    let output = verify(TempFolder::new().path());
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("there is no deck.db"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_records_leaves_no_process_without_an_entry() {
    let folder = TempFolder::new();
    for _ in 0..3 {
        let mut server = Server::start(folder.path());
        let url = server.url("/api/create_process");
        let starts = (0..40).map(|_| {
            let request = client().post(&url).json(&json!({ "spec": { "program": "true" } }));
            tokio::spawn(async move { request.send().await.is_ok() })
        });
        let starts: Vec<_> = starts.collect();
        eventually(async || starts.iter().filter(|start| start.is_finished()).count() > 3).await;
        server.kill();
        for start in starts {
            let _ = start.await;
        }
        is_whole(folder.path());
    }
    let server = Server::start(folder.path());
    let (_, page) = server.call("list_processes", json!({ "filter": { "limit": 500 } })).await;
    let processes = page["processes"].as_array().unwrap();
    let entries = entries(&folder, 0);
    assert!(processes.len() > 9);
    for process in processes {
        let of = entries.iter().filter(|entry| entry.target.as_deref() == process["id"].as_str());
        assert_eq!(of.filter(|entry| entry.outcome == AuditOutcome::Allowed).count(), 1, "{process}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_on_record_without_what_should_not_have_been_in_them() {
    let (server, folder) = server().await;
    let cookie = {
        run(folder.path(), &["user", "add", "vera", "--role", "viewer"], PASSWORD);
        sign_in(&server, "vera").await
    };
    let before = last(&folder);
    let parameter = json!({ "name": "token", "type": "secret", "default": "not to be kept" });
    let spec = json!({ "program": "true", "secret_env": { "TOKEN": "{{token}}" } });
    let template = json!({ "name": "leaky", "spec": spec, "parameters": [parameter] });
    assert_eq!(server.call("save_template", json!({ "template": template })).await.0, 400);
    let masked = json!({ "program": "true", "secret_env": { "TOKEN": execdeck_wire::MASK } });
    assert_eq!(server.call("create_process", json!({ "spec": masked })).await.0, 400);
    let saved = server.call("save_template", json!({ "template": { "name": "fine", "spec": { "program": "true" } } })).await.1;
    // The pages refuse as the functions do.
    let id = saved["id"].as_str().unwrap();
    for path in ["/admin/exec/templates/new".to_owned(), format!("/admin/exec/templates/{id}"), format!("/admin/exec/templates/{id}/start")]
    {
        assert_eq!(with_cookie(&server, &cookie, &path).await.status(), 403, "{path}");
    }
    // An import that fails has not happened.
    let file = folder.path().join("wrong.toml");
    std::fs::write(&file, "[[templates]]\nname = \"fine\"\nspec = { program = \"false\" }\n").unwrap();
    let failed = Command::new(EXECDECK).args(["template", "import"]).arg(&file).arg("--data").arg(folder.path()).output().unwrap();
    assert!(!failed.status.success());
    let found = entries(&folder, before);
    let outline: Vec<_> = outline(&found).into_iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(
        outline,
        [
            "token save_template allowed",
            "token save_template failed",
            "token save_template allowed",
            "session save_template refused",
            "session save_template refused",
            "session start_template refused",
            "command import_templates allowed",
            "command import_templates failed",
        ]
    );
    let text = run(folder.path(), &["audit", "export"], "");
    assert!(!text.contains("not to be kept"), "{text}");
    assert_eq!(found[6].details.as_ref().unwrap()["templates"][0]["spec"]["program"], "false");
    is_whole(folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_reading_what_a_command_prints_is_shown_no_error() {
    let (server, folder) = server().await;
    assert_eq!(server.call("save_template", json!({ "template": { "name": "Say", "spec": { "program": "echo" } } })).await.0, 200);
    for args in ["audit export", "audit export --format csv", "audit verify", "user list", "template export", "config"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = std::process::Command::new(EXECDECK);
        let output = command.args(args.split(' ')).arg("--data").arg(folder.path()).stdout(writer).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Does to a folder without a server, and to these processes, what a machine does that goes down and comes up again.
pub fn reboot(folder: &TempFolder, running: &[&Process]) {
    for process in running {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid.unwrap())).unwrap();
        let keeper = stat.rsplit(") ").next().unwrap().split(' ').nth(1).unwrap();
        assert!(Command::new("kill").args(["-KILL", keeper]).status().unwrap().success());
    }
    let boot = folder.path().join("boot.json");
    let mut file: Value = serde_json::from_slice(&std::fs::read(&boot).unwrap()).unwrap();
    file["boot_id"] = "the one before".into();
    std::fs::write(&boot, file.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_starts_after_a_reboot_is_on_record() {
    let (mut server, folder) = server().await;
    let spec = json!({ "program": "sleep", "args": ["94102"], "name": "worker", "env": { "A": "b" }, "restart": { "at_boot": true } });
    let old = server.create(spec).await;
    let before = last(&folder);
    server.kill();
    reboot(&folder, &[&old]);
    let server = Server::start(folder.path());
    eventually(async || entries(&folder, before).len() == 1).await;
    let entry = entries(&folder, before).remove(0);
    assert_eq!(outline(std::slice::from_ref(&entry)), ["- server start_at_boot allowed"]);
    let details = entry.details.unwrap();
    assert_eq!((&details["again"], &details["started_by"], &details["spec"]["env"]["A"]), (&json!(old.id), &json!("ada"), &json!("b")));
    let new: Uuid = entry.target.unwrap().parse().unwrap();
    eventually(async || server.call("get_process", json!({ "id": new })).await.1["state"] == "running").await;
    assert_eq!(entry.target_name.as_deref(), Some("worker"));
    assert_eq!(server.call("kill_process", json!({ "id": new, "signal": "KILL" })).await.0, 200);
}
