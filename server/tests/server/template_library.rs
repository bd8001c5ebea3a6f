//! The examples of templates that come with Execdeck.

use crate::{
    common::{TempFolder, eventually},
    support::{client, get, run, server},
    templates::{ask, output, saved, started},
};
use execdeck_wire::{Exit, Process, ProcessState};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn each_example_can_be_imported_and_run() {
    let (server, folder) = server().await;
    run(folder.path(), &["template", "import", "--library"], "");
    let (_, templates) = server.call("list_templates", json!({})).await;
    let mut templates = templates.as_array().unwrap().clone();
    assert_eq!(templates.len(), 6);
    let work = TempFolder::new();
    let path = |name: &str| work.path().join(name).display().to_string();
    std::fs::write(work.path().join("a.log"), "one\ntwo\n").unwrap();
    std::fs::create_dir(work.path().join("copy")).unwrap();
    let git = format!(
        "cd {} && git init -q -b main origin && cd origin && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first && cd .. && \
         git clone -q origin copy && cd origin && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m second",
        work.path().display()
    );
    assert!(std::process::Command::new("sh").args(["-c", &git]).status().unwrap().success());
    let find = |templates: &[Value], name: &str| {
        templates.iter().find(|template| template["name"].as_str().unwrap().starts_with(name)).unwrap().clone()
    };
    let mut follow = find(&templates, "Follow");
    follow["parameters"][0]["folder"] = json!(work.path());
    follow["spec"]["cwd"] = json!(work.path());
    follow = saved(&server, follow).await;
    let mut restart = find(&templates, "Restart");
    restart["parameters"][0]["choices"] = json!(["execdeck-test-nothing.service"]);
    restart = saved(&server, restart).await;
    templates.retain(|template| template["id"] != follow["id"] && template["id"] != restart["id"]);
    // What a process prints: all of it, once it has ended with success.
    let printed = async |name: &str, values: Value| {
        let process = started(&server, &find(&templates, name), values).await;
        let text = output(&server, &process).await;
        assert_eq!(server.ended(process.id).await.exit, Some(Exit::Code(0)), "{name}: {text}");
        text
    };
    let usage = printed("Disk", json!({ "folder": work.path(), "same": true })).await;
    assert!(usage.contains(&path("copy")), "{usage}");
    let archive = path("a.tar.gz");
    printed("Back up", json!({ "folder": path("copy"), "archive": archive, "exclude": "HEAD" })).await;
    let listed = std::process::Command::new("tar").args(["--list", "--file", &archive]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("./.git/config") && !listed.contains("./.git/HEAD"), "{listed}");
    let headers = printed("Check", json!({ "address": server.url("/healthz") })).await;
    assert!(headers.starts_with("HTTP/1.1 200"), "{headers}");
    printed("Update", json!({ "folder": path("copy"), "prune": true })).await;
    let log = std::process::Command::new("git").args(["-C", &path("copy"), "log", "--format=%s"]).output().unwrap();
    assert_eq!(String::from_utf8(log.stdout).unwrap(), "second\nfirst\n");
    let following = started(&server, &follow, json!({ "file": "a.log", "lines": 1 })).await;
    let url = server.url(&format!("/api/processes/{}/output", following.id));
    eventually(async || get(&url).await.unwrap().text().await.unwrap() == "two\n").await;
    server.call("kill_process", json!({ "id": following.id })).await;
    // No service can be restarted here, but systemctl gets to know which one.
    let reason = json!({ "id": restart["id"], "values": { "service": "execdeck-test-nothing.service" }, "reason": "a test" });
    let (status, process) = ask(&client(), &server, "start_template", reason).await;
    assert_eq!(status, 200, "{process}");
    let process: Process = serde_json::from_value(process).unwrap();
    let ended = server.ended(process.id).await;
    assert_eq!(ended.spec.args, ["--no-ask-password", "restart", "--", "execdeck-test-nothing.service"]);
    assert!(matches!((ended.state, &ended.exit), (ProcessState::Exited, Some(Exit::Code(code))) if *code != 0), "{ended:?}");
}
