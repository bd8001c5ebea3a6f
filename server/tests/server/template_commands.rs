//! `execdeck template`, beside a running server.

use crate::{
    common::{EXECDECK, TempFolder},
    support::{PASSWORD, run, server},
    templates::saved,
};
use execdeck_wire::MASK;
use serde_json::json;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Runs a command that has to fail, and returns what it says: one line.
fn fails(folder: &Path, args: &[&str], input: &str) -> String {
    let mut command = Command::new(EXECDECK);
    let command = command.args(args).arg("--data").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{args:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_move_to_another_server_without_their_secrets() {
    let (one, from) = server().await;
    let token = json!({ "name": "Deploy", "spec": { "program": "deploy", "args": ["{{day}}"], "secret_env": { "TOKEN": "{{token}}" } },
        "parameters": [{ "name": "day", "type": "date" }, { "name": "token", "type": "secret" }], "presets": [{ "name": "First", "values": { "day": "2026-01-01" } }] });
    let deploy = saved(&one, token).await;
    saved(&one, json!({ "name": "Fixed", "spec": { "program": "fixed", "secret_env": { "KEY": "correct+horse" } } })).await;
    let file = run(from.path(), &["template", "export"], "");
    assert!(file.contains(MASK) && !file.contains("correct+horse") && file.contains("{{token}}"), "{file}");
    let only = run(from.path(), &["template", "export", "deploy"], "");
    assert!(only.contains("Deploy") && !only.contains("Fixed"), "{only}");
    let (other, to) = server().await;
    // One of them lacks its secret: then none is imported.
    assert!(fails(to.path(), &["template", "import", "-"], &file).contains("\"Fixed\": Enter the value of KEY"));
    assert_eq!(other.call("list_templates", json!({})).await.1, json!([]));
    assert_eq!(run(to.path(), &["template", "import", "-"], &file.replace(MASK, "battery+staple")), "Deploy\nFixed\n");
    let (_, found) = other.call("get_template", json!({ "id": deploy["id"] })).await;
    for field in ["id", "name", "spec", "parameters", "presets"] {
        assert_eq!(found[field], deploy[field], "{field}");
    }
    // Where the secret is stored, the file replaces what is there and leaves it.
    let path = to.path().join("templates.toml");
    std::fs::write(&path, file.replace("fixed", "mended")).unwrap();
    assert_eq!(run(to.path(), &["template", "import", path.to_str().unwrap()], ""), "Deploy\nFixed\n");
    let (_, all) = other.call("list_templates", json!({})).await;
    assert_eq!((all.as_array().unwrap().len(), &all[1]["spec"]["program"], &all[1]["revision"]), (2, &json!("mended"), &json!(2)));
}

#[test]
fn what_cannot_be_imported_or_found_is_said_in_one_sentence_and_changes_nothing() {
    let folder = TempFolder::new();
    run(folder.path(), &["user", "add", "ada", "--role", "admin"], PASSWORD);
    let import = |toml: &str| fails(folder.path(), &["template", "import", "-"], toml);
    assert!(import("[[templates]\n").contains("line 1"));
    assert!(import("").contains("no templates in the file"));
    let good = "[[templates]]\nname = 'Good'\nspec = { program = 'true' }\n";
    for (bad, said) in [
        ("name = 'good'\nspec = { program = 'true' }", "already a template named"),
        ("name = 'Bad'\nspec = { program = 'true', args = ['{{x}}'] }", "no parameter x"),
        ("name = 'Bad'\nspec = { program = 'true' }\nparameters = [{ name = 'x', pattern = 'a)|(?:.*' }]", "pattern"),
        ("name = 'Bad'\nspec = { program = '{{x}}' }\nparameters = [{ name = 'x' }]", "only a choice"),
        ("name = 'Bad'\nspec = { program = 'true' }\nparameters = [{ name = 'x', default = '-rf; $(id)\\n\u{1}' }]", "TOML"),
        ("name = 'Bad'\nspec = { program = 'true' }\nparameters = [{ name = 'x', default = \"a\\nb\" }]", "single line"),
        (
            "name = 'Bad'\nspec = { program = 'true' }\nparameters = [{ name = 'x', type = 'file', folder = '/a', default = '../b' }]",
            "relative to the folder",
        ),
        (
            "name = 'Bad'\nspec = { program = 'true' }\nparameters = [{ name = 'x', type = 'secret', default = 'y' }]",
            "never part of a template",
        ),
        ("name = 'Bad'\nspec = { program = 'true' }\nowner = 'x'", "templates.1.owner"),
    ] {
        let message = import(&format!("{good}[[templates]]\n{bad}\n"));
        assert!(message.contains(said), "{bad}: {message}");
    }
    assert!(!run(folder.path(), &["template", "export"], "").contains("Good"));
    assert!(fails(folder.path(), &["template", "export", "None"], "").contains("no template named None"));
    assert!(fails(folder.path(), &["template", "import", "/nowhere"], "").contains("/nowhere cannot be read"));
    assert_eq!(run(folder.path(), &["template", "import", "--library"], "").lines().count(), 6);
    assert!(fails(folder.path(), &["template", "import", "--library"], "").contains("already a template named"));
}
