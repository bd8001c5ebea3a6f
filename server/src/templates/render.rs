//! The command that a template and its values make.

use super::{
    check::Checked,
    error::wrong,
    files,
    given::Given,
    placeholders::{self, Part},
    values::{Filled, fill},
};
use execdeck_wire::{ApiError, Parameter, ParameterType, ProcessSpec, Template, TemplateValues};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Component, Path},
};

/// A command, and what it was made from.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// What to run, secrets included.
    pub spec: ProcessSpec,
    /// To run it again.
    pub given: Given,
}

/// Makes a command from a template and values for its parameters. Blocks, if there are files to look for. An error names the
/// parameter whose value does not fit.
pub fn render(template: &Template, values: &TemplateValues) -> Result<Rendered, ApiError> {
    let checked = Checked::new(template)?;
    if let Some(unknown) = values.keys().find(|name| !template.parameters.iter().any(|parameter| parameter.name == **name)) {
        return Err(wrong(unknown, format!("There is no parameter “{unknown}”.")));
    }
    let (mut command, mut given) = (Command::default(), Given::default());
    for (parameter, pattern) in checked.parameters() {
        let name = &parameter.name;
        let value = values.get(name).or(parameter.default.as_ref()).unwrap_or(&Value::Null);
        let filled = fill(parameter, pattern, value).map_err(|message| wrong(name, message))?;
        match &filled {
            Filled::Empty if parameter.required => return Err(wrong(name, missing(parameter))),
            Filled::One(path) if parameter.kind == ParameterType::File => {
                files::check_file(parameter.folder.as_deref().unwrap_or_default(), path).map_err(|message| wrong(name, message))?;
            }
            _ => {}
        }
        match (parameter.kind, &filled) {
            (ParameterType::Secret, Filled::One(secret)) => drop(given.secrets.insert(name.clone(), secret.clone())),
            (ParameterType::Secret, _) => {}
            // What was left empty stays empty, whatever the default is by then.
            (_, Filled::Empty) if !value.is_boolean() => drop(given.values.insert(name.clone(), Value::Null)),
            _ => drop(given.values.insert(name.clone(), value.clone())),
        }
        command.0.insert(name, (parameter, filled));
    }
    let spec = command.spec(template)?;
    Ok(Rendered { spec, given })
}

fn missing(parameter: &Parameter) -> &'static str {
    match parameter.kind {
        ParameterType::Flag => "This has to be set.",
        ParameterType::Choices => "Choose at least one of the values that are offered.",
        ParameterType::Choice | ParameterType::File => "Choose a value; it is required.",
        _ => "Enter a value; it is required.",
    }
}

/// The values by the names of their parameters.
#[derive(Default)]
struct Command<'a>(BTreeMap<&'a str, (&'a Parameter, Filled)>);

impl Command<'_> {
    fn spec(&self, template: &Template) -> Result<ProcessSpec, ApiError> {
        let mut spec = template.spec.clone();
        spec.name.get_or_insert_with(|| template.name.clone());
        spec.program = self.element(&spec.program)?;
        let mut args = Vec::new();
        for arg in &spec.args {
            args.extend(self.elements(arg)?);
        }
        spec.args = args;
        if let Some(cwd) = &mut spec.cwd {
            *cwd = self.folder(cwd)?;
        }
        for value in spec.env.values_mut().chain(spec.secret_env.values_mut()) {
            *value = self.text(value)?;
        }
        spec.validate().map_err(|error| wrong(error.field, error.message))?;
        Ok(spec)
    }

    /// The elements of the command line that one of the template becomes.
    fn elements(&self, text: &str) -> Result<Vec<String>, ApiError> {
        if let [Part::Value(name)] = *parse(text)? {
            return match self.get(name)? {
                (_, Filled::Empty) => Ok(Vec::new()),
                (_, Filled::One(_)) => Ok(vec![self.element(text)?]),
                (parameter, Filled::Many(texts)) => {
                    let dashed = texts.iter().any(|text| text.starts_with('-')) && !may_begin_with_dash(parameter);
                    if dashed { Err(leading_dash(name)) } else { Ok(texts.clone()) }
                }
            };
        }
        Ok(vec![self.element(text)?])
    }

    /// One element. If values decide that it begins with `-`, each of them has to be allowed to.
    fn element(&self, text: &str) -> Result<String, ApiError> {
        let element = self.text(text)?;
        if !element.starts_with('-') {
            return Ok(element);
        }
        for part in parse(text)? {
            let Part::Value(name) = part else { break };
            let (parameter, filled) = self.get(name)?;
            if !may_begin_with_dash(parameter) {
                return Err(leading_dash(name));
            }
            if *filled != Filled::Empty {
                break;
            }
        }
        Ok(element)
    }

    /// A folder, into which no value may bring `..`.
    fn folder(&self, text: &str) -> Result<String, ApiError> {
        let folder = self.text(text)?;
        let Some(name) = placeholders::names(text).first().copied() else { return Ok(folder) };
        if Path::new(&folder).components().any(|part| part == Component::ParentDir) {
            return Err(wrong(name, "The folder to run in must not have .. in it."));
        }
        if !folder.starts_with('/') {
            return Err(wrong(name, "The folder to run in must be an absolute path."));
        }
        Ok(folder)
    }

    /// A text with its placeholders replaced, once: what is in a value is not looked at.
    fn text(&self, text: &str) -> Result<String, ApiError> {
        let parts = parse(text)?.into_iter().map(|part| match part {
            Part::Text(text) => Ok(text.to_owned()),
            Part::Value(name) => Ok(self.get(name)?.1.to_text()),
        });
        parts.collect()
    }

    fn get(&self, name: &str) -> Result<(&Parameter, &Filled), ApiError> {
        let found = self.0.get(name).map(|(parameter, filled)| (*parameter, filled));
        found.ok_or_else(|| wrong(name, format!("There is no parameter {name}.")))
    }
}

/// A flag becomes what its template says, whoever sets it.
fn may_begin_with_dash(parameter: &Parameter) -> bool {
    parameter.allow_leading_dash || parameter.kind == ParameterType::Flag
}

fn leading_dash(name: &str) -> ApiError {
    wrong(name, "It must not begin with -, which most programs take for an option.")
}

fn parse(text: &str) -> Result<Vec<Part<'_>>, ApiError> {
    placeholders::parse(text).map_err(|message| wrong("spec", message))
}
