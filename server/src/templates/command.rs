//! Where the command of a template may have placeholders, and of which parameters.

use super::{
    error::wrong,
    placeholders::{self, Part},
};
use crate::policy::is_dangerous;
use execdeck_wire::{ApiError, Parameter, ParameterType, ProcessSpec};

/// Checks every text of a command.
pub(super) fn check(spec: &ProcessSpec, parameters: &[Parameter]) -> Result<(), ApiError> {
    let usual = |parameter: &Parameter, whole: bool| not_secret(parameter).and_then(|()| joins(parameter, whole));
    check_text(parameters, "spec.program", &spec.program, |parameter, _| {
        if parameter.kind == ParameterType::Choice {
            return Ok(());
        }
        Err("only a choice can be part of the program, so that nobody can name a program of their own".into())
    })?;
    for arg in &spec.args {
        check_text(parameters, "spec.args", arg, usual)?;
    }
    if let Some(cwd) = &spec.cwd {
        let is_relative = spec.program.contains('/') && !spec.program.starts_with('/');
        check_text(parameters, "spec.cwd", cwd, |parameter, whole| {
            if is_relative && parameter.kind != ParameterType::Choice {
                return Err("the program is looked for in this folder, so that its value could choose another program; give the \
                            program's absolute path"
                    .into());
            }
            usual(parameter, whole)
        })?;
    }
    for (name, value) in &spec.env {
        check_text(parameters, "spec.env", value, |parameter, _| chooses_program(name, parameter).and_then(|()| usual(parameter, false)))?;
    }
    for (name, value) in &spec.secret_env {
        check_text(parameters, "spec.secret_env", value, |parameter, whole| {
            chooses_program(name, parameter)?;
            if parameter.kind != ParameterType::Secret || whole {
                return joins(parameter, false);
            }
            Err("a secret must be the whole value of a variable, since only whole values are masked in the output".into())
        })?;
    }
    check_no_placeholders(spec)?;
    validate(spec)
}

/// What a variable such as `PATH` is set to decides what is run.
fn chooses_program(variable: &str, parameter: &Parameter) -> Result<(), String> {
    if parameter.kind == ParameterType::Choice || !is_dangerous(variable) {
        return Ok(());
    }
    Err(format!("{variable} changes which program runs or what it does, so only a choice can be part of it"))
}

fn not_secret(parameter: &Parameter) -> Result<(), String> {
    if parameter.kind != ParameterType::Secret {
        return Ok(());
    }
    Err("a secret can only be used in the values of secret_env: everybody may see the rest".into())
}

/// Choices that are joined by commas must be told apart.
fn joins(parameter: &Parameter, whole: bool) -> Result<(), String> {
    if whole || parameter.kind != ParameterType::Choices || !parameter.choices.iter().any(|choice| choice.contains(',')) {
        return Ok(());
    }
    Err("within a text, choices are joined by commas, so none of them may contain one".into())
}

/// Checks the placeholders in a text. `allowed` says why a parameter cannot be used there, and gets to know whether its
/// placeholder is all of the text.
fn check_text(
    parameters: &[Parameter],
    field: &str,
    text: &str,
    allowed: impl Fn(&Parameter, bool) -> Result<(), String>,
) -> Result<(), ApiError> {
    let parts = placeholders::parse(text).map_err(|message| wrong(field, message))?;
    for part in &parts {
        let Part::Value(name) = part else { continue };
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == *name) else {
            return Err(wrong(field, format!("There is no parameter {name} for {{{{{name}}}}}.")));
        };
        allowed(parameter, parts.len() == 1).map_err(|why| wrong(field, format!("{{{{{name}}}}} cannot be used there: {why}.")))?;
    }
    Ok(())
}

/// Refuses placeholders where nothing is replaced.
fn check_no_placeholders(spec: &ProcessSpec) -> Result<(), ApiError> {
    let names = spec.name.iter().map(|name| ("spec.name", name));
    let labels = spec.labels.iter().flat_map(|(key, value)| [("spec.labels", key), ("spec.labels", value)]);
    let variables = [("spec.env", &spec.env), ("spec.secret_env", &spec.secret_env)];
    let keys = variables.into_iter().flat_map(|(field, map)| map.keys().map(move |key| (field, key)));
    let users = spec.run_as.iter().map(|user| ("spec.run_as", user));
    let writable = spec.sandbox.iter().flat_map(|sandbox| &sandbox.writable).map(|path| ("spec.sandbox.writable", path));
    for (field, text) in names.chain(labels).chain(keys).chain(users).chain(writable) {
        if let Some(name) = placeholders::names(text).first() {
            let message = "can only be used in the program, the arguments, the folder and the values of variables";
            return Err(wrong(field, format!("{{{{{name}}}}} {message}.")));
        }
    }
    Ok(())
}

/// Checks what does not depend on values.
fn validate(spec: &ProcessSpec) -> Result<(), ApiError> {
    // Whether a folder with a placeholder in front is absolute is known later.
    let cwd = spec.cwd.clone().filter(|cwd| !matches!(placeholders::parse(cwd).as_deref(), Ok([Part::Value(_), ..])));
    let spec = ProcessSpec { cwd, ..spec.clone() };
    spec.validate().map_err(|error| wrong(format!("spec.{}", error.field), error.message))
}
