//! The values of a template's parameters, from what was typed.

use crate::wire::{Parameter, ParameterType, TemplateValues};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was typed or chosen for each parameter, by its name: several texts for choices, one otherwise.
pub type Typed = BTreeMap<String, Vec<String>>;

/// Whether a text sets a flag.
pub fn is_set(text: &str) -> bool {
    ["true", "yes", "on", "1"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A value as it is typed.
pub fn write_value(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(write_value).collect(),
        other => vec![other.to_string()],
    }
}

/// What was typed as the value that it stands for; none when nothing was typed. What does not fit the type stays a text, which the
/// server refuses with the reason.
pub fn read_value(kind: ParameterType, typed: &[String]) -> Option<Value> {
    let last = typed.last().map(String::as_str).unwrap_or_default();
    match kind {
        ParameterType::Flag => Some(Value::Bool(is_set(last))),
        ParameterType::Choices => Some(typed.iter().filter(|text| !text.is_empty()).cloned().collect()),
        ParameterType::Integer if last.trim().is_empty() => None,
        ParameterType::Integer => Some(last.trim().parse::<i64>().map_or_else(|_| last.into(), Value::from)),
        _ if last.is_empty() => None,
        _ => Some(last.into()),
    }
}

/// The values that were typed for these parameters. A field that was emptied is `null`: a missing value would be the default.
pub fn read_values(parameters: &[Parameter], typed: &Typed) -> TemplateValues {
    let value = |parameter: &Parameter| {
        let texts = typed.get(&parameter.name).map(Vec::as_slice).unwrap_or_default();
        (parameter.name.clone(), read_value(parameter.kind, texts).unwrap_or_default())
    };
    parameters.iter().map(value).collect()
}
