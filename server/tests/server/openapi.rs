//! What the server answers, held against what `GET /api/openapi.json` says that it does.

use crate::{
    common::{TempFolder, within},
    people::{call, nobody},
    support::{PASSWORD, Server, client, client_with, get, server},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The document of a server.
struct Description(Value);

impl Description {
    async fn of(server: &Server) -> Self {
        let response = within(get(server.url("/api/openapi.json"))).await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"application/json".parse().unwrap()));
        Self(response.json().await.unwrap())
    }

    fn at<'a>(&'a self, value: &'a Value) -> &'a Value {
        value["$ref"].as_str().map_or(value, |reference| self.0.pointer(&reference[1..]).unwrap())
    }

    /// The schema of what a function takes.
    fn arguments(&self, function: &str) -> &Value {
        &self.0["paths"][format!("/api/{function}")]["post"]["requestBody"]["content"]["application/json"]["schema"]
    }

    /// The schema of what a function answers with a status.
    fn answer(&self, function: &str, status: u16) -> &Value {
        let response = self.at(&self.0["paths"][format!("/api/{function}")]["post"]["responses"][status.to_string()]);
        &response["content"]["application/json"]["schema"]
    }

    /// What is wrong with a value by a schema, which has to be there. A field that the schema does not name is wrong.
    fn wrong(&self, schema: &Value, value: &Value) -> Vec<String> {
        assert!(!schema.is_null(), "there is no schema for {value}");
        let mut root = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": { "schemas": self.0["components"]["schemas"] },
            "allOf": [schema],
        });
        close(&mut root);
        let validator = jsonschema::options().should_validate_formats(true).build(&root).unwrap();
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// Calls a function as ada. The answer has to be as it is described, and so do the arguments if they are taken.
    async fn ask(&self, server: &Server, function: &str, arguments: Value, status: u16) -> Value {
        let taken = self.wrong(self.arguments(function), &arguments);
        assert!(status != 200 || taken.is_empty(), "{function} {arguments}: {taken:?}");
        let (answered, answer) = server.call(function, arguments).await;
        assert_eq!(answered, status, "{function}: {answer}");
        self.check(function, status, &answer);
        answer
    }

    fn check(&self, function: &str, status: u16, answer: &Value) {
        let wrong = self.wrong(self.answer(function, status), answer);
        assert!(wrong.is_empty(), "{function} {status}: {wrong:?} in {answer:#}");
    }
}

/// Allows no fields but those that a schema names.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("properties").is_some_and(Value::is_object) {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_are_as_they_are_described() {
    let (server, _folder) = server().await;
    let description = Description::of(&server).await;
    let ask = async |function: &str, arguments: Value, status: u16| description.ask(&server, function, arguments, status).await;
    let spec = json!({ "program": "sleep", "args": ["94700"], "name": "nap", "cwd": "/", "env": { "A": "b" },
        "secret_env": { "TOKEN": "hunter22" }, "timeout_seconds": 3600, "stop": { "signal": "INT" },
        "limits": { "open_files": 100 }, "labels": { "team": "ops" } });
    let running = ask("create_process", json!({ "spec": spec }), 200).await;
    let id = &running["id"];
    ask("list_processes", json!({}), 200).await;
    ask("list_processes", json!({ "filter": { "state": "active", "label": "team=ops", "limit": 1 } }), 200).await;
    ask("get_process", json!({ "id": id }), 200).await;
    ask("write_input", json!({ "id": id, "text": "x" }), 409).await;
    ask("remove_process", json!({ "id": id }), 409).await;
    ask("kill_process", json!({ "id": id }), 200).await;
    server.ended(id.as_str().unwrap().parse().unwrap()).await;
    let ended = ask("get_process", json!({ "id": id }), 200).await;
    assert!(ended["exit"]["signal"] == "INT" && ended["usage"].is_object() && ended["attempts"][0].is_object(), "{ended}");
    for (path, list) in [("/api/processes/{id}/usage", "samples"), ("/api/processes/{id}/lines", "lines")] {
        let answer = within(get(server.url(&path.replace("{id}", id.as_str().unwrap())))).await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let schema = &description.0["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(answer[list].is_array(), "{answer}");
        assert_eq!(description.wrong(schema, &answer), [""; 0]);
    }
    let activity = within(get(server.url(&format!("/api/activity?runs={}", id.as_str().unwrap())))).await.unwrap();
    let activity: Value = activity.json().await.unwrap();
    let schema = &description.0["paths"]["/api/activity"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(activity["processes"][0]["runs"][0]["id"], *id, "{activity}");
    assert_eq!(description.wrong(schema, &activity), [""; 0]);
    for path in [format!("/api/processes/{}/search", id.as_str().unwrap()), "/api/search".into()] {
        let lines = within(get(server.url(&format!("{path}?q=x&progress=true")))).await.unwrap().text().await.unwrap();
        let described = path.replace(id.as_str().unwrap(), "{id}");
        let schema = &description.0["paths"][described]["get"]["responses"]["200"]["content"]["application/x-ndjson"]["x-lines"];
        for line in lines.lines() {
            assert_eq!(description.wrong(schema, &serde_json::from_str(line).unwrap()), [""; 0], "{line}");
        }
        assert!(lines.trim_end().lines().next_back().is_some_and(|last| last.contains("\"done\":true")), "{lines}");
    }
    let again = ask("restart_process", json!({ "id": id }), 200).await;
    ask("kill_process", json!({ "id": again["id"], "signal": "KILL" }), 200).await;
    ask("remove_process", json!({ "id": id }), 200).await;
    ask("get_process", json!({ "id": id }), 404).await;
    let terminal = json!({ "program": "cat", "terminal": { "cols": 80, "rows": 24 } });
    let typed = ask("create_process", json!({ "spec": terminal }), 200).await;
    assert_eq!(typed["terminal"], json!({ "cols": 80, "rows": 24 }));
    ask("write_input", json!({ "id": typed["id"], "text": "x" }), 200).await;
    let failed = ask("create_process", json!({ "spec": { "program": "/no/such/program", "args": ["x".repeat(5000)] } }), 200).await;
    assert!(failed["exit"]["error"].is_string());
    let page = ask("list_processes", json!({}), 200).await;
    assert_eq!(page["processes"][0]["spec_shortened"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_as_they_are_described() {
    let (server, _folder) = server().await;
    let description = Description::of(&server).await;
    let ask = async |function: &str, arguments: Value, status: u16| description.ask(&server, function, arguments, status).await;
    let template = json!({ "name": "Print", "description": "Prints", "reason": "optional", "confirm": "Really?",
        "spec": { "program": "echo", "args": ["{{day}}", "{{level}}", "{{count}}"] },
        "presets": [{ "name": "Low", "values": { "level": "low" } }],
        "parameters": [
            { "name": "day", "type": "date", "label": "Day", "help": "When" },
            { "name": "level", "type": "choice", "choices": ["low", "high"], "default": "high" },
            { "name": "count", "type": "integer", "min": 1, "max": 9 },
        ] });
    let saved = ask("save_template", json!({ "template": template }), 200).await;
    let id = &saved["id"];
    ask("list_templates", json!({}), 200).await;
    let read = ask("get_template", json!({ "id": id }), 200).await;
    ask("save_template", json!({ "template": read }), 200).await;
    ask("save_template", json!({ "template": read }), 409).await;
    ask("preview_template", json!({ "template": template, "values": { "level": "low" } }), 200).await;
    let process = ask("start_template", json!({ "id": id, "values": { "count": 3, "day": "2026-11-28" }, "reason": "a test" }), 200).await;
    assert_eq!(process["template"], *id);
    let error = ask("start_template", json!({ "id": id, "values": { "level": "middle" } }), 400).await;
    assert_eq!(error["field"], "level");
    ask("remove_template", json!({ "id": id }), 200).await;
    ask("get_template", json!({ "id": id }), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_the_audit_are_as_they_are_described() {
    let (server, _folder) = server().await;
    let description = Description::of(&server).await;
    let ask = async |function: &str, arguments: Value, status: u16| description.ask(&server, function, arguments, status).await;
    ask("whoami", json!({}), 200).await;
    let person = json!({ "name": "vera", "role": "operator", "password": PASSWORD,
        "grants": { "labels": { "team": "ops" }, "templates": [Uuid::nil()] } });
    let saved = ask("save_person", json!({ "person": person }), 200).await;
    assert_eq!(saved["grants"], person["grants"]);
    ask("save_person", json!({ "person": { "name": "ada", "disabled": true } }), 409).await;
    let me = call(&nobody(), &server, "sign_in", &json!({ "name": "vera", "password": PASSWORD })).await;
    description.check("sign_in", 200, &me.json().await.unwrap());
    let stranger = call(&nobody(), &server, "whoami", &json!({})).await;
    description.check("whoami", 401, &stranger.json().await.unwrap());
    ask("list_people", json!({}), 200).await;
    let sessions = ask("list_sessions", json!({ "person": "vera" }), 200).await;
    ask("end_session", json!({ "id": sessions[0]["id"] }), 200).await;
    ask("end_session", json!({ "id": sessions[0]["id"] }), 404).await;
    ask("end_other_sessions", json!({}), 200).await;
    let token = json!({ "label": "nightly", "rights": ["view", "read_output"], "expires_at": "2999-01-01T00:00:00Z" });
    let created = ask("create_token", token, 200).await;
    let weak = call(&client_with(created["token"].as_str().unwrap()), &server, "list_people", &json!({})).await;
    description.check("list_people", 403, &weak.json().await.unwrap());
    ask("list_tokens", json!({}), 200).await;
    ask("revoke_token", json!({ "id": created["info"]["id"] }), 200).await;
    ask("list_passkeys", json!({}), 200).await;
    ask("change_password", json!({ "current": "wrong", "new": PASSWORD }), 400).await;
    let page = ask("list_audit", json!({ "filter": { "limit": 500 } }), 200).await;
    assert!(page["entries"].as_array().unwrap().len() > 5, "{page}");
    let lines = within(get(server.url("/api/audit"))).await.unwrap().text().await.unwrap();
    let schema = &description.0["paths"]["/api/audit"]["get"]["responses"]["200"]["content"]["application/x-ndjson"]["x-lines"];
    for line in lines.lines() {
        assert_eq!(description.wrong(schema, &serde_json::from_str(line).unwrap()), [""; 0], "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_not_in_the_description_either() {
    let (server, _folder) = server().await;
    let description = Description::of(&server).await;
    for (function, arguments, field) in [
        ("create_process", json!({ "spec": { "program": "a", "comand": 1 } }), "comand"),
        ("create_process", json!({ "spec": { "program": "a", "stop": { "signl": "TERM" } } }), "stop.signl"),
        ("create_process", json!({ "spec": { "program": 1 } }), "program"),
        ("list_processes", json!({ "filter": { "state": "asleep" } }), "state"),
        ("list_audit", json!({ "filter": { "since": "now" } }), "since"),
        ("save_template", json!({ "template": { "name": "a", "spec": { "program": "a" }, "reson": "none" } }), "reson"),
    ] {
        assert!(!description.wrong(description.arguments(function), &arguments).is_empty(), "{function} {arguments}");
        let error = description.ask(&server, function, arguments, 400).await;
        assert_eq!(error["field"], field, "{error}");
    }
    // Each function that is described is there, and takes nothing but what is described.
    let functions = description.0["paths"].as_object().unwrap().iter().filter(|(_, methods)| methods["post"].is_object());
    for (path, _) in functions {
        let function = path.strip_prefix("/api/").unwrap();
        let error = description.ask(&server, function, json!({ "nonsense": 1 }), 400).await;
        let is_missing = error["message"] == format!("{} is missing.", error["field"].as_str().unwrap_or_default());
        assert!(error["field"] == "nonsense" || is_missing, "{path}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_as_they_are_described() {
    let (server, _folder) = server().await;
    let description = Description::of(&server).await;
    let mut response = within(get(server.url("/api/events"))).await.unwrap();
    let process = server.sh("exit 4").await;
    server.ended(process.id).await;
    server.call("remove_process", json!({ "id": process.id })).await;
    let mut text = String::new();
    while !text.contains("event: removed") || !text.ends_with("\n\n") {
        text.push_str(&String::from_utf8_lossy(&within(response.chunk()).await.unwrap().unwrap()));
    }
    let schemas = &description.0["paths"]["/api/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]["x-events"];
    let mut seen = Vec::new();
    for event in text.split("\n\n").filter_map(|event| event.strip_prefix("event: ")) {
        let (name, data) = event.split_once("\ndata: ").unwrap();
        let data = serde_json::from_str(data).unwrap_or_else(|_| json!(data));
        assert_eq!(description.wrong(&schemas[name], &data), [""; 0], "{event}");
        seen.push(name.to_owned());
    }
    assert_eq!(seen, ["ping", "health", "process", "process", "removed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_described_route_is_there_and_answers_as_described() {
    let folder = TempFolder::new();
    let server = Server::start_with(folder.path(), &[("EXECDECK_SERVER_BASE_PATH", "/tools/deck")]);
    let description = Description::of(&server).await;
    assert_eq!(description.0["servers"], json!([{ "url": "/tools/deck" }]));
    let process = server.sh("echo hello").await;
    server.ended(process.id).await;
    let mut asked = 0;
    for (path, methods) in description.0["paths"].as_object().unwrap() {
        if methods["get"].is_null() {
            continue;
        }
        let url = server.url(&path.replace("{id}", &process.id.to_string()));
        let response = within(client().get(url).send()).await.unwrap();
        let status = response.status().as_u16();
        let described = description.at(&methods["get"]["responses"][status.to_string()]);
        assert!(status != 404 && described.is_object(), "{path}: {status}");
        // A stream without a WebSocket is an error, all others succeed.
        let kind = response.headers()["content-type"].to_str().unwrap().split(';').next().unwrap().to_owned();
        assert!(described["content"][&kind].is_object(), "{path}: {status} {kind}");
        asked += 1;
    }
    assert_eq!(asked, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_document_does_not_describe_is_noticed() {
    let (server, _folder) = server().await;
    let description = Description::of(&server).await;
    let process = serde_json::to_value(server.sh("true").await).unwrap();
    let schema = description.answer("get_process", 200);
    assert_eq!(description.wrong(schema, &process), [""; 0]);
    for (at, name, value) in [
        ("", "host", Some(json!("a"))),
        ("/spec", "schedule", Some(json!("daily"))),
        ("/output", "packed", Some(json!(true))),
        ("", "created_at", Some(json!("yesterday"))),
        ("", "id", Some(json!("1"))),
        ("", "state", Some(json!("hibernating"))),
        ("", "revision", None),
        ("/spec/stop", "signal", None),
    ] {
        let mut changed = process.clone();
        let fields = changed.pointer_mut(at).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => fields.insert(name.to_owned(), value),
            None => fields.remove(name),
        };
        assert!(!description.wrong(schema, &changed).is_empty(), "{at}/{name}");
    }
    let mut poorer = Description(description.0.clone());
    poorer.0["paths"].as_object_mut().unwrap().remove("/api/whoami");
    assert!(poorer.answer("whoami", 200).is_null() && !description.answer("whoami", 200).is_null());
}
