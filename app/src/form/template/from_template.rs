//! From a template to its form.

use super::{NewForm, ParameterForm, PresetForm, TemplateForm, lines, write_value};
use crate::wire::{MASK, Parameter, ParameterType, Preset, ProcessSpec, Template};

impl TemplateForm {
    /// The form that makes this template again. Secrets stay masked, which leaves them as they are.
    pub fn from_template(template: &Template) -> Self {
        Self {
            revision: template.revision,
            name: template.name.clone(),
            description: template.description.clone(),
            parameters: template.parameters.iter().map(parameter).collect(),
            presets: template.presets.iter().map(preset).collect(),
            confirm: template.confirm.clone().unwrap_or_default(),
            reason: template.reason,
            ..Self::from_spec(&template.spec)
        }
    }

    /// The form of a new template for a command that is known. Its secrets have to be entered again.
    pub fn from_process(spec: &ProcessSpec) -> Self {
        let mut form = Self { name: spec.display_name(), ..Self::from_spec(spec) };
        for variable in form.command.variables.iter_mut().filter(|variable| variable.secret) {
            variable.value.clear();
        }
        form
    }

    fn from_spec(spec: &ProcessSpec) -> Self {
        let mut command = NewForm { apart: true, program: spec.program.clone(), command: String::new(), ..NewForm::from_spec(spec) };
        command.args.clear();
        for variable in command.variables.iter_mut().filter(|variable| variable.secret) {
            variable.value = spec.secret_env.get(&variable.name).cloned().unwrap_or_else(|| MASK.to_owned());
        }
        Self { args: lines::write_args(&spec.args), command, ..Self::default() }
    }
}

fn parameter(parameter: &Parameter) -> ParameterForm {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let default = parameter.default.as_ref();
    ParameterForm {
        name: parameter.name.clone(),
        label: text(&parameter.label),
        kind: parameter.kind,
        required: parameter.required,
        default: default.filter(|_| parameter.kind != ParameterType::Flag).map(write_value).unwrap_or_default().join("\n"),
        on: default.is_some_and(|value| *value == true),
        help: text(&parameter.help),
        pattern: text(&parameter.pattern),
        min: number(parameter.min),
        max: number(parameter.max),
        choices: parameter.choices.join("\n"),
        folder: text(&parameter.folder),
        value: text(&parameter.value),
        dash: parameter.allow_leading_dash,
        example: String::new(),
    }
}

fn preset(preset: &Preset) -> PresetForm {
    let mut lines = Vec::new();
    for (name, value) in &preset.values {
        let texts = write_value(value);
        // None of several choices is a value, too.
        let texts = if texts.is_empty() { vec![String::new()] } else { texts };
        lines.extend(texts.into_iter().map(|text| format!("{name}={text}")));
    }
    PresetForm { name: preset.name.clone(), values: lines.join("\n") }
}
