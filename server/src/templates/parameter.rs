//! Whether a parameter is valid by itself.

use super::{error::wrong, placeholders, text, values::fill};
use crate::anchored;
use execdeck_wire::{ApiError, Parameter, ParameterType};
use regex::Regex;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Component, Path},
};

/// The longest label, in characters.
const MAX_LABEL: usize = 100;
/// The longest help, in characters.
const MAX_HELP: usize = 500;
/// The most choices of a parameter.
const MAX_CHOICES: usize = 200;

/// Checks a parameter, whose path in the template is given, and compiles its pattern.
pub(super) fn check(parameter: &Parameter, path: &str) -> Result<Option<Regex>, ApiError> {
    let field = |name: &str| format!("{path}.{name}");
    if !placeholders::is_name(&parameter.name) {
        let message = "A parameter's name begins with a letter and has only letters, digits, _ and - in it, 64 at most.";
        return Err(wrong(field("name"), message));
    }
    if parameter.kind == ParameterType::Unknown {
        let names = ParameterType::ALL.map(ParameterType::as_str).join(", ");
        return Err(wrong(field("type"), format!("This is not a type of parameter; use one of {names}.")));
    }
    check_text(parameter.label.as_deref(), MAX_LABEL, false).map_err(|message| wrong(field("label"), message))?;
    check_text(parameter.help.as_deref(), MAX_HELP, true).map_err(|message| wrong(field("help"), message))?;
    check_fields(parameter, path)?;
    check_choices(parameter).map_err(|message| wrong(field("choices"), message))?;
    if let (Some(min), Some(max)) = (parameter.min, parameter.max)
        && min > max
    {
        return Err(wrong(field("min"), "The minimum is greater than the maximum."));
    }
    if parameter.kind == ParameterType::File {
        check_folder(parameter.folder.as_deref()).map_err(|message| wrong(field("folder"), message))?;
    }
    if let Some(value) = &parameter.value {
        let checked = text::check_length(value).and_then(|()| text::check_line(value));
        let checked = if value.is_empty() { Err("Leave it out, or say what a set flag becomes.".into()) } else { checked };
        checked.map_err(|message| wrong(field("value"), message))?;
    }
    let compiled = parameter.pattern.as_deref().map(anchored::compile).transpose();
    let compiled = compiled.map_err(|message| wrong(field("pattern"), message))?;
    if let Some(value) = &parameter.default {
        check_example(parameter, compiled.as_ref(), value).map_err(|message| wrong(field("default"), message))?;
    }
    Ok(compiled)
}

/// Checks a value that is part of the template: a default, or one of a preset.
pub(super) fn check_example(parameter: &Parameter, pattern: Option<&Regex>, value: &Value) -> Result<(), String> {
    match (parameter.kind, value) {
        (ParameterType::Secret, _) => Err("A secret is never part of a template.".into()),
        (_, Value::Null) => Err("Leave it out instead of null.".into()),
        _ => fill(parameter, pattern, value).map(drop),
    }
}

/// Refuses a text that is not empty and too long, or has something in it that is not text.
pub(super) fn check_text(value: Option<&str>, most: usize, lines: bool) -> Result<(), String> {
    let value = value.unwrap_or_default();
    if value.chars().count() > most {
        return Err(format!("It must be at most {most} characters long."));
    }
    if lines { text::check_lines(value) } else { text::check_line(value) }
}

/// Refuses what does not go with the type.
fn check_fields(parameter: &Parameter, path: &str) -> Result<(), ApiError> {
    use ParameterType::{Choice, Choices, File, Flag, Integer, Text};
    let fields: [(&str, bool, &[ParameterType]); 7] = [
        ("pattern", parameter.pattern.is_some(), &[Text]),
        ("min", parameter.min.is_some(), &[Integer]),
        ("max", parameter.max.is_some(), &[Integer]),
        ("choices", !parameter.choices.is_empty(), &[Choice, Choices]),
        ("folder", parameter.folder.is_some(), &[File]),
        ("value", parameter.value.is_some(), &[Flag]),
        ("allow_leading_dash", parameter.allow_leading_dash, &[Text, Integer, Choice, Choices, File]),
    ];
    for (name, present, kinds) in fields {
        if present && !kinds.contains(&parameter.kind) {
            let kinds = kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
            let message = format!("{name} goes with the types {kinds}, not with {}; leave it out.", parameter.kind.as_str());
            return Err(wrong(format!("{path}.{name}"), message));
        }
    }
    Ok(())
}

fn check_choices(parameter: &Parameter) -> Result<(), String> {
    if !matches!(parameter.kind, ParameterType::Choice | ParameterType::Choices) {
        return Ok(());
    }
    let choices = &parameter.choices;
    if choices.is_empty() || choices.len() > MAX_CHOICES {
        return Err(format!("Give 1 to {MAX_CHOICES} choices."));
    }
    let mut known = BTreeSet::new();
    for choice in choices {
        text::check_length(choice)?;
        text::check_line(choice).map_err(|message| format!("“{choice}”: {message}"))?;
        if choice.is_empty() {
            return Err("A choice must not be empty.".into());
        }
        if !known.insert(choice) {
            return Err(format!("The choice “{choice}” is there more than once."));
        }
        if choice.starts_with('-') && !parameter.allow_leading_dash {
            return Err(format!(
                "{choice:?} begins with -, which most programs take for an option; set allow_leading_dash if it is meant."
            ));
        }
    }
    Ok(())
}

fn check_folder(folder: Option<&str>) -> Result<(), String> {
    let folder = folder.unwrap_or_default();
    text::check_length(folder)?;
    text::check_line(folder)?;
    let plain = Path::new(folder).components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if folder.starts_with('/') && plain {
        return Ok(());
    }
    Err("Give the folder that the file has to be below, as an absolute path without .. in it.".into())
}
