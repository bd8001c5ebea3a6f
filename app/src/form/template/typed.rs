//! The values of parameters, as they are typed and as they go over the wire.

use crate::wire::{Parameter, ParameterType, TemplateValues, Timestamp};
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

/// All values as they are typed.
pub fn write_values(values: &TemplateValues) -> Typed {
    values.iter().map(|(name, value)| (name.clone(), write_value(value))).collect()
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

/// A value to show the command with where nobody has entered one: the default, or one that fits.
pub fn example(parameter: &Parameter) -> Option<Value> {
    let number = || parameter.min.or_else(|| parameter.max.map(|max| max.min(1))).unwrap_or(1).into();
    let today = || Timestamp::now().to_string().get(..10).map(Value::from);
    parameter.default.clone().or_else(|| match parameter.kind {
        ParameterType::Text => parameter.pattern.is_none().then(|| parameter.name.as_str().into()),
        ParameterType::Integer => Some(number()),
        ParameterType::Choice => parameter.choices.first().map(|choice| choice.as_str().into()),
        ParameterType::Choices => Some(parameter.choices.iter().take(2).cloned().collect()),
        ParameterType::Date => today(),
        ParameterType::Secret => Some("secret".into()),
        ParameterType::Flag => Some(true.into()),
        ParameterType::File | ParameterType::Unknown => None,
    })
}
