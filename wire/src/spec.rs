//! What to run and how.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most output that may be kept of one process, in bytes: a pebibyte.
pub const MAX_OUTPUT_BYTES: u64 = 1 << 50;

/// The longest path that the kernel takes, in bytes (`PATH_MAX`, which counts a NUL at the end).
const MAX_PATH_BYTES: usize = 4095;

/// The signals that may be named, without `SIG`.
pub const SIGNALS: [&str; 18] = [
    "TERM", "INT", "HUP", "QUIT", "KILL", "USR1", "USR2", "STOP", "CONT", "TSTP", "WINCH", "ALRM", "ABRT", "PIPE", "TTIN", "TTOU", "URG",
    "CHLD",
];

/// Whether a signal of this name can be sent.
pub fn is_signal(name: &str) -> bool {
    SIGNALS.contains(&name)
}

/// What is wrong with a spec, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SpecError {
    /// The field as a path, such as `stop.signal`.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

/// A terminal's size in character cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalSize {
    /// Columns, 1 to 1000.
    pub cols: u16,
    /// Rows, 1 to 1000.
    pub rows: u16,
}

/// How a process is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StopSpec {
    /// The signal that asks it to stop, without `SIG`.
    pub signal: String,
    /// How long it may take before it is killed, 0 to 3600.
    pub grace_seconds: u32,
}

impl Default for StopSpec {
    fn default() -> Self {
        Self { signal: "TERM".into(), grace_seconds: 10 }
    }
}

/// When a process that has ended is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Not at all.
    #[default]
    Never,
    /// After any end but a success.
    OnFailure,
    /// After any end.
    Always,
    /// One that this version does not know, in an answer or a row of a newer server.
    #[serde(other)]
    Unknown,
}

/// The restart policy and its bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RestartSpec {
    /// When.
    pub policy: RestartPolicy,
    /// How often at most.
    pub max_restarts: u32,
    /// The first pause; it doubles each time.
    pub backoff_seconds: u32,
}

impl Default for RestartSpec {
    fn default() -> Self {
        Self { policy: RestartPolicy::Never, max_restarts: 5, backoff_seconds: 1 }
    }
}

/// Bounds on what a process may use; 0 is no bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Memory of the whole tree.
    pub memory_bytes: u64,
    /// CPU time of the whole tree, 100 being one core.
    pub cpu_percent: u32,
    /// Processes in the tree.
    pub processes: u32,
    /// Open files of each process (`RLIMIT_NOFILE`).
    pub open_files: u64,
    /// Output that is kept on disk, with its index, at most [`MAX_OUTPUT_BYTES`]; whole oldest segments go beyond it.
    /// 0 takes the server's default.
    pub output_bytes: u64,
}

/// What to run. Only `program` is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSpec {
    /// For people; the program's base name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A path, or a name that is looked up in `PATH`.
    pub program: String,
    /// Its arguments as they are; no shell reads them.
    #[serde(default)]
    pub args: Vec<String>,
    /// The folder to run in, as an absolute path; the home folder when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Added to a small inherited set (`PATH`, `HOME`, `LANG`, …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// As `env`, but never shown again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secret_env: BTreeMap<String, String>,
    /// Run in a terminal of this size; with pipes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalSize>,
    /// Whether it may be typed into; always so in a terminal. Otherwise it reads `/dev/null`.
    #[serde(default)]
    pub stdin: bool,
    /// Stop it after this long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// How it is stopped.
    #[serde(default)]
    pub stop: StopSpec,
    /// When it is started again.
    #[serde(default)]
    pub restart: RestartSpec,
    /// What it may use.
    #[serde(default)]
    pub limits: Limits,
    /// The user to run as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as: Option<String>,
    /// A sandbox to run in; none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<serde_json::Value>,
    /// For people and for finding it again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// What stands where a secret was.
const MASK: &str = "••••••";

impl ProcessSpec {
    /// The name to show: the given one, or the program's base name.
    pub fn display_name(&self) -> String {
        match self.name.as_deref().map(str::trim) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => self.program.rsplit('/').next().filter(|base| !base.is_empty()).unwrap_or(&self.program).to_owned(),
        }
    }

    /// Program and arguments as one line that a POSIX shell would split into the same words.
    pub fn command_line(&self) -> String {
        let words = std::iter::once(self.program.as_str()).chain(self.args.iter().map(String::as_str));
        let mut line = String::new();
        for word in words {
            if !line.is_empty() {
                line.push(' ');
            }
            match shlex::try_quote(word) {
                Ok(quoted) => line.push_str(&quoted),
                Err(_) => line.push_str(word),
            }
        }
        line
    }

    /// A copy whose secrets cannot be read.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut copy = self.clone();
        for value in copy.secret_env.values_mut() {
            MASK.clone_into(value);
        }
        copy
    }

    /// Whether secrets are needed that this copy does not have, because it is [`masked`](Self::masked).
    pub fn has_masked_secrets(&self) -> bool {
        self.secret_env.values().any(|value| value == MASK)
    }

    /// Refuses what could not be run as asked.
    pub fn validate(&self) -> Result<(), SpecError> {
        let fail = |field, message: String| Err(SpecError { field, message });
        if self.program.trim().is_empty() {
            return fail("program", "Enter a program to run.".into());
        }
        let texts = [("program", &self.program)].into_iter();
        let texts = texts.chain(self.args.iter().map(|arg| ("args", arg)));
        let texts = texts.chain(self.cwd.iter().map(|cwd| ("cwd", cwd)));
        let texts = texts.chain(self.env.iter().chain(&self.secret_env).flat_map(|(key, value)| [("env", key), ("env", value)]));
        for (field, text) in texts {
            if text.contains('\0') {
                return fail(field, "A NUL character cannot be passed to a program.".into());
            }
        }
        for (field, path) in [("program", Some(&self.program)), ("cwd", self.cwd.as_ref())] {
            if path.is_some_and(|path| path.len() > MAX_PATH_BYTES) {
                return fail(field, format!("A path can be at most {MAX_PATH_BYTES} bytes long."));
            }
        }
        if self.name.as_ref().is_some_and(|name| name.chars().count() > 200) {
            return fail("name", "The name is longer than 200 characters.".into());
        }
        for key in self.env.keys().chain(self.secret_env.keys()) {
            if key.is_empty() || key.contains('=') {
                return fail("env", format!("{key:?} isn't a valid variable name: it must not be empty or contain =."));
            }
        }
        if self.cwd.as_ref().is_some_and(|cwd| !cwd.starts_with('/')) {
            return fail("cwd", "The working directory must be an absolute path.".into());
        }
        if let Some(size) = self.terminal
            && !(1..=1000).contains(&size.cols) | !(1..=1000).contains(&size.rows)
        {
            return fail("terminal", "A terminal has 1 to 1000 columns and 1 to 1000 rows.".into());
        }
        if self.timeout_seconds == Some(0) {
            return fail("timeout_seconds", "The timeout must be at least 1 second; leave it empty for none.".into());
        }
        if !is_signal(&self.stop.signal) {
            return fail("stop.signal", format!("unknown signal {:?}; use one of {}", self.stop.signal, SIGNALS.join(", ")));
        }
        if self.stop.grace_seconds > 3600 {
            return fail("stop.grace_seconds", "The grace period is at most 3600 seconds.".into());
        }
        if self.limits.output_bytes > MAX_OUTPUT_BYTES {
            return fail(
                "limits.output_bytes",
                format!("At most {MAX_OUTPUT_BYTES} bytes of output can be kept; 0 keeps the server's default."),
            );
        }
        self.validate_unavailable()
    }

    /// What the contract names but this version cannot keep is refused, never ignored.
    fn validate_unavailable(&self) -> Result<(), SpecError> {
        let fail = |field| Err(SpecError { field, message: format!("{field} is not available in this version; leave it out.") });
        match () {
            () if self.restart.policy == RestartPolicy::Unknown => {
                Err(SpecError { field: "restart.policy", message: "unknown restart policy; use one of never, on_failure, always".into() })
            }
            () if self.restart.policy != RestartPolicy::Never => fail("restart.policy"),
            () if self.run_as.is_some() => fail("run_as"),
            () if self.sandbox.is_some() => fail("sandbox"),
            () if self.limits.memory_bytes != 0 => fail("limits.memory_bytes"),
            () if self.limits.cpu_percent != 0 => fail("limits.cpu_percent"),
            () if self.limits.processes != 0 => fail("limits.processes"),
            () => Ok(()),
        }
    }
}

/// Splits a command line into words as a POSIX shell would, without expanding anything.
pub fn parse_command_line(line: &str) -> Result<Vec<String>, SpecError> {
    let fail = |message: &str| Err(SpecError { field: "command", message: message.into() });
    match shlex::split(line) {
        Some(words) if words.is_empty() => fail("Type the command to run, for example: ping -c 3 localhost"),
        Some(words) => Ok(words),
        None => fail("Unclosed quote. Close it or escape it with a backslash."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(program: &str) -> ProcessSpec {
        ProcessSpec { program: program.into(), ..ProcessSpec::default() }
    }

    #[test]
    fn only_the_program_is_required() {
        let spec: ProcessSpec = serde_json::from_str(r#"{"program":"/bin/true"}"#).unwrap();
        assert_eq!(spec.display_name(), "true");
        assert_eq!(spec.stop, StopSpec { signal: "TERM".into(), grace_seconds: 10 });
        spec.validate().unwrap();
    }

    #[test]
    fn a_spec_of_a_newer_version_is_read_and_one_that_asks_for_the_unknown_is_refused() {
        let json = r#"{"program":"a","sandbox":{"kind":"strict"},"stop":{"escalate":true},"restart":{"policy":"sometimes"}}"#;
        let spec: ProcessSpec = serde_json::from_str(json).unwrap();
        assert_eq!((spec.restart.policy, spec.stop), (RestartPolicy::Unknown, StopSpec::default()));
        let spec: ProcessSpec = serde_json::from_str(json).unwrap();
        assert_eq!(spec.validate().unwrap_err().field, "restart.policy");
    }

    #[test]
    fn a_command_line_comes_back_as_the_words_it_was_made_of() {
        let words = parse_command_line(r#"sh -c 'echo "$HOME"; exit 3' "" it\'s"#).unwrap();
        assert_eq!(words, ["sh", "-c", "echo \"$HOME\"; exit 3", "", "it's"]);
        let again = ProcessSpec { args: words[1..].to_vec(), ..spec(&words[0]) }.command_line();
        assert_eq!(parse_command_line(&again).unwrap(), words);
        assert!(parse_command_line("echo 'open").is_err());
    }

    #[test]
    fn secrets_do_not_survive_masking() {
        let mut spec = spec("a");
        spec.secret_env.insert("TOKEN".into(), "hunter2".into());
        assert!(!serde_json::to_string(&spec.masked()).unwrap().contains("hunter2"));
    }

    #[test]
    fn a_path_longer_than_the_kernel_takes_is_refused() {
        let long = |length: usize| format!("/{}", "x".repeat(length - 1));
        spec(&long(4095)).validate().unwrap();
        let error = spec(&long(1_900_000)).validate().unwrap_err();
        assert_eq!((error.field, error.message.as_str()), ("program", "A path can be at most 4095 bytes long."));
        let error = ProcessSpec { cwd: Some(long(4096)), ..spec("a") }.validate().unwrap_err();
        assert_eq!(error.field, "cwd");
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for (json, field) in [
            (r#"{"program":" "}"#, "program"),
            (r#"{"program":"a","cwd":"b"}"#, "cwd"),
            (r#"{"program":"a","stop":{"signal":"SIGTERM"}}"#, "stop.signal"),
            (r#"{"program":"a","env":{"A=B":"c"}}"#, "env"),
            (r#"{"program":"a","terminal":{"cols":0,"rows":1}}"#, "terminal"),
            (r#"{"program":"a","run_as":"root"}"#, "run_as"),
            (r#"{"program":"a","timeout_seconds":0}"#, "timeout_seconds"),
            (r#"{"program":"a","limits":{"output_bytes":18446744073709551615}}"#, "limits.output_bytes"),
        ] {
            let spec: ProcessSpec = serde_json::from_str(json).unwrap();
            assert_eq!(spec.validate().unwrap_err().field, field, "{json}");
        }
    }
}
