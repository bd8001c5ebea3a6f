//! Templates on a running server.

use crate::{
    common::{TempFolder, eventually, within},
    people::{add, call, save},
    support::{Server, Viewer, client, client_with, get, server},
};
use execdeck_wire::Process;
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

/// A call as somebody: the status and the answer.
pub async fn ask(client: &Client, server: &Server, function: &str, arguments: Value) -> (u16, Value) {
    let response = call(client, server, function, &arguments).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Saves a template as an administrator.
pub async fn saved(server: &Server, template: Value) -> Value {
    let (status, saved) = server.call("save_template", json!({ "template": template })).await;
    assert_eq!(status, 200, "{saved}");
    saved
}

/// Starts a template as an administrator.
pub async fn started(server: &Server, template: &Value, values: Value) -> Process {
    let (status, process) = server.call("start_template", json!({ "id": template["id"], "values": values })).await;
    assert_eq!(status, 200, "{process}");
    serde_json::from_value(process).unwrap()
}

pub async fn output(server: &Server, process: &Process) -> String {
    server.ended(process.id).await;
    get(server.url(&format!("/api/processes/{}/output", process.id))).await.unwrap().text().await.unwrap()
}

/// A template that prints each of its arguments in brackets.
fn printing(args: &[&str], parameters: Value) -> Value {
    let args: Vec<_> = ["[%s]\\n"].iter().chain(args).collect();
    json!({ "name": "Print", "spec": { "program": "printf", "args": args }, "parameters": parameters })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_gets_exactly_the_values_of_each_type_of_parameter() {
    let (server, folder) = server().await;
    let files = folder.path().join("files");
    std::fs::create_dir_all(files.join("sub")).unwrap();
    std::fs::write(files.join("sub/a; b.log"), "").unwrap();
    let parameters = json!([
        { "name": "text" }, { "name": "number", "type": "integer", "min": 1, "max": 9 }, { "name": "level", "type": "choice", "choices": ["low", "$(high)"] },
        { "name": "hosts", "type": "choices", "choices": ["a b", "c", "`d`"] }, { "name": "day", "type": "date" }, { "name": "sure", "type": "flag", "value": "--sure" },
        { "name": "file", "type": "file", "folder": files }, { "name": "token", "type": "secret" },
    ]);
    let mut template =
        printing(&["{{text}}", "{{number}}", "{{level}}", "{{hosts}}", "{{day}}", "{{sure}}", "{{file}}", "<{{text}}>"], parameters);
    template["spec"]["secret_env"] = json!({ "TOKEN": "{{token}}" });
    let template = saved(&server, template).await;
    let text = "a; $(id) | `b` && 'c' \"d\" * ~ \\n %s {{day}} é😀";
    let values = json!({ "text": text, "number": 7, "level": "$(high)", "hosts": ["`d`", "a b"], "day": "2026-11-28", "sure": true,
        "file": "sub/a; b.log", "token": "-hunter22" });
    let process = started(&server, &template, values).await;
    let expected = format!("[{text}]\n[7]\n[$(high)]\n[a b]\n[`d`]\n[2026-11-28]\n[--sure]\n[sub/a; b.log]\n[<{text}>]\n");
    assert_eq!(output(&server, &process).await, expected);
    assert_eq!((process.template.map(|id| id.to_string()), process.name.as_str()), (template["id"].as_str().map(str::to_owned), "Print"));
    assert_eq!(output(&server, &started(&server, &template, json!({})).await).await, "[<>]\n");
    for (name, value) in [
        ("text", json!("-rf")),
        ("text", json!("a\nb")),
        ("text", json!("a\u{0}b")),
        ("text", json!("x".repeat(100_000))),
        ("text", json!(1)),
        ("number", json!(10)),
        ("number", json!("7")),
        ("level", json!("high")),
        ("hosts", json!(["c", "x"])),
        ("day", json!("2026-02-30")),
        ("sure", json!("yes")),
        ("file", json!("../secret.key")),
        ("file", json!("..%2Fsecret.key")),
        ("file", json!("sub")),
        ("file", json!("/etc/passwd")),
        ("token", json!("a\nb")),
        ("other", json!("x")),
    ] {
        let (status, error) = server.call("start_template", json!({ "id": template["id"], "values": { name: value } })).await;
        assert_eq!((status, &error["code"], &error["field"]), (400, &json!("bad_request"), &json!(name)), "{error}");
    }
    let (status, error) = server.call("start_template", json!({ "id": template["id"], "vals": {} })).await;
    assert_eq!((status, &error["field"]), (400, &json!("vals")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_starts_types_runs_again_and_stops_but_runs_no_other_command() {
    let (server, folder) = server().await;
    let olga = client_with(&add(&folder, "olga", "operator"));
    let template = saved(&server, json!({ "name": "Echo", "spec": { "program": "sh", "args": ["-c", "read line; echo \"$1: $line\"; sleep 94100", "sh", "{{who}}"], "stdin": true },
        "parameters": [{ "name": "who", "required": true }] })).await;
    let start = json!({ "id": template["id"], "values": { "who": "it's $HOME" } });
    let (status, process) = ask(&olga, &server, "start_template", start).await;
    assert_eq!((status, &process["started_by"]), (200, &json!("olga")), "{process}");
    let (status, again) = ask(&olga, &server, "restart_process", json!({ "id": process["id"] })).await;
    assert_eq!((status, &again["template"]), (200, &template["id"]), "{again}");
    for id in [&process["id"], &again["id"]] {
        assert_eq!(ask(&olga, &server, "write_input", json!({ "id": id, "text": "hello\n" })).await.0, 200);
        let url = server.url(&format!("/api/processes/{}/output", id.as_str().unwrap()));
        eventually(async || get(&url).await.unwrap().text().await.unwrap() == "it's $HOME: hello\n").await;
        assert_eq!(ask(&olga, &server, "kill_process", json!({ "id": id, "signal": "KILL" })).await.0, 200);
    }
    let free = server.create(json!({ "program": "sleep", "args": ["100"], "stdin": true })).await.id;
    for (function, arguments) in [
        ("create_process", json!({ "spec": { "program": "true" } })),
        ("restart_process", json!({ "id": free })),
        ("write_input", json!({ "id": free, "text": "x" })),
        ("save_template", json!({ "template": template })),
        ("preview_template", json!({ "template": template })),
        ("remove_template", json!({ "id": template["id"] })),
    ] {
        let (status, error) = ask(&olga, &server, function, arguments).await;
        assert_eq!((status, &error["code"]), (403, &json!("forbidden")), "{function}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_narrowed_to_templates_sees_these_and_what_was_started_from_them() {
    let (server, folder) = server().await;
    let token = add(&folder, "nora", "operator");
    let named = |name: &str, team: &str| json!({ "name": name, "spec": { "program": "echo", "args": [name], "labels": { "team": team } } });
    let (mine, other, dev) = (
        saved(&server, named("Mine", "ops")).await,
        saved(&server, named("Other", "ops")).await,
        saved(&server, named("Dev", "dev")).await,
    );
    save(&server, &json!({ "name": "nora", "grants": { "templates": [mine["id"], dev["id"]], "labels": { "team": "ops" } } }));
    let nora = client_with(&token);
    let mut events = within(nora.get(server.url("/api/events")).send()).await.unwrap();
    let free = server.create(json!({ "program": "echo", "labels": { "team": "ops" } })).await;
    let hidden = [started(&server, &other, json!({})).await, started(&server, &dev, json!({})).await, free];
    let visible = started(&server, &mine, json!({})).await;
    for process in hidden.iter().chain([&visible]) {
        server.ended(process.id).await;
    }
    let (_, list) = ask(&nora, &server, "list_processes", json!({})).await;
    let ids: Vec<_> = list["processes"].as_array().unwrap().iter().map(|process| process["id"].as_str().unwrap()).collect();
    assert_eq!((ids, &list["counts"]["ended"]), (vec![visible.id.to_string().as_str()], &json!(1)));
    let (_, templates) = ask(&nora, &server, "list_templates", json!({})).await;
    let listed: Vec<_> = templates.as_array().unwrap().iter().map(|template| template["name"].as_str().unwrap()).collect();
    assert_eq!(listed, ["Mine"]);
    for process in &hidden {
        for function in ["get_process", "restart_process", "kill_process", "remove_process"] {
            assert_eq!(ask(&nora, &server, function, json!({ "id": process.id })).await.0, 404, "{function}");
        }
    }
    for id in [&other["id"], &dev["id"], &json!(Uuid::nil())] {
        for function in ["get_template", "start_template"] {
            let (status, error) = ask(&nora, &server, function, json!({ "id": id })).await;
            let message = format!("There is no template {}. It may have been removed.", id.as_str().unwrap());
            assert_eq!((status, error), (404, json!({ "code": "not_found", "message": message })), "{function}");
        }
    }
    for query in ["", "?follow=true"] {
        let output = within(nora.get(server.url(&format!("/api/processes/{}/output{query}", visible.id))).send()).await.unwrap();
        assert_eq!(output.text().await.unwrap(), "Mine\n", "{query}");
    }
    let mut viewer = Viewer::open_with(&server, visible.id, "from=0", &[("authorization", &format!("Bearer {token}"))]).await;
    while viewer.next().await.is_some() {}
    assert_eq!((viewer.close, viewer.next), (Some(1000), Some(5)));
    assert_eq!(ask(&nora, &server, "restart_process", json!({ "id": visible.id })).await.0, 200);
    for process in hidden.iter().chain([&visible]) {
        assert_eq!(server.call("remove_process", json!({ "id": process.id })).await.0, 200);
    }
    let mut text = String::new();
    while !text.contains("event: removed") {
        text.push_str(&String::from_utf8_lossy(&within(events.chunk()).await.unwrap().unwrap()));
    }
    assert!(text.contains(&visible.id.to_string()) && hidden.iter().all(|process| !text.contains(&process.id.to_string())), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn run_again_takes_the_same_values_to_the_template_as_it_is_now_even_after_a_crash() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    let mut template = printing(&["{{a}}", "{{b}}"], json!([{ "name": "a", "default": "first" }, { "name": "b" }]));
    let first = saved(&server, template.clone()).await;
    let process = started(&server, &first, json!({ "b": "it's; mine" })).await;
    assert_eq!(output(&server, &process).await, "[first]\n[it's; mine]\n");
    server.kill();
    let server = Server::start(folder.path());
    let change = async |template: &mut Value| {
        template["id"] = first["id"].clone();
        saved(&server, template.clone()).await
    };
    let again = async || server.call("restart_process", json!({ "id": process.id })).await;
    template["spec"]["args"] = json!(["<%s>\\n", "{{b}}", "{{a}}"]);
    template["parameters"][0]["default"] = json!("second");
    change(&mut template).await;
    let (status, restarted) = again().await;
    assert_eq!(status, 200, "{restarted}");
    let restarted: Process = serde_json::from_value(restarted).unwrap();
    assert_eq!((restarted.template, output(&server, &restarted).await.as_str()), (process.template, "<it's; mine>\n<first>\n"));
    let fits_no_more = "The values that it was started with no longer fit its template.";
    template["parameters"][1]["pattern"] = json!("[a-z]+");
    change(&mut template).await;
    let (status, error) = again().await;
    assert_eq!((status, &error["code"], &error["field"]), (409, &json!("conflict"), &json!("b")));
    assert!(error["message"].as_str().unwrap().starts_with(fits_no_more), "{error}");
    template["parameters"] = json!([{ "name": "a" }, { "name": "b" }, { "name": "new", "required": true }]);
    change(&mut template).await;
    assert_eq!(again().await.1["field"], "new");
    template["parameters"] = json!([{ "name": "a" }]);
    template["spec"]["args"] = json!(["{{a}}"]);
    change(&mut template).await;
    assert_eq!(again().await.1["field"], "b");
    template["reason"] = json!("required");
    change(&mut template).await;
    let (status, error) = again().await;
    assert_eq!((status, &error["field"]), (400, &json!("reason")));
    // Somebody who presses a button is asked what the template asks; a program is not.
    template = printing(&["{{a}}", "{{b}}"], json!([{ "name": "a" }, { "name": "b" }]));
    template["confirm"] = json!("Print it?");
    change(&mut template).await;
    assert_eq!(again().await.0, 200);
    let path = format!("/admin/exec/{}/form", process.id);
    let pressed = within(client().post(server.url(&format!("/admin/exec/{}/start", process.id))).send()).await.unwrap();
    assert_eq!((pressed.status().as_u16(), pressed.headers()["location"].to_str().unwrap()), (303, path.as_str()));
    let form = within(client().get(server.url(&path)).send()).await.unwrap();
    let filled = format!("/admin/exec/templates/{}/start?from={}", first["id"].as_str().unwrap(), process.id);
    assert_eq!((form.status().as_u16(), form.headers()["location"].to_str().unwrap()), (303, filled.as_str()));
    assert_eq!(server.call("remove_template", json!({ "id": first["id"] })).await.0, 200);
    let (status, error) = again().await;
    let gone = "The template that it was started from does not exist any more. Choose \"Edit and run\", or ask an administrator.";
    assert_eq!((status, error["message"].as_str().unwrap()), (409, gone));
    assert_eq!(server.call("get_process", json!({ "id": process.id })).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_changed_by_whoever_has_seen_its_latest_version() {
    let (server, _folder) = server().await;
    let first = saved(&server, printing(&["x"], json!([]))).await;
    assert_eq!((&first["revision"], &first["saved_by"]), (&json!(1), &json!("ada")));
    let mut second = first.clone();
    second["description"] = json!("changed");
    assert_eq!(saved(&server, second.clone()).await["revision"], 2);
    let (status, error) = server.call("save_template", json!({ "template": second })).await;
    assert_eq!((status, &error["code"]), (409, &json!("conflict")), "{error}");
    second.as_object_mut().unwrap().remove("revision");
    assert_eq!(saved(&server, second).await["revision"], 3);
    let mut same_name = printing(&["x"], json!([]));
    same_name["name"] = json!(" PRINT ");
    let (status, error) = server.call("save_template", json!({ "template": same_name })).await;
    assert_eq!((status, &error["field"]), (409, &json!("name")));
    same_name["id"] = json!(Uuid::now_v7());
    assert_eq!(server.call("save_template", json!({ "template": same_name })).await.0, 404);
    let wrong = json!({ "name": "x", "spec": { "program": "x", "args": ["{{y}}"] } });
    let (status, error) = server.call("save_template", json!({ "template": wrong })).await;
    assert_eq!((status, &error["field"]), (400, &json!("spec.args")));
    let (_, error) = server.call("save_template", json!({ "template": { "name": "x", "spec": { "program": "x", "comand": 1 } } })).await;
    assert_eq!(error["field"], "spec.comand");
    let preview = json!({ "template": { "name": "p", "spec": { "program": "echo", "args": ["{{a}}"] }, "parameters": [{ "name": "a" }] }, "values": { "a": "$x" } });
    let (status, spec) = server.call("preview_template", preview).await;
    assert_eq!((status, &spec["args"]), (200, &json!(["$x"])));
    assert_eq!(server.call("list_templates", json!({})).await.1.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_is_asked_for_where_the_template_says_so() {
    let folder = TempFolder::new();
    let log = folder.path().join("log");
    let server = Server::start_after(&format!("exec 2>{}", log.display()), folder.path(), &[("EXECDECK_LOG", "info")]);
    let mut template = printing(&["x"], json!([]));
    template["reason"] = json!("required");
    let template = saved(&server, template).await;
    for reason in [json!(null), json!(" "), json!("a\nb"), json!("x".repeat(501))] {
        let (status, error) = server.call("start_template", json!({ "id": template["id"], "reason": reason })).await;
        assert_eq!((status, &error["field"]), (400, &json!("reason")), "{reason}");
    }
    let (status, _) = server.call("start_template", json!({ "id": template["id"], "reason": "ticket 4711" })).await;
    assert_eq!(status, 200);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(
        log.lines().any(|line| line.contains("started from a template") && line.contains("ticket 4711") && line.contains("ada")),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_of_a_template_follows_the_operator_who_may_type_into_it() {
    let (server, folder) = server().await;
    let token = add(&folder, "olga", "operator");
    let template = saved(
        &server,
        json!({ "name": "Size", "spec": { "program": "sh", "args": ["-c", "read x; stty size"], "terminal": { "cols": 80, "rows": 24 } } }),
    )
    .await;
    let process = started(&server, &template, json!({})).await;
    let mut viewer = Viewer::open_with(&server, process.id, "from=0", &[("authorization", &format!("Bearer {token}"))]).await;
    viewer.send(execdeck_wire::ClientMessage::Resize { cols: 33, rows: 12 }).await;
    eventually(async || {
        let (_, process) = server.call("get_process", json!({ "id": process.id })).await;
        process["terminal"] == json!({ "cols": 33, "rows": 12 })
    })
    .await;
    viewer.write(b"\n").await;
    let mut text = String::new();
    while let Some(bytes) = viewer.next().await {
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert!(text.contains("12 33"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_output_that_is_too_low_is_refused_and_raised_where_it_is_stored() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    let spec = |bytes: u64| json!({ "program": "true", "limits": { "output_bytes": bytes } });
    for (function, arguments, field) in [
        ("create_process", json!({ "spec": spec(1000) }), "limits.output_bytes"),
        ("save_template", json!({ "template": { "name": "Few", "spec": spec(1000) } }), "spec.limits.output_bytes"),
    ] {
        let (status, error) = server.call(function, arguments).await;
        assert_eq!((status, error["field"].as_str()), (400, Some(field)), "{error}");
        assert!(error["message"].as_str().unwrap().starts_with("At least 65536 bytes"), "{error}");
    }
    let process = server.create(spec(65536)).await;
    server.ended(process.id).await;
    let template = saved(&server, json!({ "name": "Few", "spec": spec(65536) })).await;
    // As an earlier version stored them.
    server.kill();
    let path = folder.path().join(format!("processes/{}/spec.json", process.id));
    let stored = std::fs::read_to_string(&path).unwrap();
    assert!(stored.contains("65536"));
    std::fs::write(&path, stored.replace("65536", "1000")).unwrap();
    let database = rusqlite::Connection::open(folder.path().join("deck.db")).unwrap();
    assert_eq!(database.execute("UPDATE templates SET template = replace(template, '65536', '1000')", []).unwrap(), 1);
    drop(database);
    let server = Server::start(folder.path());
    let (status, again) = server.call("restart_process", json!({ "id": process.id })).await;
    assert_eq!((status, &again["spec"]["limits"]["output_bytes"]), (200, &json!(65536)), "{again}");
    let (status, read) = server.call("get_template", json!({ "id": template["id"] })).await;
    assert_eq!((status, &read["spec"]["limits"]["output_bytes"]), (200, &json!(65536)), "{read}");
    let from_template = started(&server, &template, json!({})).await;
    assert_eq!(from_template.spec.limits.output_bytes, 65536);
    assert_eq!(server.call("save_template", json!({ "template": read })).await.0, 200);
}
