//! Templates as a file: TOML with one `[[templates]]` each. It never has secrets in it.
//!
//! Ids are part of it, so that a template that is imported again replaces the earlier one, and rights that name it stay as
//! they are.

use super::error::wrong;
use execdeck_wire::{ApiError, ErrorCode, Parameter, Preset, ProcessSpec, ReasonRule, Template};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::fmt::Write;
use toml::{Table, Value};
use uuid::Uuid;

/// The largest file, in bytes.
const MAX_FILE: usize = 4 << 20;
/// The first line of a file.
const HEADER: &str =
    "# Templates of Execdeck. Values shown as \u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022} are secrets, which are not in this file.\n";

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    templates: Vec<Template>,
}

#[derive(Serialize)]
struct Exported<'a> {
    templates: Vec<ExportedTemplate<'a>>,
}

/// A template without what is as usual.
#[derive(Serialize)]
struct ExportedTemplate<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonRule>,
    spec: Json,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    parameters: &'a [Parameter],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    presets: &'a [Preset],
}

/// The file of these templates, whose secrets are masked.
pub fn export(templates: &[Template]) -> String {
    let usual = json(&ProcessSpec::default());
    let templates = templates.iter().map(|template| {
        let mut spec = json(&template.spec);
        leave_out(&mut spec, &usual);
        ExportedTemplate {
            id: template.id,
            name: &template.name,
            description: &template.description,
            confirm: template.confirm.as_deref(),
            reason: Some(template.reason).filter(|rule| *rule != ReasonRule::None),
            spec,
            parameters: &template.parameters,
            presets: &template.presets,
        }
    });
    let content = toml::to_string_pretty(&Exported { templates: templates.collect() }).expect("a template has nothing that TOML lacks");
    format!("{HEADER}\n{content}")
}

fn json(spec: &ProcessSpec) -> Json {
    serde_json::to_value(spec).expect("wire types are JSON")
}

/// Removes from a value what is the same in the usual one.
fn leave_out(value: &mut Json, usual: &Json) {
    let (Json::Object(value), Json::Object(usual)) = (value, usual) else { return };
    value.retain(|key, value| !value.is_null() && Some(&*value) != usual.get(key));
    for (key, value) in value {
        if let Some(usual) = usual.get(key) {
            leave_out(value, usual);
        }
    }
}

/// Reads a file strictly: an unknown field is an error. The templates are checked when they are saved.
pub fn parse(text: &str) -> Result<Vec<Template>, ApiError> {
    if text.len() > MAX_FILE {
        return Err(ApiError::new(ErrorCode::TooLarge, format!("The file can have {} MiB at most.", MAX_FILE >> 20)));
    }
    let table: Table = text.parse().map_err(|error| syntax(text, &error))?;
    let mut unknown = None;
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(without_dates(Value::Table(table)), &mut track);
    let read = serde_ignored::deserialize::<_, _, Content>(tracked, |path| {
        unknown.get_or_insert_with(|| path.to_string().replace(".?", ""));
    });
    let content = read.map_err(|error| {
        let path = track.path().to_string();
        wrong(&path, format!("{path}: {}.", error.message()))
    })?;
    if let Some(path) = unknown {
        return Err(wrong(&path, format!("Unknown field {path:?}.")));
    }
    if content.templates.is_empty() {
        return Err(wrong("templates", "There are no templates in the file. Each one begins with [[templates]]."));
    }
    let templates = content.templates.into_iter();
    Ok(templates.map(|template| Template { revision: None, saved_at: None, saved_by: None, ..template }).collect())
}

fn syntax(text: &str, error: &toml::de::Error) -> ApiError {
    let mut message = "The file is not valid TOML".to_owned();
    if let Some(before) = error.span().and_then(|span| text.get(..span.start)) {
        let _ = write!(message, ", line {}", before.matches('\n').count() + 1);
    }
    ApiError::new(ErrorCode::BadRequest, format!("{message}: {}.", error.message()))
}

/// A date of TOML is a text for us.
fn without_dates(value: Value) -> Value {
    match value {
        Value::Datetime(date) => Value::String(date.to_string()),
        Value::Array(values) => Value::Array(values.into_iter().map(without_dates).collect()),
        Value::Table(table) => Value::Table(table.into_iter().map(|(key, value)| (key, without_dates(value))).collect()),
        value => value,
    }
}
