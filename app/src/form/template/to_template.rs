//! From what was typed to a template, or to what is wrong with it.

use super::{ParameterForm, PresetForm, TemplateForm, Typed, lines, read_value};
use crate::{
    form::FieldError,
    texts::t,
    wire::{Parameter, ParameterType, Preset, ProcessSpec, Template, TemplateValues},
};
use uuid::Uuid;

/// What is wrong so far.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: String, message: impl Into<String>) {
        self.0.push(FieldError { field, message: message.into() });
    }
}

impl TemplateForm {
    /// The template that the form describes, or what is wrong, field by field. The server checks the rest.
    pub fn to_template(&self, id: Option<Uuid>) -> Result<Template, Vec<FieldError>> {
        let mut errors = Errors::default();
        let (mut spec, found) = self.command.read();
        errors.0.extend(found);
        match lines::read_args(&self.args) {
            Ok(args) => spec.args = args,
            Err(problem) => errors.add("args".into(), problem),
        }
        let rows = self.parameters.iter().enumerate().filter(|(_, row)| !row.is_empty());
        let parameters: Vec<_> = rows.map(|(index, row)| row.to_parameter(index, &mut errors)).collect();
        let rows = self.presets.iter().enumerate().filter(|(_, row)| **row != PresetForm::default());
        let presets = rows.map(|(index, row)| row.to_preset(index, &parameters, &mut errors)).collect();
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let template = Template {
            id,
            revision: self.revision,
            name: self.name.trim().to_owned(),
            description: self.description.trim().to_owned(),
            spec,
            parameters,
            presets,
            confirm: given(&self.confirm),
            reason: self.reason,
            ..Template::default()
        };
        if errors.0.is_empty() { Ok(template) } else { Err(errors.0) }
    }

    /// The spec as far as it can be read.
    pub fn as_typed(&self) -> ProcessSpec {
        let args = lines::read_args(&self.args).unwrap_or_else(|_| lines::read_list(&self.args));
        let mut form = self.clone();
        form.hide_secrets();
        ProcessSpec { args, ..form.command.read().0 }.masked()
    }

    /// The values to show the command with: what was entered as an example, or one that fits.
    pub fn examples(&self, parameters: &[Parameter]) -> TemplateValues {
        let value = |parameter: &Parameter| {
            let row = self.parameters.iter().find(|row| row.name.trim() == parameter.name);
            let typed = row.map(|row| row.example.as_str()).filter(|text| !text.is_empty());
            let typed: Option<Vec<_>> = typed.map(|text| text.split('\n').map(str::to_owned).collect());
            let value = typed.and_then(|texts| read_value(parameter.kind, &texts)).or_else(|| super::example(parameter));
            Some((parameter.name.clone(), value?))
        };
        parameters.iter().filter_map(value).collect()
    }

    /// The form's field for a field of the template, as the server names it.
    pub fn field_of(&self, field: &str) -> String {
        let path = field.strip_prefix("template.").unwrap_or(field);
        if let Some(rest) = path.strip_prefix("spec.") {
            let head = rest.split(['.', '[']).next().unwrap_or(rest);
            return self.command.field_of(if ["args", "env", "secret_env", "labels"].contains(&head) { head } else { rest }).to_owned();
        }
        // The template has no empty rows, and the form may have some.
        let row = |rest: &str, rows: Vec<usize>| {
            let (index, rest) = rest.split_once('.').unwrap_or((rest, ""));
            let index = index.parse().ok().and_then(|index: usize| rows.get(index).copied());
            index.map(|index| format!("{index}.{rest}").trim_end_matches('.').to_owned())
        };
        let parameters = || self.parameters.iter().enumerate().filter(|(_, row)| !row.is_empty()).map(|(index, _)| index).collect();
        let presets =
            || self.presets.iter().enumerate().filter(|(_, row)| **row != PresetForm::default()).map(|(index, _)| index).collect();
        let in_row = match path.split_once('.') {
            Some(("parameters", rest)) => row(rest, parameters()).map(|place| format!("parameters.{place}")),
            Some(("presets", rest)) => row(rest, presets()).map(|place| format!("presets.{place}")),
            _ => None,
        };
        in_row.unwrap_or_else(|| if path == "name" { "title".into() } else { path.to_owned() })
    }
}

impl ParameterForm {
    /// The parameter with the fields that go with its type.
    fn to_parameter(&self, index: usize, errors: &mut Errors) -> Parameter {
        let field = |name: &str| format!("parameters.{index}.{name}");
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut number = |name: &str, text: &str| {
            let text = text.trim();
            let parsed = (!text.is_empty()).then(|| text.parse::<i64>());
            parsed.and_then(|parsed| parsed.map_err(|_| errors.add(field(name), t!("“{text}” isn't a whole number.", text))).ok())
        };
        let kind = self.kind;
        let is = |wanted| kind == wanted;
        let (min, max) = if is(ParameterType::Integer) { (number("min", &self.min), number("max", &self.max)) } else { (None, None) };
        if self.name.trim().is_empty() {
            errors.add(field("name"), t!("Enter a name, or remove this parameter."));
        }
        let default = match kind {
            ParameterType::Secret => None,
            ParameterType::Flag => self.on.then_some(true.into()),
            ParameterType::Choices => Some(lines::read_list(&self.default)).filter(|list| !list.is_empty()).map(Into::into),
            _ => read_value(kind, &[self.default.trim_end_matches('\n').to_owned()]),
        };
        Parameter {
            name: self.name.trim().to_owned(),
            label: given(self.label.trim()),
            kind,
            required: self.required,
            default,
            help: given(self.help.trim()),
            pattern: given(&self.pattern).filter(|_| is(ParameterType::Text)),
            min,
            max,
            choices: if is(ParameterType::Choice) || is(ParameterType::Choices) { lines::read_list(&self.choices) } else { Vec::new() },
            folder: given(self.folder.trim()).filter(|_| is(ParameterType::File)),
            value: given(&self.value).filter(|_| is(ParameterType::Flag)),
            allow_leading_dash: self.dash && ![ParameterType::Flag, ParameterType::Date, ParameterType::Secret].contains(&kind),
        }
    }
}

impl PresetForm {
    fn to_preset(&self, index: usize, parameters: &[Parameter], errors: &mut Errors) -> Preset {
        let mut typed = Typed::new();
        for line in self.values.lines().filter(|line| !line.trim().is_empty()) {
            let Some((name, value)) = line.split_once('=') else {
                errors.add(format!("presets.{index}.values"), t!("“{line}” has no =; write name=value, one per line.", line));
                continue;
            };
            typed.entry(name.trim().to_owned()).or_default().push(value.to_owned());
        }
        let mut values = TemplateValues::new();
        for (name, texts) in typed {
            match parameters.iter().find(|parameter| parameter.name == name) {
                Some(parameter) => {
                    // An empty text takes the place of a default.
                    let empty = || (parameter.kind != ParameterType::Integer).then(|| String::new().into());
                    values.extend(read_value(parameter.kind, &texts).or_else(empty).map(|value| (name, value)));
                }
                None => errors.add(format!("presets.{index}.values"), t!("There is no parameter “{name}”.", name)),
            }
        }
        if self.name.trim().is_empty() {
            errors.add(format!("presets.{index}.name"), t!("Enter a name, or remove this preset."));
        }
        Preset { name: self.name.trim().to_owned(), values }
    }
}
