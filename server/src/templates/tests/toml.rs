use super::from;
use crate::templates::{check::Checked, export, library, parse, render};
use execdeck_wire::{Template, TemplateValues};
use serde_json::json;

fn rich() -> Template {
    from(
        json!({ "id": "01890a5d-ac96-774b-bcce-b302099a8057", "revision": 7, "name": "Back up \"it\"", "description": "Two\nlines", "confirm": "Sure?",
        "reason": "optional", "saved_at": "2026-11-24T15:00:00Z", "saved_by": "ada",
        "spec": { "program": "rsync", "args": ["-a", "{{from}}", "it's \\ \u{e9}"], "cwd": "/srv", "env": { "A": "1" }, "secret_env": { "T": "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}" },
            "terminal": { "cols": 80, "rows": 24 }, "timeout_seconds": 60, "stop": { "signal": "INT" }, "labels": { "team": "ops" } },
        "parameters": [{ "name": "from", "type": "choice", "choices": ["a", "b"], "default": "a", "required": true }, { "name": "n", "type": "integer", "min": -1, "default": 3 },
            { "name": "tags", "type": "choices", "choices": ["x", "y"], "default": ["x"] }],
        "presets": [{ "name": "Three", "values": { "n": 3, "tags": ["x", "y"] } }, { "name": "None" }] }),
    )
}

#[test]
fn what_was_exported_is_imported_as_it_was() {
    let (template, plain) = (rich(), from(json!({ "name": "Plain", "spec": { "program": "true" } })));
    let file = export(&[template.clone(), plain.clone()]);
    for noise in ["revision", "saved_", "ada", "limits", "restart", "grace_seconds", "stdin"] {
        assert!(!file.contains(noise), "{noise}: {file}");
    }
    let expected = Template { revision: None, saved_at: None, saved_by: None, ..template };
    assert_eq!(parse(&file).unwrap(), [expected, plain], "{file}");
    assert_eq!(export(&[]).lines().filter(|line| !line.is_empty() && !line.starts_with('#') && *line != "templates = []").count(), 0);
}

#[test]
fn a_date_need_not_be_in_quotes() {
    let file = "[[templates]]\nname = 'a'\nspec = { program = 'true' }\n[[templates.parameters]]\nname = 'd'\ntype = 'date'\ndefault = 2026-11-28\n";
    assert_eq!(parse(file).unwrap()[0].parameters[0].default, Some("2026-11-28".into()));
}

#[test]
fn a_file_that_cannot_be_read_says_where() {
    for (file, text) in [
        ("[[templates]]\nname = 'a\n", "line 2"),
        ("", "no templates"),
        ("x = 1", "\"x\""),
        ("[[templates]]\nname = 'a'\ncolor = 1\nspec = { program = 'a' }", "\"templates.0.color\""),
        ("[[templates]]\nname = 'a'\nspec = { program = 'a', arg = [] }", "\"templates.0.spec.arg\""),
        ("[[templates]]\nname = 'a'\nspec = { program = 'a' }\nparameters = [{ name = 'x', typ = 'text' }]", "parameters.0.typ"),
        ("[[templates]]\nname = 1", "templates[0].name"),
        ("[[templates]]\nname = 'a'\nspec = 7", "templates[0].spec"),
        ("templates = 7", "templates"),
    ] {
        let error = parse(file).unwrap_err();
        assert!(error.message.contains(text) && error.message.lines().count() == 1, "{file}: {}", error.message);
    }
    assert_eq!(parse(&" ".repeat(5 << 20)).unwrap_err().code.status(), 413);
}

#[test]
fn the_six_examples_are_valid_and_their_presets_fit() {
    let examples = library();
    assert_eq!(examples.len(), 6);
    for example in &examples {
        assert_eq!(Checked::new(example).err(), None, "{}", example.name);
        assert!(example.id.is_none() && !example.description.is_empty());
    }
    let disk = examples.iter().find(|example| example.name.starts_with("Disk")).unwrap();
    let args = |values: &TemplateValues| render(disk, values).unwrap().spec.args;
    assert_eq!(args(&TemplateValues::new()), ["--human-readable", "--max-depth=1", "--", "/var/log"]);
    assert_eq!(args(&disk.presets[0].values), ["--human-readable", "--max-depth=0", "--", "/var/log"]);
}
