use super::from;
use crate::templates::check::Checked;
use serde_json::{Value, json};

fn whole() -> Value {
    json!({ "name": "Restore", "spec": { "program": "restore", "args": ["{{day}}"], "cwd": "/srv" }, "parameters": [{ "name": "day", "type": "date" }] })
}

/// The template with a value at a path, such as `/spec/program`.
fn with(path: &str, value: Value) -> Value {
    let mut template = whole();
    let (parent, key) = path.rsplit_once('/').unwrap();
    template.pointer_mut(parent).unwrap()[key] = value;
    template
}

#[test]
fn a_template_that_makes_no_sense_is_refused_at_the_field_that_is_wrong() {
    let one = |parameter: Value| with("/parameters", json!([{ "name": "day", "type": "date" }, parameter]));
    let p = |extra: Value| {
        let mut parameter = json!({ "name": "x" });
        parameter.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        one(parameter)
    };
    for (template, field) in [
        (with("/name", json!(" ")), "name"),
        (with("/name", json!("a\nb")), "name"),
        (with("/name", json!("a\u{200b}b")), "name"),
        (with("/name", json!("\u{3164}")), "name"),
        (with("/name", json!("x".repeat(101))), "name"),
        (with("/description", json!("x".repeat(2001))), "description"),
        (with("/confirm", json!("\u{202e}")), "confirm"),
        (with("/reason", json!("two_people")), "reason"),
        (with("/spec/program", json!("")), "spec.program"),
        (with("/spec/program", json!("{{day}}")), "spec.program"),
        (with("/spec/args", json!(["{{month}}"])), "spec.args"),
        (with("/spec/args", json!(["{{ day }}"])), "spec.args"),
        (with("/spec/args", json!(["a\u{0}"])), "spec.args"),
        (with("/spec/cwd", json!("srv/{{day}}")), "spec.cwd"),
        (with("/spec/cwd", json!("{{month}}")), "spec.cwd"),
        (with("/spec", json!({ "program": "./tool", "cwd": "/srv/{{day}}" })), "spec.cwd"),
        (with("/spec", json!({ "program": "tool", "env": { "PATH": "/srv/{{day}}" } })), "spec.env"),
        (with("/spec", json!({ "program": "tool", "secret_env": { "LD_PRELOAD": "{{day}}" } })), "spec.secret_env"),
        (with("/spec/name", json!("of {{day}}")), "spec.name"),
        (with("/spec/labels", json!({ "day": "{{day}}" })), "spec.labels"),
        (with("/spec/env", json!({ "{{day}}": "x" })), "spec.env"),
        (with("/spec/env", json!({ "A": "{{month}}" })), "spec.env"),
        (with("/spec/stop", json!({ "signal": "NONE" })), "spec.stop.signal"),
        (with("/spec/run_as", json!("root:")), "spec.run_as"),
        (with("/spec/run_as", json!("{{day}}")), "spec.run_as"),
        (with("/spec/sandbox", json!({ "writable": ["/srv/{{day}}"] })), "spec.sandbox.writable"),
        (one(json!({ "name": "day" })), "parameters.1.name"),
        (one(json!({ "name": "1a" })), "parameters.1.name"),
        (one(json!({ "name": "a b" })), "parameters.1.name"),
        (one(json!({ "name": "x".repeat(65) })), "parameters.1.name"),
        (p(json!({ "type": "colour" })), "parameters.1.type"),
        (p(json!({ "pattern": "(" })), "parameters.1.pattern"),
        (p(json!({ "pattern": "a)|(?:.*" })), "parameters.1.pattern"),
        (p(json!({ "type": "integer", "pattern": "a" })), "parameters.1.pattern"),
        (p(json!({ "min": 1 })), "parameters.1.min"),
        (p(json!({ "type": "integer", "min": 2, "max": 1 })), "parameters.1.min"),
        (p(json!({ "type": "choice" })), "parameters.1.choices"),
        (p(json!({ "type": "choice", "choices": ["a", "a"] })), "parameters.1.choices"),
        (p(json!({ "type": "choice", "choices": [""] })), "parameters.1.choices"),
        (p(json!({ "type": "choice", "choices": ["-a"] })), "parameters.1.choices"),
        (p(json!({ "type": "choice", "choices": ["a\n"] })), "parameters.1.choices"),
        (p(json!({ "choices": ["a"] })), "parameters.1.choices"),
        (p(json!({ "type": "file" })), "parameters.1.folder"),
        (p(json!({ "type": "file", "folder": "logs" })), "parameters.1.folder"),
        (p(json!({ "type": "file", "folder": "/var/../etc" })), "parameters.1.folder"),
        (p(json!({ "folder": "/var" })), "parameters.1.folder"),
        (p(json!({ "value": "x" })), "parameters.1.value"),
        (p(json!({ "type": "flag", "value": "" })), "parameters.1.value"),
        (p(json!({ "type": "secret", "allow_leading_dash": true })), "parameters.1.allow_leading_dash"),
        (p(json!({ "type": "secret", "default": "hunter2" })), "parameters.1.default"),
        (p(json!({ "type": "integer", "default": "1" })), "parameters.1.default"),
        (p(json!({ "pattern": "[a-z]+", "default": "A" })), "parameters.1.default"),
        (p(json!({ "label": "x".repeat(101) })), "parameters.1.label"),
        (p(json!({ "help": "\u{1b}" })), "parameters.1.help"),
        (with("/presets", json!([{ "name": "" }])), "presets.0.name"),
        (with("/presets", json!([{ "name": "a" }, { "name": "a" }])), "presets.1.name"),
        (with("/presets", json!([{ "name": "a", "values": { "day": "tomorrow" } }])), "presets.0.values.day"),
        (with("/presets", json!([{ "name": "a", "values": { "day": null } }])), "presets.0.values.day"),
        (with("/presets", json!([{ "name": "a", "values": { "month": "x" } }])), "presets.0.values.month"),
        (with("/parameters", json!(vec![json!({ "name": "x" }); 51])), "parameters"),
    ] {
        let error = Checked::new(&from(template.clone())).map(drop).expect_err(&template.to_string());
        assert_eq!(error.field.as_deref(), Some(field), "{template}: {}", error.message);
        assert!(error.message.ends_with('.'), "{}", error.message);
    }
    let huge = with("/spec/args", json!(["x".repeat(300_000)]));
    assert_eq!(Checked::new(&from(huge)).map(drop).unwrap_err().code.status(), 413);
}

#[test]
fn a_secret_can_be_used_as_the_whole_of_a_secret_variable_only() {
    let secret = |spec: Value| {
        let mut template = json!({ "name": "a", "spec": { "program": "a" }, "parameters": [{ "name": "s", "type": "secret" }] });
        template["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        Checked::new(&from(template)).map(drop).map_err(|error| error.field.unwrap())
    };
    assert_eq!(secret(json!({ "secret_env": { "T": "{{s}}" } })), Ok(()));
    for (spec, field) in [
        (json!({ "program": "{{s}}" }), "spec.program"),
        (json!({ "args": ["{{s}}"] }), "spec.args"),
        (json!({ "cwd": "/{{s}}" }), "spec.cwd"),
        (json!({ "env": { "T": "{{s}}" } }), "spec.env"),
        (json!({ "secret_env": { "T": "Bearer {{s}}" } }), "spec.secret_env"),
    ] {
        assert_eq!(secret(spec), Err(field.to_owned()));
    }
}

#[test]
fn a_template_with_everything_is_valid() {
    let template = json!({ "name": "Everything", "description": "a\nb", "confirm": "Sure?", "reason": "required",
        "spec": { "program": "/opt/{{tool}}", "args": ["{{day}}", "--tags={{tags}}", "{{tags}}", "{{file}}", "{{all}}", "{{n}}"], "cwd": "{{tool}}",
            "env": { "A": "{{text}}" }, "secret_env": { "T": "{{token}}", "F": "fixed" }, "labels": { "team": "ops" } },
        "parameters": [{ "name": "tool", "type": "choice", "choices": ["/a", "/b"], "default": "/a" }, { "name": "day", "type": "date", "default": "2026-11-28" },
            { "name": "tags", "type": "choices", "choices": ["x", "y"], "default": ["x"] }, { "name": "file", "type": "file", "folder": "/var/log", "default": "a/b" },
            { "name": "all", "type": "flag", "value": "--all", "default": true }, { "name": "n", "type": "integer", "min": 0, "max": 5, "default": 5 },
            { "name": "text", "type": "text", "pattern": "[a-z]*", "label": "L", "help": "H" }, { "name": "token", "type": "secret", "required": true }],
        "presets": [{ "name": "Low", "values": { "n": 1, "tags": [], "all": false, "text": "" } }] });
    Checked::new(&from(template)).map(drop).unwrap();
}
