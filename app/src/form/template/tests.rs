use super::*;
use crate::wire::{MASK, Parameter, Preset, ProcessSpec, Template, TerminalSize};
use serde_json::json;

fn parameter(kind: ParameterType) -> Parameter {
    let choice = matches!(kind, ParameterType::Choice | ParameterType::Choices);
    Parameter {
        name: format!("the-{}", kind.as_str()),
        label: Some("A label".into()),
        kind,
        required: kind != ParameterType::Flag,
        default: match kind {
            ParameterType::Integer => Some(json!(-3)),
            ParameterType::Choices => Some(json!(["a", "b c"])),
            ParameterType::Secret => None,
            ParameterType::Flag => Some(json!(true)),
            ParameterType::Date => Some(json!("2026-11-28")),
            _ => Some(json!("a")),
        },
        help: Some("Some help".into()),
        pattern: (kind == ParameterType::Text).then(|| "[a-z]+".into()),
        min: (kind == ParameterType::Integer).then_some(-5),
        max: (kind == ParameterType::Integer).then_some(i64::MAX),
        choices: if choice { vec!["a".into(), "b c".into()] } else { Vec::new() },
        folder: (kind == ParameterType::File).then(|| "/srv".into()),
        value: (kind == ParameterType::Flag).then(|| "--force".into()),
        allow_leading_dash: kind == ParameterType::Text,
    }
}

fn template() -> Template {
    let parameters: Vec<_> = ParameterType::ALL.map(parameter).into();
    let values = [("the-text", json!("=x=")), ("the-integer", json!(7)), ("the-choices", json!([])), ("the-flag", json!(false))];
    Template {
        revision: Some(4),
        name: "Every type".into(),
        description: "Two\nlines".into(),
        spec: ProcessSpec {
            program: "printf".into(),
            args: ["%s\\n", "a\nb", "\"quoted\"", "", "{{the-text}}"].map(Into::into).to_vec(),
            cwd: Some("/srv/{{the-choice}}".into()),
            env: [("A".to_owned(), "1\n2".to_owned())].into(),
            secret_env: [("TOKEN".to_owned(), MASK.to_owned()), ("PASSWORD".to_owned(), "{{the-secret}}".to_owned())].into(),
            labels: [("team".to_owned(), "ops".to_owned())].into(),
            stdin: true,
            timeout_seconds: Some(60),
            ..ProcessSpec::default()
        },
        parameters,
        presets: vec![Preset { name: "nightly".into(), values: values.map(|(name, value)| (name.to_owned(), value)).into() }],
        confirm: Some("Really?".into()),
        reason: ReasonRule::Required,
        ..Template::default()
    }
}

#[test]
fn the_form_of_a_template_makes_the_same_template() {
    let template = template();
    assert_eq!(TemplateForm::from_template(&template).to_template(None), Ok(template));
}

#[test]
fn the_size_of_a_terminal_survives_the_form_and_what_browsers_send_of_it() {
    let mut template = template();
    template.spec.terminal = Some(TerminalSize { cols: 200, rows: 50 });
    // In a terminal there is no choice about the input.
    template.spec.stdin = false;
    let form = TemplateForm::from_template(&template);
    assert_eq!(form.to_template(None), Ok(template));
    let size = form.command.size;
    let pairs = [("title", "t".to_owned()), ("program", "vi".into()), ("terminal", "yes".into())]
        .into_iter()
        .chain([("cols", size.cols.to_string()), ("rows", size.rows.to_string())]);
    let sent = TemplateForm::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(sent.to_template(None).unwrap().spec.terminal, Some(size));
    let older = [("program", "vi"), ("terminal", "yes"), ("cols", "many")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(TemplateForm::from_pairs(older).to_template(None).unwrap().spec.terminal, Some(TerminalSize { cols: 120, rows: 32 }));
}

#[test]
fn arguments_survive_their_lines() {
    for args in [&[] as &[&str], &["a b"], &["", "x"], &["x", ""], &[""], &["\""], &["a\nb", "c\r"], &["\"a\"", "-"]] {
        let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        assert_eq!(read_args(&write_args(&args)), Ok(args));
    }
    assert!(read_args("-a\n\"open").unwrap_err().starts_with("Line 2"));
}

#[test]
fn what_is_typed_becomes_a_value_of_its_type() {
    let read = |kind, texts: &[&str]| read_value(kind, &texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    assert_eq!(read(ParameterType::Integer, &[" 12 "]), Some(json!(12)));
    assert_eq!(read(ParameterType::Integer, &["1e3"]), Some(json!("1e3")));
    assert_eq!(read(ParameterType::Integer, &[""]), None);
    assert_eq!(read(ParameterType::Choices, &["a", "", "b"]), Some(json!(["a", "b"])));
    assert_eq!(read(ParameterType::Choices, &[]), Some(json!([])));
    assert_eq!(read(ParameterType::Flag, &[]), Some(json!(false)));
    assert_eq!(read(ParameterType::Flag, &["Yes"]), Some(json!(true)));
    assert_eq!(read(ParameterType::Text, &["first", " $(x) "]), Some(json!(" $(x) ")));
    assert_eq!(read(ParameterType::Secret, &[""]), None);
}

#[test]
fn a_field_that_was_emptied_does_not_become_its_default_again() {
    let values = read_values(&[parameter(ParameterType::Text), parameter(ParameterType::Secret)], &Typed::new());
    assert_eq!(values, [("the-secret", json!(null)), ("the-text", json!(null))].map(|(name, value)| (name.to_owned(), value)).into());
}

#[test]
fn every_wrong_row_is_named() {
    let pairs = [
        ("title", "t"),
        ("args", "\"open"),
        ("parameter.name", "a"),
        ("parameter.type", "integer"),
        ("parameter.min", "few"),
        ("parameter.name", ""),
        ("parameter.label", "no name"),
        ("parameter.name", ""),
        ("preset.name", "p"),
        ("preset.values", "b=1\r\nnothing"),
    ];
    let form = TemplateForm::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let fields: Vec<_> = form.to_template(None).unwrap_err().into_iter().map(|error| error.field).collect();
    assert_eq!(fields, ["args", "parameters.0.min", "parameters.1.name", "presets.0.values", "presets.0.values"]);
}

#[test]
fn what_the_server_says_is_wrong_is_found_among_the_rows() {
    let names = ["", "a", "", "b"].map(|name| ParameterForm { name: name.into(), ..ParameterForm::default() });
    let presets = vec![PresetForm::default(), PresetForm { name: "p".into(), ..PresetForm::default() }];
    let form = TemplateForm { parameters: names.into(), presets, ..TemplateForm::default() };
    for (field, place) in [
        ("name", "title"),
        ("parameters.1.pattern", "parameters.3.pattern"),
        ("parameters.0", "parameters.1"),
        ("parameters.9.name", "parameters.9.name"),
        ("presets.0.values.a", "presets.1.values.a"),
        ("spec.program", "program"),
        ("spec.args", "args"),
        ("spec.secret_env", "variables"),
        ("spec.stop.signal", "signal"),
        ("spec.limits.output_bytes", "output"),
        ("confirm", "confirm"),
    ] {
        assert_eq!(form.field_of(field), place);
    }
}

#[test]
fn no_page_contains_a_secret_and_none_is_lost() {
    let mut form = TemplateForm::from_template(&template());
    form.command.variables.iter_mut().find(|variable| variable.name == "TOKEN").unwrap().value = "hunter2".into();
    let whole = form.clone();
    let secrets = form.hide_secrets();
    assert!(!format!("{form:?}").contains("hunter2") && format!("{form:?}").contains("{{the-secret}}"));
    form.restore_secrets(&secrets);
    assert_eq!(form, whole);
}
