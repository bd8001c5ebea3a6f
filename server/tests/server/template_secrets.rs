//! Secrets of templates: those that are part of one, and those that are filled in.

use crate::{
    common::{EXECDECK, TempFolder},
    support::Server,
    templates::{output, saved, started},
};
use execdeck_wire::{MASK, Process};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const STORED: &str = "correct+horse+battery";
const TYPED: &str = "battery+staple+horse";

/// All files below a folder that contain one of the secrets.
fn files_with_secrets(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files_with_secrets(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            found.extend(
                [STORED, TYPED]
                    .iter()
                    .filter(|secret| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()))
                    .map(|_| path.clone()),
            );
        }
    }
    found
}

/// Prints the secrets and what they hash to, which only those who know them can.
fn template() -> Value {
    let script = "echo \"$STORED $TYPED\"; printf %s \"$STORED\" | sha256sum; printf %s \"$TYPED\" | sha256sum";
    json!({ "name": "Secrets", "spec": { "program": "sh", "args": ["-c", script], "secret_env": { "STORED": STORED, "TYPED": "{{typed}}" } },
        "parameters": [{ "name": "typed", "type": "secret", "required": true }] })
}

fn hashes(output: &str) -> Vec<&str> {
    output.lines().skip(1).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_masked_everywhere_and_kept_by_a_save_that_has_only_their_masks() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    let first = saved(&server, template()).await;
    assert_eq!(first["spec"]["secret_env"], json!({ "STORED": MASK, "TYPED": "{{typed}}" }));
    let process = started(&server, &first, json!({ "typed": TYPED })).await;
    let printed = output(&server, &process).await;
    assert!(printed.starts_with(&format!("{MASK} {MASK}\n")), "{printed}");
    let mut changed = first.clone();
    changed["description"] = json!("with the same secrets");
    let second = saved(&server, changed).await;
    let same = started(&server, &second, json!({ "typed": TYPED })).await;
    assert_eq!(hashes(&output(&server, &same).await), hashes(&printed));
    let (status, again) = server.call("restart_process", json!({ "id": process.id })).await;
    assert_eq!(status, 200, "{again}");
    let again: Process = serde_json::from_value(again).unwrap();
    assert_eq!(hashes(&output(&server, &again).await), hashes(&printed));
    for (function, arguments) in [
        ("get_template", json!({ "id": first["id"] })),
        ("list_templates", json!({})),
        ("get_process", json!({ "id": process.id })),
        ("list_processes", json!({})),
        ("preview_template", json!({ "template": template(), "values": { "typed": TYPED } })),
        // What is wrong is said without the secret.
        ("start_template", json!({ "id": first["id"], "values": { "typed": format!("{TYPED}\n") } })),
        ("start_template", json!({ "id": first["id"], "values": { "typed": [TYPED] } })),
    ] {
        let answer = server.call(function, arguments).await.1.to_string();
        assert!(!answer.contains(STORED) && !answer.contains(TYPED), "{function}: {answer}");
    }
    let mut unknown = template();
    unknown["name"] = json!("Another");
    unknown["spec"]["secret_env"]["STORED"] = json!(MASK);
    let (status, error) = server.call("save_template", json!({ "template": unknown })).await;
    assert_eq!((status, &error["field"]), (400, &json!("spec.secret_env")));
    server.kill();
    assert_eq!(files_with_secrets(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_becomes_an_ordinary_parameter_is_not_used_again() {
    let (server, _folder) = crate::support::server().await;
    let first = saved(&server, template()).await;
    let process = started(&server, &first, json!({ "typed": TYPED })).await;
    let mut changed = first.clone();
    changed["parameters"][0]["type"] = json!("text");
    changed["spec"]["args"] = json!(["-c", "true", "{{typed}}"]);
    saved(&server, changed).await;
    let (status, error) = server.call("restart_process", json!({ "id": process.id })).await;
    assert_eq!((status, &error["field"]), (409, &json!("typed")), "{error}");
    assert!(!error.to_string().contains(TYPED));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_templates_survive_a_new_key() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    let first = saved(&server, template()).await;
    let process = started(&server, &first, json!({ "typed": TYPED })).await;
    let printed = output(&server, &process).await;
    let rotated = Command::new(EXECDECK).args(["secret", "rotate", "--data"]).arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&rotated.stdout);
    assert_eq!(said, "the key was replaced; the stored secrets of 1 process and 1 template were encrypted anew\n");
    for restarted in [false, true] {
        if restarted {
            server.kill();
            server = Server::start(folder.path());
        }
        let (status, again) = server.call("restart_process", json!({ "id": process.id })).await;
        assert_eq!(status, 200, "{again}");
        let again: Process = serde_json::from_value(again).unwrap();
        assert_eq!(hashes(&output(&server, &again).await), hashes(&printed));
    }
    server.kill();
    // Under another key nothing is opened, and the answer says what to do.
    std::fs::remove_file(folder.path().join("secret.key")).unwrap();
    let server = Server::start(folder.path());
    for (function, arguments) in
        [("start_template", json!({ "id": first["id"], "values": { "typed": TYPED } })), ("restart_process", json!({ "id": process.id }))]
    {
        let (status, error) = server.call(function, arguments).await;
        assert_eq!(status, 409, "{error}");
        assert!(error["message"].as_str().unwrap().contains("secret.key"), "{error}");
    }
    assert_eq!(server.call("get_template", json!({ "id": first["id"] })).await.0, 200);
}
