//! The form of a new process: what was typed, as it was typed, until it is a spec.

use crate::wire::{ProcessSpec, StopSpec, TerminalSize, parse_command_line};
use serde::{Deserialize, Serialize};

/// One row of the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name; a row without one is left out.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it is never shown again.
    pub secret: bool,
}

/// All fields as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewForm {
    /// The command line.
    pub command: String,
    /// See [`ProcessSpec::name`].
    pub name: String,
    /// See [`ProcessSpec::cwd`].
    pub cwd: String,
    /// See [`ProcessSpec::env`] and [`ProcessSpec::secret_env`].
    pub variables: Vec<Variable>,
    /// In a terminal, or with pipes.
    pub terminal: bool,
    /// With pipes: whether it may be typed into.
    pub stdin: bool,
    /// See [`ProcessSpec::timeout_seconds`].
    pub timeout: String,
    /// See [`StopSpec::signal`].
    pub signal: String,
    /// See [`StopSpec::grace_seconds`].
    pub grace: String,
}

impl Default for NewForm {
    fn default() -> Self {
        let stop = StopSpec::default();
        Self {
            command: String::new(),
            name: String::new(),
            cwd: String::new(),
            variables: Vec::new(),
            terminal: true,
            stdin: false,
            timeout: String::new(),
            signal: stop.signal,
            grace: stop.grace_seconds.to_string(),
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl NewForm {
    /// The form that would make this spec again. Secrets have to be typed again.
    pub fn from_spec(spec: &ProcessSpec) -> Self {
        let variable = |secret: bool| {
            move |(name, value): (&String, &String)| Variable {
                name: name.clone(),
                value: if secret { String::new() } else { value.clone() },
                secret,
            }
        };
        Self {
            command: spec.command_line(),
            name: spec.name.clone().unwrap_or_default(),
            cwd: spec.cwd.clone().unwrap_or_default(),
            variables: spec.env.iter().map(variable(false)).chain(spec.secret_env.iter().map(variable(true))).collect(),
            terminal: spec.terminal.is_some(),
            stdin: spec.stdin,
            timeout: spec.timeout_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
            signal: spec.stop.signal.clone(),
            grace: spec.stop.grace_seconds.to_string(),
        }
    }

    /// Reads a form as browsers send it, in the order of its fields.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut form = Self { terminal: false, ..Self::default() };
        for (name, value) in pairs {
            match name.as_str() {
                // Browsers send line ends as CR LF.
                "command" => form.command = value.replace("\r\n", "\n"),
                "name" => form.name = value,
                "cwd" => form.cwd = value,
                "terminal" => form.terminal = value == "yes",
                "stdin" => form.stdin = true,
                "timeout" => form.timeout = value,
                "signal" => form.signal = value,
                "grace" => form.grace = value,
                "variable" => form.variables.push(Variable { name: value, ..Variable::default() }),
                "value" => {
                    if let Some(last) = form.variables.last_mut() {
                        last.value = value;
                    }
                }
                "secret" => {
                    if let Some(last) = form.variables.last_mut() {
                        last.secret = true;
                    }
                }
                _ => {}
            }
        }
        form
    }

    /// The spec that it describes, or what is wrong, field by field.
    pub fn to_spec(&self) -> Result<ProcessSpec, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut error = |field: &str, message: String| errors.push(FieldError { field: field.into(), message });
        let words = parse_command_line(&self.command).unwrap_or_else(|problem| {
            error("command", problem.message);
            vec!["?".into()]
        });
        let mut number = |field: &str, text: &str| {
            let parsed = text.trim().parse::<u64>();
            parsed.inspect_err(|_| error(field, format!("{text:?} is no whole number of seconds."))).ok()
        };
        let timeout_seconds = if self.timeout.trim().is_empty() { None } else { number("timeout", &self.timeout) };
        let grace = number("grace", &self.grace).unwrap_or_default();
        let named = || self.variables.iter().filter(|variable| !variable.name.trim().is_empty());
        let pair = |variable: &Variable| (variable.name.trim().to_owned(), variable.value.clone());
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let spec = ProcessSpec {
            name: given(&self.name),
            cwd: given(&self.cwd),
            program: words[0].clone(),
            args: words[1..].to_vec(),
            env: named().filter(|variable| !variable.secret).map(pair).collect(),
            secret_env: named().filter(|variable| variable.secret).map(pair).collect(),
            terminal: self.terminal.then_some(TerminalSize { cols: 120, rows: 32 }),
            stdin: self.stdin && !self.terminal,
            timeout_seconds,
            stop: StopSpec { signal: self.signal.clone(), grace_seconds: u32::try_from(grace).unwrap_or(u32::MAX) },
            ..ProcessSpec::default()
        };
        if let Err(problem) = spec.validate() {
            error(field_of(problem.field), problem.message);
        }
        if errors.is_empty() { Ok(spec) } else { Err(errors) }
    }
}

/// The form's field for a field of the spec.
pub fn field_of(spec_field: &str) -> &str {
    match spec_field {
        "program" | "args" => "command",
        "env" | "secret_env" => "variables",
        "timeout_seconds" => "timeout",
        "stop.signal" => "signal",
        "stop.grace_seconds" => "grace",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sent_without_javascript_is_the_spec_it_shows() {
        let pairs = [
            ("command", "sh -c 'exit 3'"),
            ("name", "three"),
            ("cwd", ""),
            ("terminal", "no"),
            ("stdin", "yes"),
            ("variable", "A"),
            ("value", "1"),
            ("variable", "TOKEN"),
            ("value", "s"),
            ("secret", "yes"),
            ("variable", ""),
            ("value", ""),
            ("timeout", "60"),
            ("signal", "INT"),
            ("grace", "5"),
        ];
        let form = NewForm::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let spec = form.to_spec().unwrap();
        assert_eq!((spec.program.as_str(), spec.args.len(), spec.stdin), ("sh", 2, true));
        assert_eq!((spec.env["A"].as_str(), spec.secret_env["TOKEN"].as_str()), ("1", "s"));
        assert_eq!((spec.timeout_seconds, spec.stop.signal.as_str(), spec.stop.grace_seconds), (Some(60), "INT", 5));
        let again = NewForm::from_spec(&spec);
        assert_eq!(again.command, form.command);
        assert_eq!(again.variables[1], Variable { name: "TOKEN".into(), value: String::new(), secret: true });
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let form = NewForm { command: "echo 'x".into(), timeout: "soon".into(), cwd: "here".into(), ..NewForm::default() };
        let fields: Vec<_> = form.to_spec().unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["command", "timeout", "cwd"]);
    }
}
