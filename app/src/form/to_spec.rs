//! From what was typed to a spec, or to what is wrong with it.

use super::{FieldError, NewForm, Variable, text};
use crate::{
    texts::t,
    wire::{Limits, ProcessSpec, RestartSpec, Sandbox, StopSpec, parse_command_line},
};
use std::collections::BTreeSet;

impl NewForm {
    /// Program and arguments, or what is wrong with the command line.
    pub fn words(&self) -> Result<Vec<String>, String> {
        if self.apart {
            let program = std::iter::once(self.program.trim().to_owned());
            return Ok(program.chain(text::args_of(&self.args)).collect());
        }
        parse_command_line(&self.command).map_err(|problem| problem.message)
    }

    /// Switches to the other way of writing the command and takes the words along. Words that it cannot hold stay where they
    /// are, with the reason.
    pub fn set_apart(&mut self, apart: bool) -> Result<(), String> {
        let words = self.words();
        let before = std::mem::replace(&mut self.apart, apart);
        if before == apart {
            return Ok(());
        }
        // Words that cannot be moved stay where they were typed. What was moved there earlier is cleared, so that it is not
        // run by mistake: without a program nothing is.
        if apart && !self.program.is_empty() {
            self.program.clear();
            self.args.clear();
        }
        let Ok(words) = words else { return Ok(()) };
        let [program, args @ ..] = words.as_slice() else { return Ok(()) };
        if apart {
            self.args = text::lines_of(args)
                .ok_or_else(|| t!("An argument with a line break can only be entered as a command line; switch back."))?;
            self.program.clone_from(program);
        } else if program.is_empty() {
            let moved = parse_command_line(&self.command).is_ok_and(|words| text::lines_of(&words).is_some());
            if moved {
                self.command.clear();
            }
        } else {
            self.command = ProcessSpec { program: program.clone(), args: args.to_vec(), ..ProcessSpec::default() }.command_line();
        }
        Ok(())
    }

    /// The spec that the form describes, or what is wrong, field by field.
    pub fn to_spec(&self) -> Result<ProcessSpec, Vec<FieldError>> {
        let (spec, mut errors) = self.read();
        if let Err(problem) = spec.validate() {
            errors.push(FieldError { field: self.field_of(problem.field).into(), message: problem.message });
        }
        if errors.is_empty() { Ok(spec) } else { Err(errors) }
    }

    /// The spec as it was typed, and which fields could not be read.
    pub(super) fn read(&self) -> (ProcessSpec, Vec<FieldError>) {
        let mut errors = Vec::new();
        let mut error = |field: &str, message: String| errors.push(FieldError { field: field.into(), message });
        let words = self.words().unwrap_or_else(|problem| {
            error("command", problem);
            vec!["?".into()]
        });
        let labels = text::read_labels(&self.labels).unwrap_or_else(|problem| {
            error("labels", problem);
            Default::default()
        });
        for problem in self.variable_problems() {
            error("variables", problem);
        }
        let mut number = |field: &str, text: &str, is_time: bool| {
            let problem = || {
                if is_time {
                    t!("“{text}” isn't a whole number of seconds.", text)
                } else {
                    t!("“{text}” isn't a whole number.", text)
                }
            };
            text.trim().parse::<u64>().inspect_err(|_| error(field, problem())).ok()
        };
        let timeout_seconds = if self.timeout.trim().is_empty() { None } else { number("timeout", &self.timeout, true) };
        let grace = number("grace", &self.grace, true).unwrap_or_default();
        let open_files = if self.files.trim().is_empty() { 0 } else { number("files", &self.files, false).unwrap_or_default() };
        let defaults = RestartSpec::default();
        let mut small = |field: &str, text: &str, default: u32| {
            let parsed = if text.trim().is_empty() { Ok(default) } else { text.trim().parse() };
            parsed.unwrap_or_else(|_| {
                error(field, t!("“{text}” isn't a whole number, or is too large.", text));
                default
            })
        };
        let restart = RestartSpec {
            policy: text::policy_of(&self.restart),
            max_restarts: small("restarts", &self.restarts, defaults.max_restarts),
            backoff_seconds: small("pause", &self.pause, defaults.backoff_seconds),
            at_boot: self.at_boot,
        };
        let (cpu_percent, processes) = (small("cpu", &self.cpu, 0), small("processes", &self.processes, 0));
        let mut size = |field: &str, text: &str| {
            text::read_size(text).unwrap_or_else(|problem| {
                error(field, problem);
                0
            })
        };
        let (output_bytes, memory_bytes) = (size("output", &self.output), size("memory", &self.memory));
        let sandbox = self.sandbox.then(|| Sandbox { network: self.network, writable: text::folders_of(&self.writable) });
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
            terminal: self.terminal.then_some(self.size),
            stdin: self.stdin && !self.terminal,
            timeout_seconds,
            stop: StopSpec { signal: self.signal.clone(), grace_seconds: u32::try_from(grace).unwrap_or(u32::MAX) },
            restart,
            limits: Limits { memory_bytes, cpu_percent, processes, open_files, output_bytes },
            run_as: given(&self.run_as),
            no_new_privs: self.no_new_privs,
            sandbox,
            labels,
        };
        (spec, errors)
    }

    /// What is wrong with the environment variables. Rows that are wholly empty are ignored.
    fn variable_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut names = BTreeSet::new();
        for Variable { name, value, secret } in &self.variables {
            let name = name.trim();
            match (name.is_empty(), value.is_empty()) {
                (true, false) => problems.push(t!("A variable has a value but no name. Enter its name, or remove it.").into()),
                (false, true) if *secret => {
                    problems.push(t!("Re-enter the value of {name} (secrets are never shown), or remove it.", name));
                }
                _ => {}
            }
            if !name.is_empty() && !names.insert(name) {
                problems.push(t!("The variable {name} is given twice. Remove one of them.", name));
            }
        }
        problems
    }

    /// The form's field for a field of the spec.
    pub fn field_of<'a>(&self, spec_field: &'a str) -> &'a str {
        match spec_field {
            "program" | "args" | "command" if !self.apart => "command",
            "command" => "program",
            "env" | "secret_env" => "variables",
            "timeout_seconds" => "timeout",
            "stop.signal" => "signal",
            "stop.grace_seconds" => "grace",
            "limits.output_bytes" => "output",
            "limits.open_files" => "files",
            "limits.memory_bytes" => "memory",
            "limits.cpu_percent" => "cpu",
            "limits.processes" => "processes",
            "restart.policy" => "restart",
            "restart.max_restarts" => "restarts",
            "restart.backoff_seconds" => "pause",
            "restart.at_boot" => "at_boot",
            "sandbox.network" => "sandbox",
            field if field.starts_with("sandbox.writable") => "writable",
            other => other,
        }
    }
}
