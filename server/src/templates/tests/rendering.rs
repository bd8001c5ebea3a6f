use super::{HOSTILE, from, template};
use crate::templates::{export, parse, render};
use execdeck_wire::{MASK, Preset, Template, TemplateValues};
use proptest::prelude::*;
use serde_json::{Value, json};

fn values(json: Value) -> TemplateValues {
    serde_json::from_value(json).unwrap()
}

fn args(template: &Template, given: Value) -> Vec<String> {
    render(template, &values(given)).unwrap().spec.args
}

/// The field and the message of a refusal.
fn refused(template: &Template, given: Value) -> (String, String) {
    let error = render(template, &values(given.clone())).map(|rendered| rendered.spec.args).expect_err(&given.to_string());
    (error.field.unwrap_or_default(), error.message)
}

/// What a type of parameter takes of the hostile texts.
type Accepts = fn(&str) -> bool;

fn printable(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || "\u{2028}\u{202e}".contains(c)) && !text.starts_with('-')
}

/// Each type of parameter that takes a text, or could be thought to.
fn cases() -> [(Value, Accepts); 9] {
    let parameters = json!([
        { "type": "text" }, { "type": "text", "pattern": "[a-z0-9-]+" }, { "type": "text", "pattern": "(?s).*" },
        { "type": "text", "allow_leading_dash": true }, { "type": "integer" }, { "type": "choice", "choices": ["a", "b"] }, { "type": "date" },
        { "type": "file", "folder": std::env::temp_dir() }, { "type": "flag" },
    ]);
    let accepts: [Accepts; 9] = [
        printable,
        |_| false,
        printable,
        |text| printable(text) || text.starts_with('-'),
        |_| false,
        |_| false,
        |_| false,
        |_| false,
        |_| false,
    ];
    std::array::from_fn(|at| {
        let mut parameter = parameters[at].clone();
        parameter["name"] = json!("a");
        (parameter, accepts[at])
    })
}

#[test]
fn a_hostile_value_is_exactly_the_argument_or_is_refused() {
    let long = "x".repeat(1 << 20);
    for (parameter, accepted) in cases() {
        let template = template(&["first", "{{a}}", "<{{a}}>"], json!([parameter, { "name": "b" }]));
        for value in HOSTILE.into_iter().chain([long.as_str()]) {
            if accepted(value) && value.len() < 5000 {
                assert_eq!(args(&template, json!({ "a": value })), ["first", value, &format!("<{value}>")], "{parameter}");
            } else {
                let (field, message) = refused(&template, json!({ "a": value }));
                assert!(field == "a" && message.ends_with('.'), "{parameter} {value:?}: {message}");
            }
        }
    }
    let choices = json!([{ "name": "a", "type": "choices", "choices": ["a", "b"] }]);
    for value in HOSTILE {
        assert_eq!(refused(&template(&["{{a}}"], choices.clone()), json!({ "a": ["a", value] })).0, "a");
        assert_eq!(refused(&template(&["x"], json!([])), json!({ value: "x" })).0, value);
    }
}

#[test]
fn a_hostile_default_or_preset_of_an_imported_file_is_exactly_the_argument_or_is_refused() {
    for (parameter, accepted) in cases() {
        for value in HOSTILE {
            let mut with_default = template(&["first", "{{a}}"], json!([parameter, { "name": "b" }]));
            let mut with_preset = with_default.clone();
            with_default.parameters[0].default = Some(value.into());
            let preset = Preset { name: "Hostile".into(), values: values(json!({ "a": value })) };
            with_preset.presets = vec![preset];
            for template in [with_default, with_preset] {
                let imported = parse(&export(&[template])).unwrap().remove(0);
                let given = imported.presets.first().map(|preset| preset.values.clone()).unwrap_or_default();
                match render(&imported, &given) {
                    Ok(rendered) if accepted(value) => assert_eq!(rendered.spec.args, ["first", value], "{parameter}"),
                    Ok(rendered) => panic!("{parameter} {value:?}: {:?}", rendered.spec.args),
                    Err(error) => assert!(!accepted(value) && error.field.is_some(), "{parameter} {value:?}: {error}"),
                }
            }
        }
    }
}

#[test]
fn a_value_has_the_type_of_its_parameter() {
    let parameters = json!([
        { "name": "text", "type": "text" }, { "name": "integer", "type": "integer", "min": -5, "max": 10, "allow_leading_dash": true },
        { "name": "choice", "type": "choice", "choices": ["low", "high"] }, { "name": "choices", "type": "choices", "choices": ["x", "y", "z"] },
        { "name": "date", "type": "date" }, { "name": "flag", "type": "flag", "value": "--all" },
    ]);
    let elements = ["{{text}}", "{{integer}}", "{{choice}}", "{{choices}}", "{{date}}", "{{flag}}"];
    let template = template(&elements, parameters);
    for (given, expected) in [
        (json!({}), &[][..]),
        (json!({ "text": "", "integer": null, "choice": "", "choices": [], "date": "", "flag": false }), &[]),
        (
            json!({ "text": "a b", "integer": -5, "choice": "high", "choices": ["z", "x"], "date": "2024-02-29", "flag": true }),
            &["a b", "-5", "high", "x", "z", "2024-02-29", "--all"],
        ),
        (json!({ "integer": 10, "choices": ["y"] }), &["10", "y"]),
        (json!({ "date": "0001-12-31" }), &["0001-12-31"]),
    ] {
        assert_eq!(args(&template, given.clone()), expected, "{given}");
    }
    for (name, wrong) in [
        ("text", vec![json!(1), json!(true), json!(["a"]), json!({})]),
        ("integer", vec![json!("1"), json!(""), json!(11), json!(-6), json!(1.5), json!(5.0), json!(u64::MAX), json!([1])]),
        ("choice", vec![json!("LOW"), json!("low "), json!("x"), json!(0), json!(["low"])]),
        ("choices", vec![json!("x"), json!(["x", "x"]), json!(["q"]), json!([""]), json!([1]), json!([["x"]])]),
        (
            "date",
            vec![
                json!("2023-02-29"),
                json!("2026-13-01"),
                json!("2026-00-10"),
                json!("2026-04-31"),
                json!("2026-1-1"),
                json!("26-01-01"),
                json!("2026-11-28T00:00:00Z"),
                json!(" 2026-11-28"),
                json!("2026/11/28"),
                json!("+026-11-28"),
                json!("0000-01-01"),
                json!("２０２６-11-28"),
                json!(20_261_128),
            ],
        ),
        ("flag", vec![json!("true"), json!(1), json!("on"), json!([])]),
    ] {
        for value in wrong {
            assert_eq!(refused(&template, json!({ name: value })).0, name, "{value}");
        }
    }
}

#[test]
fn defaults_stand_in_for_what_is_absent_and_required_values_have_to_be_there() {
    let parameters = json!([
        { "name": "day", "type": "text", "default": "today", "required": true }, { "name": "level", "type": "choice", "choices": ["low"], "required": true },
        { "name": "list", "type": "choices", "choices": ["a"], "required": true }, { "name": "sure", "type": "flag", "required": true },
    ]);
    let template = template(&["{{day}}", "{{level}}"], parameters);
    let whole = json!({ "level": "low", "list": ["a"], "sure": true });
    assert_eq!(args(&template, whole.clone()), ["today", "low"]);
    for (name, value) in [
        ("day", json!("")),
        ("day", json!(null)),
        ("level", json!("")),
        ("level", json!(null)),
        ("list", json!([])),
        ("sure", json!(false)),
    ] {
        let mut given = whole.clone();
        given[name] = value;
        assert_eq!(refused(&template, given).0, name);
    }
    assert_eq!(refused(&template, json!({ "level": "low", "list": ["a"] })).0, "sure");
}

#[test]
fn a_value_replaces_its_placeholder_once_within_its_element() {
    let parameters = json!([{ "name": "a" }, { "name": "b" }, { "name": "many", "type": "choices", "choices": ["x", "y"] }]);
    let template = template(&["{{a}}{{b}}", "--a={{a}}", "{{{a}}}", "{{.Names}}", "tags:{{many}}", "{{a}}", "{{many}}"], parameters);
    assert_eq!(
        args(&template, json!({ "a": "{{b}}", "b": "{{a}} $x", "many": ["x", "y"] })),
        ["{{b}}{{a}} $x", "--a={{b}}", "{{{b}}}", "{{.Names}}", "tags:x,y", "{{b}}", "x", "y"]
    );
    assert_eq!(args(&template, json!({})), ["", "--a=", "{}", "{{.Names}}", "tags:"]);
}

#[test]
fn a_dash_at_the_beginning_of_an_argument_needs_to_be_allowed_wherever_it_comes_from() {
    let parameters = json!([{ "name": "a" }, { "name": "b" }, { "name": "free", "allow_leading_dash": true }, { "name": "n", "type": "integer" },
        { "name": "flag", "type": "flag", "value": "-v" }]);
    for (element, given, field) in [
        ("{{a}}{{b}}", json!({ "a": "", "b": "-x" }), "a"),
        ("{{free}}{{b}}", json!({ "b": "-x" }), "b"),
        ("{{free}}{{b}}", json!({ "free": "-", "b": "-x" }), ""),
        ("{{a}}{{b}}", json!({ "a": "x", "b": "-x" }), ""),
        ("{{a}}-x", json!({}), "a"),
        ("{{free}}-x", json!({}), ""),
        ("-{{a}}", json!({ "a": "x" }), ""),
        ("--day={{a}}", json!({ "a": "-x" }), ""),
        ("{{n}}", json!({ "n": -1 }), "n"),
        ("{{flag}}", json!({ "flag": true }), ""),
        ("{{flag}}{{a}}", json!({ "a": "-x" }), "a"),
    ] {
        let template = template(&[element], parameters.clone());
        let rendered = render(&template, &values(given.clone()));
        assert_eq!(rendered.as_ref().err().and_then(|error| error.field.as_deref()).unwrap_or_default(), field, "{element} {given}");
    }
}

#[test]
fn programs_folders_and_variables_take_values_within_their_bounds() {
    let json = |cwd: &str| {
        json!({ "name": "Run", "spec": { "program": "/opt/{{tool}}/bin", "cwd": cwd, "env": { "A": "{{a}}", "B": "x{{a}}" }, "secret_env": { "T": "{{token}}", "K": "fixed" } },
            "parameters": [{ "name": "tool", "type": "choice", "choices": ["x", "y"] }, { "name": "a" }, { "name": "token", "type": "secret" }] })
    };
    let given = json!({ "tool": "y", "a": "-q; \u{e9}", "token": "-s3cret $x" });
    let rendered = render(&from(json("/srv/{{a}}")), &values(given)).unwrap();
    let spec = &rendered.spec;
    assert_eq!((spec.program.as_str(), spec.cwd.as_deref(), spec.name.as_deref()), ("/opt/y/bin", Some("/srv/-q; é"), Some("Run")));
    assert_eq!((spec.env["A"].as_str(), spec.env["B"].as_str()), ("-q; é", "x-q; é"));
    assert_eq!((spec.secret_env["T"].as_str(), spec.secret_env["K"].as_str()), ("-s3cret $x", "fixed"));
    for (cwd, a) in [("/srv/{{a}}", ".."), ("/srv/{{a}}", "x/../../etc"), ("{{a}}", "etc"), ("{{a}}", "")] {
        assert_eq!(refused(&from(json(cwd)), json!({ "tool": "x", "a": a })).0, "a", "{cwd} {a}");
    }
    for secret in ["a\nb", "a\0b", "a\r", MASK, &"x".repeat(5000)] {
        assert_eq!(refused(&from(json("/")), json!({ "tool": "x", "token": secret })).0, "token");
    }
}

#[test]
fn what_was_given_starts_the_template_again_and_keeps_secrets_secret() {
    let secret = |kind: &str, extra: Value| {
        let mut parameters = json!([{ "name": "a", "default": "first" }, { "name": "none" }, { "name": "f", "type": "flag" }, { "name": "token", "type": kind }]);
        parameters.as_array_mut().unwrap().extend(extra.as_array().unwrap().clone());
        from(
            json!({ "name": "Run", "spec": { "program": "true", "args": ["{{a}}", "{{none}}", "{{f}}"], "secret_env": { "T": "{{token}}" } }, "parameters": parameters }),
        )
    };
    let template = secret("secret", json!([]));
    let given = render(&template, &values(json!({ "token": "hunter22" }))).unwrap().given;
    assert_eq!(serde_json::to_value(&given.values).unwrap(), json!({ "a": "first", "none": null, "f": null }));
    assert!(!format!("{given:?}").contains("hunter22"));
    let again = given.for_template(&template).unwrap();
    // Also when the defaults have changed meanwhile.
    let mut changed = template.clone();
    changed.parameters[0].default = Some("second".into());
    changed.parameters[1].default = Some("something".into());
    let rendered = render(&changed, &again).unwrap();
    assert_eq!((rendered.spec.args, rendered.spec.secret_env["T"].as_str()), (vec!["first".to_owned()], "hunter22"));
    let mut fewer = template.clone();
    fewer.parameters.remove(1);
    fewer.spec.args.remove(1);
    assert_eq!(render(&fewer, &given.for_template(&fewer).unwrap()).unwrap().spec.args, ["first"]);
    assert_eq!(given.for_template(&secret("text", json!([]))).unwrap_err().field.as_deref(), Some("token"));
    let required = secret("secret", json!([{ "name": "new", "required": true }]));
    assert_eq!(render(&required, &given.for_template(&required).unwrap()).unwrap_err().field.as_deref(), Some("new"));
}

proptest! {
    #[test]
    fn arguments_are_exactly_what_was_allowed(a in "(\\PC|[-;|&$`'\" {}./\n\0]){0,12}", b in "(\\PC|[-;|&$`'\" {}./\n\0]){0,12}") {
        let template = template(&["{{a}}", "x{{a}}y{{b}}", "{{b}}{{a}}", "last"], json!([{ "name": "a" }, { "name": "b" }]));
        let bad = |text: &str| text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        let joined = format!("{b}{a}");
        let refuse = bad(&a) || bad(&b) || a.starts_with('-') || joined.starts_with('-');
        let rendered = render(&template, &values(json!({ "a": a, "b": b })));
        if refuse {
            let error = rendered.unwrap_err();
            prop_assert!(matches!(error.field.as_deref(), Some("a" | "b")));
        } else {
            let mut expected = vec![format!("x{a}y{b}"), joined, "last".into()];
            if !a.is_empty() {
                expected.insert(0, a);
            }
            prop_assert_eq!(rendered.unwrap().spec.args, expected);
        }
    }
}
