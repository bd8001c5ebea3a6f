//! Which commands people may run.

use crate::{
    common::{EXECDECK, TempFolder, eventually, within},
    people::{call, nobody, sign_in, with_cookie},
    support::{PASSWORD, Server, Viewer, client, client_with, run},
};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::symlink, path::Path, process::Command};
use uuid::Uuid;

/// A server with this policy, whose folder has the programs `cat` and `echo` in `jobs`.
fn start(folder: &TempFolder, policy: &str) -> Server {
    let jobs = folder.path().join("jobs");
    fs::create_dir_all(&jobs).unwrap();
    for program in ["cat", "echo"] {
        fs::copy(Path::new("/bin").join(program).canonicalize().unwrap(), jobs.join(program)).unwrap();
    }
    fs::write(folder.path().join("execdeck.toml"), policy.replace("JOBS", jobs.to_str().unwrap())).unwrap();
    Server::start_after(&format!("cd {}", folder.path().display()), &folder.path().join("data"), &[])
}

fn account(folder: &TempFolder, name: &str, role: &str) -> String {
    run(&folder.path().join("data"), &["user", "add", name, "--role", role], PASSWORD);
    run(&folder.path().join("data"), &["token", "add", name, "--label", "tests"], "").trim().to_owned()
}

const RULES: &str = "[policy]\nfree_commands = \"rules\"\n\
    [[policy.rules]]\neffect = \"allow\"\nroles = [\"operator\", \"admin\"]\nprograms = [\"JOBS/*\"]\nargs = ['[a-z]+']\n\
    [[policy.rules]]\neffect = \"allow\"\nroles = [\"operator\", \"admin\"]\nprograms = [\"JOBS/cat\"]\nargs = []\n\
    [[policy.rules]]\neffect = \"allow\"\nroles = [\"admin\"]\nprograms = [\"/bin/sh\"]\n\
    [[policy.rules]]\neffect = \"deny\"\nargs = ['secret']\n";

#[tokio::test(flavor = "multi_thread")]
async fn rules_decide_what_is_started_run_again_and_typed_into() {
    let folder = TempFolder::new();
    let server = start(&folder, RULES);
    let token = account(&folder, "olga", "operator");
    let olga = client_with(&token);
    let job = |name: &str| folder.path().join("jobs").join(name).canonicalize().unwrap().to_str().unwrap().to_owned();
    let create = async |client: &reqwest::Client, spec: Value| {
        let response = call(client, &server, "create_process", &json!({ "spec": spec })).await;
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let link = folder.path().join("link").to_str().unwrap().to_owned();
    symlink(job("echo"), &link).unwrap();
    let (status, started) = create(&olga, json!({ "program": link, "args": ["hello"] })).await;
    assert_eq!((status, &started["spec"]["program"], &started["name"]), (200, &json!(job("echo")), &json!("link")), "{started}");
    for (client, spec, words) in [
        (&olga, json!({ "program": job("echo"), "args": ["Hello"] }), "no rule"),
        (&olga, json!({ "program": job("echo"), "args": ["hello", "secret"] }), "rule 4"),
        (&client(), json!({ "program": job("echo"), "args": ["secret"] }), "rule 4"),
        (&client(), json!({ "program": "/bin/true" }), "no rule"),
        (&olga, json!({ "program": job("echo"), "args": ["hello"], "env": { "LD_PRELOAD": "x" } }), "LD_PRELOAD"),
        (&olga, json!({ "program": "sh", "args": ["-c", "true"] }), "no rule"),
        (&olga, json!({ "program": format!("{}/../link/../../bin/true", job("echo")) }), "no rule"),
    ] {
        let (status, error) = create(client, spec.clone()).await;
        let message = error["message"].as_str().unwrap();
        assert!(status == 403 && message.contains(words) && message.contains("configuration"), "{spec}: {error}");
        assert!(!message.contains("jobs/") && !message.contains("[a-z]"), "the rules stay with those who may read them: {message}");
    }
    let (status, error) = create(&olga, json!({ "program": "" })).await;
    assert_eq!((status, &error["field"]), (400, &json!("program")));

    // Running again and typing need what starting needs.
    let echo: Uuid = started["id"].as_str().unwrap().parse().unwrap();
    server.ended(echo).await;
    let again = call(&olga, &server, "restart_process", &json!({ "id": echo })).await;
    assert_eq!(again.status(), 200);
    let shell = server.create(json!({ "program": "sh", "args": ["-c", "cat"], "stdin": true })).await;
    let cat = server.create(json!({ "program": job("cat"), "stdin": true })).await;
    for (id, status) in [(shell.id, 403), (cat.id, 200)] {
        for _ in 0..2 {
            let typed = call(&olga, &server, "write_input", &json!({ "id": id, "text": "x\n" })).await;
            assert_eq!(typed.status(), status, "{}", typed.text().await.unwrap());
        }
    }
    // So does the size of a terminal.
    let wide = server.create(json!({ "program": job("cat"), "terminal": { "cols": 80, "rows": 24 } })).await;
    let mut viewer = Viewer::open_with(&server, wide.id, "from=0", &[("authorization", &format!("Bearer {token}"))]).await;
    viewer.send(execdeck_wire::ClientMessage::Resize { cols: 33, rows: 12 }).await;
    eventually(async || server.call("get_process", json!({ "id": wide.id })).await.1["terminal"] == json!({ "cols": 33, "rows": 12 }))
        .await;
    drop(viewer);
    let kill = json!({ "id": shell.id, "signal": "KILL" });
    assert_eq!(call(&olga, &server, "kill_process", &kill).await.status(), 200);
    server.ended(shell.id).await;
    assert_eq!(call(&olga, &server, "restart_process", &json!({ "id": shell.id })).await.status(), 403);
    assert_eq!(server.call("restart_process", json!({ "id": shell.id })).await.0, 200);

    // The page for it is there for those whom a rule allows something.
    let rights = async |client: &reqwest::Client| {
        let page = within(client.get(server.url("/admin/exec")).send()).await.unwrap().text().await.unwrap();
        page.split("data-rights=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert!(rights(&olga).await.contains("run"));
    let vera = client_with(&account(&folder, "vera", "viewer"));
    assert!(!rights(&vera).await.contains("run"));
    assert_eq!(within(olga.get(server.url("/admin/exec/new")).send()).await.unwrap().status(), 200);
    let (_, page) = server.call("list_processes", json!({ "filter": { "state": "active" } })).await;
    for process in page["processes"].as_array().unwrap() {
        server.call("kill_process", json!({ "id": process["id"], "signal": "KILL" })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_started_freely_is_judged_by_the_rules_of_today() {
    let folder = TempFolder::new();
    let mut server = start(&folder, "");
    let job = folder.path().join("jobs/echo").to_str().unwrap().to_owned();
    let path = json!({ "PATH": folder.path().join("jobs") });
    let (named, hidden) = (
        server.create(json!({ "program": job, "args": ["hello"] })).await.id,
        server.create(json!({ "program": "echo", "args": ["hello"], "secret_env": path })).await.id,
    );
    for id in [named, hidden] {
        server.ended(id).await;
    }
    server.kill();
    let server = start(&folder, RULES);
    let (status, again) = server.call("restart_process", json!({ "id": named })).await;
    assert_eq!((status, &again["spec"]["program"]), (200, &json!(Path::new(&job).canonicalize().unwrap())), "{again}");
    assert_eq!(server.call("restart_process", json!({ "id": hidden })).await.0, 403, "PATH needs a rule that names it");
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_nobody_runs_a_command_and_what_runs_can_be_stopped() {
    let folder = TempFolder::new();
    let mut server = start(&folder, "");
    let cat = server.create(json!({ "program": "cat", "stdin": true })).await.id;
    server.kill();
    let server = start(&folder, "[policy]\nfree_commands = \"off\"\n");
    for (function, arguments) in [
        ("create_process", json!({ "spec": { "program": "true" } })),
        ("write_input", json!({ "id": cat, "text": "x" })),
        ("restart_process", json!({ "id": cat })),
    ] {
        let (status, error) = server.call(function, arguments).await;
        assert!(status == 403 && error["message"].as_str().unwrap().contains("policy.free_commands"), "{function}: {error}");
    }
    let (_, me) = server.call("whoami", json!({})).await;
    assert_eq!(me["free_commands"], json!(false));
    let page = within(client().get(server.url("/admin/exec/new")).send()).await.unwrap();
    assert_eq!(page.status(), 403);
    // What is typed into a stream is dropped, and its sender is told.
    let mut viewer = Viewer::open(&server, cat, "from=tail").await;
    viewer.write(b"x\n").await;
    while viewer.next().await.is_some() {}
    assert_eq!((viewer.close, viewer.next), (Some(4403), None));
    assert_eq!(server.call("kill_process", json!({ "id": cat, "signal": "KILL" })).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_refused_before_it_is_read() {
    let folder = TempFolder::new();
    let server = start(&folder, "");
    let data = folder.path().join("data");
    run(&data, &["user", "add", "olga", "--role", "operator"], PASSWORD);
    let cookie = sign_in(&server, "olga").await;
    for body in ["command=true", "", "%", "command=sh+-c+%27"] {
        let request = nobody().post(server.url("/admin/exec/new")).header("cookie", &cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        assert_eq!(within(request.send()).await.unwrap().status(), 403, "{body:?}");
    }
    assert_eq!(with_cookie(&server, &cookie, "/admin/exec/new").await.status(), 403);
}

#[test]
fn a_rule_that_cannot_be_used_stops_the_start_and_is_named() {
    let folder = TempFolder::new();
    let file = folder.path().join("execdeck.toml");
    let rules = |rules: &str| format!("[policy]\nfree_commands = \"rules\"\n{rules}");
    let allow = "[[policy.rules]]\neffect = \"allow\"\nprograms = [\"/usr/bin/rsync\"]\n";
    for (text, words) in [
        (rules(&format!("{allow}[[policy.rules]]\neffect = \"allow\"\nargs = ['[a']\n")), &["policy.rules 2", "args"][..]),
        (rules(&format!("{allow}[[policy.rules]]\neffect = \"allow\"\nprogramms = ['/x']\n")), &["policy.rules 2", "programms"]),
        (rules(""), &["policy.rules", "policy.free_commands"]),
        ("[policy]\nfree_commands = \"some\"\n".into(), &["some", "off", "admins", "rules"]),
        (format!("[policy]\n{allow}"), &["policy.free_commands"]),
    ] {
        fs::write(&file, &text).unwrap();
        for verb in ["serve", "config"] {
            let output = Command::new(EXECDECK).arg(verb).current_dir(folder.path()).output().unwrap();
            let error = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success() && output.stdout.is_empty() && error.trim_end().lines().count() == 1, "{error}");
            assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
        }
    }
    fs::write(&file, rules(allow)).unwrap();
    let shown = Command::new(EXECDECK).arg("config").current_dir(folder.path()).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("[[policy.rules]]") && shown.contains("/usr/bin/rsync") && shown.contains("free_commands = \"rules\""),
        "{shown}"
    );
}
