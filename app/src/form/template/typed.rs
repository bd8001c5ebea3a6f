//! Values of parameters for a form: as they are typed, and examples.

use crate::{
    typed::{Typed, write_value},
    wire::{Parameter, ParameterType, TemplateValues, Timestamp},
};
use serde_json::Value;

/// All values as they are typed.
pub fn write_values(values: &TemplateValues) -> Typed {
    values.iter().map(|(name, value)| (name.clone(), write_value(value))).collect()
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
