//! The command as far as its values are known, to show it.

use super::render::render;
use execdeck_wire::{ApiError, Parameter, ParameterType, ProcessSpec, Template, TemplateValues};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The command of a template as far as these values fit: what is missing, or does not fit, stays a placeholder. Also what is wrong
/// with each value that does not fit, by the name of its parameter. Blocks, if there are files to look for.
pub fn render_partly(mut template: Template, mut values: TemplateValues) -> Result<(ProcessSpec, BTreeMap<String, String>), ApiError> {
    // They would have to fit the parameters that are replaced.
    template.presets.clear();
    let (mut replaced, mut misfits) = (BTreeSet::new(), BTreeMap::new());
    loop {
        let error = match render(&template, &values) {
            Ok(rendered) => return Ok((rendered.spec, misfits)),
            Err(error) => error,
        };
        let about = |parameter: &&mut Parameter| error.field.as_ref() == Some(&parameter.name) && !replaced.contains(&parameter.name);
        let Some(parameter) = template.parameters.iter_mut().find(about) else { return Err(error) };
        let name = parameter.name.clone();
        if values.get(&name).is_some_and(is_value) {
            misfits.insert(name.clone(), error.message);
        }
        // A choice can be anywhere in a command.
        let placeholder = format!("{{{{{name}}}}}");
        let choices = vec![placeholder.clone()];
        *parameter = Parameter { name: name.clone(), kind: ParameterType::Choice, choices, ..Parameter::default() };
        values.insert(name.clone(), placeholder.into());
        replaced.insert(name);
    }
}

/// Whether it is more than an empty field.
fn is_value(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn what_is_missing_or_does_not_fit_stays_a_placeholder() {
        let template: Template = from_value(json!({
            "name": "t",
            "spec": { "program": "{{program}}", "args": ["{{text}}", "{{count}}", "{{empty}}"], "secret_env": { "TOKEN": "{{token}}" } },
            "parameters": [
                { "name": "program", "type": "choice", "choices": ["a", "b"], "required": true },
                { "name": "text", "type": "text", "pattern": "[a-z]+" },
                { "name": "count", "type": "integer", "max": 5 },
                { "name": "empty", "type": "text" },
                { "name": "token", "type": "secret", "required": true },
            ],
            "presets": [{ "name": "p", "values": { "text": "abc" } }],
        }))
        .unwrap();
        let values: TemplateValues =
            from_value(json!({ "program": null, "text": "ABC", "count": 3, "empty": null, "token": null })).unwrap();
        let (spec, misfits) = render_partly(template, values).unwrap();
        assert_eq!((spec.program.as_str(), spec.args), ("{{program}}", vec!["{{text}}".to_owned(), "3".to_owned()]));
        assert_eq!(misfits.keys().collect::<Vec<_>>(), ["text"]);
    }
}
