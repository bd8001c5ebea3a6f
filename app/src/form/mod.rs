//! The form of a new process: what was typed, as it was typed, until it becomes a spec.

mod from_pairs;
mod shell;
#[cfg(feature = "ssr")]
pub mod template;
mod text;
mod to_spec;

pub use text::{POLICIES, policy_label};

use crate::wire::{ProcessSpec, RestartPolicy, RestartSpec, Sandbox, StopSpec, TerminalSize};
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
#[expect(clippy::struct_excessive_bools, reason = "each is a checkbox of its own")]
pub struct NewForm {
    /// Whether program and arguments have fields of their own instead of one command line.
    pub apart: bool,
    /// The command line.
    pub command: String,
    /// The program, when it has a field of its own.
    pub program: String,
    /// Its arguments, one per line, when they have a field of their own.
    pub args: String,
    /// See [`ProcessSpec::name`].
    pub name: String,
    /// See [`ProcessSpec::cwd`].
    pub cwd: String,
    /// See [`ProcessSpec::labels`]: `team=ops env=prod`.
    pub labels: String,
    /// See [`ProcessSpec::env`] and [`ProcessSpec::secret_env`].
    pub variables: Vec<Variable>,
    /// Whether it runs in a terminal instead of with pipes.
    pub terminal: bool,
    /// The terminal's size. No field changes it: it is carried along, so that saving a form does not reset it.
    pub size: TerminalSize,
    /// With pipes: whether standard input stays open.
    pub stdin: bool,
    /// See [`ProcessSpec::timeout_seconds`].
    pub timeout: String,
    /// See [`StopSpec::signal`].
    pub signal: String,
    /// See [`StopSpec::grace_seconds`].
    pub grace: String,
    /// See [`crate::wire::Limits::output_bytes`]: `64 MiB`.
    pub output: String,
    /// See [`crate::wire::Limits::open_files`].
    pub files: String,
    /// See [`crate::wire::Limits::memory_bytes`]: `512 MiB`.
    pub memory: String,
    /// See [`crate::wire::Limits::cpu_percent`].
    pub cpu: String,
    /// See [`crate::wire::Limits::processes`].
    pub processes: String,
    /// See [`RestartSpec::policy`], by its name on the wire.
    pub restart: String,
    /// See [`RestartSpec::max_restarts`].
    pub restarts: String,
    /// See [`RestartSpec::backoff_seconds`].
    pub pause: String,
    /// See [`RestartSpec::at_boot`].
    pub at_boot: bool,
    /// See [`ProcessSpec::run_as`].
    pub run_as: String,
    /// See [`ProcessSpec::no_new_privs`].
    pub no_new_privs: bool,
    /// Whether it runs in a sandbox; see [`ProcessSpec::sandbox`].
    pub sandbox: bool,
    /// See [`crate::wire::Sandbox::network`].
    pub network: bool,
    /// See [`crate::wire::Sandbox::writable`]; one folder per line.
    pub writable: String,
}

impl Default for NewForm {
    fn default() -> Self {
        let (stop, restart) = (StopSpec::default(), RestartSpec::default());
        Self {
            apart: false,
            command: String::new(),
            program: String::new(),
            args: String::new(),
            name: String::new(),
            cwd: String::new(),
            labels: String::new(),
            variables: Vec::new(),
            terminal: true,
            size: TerminalSize { cols: 120, rows: 32 },
            stdin: false,
            timeout: String::new(),
            signal: stop.signal,
            grace: stop.grace_seconds.to_string(),
            output: String::new(),
            files: String::new(),
            memory: String::new(),
            cpu: String::new(),
            processes: String::new(),
            restart: text::policy_name(restart.policy).into(),
            restarts: restart.max_restarts.to_string(),
            pause: restart.backoff_seconds.to_string(),
            at_boot: restart.at_boot,
            run_as: String::new(),
            no_new_privs: false,
            sandbox: false,
            network: Sandbox::default().network,
            writable: String::new(),
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
    /// The form that makes this spec again, except for its secrets, which have to be re-entered.
    pub fn from_spec(spec: &ProcessSpec) -> Self {
        let variable = |secret: bool| {
            move |(name, value): (&String, &String)| Variable {
                name: name.clone(),
                value: if secret { String::new() } else { value.clone() },
                secret,
            }
        };
        // No limit is an empty field.
        let number = |limit: u64| if limit == 0 { String::new() } else { limit.to_string() };
        let size = |limit: u64| if limit == 0 { String::new() } else { text::write_size(limit) };
        let sandbox = spec.sandbox.clone().unwrap_or_default();
        // The program without its arguments would be another command, so either both are filled in or neither.
        let args = text::lines_of(&spec.args);
        Self {
            apart: false,
            command: spec.command_line(),
            program: args.as_ref().map_or_else(String::new, |_| spec.program.clone()),
            args: args.unwrap_or_default(),
            name: spec.name.clone().unwrap_or_default(),
            cwd: spec.cwd.clone().unwrap_or_default(),
            labels: text::write_labels(&spec.labels),
            variables: spec.env.iter().map(variable(false)).chain(spec.secret_env.iter().map(variable(true))).collect(),
            terminal: spec.terminal.is_some(),
            size: spec.terminal.unwrap_or_else(|| Self::default().size),
            stdin: spec.stdin,
            timeout: spec.timeout_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
            signal: spec.stop.signal.clone(),
            grace: spec.stop.grace_seconds.to_string(),
            output: size(spec.limits.output_bytes),
            files: number(spec.limits.open_files),
            memory: size(spec.limits.memory_bytes),
            cpu: number(spec.limits.cpu_percent.into()),
            processes: number(spec.limits.processes.into()),
            restart: text::policy_name(spec.restart.policy).into(),
            restarts: spec.restart.max_restarts.to_string(),
            pause: spec.restart.backoff_seconds.to_string(),
            at_boot: spec.restart.at_boot,
            run_as: spec.run_as.clone().unwrap_or_default(),
            no_new_privs: spec.no_new_privs,
            sandbox: spec.sandbox.is_some(),
            network: sandbox.network,
            writable: sandbox.writable.join("\n"),
        }
    }

    /// Whether there is a timeout or a limit.
    pub fn is_limited(&self) -> bool {
        [&self.timeout, &self.output, &self.files, &self.memory, &self.cpu, &self.processes].iter().any(|text| !text.is_empty())
    }

    /// Whether it is restarted, or started after a reboot.
    pub fn restarts(&self) -> bool {
        self.at_boot || self.restart != text::policy_name(RestartPolicy::Never)
    }

    /// Whether it runs as another user, or with fewer rights than its user has.
    pub const fn is_confined(&self) -> bool {
        !self.run_as.is_empty() || self.no_new_privs || self.sandbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sent_without_javascript_is_the_spec_it_shows() {
        let pairs = [
            ("mode", "line"),
            ("command", "sh -c 'exit 3'"),
            ("name", "three"),
            ("cwd", ""),
            ("labels", "team=ops"),
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
            ("output", "1 MiB"),
            ("files", "64"),
        ];
        let form = NewForm::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let spec = form.to_spec().unwrap();
        assert_eq!((spec.program.as_str(), spec.args.len(), spec.stdin), ("sh", 2, true));
        assert_eq!((spec.env["A"].as_str(), spec.secret_env["TOKEN"].as_str()), ("1", "s"));
        assert_eq!((spec.timeout_seconds, spec.stop.signal.as_str(), spec.stop.grace_seconds), (Some(60), "INT", 5));
        assert_eq!((spec.labels["team"].as_str(), spec.limits.output_bytes, spec.limits.open_files), ("ops", 1 << 20, 64));
        let mut again = NewForm::from_spec(&spec);
        assert_eq!(again.command, form.command);
        assert_eq!(again.variables[1], Variable { name: "TOKEN".into(), value: String::new(), secret: true });
        assert_eq!(again.to_spec().unwrap_err()[0].field, "variables", "a secret has to be re-entered");
        again.variables[1].value = "s".into();
        assert_eq!(again.to_spec().unwrap(), spec);
    }

    #[test]
    fn restarts_limits_and_the_sandbox_are_the_spec_that_the_form_shows() {
        let pairs = [
            ("command", "true"),
            ("terminal", "no"),
            ("signal", "TERM"),
            ("grace", "10"),
            ("restart", "on_failure"),
            ("restarts", "7"),
            ("pause", "3"),
            ("at_boot", "yes"),
            ("memory", "512 MiB"),
            ("cpu", "150"),
            ("processes", "20"),
            ("run_as", "www-data:adm"),
            ("no_new_privs", "yes"),
            ("sandbox", "yes"),
            ("writable", "/srv/data\r\n\r\n/var/tmp/x\r\n"),
        ];
        let read =
            |pairs: &[(&str, &str)]| NewForm::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let spec = read(&pairs).read().0;
        let restart = RestartSpec { policy: RestartPolicy::OnFailure, max_restarts: 7, backoff_seconds: 3, at_boot: true };
        assert_eq!(spec.restart, restart);
        assert_eq!((spec.limits.memory_bytes, spec.limits.cpu_percent, spec.limits.processes), (512 << 20, 150, 20));
        assert_eq!((spec.run_as.as_deref(), spec.no_new_privs), (Some("www-data:adm"), true));
        assert_eq!(spec.sandbox, Some(Sandbox { network: false, writable: vec!["/srv/data".into(), "/var/tmp/x".into()] }));
        let again = NewForm::from_spec(&spec);
        assert_eq!(again.read().0, spec);
        assert!(again.restarts() && again.is_confined());
        // What belongs to a sandbox alone does not make one.
        let spec = read(&[("command", "true"), ("grace", "10"), ("network", "yes"), ("writable", "/srv")]).read().0;
        assert_eq!(spec.sandbox, None);
    }

    #[test]
    fn fields_that_are_left_alone_ask_for_nothing() {
        let form = NewForm { command: "true".into(), terminal: false, ..NewForm::default() };
        assert_eq!(form.to_spec().unwrap(), ProcessSpec::new("true", [] as [&str; 0]));
        assert!(!form.restarts() && !form.is_confined());
        let spec = NewForm { restarts: String::new(), pause: " ".into(), ..form }.to_spec().unwrap();
        assert_eq!(spec.restart, RestartSpec::default());
    }

    #[test]
    fn a_number_that_no_field_of_the_spec_holds_is_refused_at_its_field() {
        let form = NewForm { command: "true".into(), restarts: "4294967296".into(), cpu: "much".into(), ..NewForm::default() };
        let fields: Vec<_> = form.to_spec().unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["restarts", "cpu"]);
    }

    #[test]
    fn what_the_server_refuses_stands_at_its_field() {
        let form = NewForm::default();
        for (of_spec, of_form) in [
            ("restart.policy", "restart"),
            ("restart.max_restarts", "restarts"),
            ("restart.backoff_seconds", "pause"),
            ("restart.at_boot", "at_boot"),
            ("limits.memory_bytes", "memory"),
            ("limits.cpu_percent", "cpu"),
            ("limits.processes", "processes"),
            ("run_as", "run_as"),
            ("no_new_privs", "no_new_privs"),
            ("sandbox", "sandbox"),
            ("sandbox.network", "sandbox"),
            ("sandbox.writable", "writable"),
            ("sandbox.writable[1]", "writable"),
        ] {
            assert_eq!(form.field_of(of_spec), of_form);
        }
    }

    #[test]
    fn program_and_arguments_apart_are_the_same_words() {
        let mut form = NewForm { command: r#"sh -c "echo 'a  b'" '' "#.into(), ..NewForm::default() };
        let words = form.words().unwrap();
        form.set_apart(true).unwrap();
        assert_eq!((form.program.as_str(), form.args.as_str()), ("sh", "-c\necho 'a  b'\n\n"));
        assert_eq!(form.words().unwrap(), words);
        form.set_apart(false).unwrap();
        assert_eq!(form.words().unwrap(), words);
        form.command = "printf 'two\nlines'".into();
        assert!(form.set_apart(true).unwrap_err().contains("line break"));
        let empty = NewForm { apart: true, ..NewForm::default() };
        assert_eq!(empty.to_spec().unwrap_err()[0].field, "program");
    }

    #[test]
    fn what_is_half_typed_survives_a_look_at_the_other_way() {
        let mut form = NewForm { command: "echo 'open".into(), ..NewForm::default() };
        form.set_apart(true).unwrap();
        form.set_apart(false).unwrap();
        assert_eq!(form.command, "echo 'open");
    }

    #[test]
    fn arguments_without_a_program_survive_a_look_and_leave_no_older_line() {
        let mut form = NewForm { command: "rm old".into(), ..NewForm::default() };
        form.set_apart(true).unwrap();
        (form.program, form.args) = (String::new(), "new".into());
        form.set_apart(false).unwrap();
        assert_eq!(form.to_spec().unwrap_err()[0].field, "command");
        form.set_apart(true).unwrap();
        assert_eq!(form.args, "new");
        let lines = "printf 'a\nb'";
        let mut form = NewForm { command: lines.into(), ..NewForm::default() };
        assert!(form.set_apart(true).is_err());
        form.set_apart(false).unwrap();
        assert_eq!(form.command, lines);
    }

    #[test]
    fn nothing_older_is_run_in_place_of_what_could_not_be_moved() {
        for unmovable in ["echo 'open", "printf 'a\nb'", "printf 'a\rb'"] {
            let mut form = NewForm { command: "rm old".into(), ..NewForm::default() };
            form.set_apart(true).unwrap();
            form.set_apart(false).unwrap();
            form.command = unmovable.into();
            let _ = form.set_apart(true);
            assert_eq!(form.to_spec().unwrap_err()[0].field, "program");
        }
        let spec = ProcessSpec { program: "sh".into(), args: vec!["-c".into(), "a\nb".into()], ..ProcessSpec::default() };
        let again = NewForm { apart: true, ..NewForm::from_spec(&spec) };
        assert_eq!(again.to_spec().unwrap_err()[0].field, "program");
    }

    #[test]
    fn no_variable_is_dropped_in_silence() {
        let variable = |name: &str, value: &str| Variable { name: name.into(), value: value.into(), secret: false };
        let problem = |variables: Vec<Variable>| {
            let errors = NewForm { command: "env".into(), variables, ..NewForm::default() }.to_spec().unwrap_err();
            assert_eq!(errors[0].field, "variables");
            errors[0].message.clone()
        };
        assert!(problem(vec![variable("A", "1"), variable(" A", "2")]).contains("A is given twice"));
        assert!(problem(vec![variable("", "1")]).contains("no name"));
        let empty = vec![variable("", ""), variable("B", ""), variable(" ", "")];
        assert_eq!(NewForm { command: "env".into(), variables: empty, ..NewForm::default() }.to_spec().unwrap().env.len(), 1);
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let form = NewForm { command: "echo 'x".into(), timeout: "soon".into(), cwd: "here".into(), ..NewForm::default() };
        let fields: Vec<_> = form.to_spec().unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["command", "timeout", "cwd"]);
    }
}
