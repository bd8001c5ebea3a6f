//! What to run and how.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most output that may be kept of one process, in bytes: a pebibyte.
pub const MAX_OUTPUT_BYTES: u64 = 1 << 50;
/// The least: output is removed by whole segments, and with fewer bytes than that, they would have to be smaller than is sensible.
pub const MIN_OUTPUT_BYTES: u64 = 64 << 10;

/// A terminal's size in character cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TerminalSize {
    /// Columns, 1 to 1000.
    pub cols: u16,
    /// Rows, 1 to 1000.
    pub rows: u16,
}

/// How a process is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Not at all.
    #[default]
    Never,
    /// After any end but a success.
    OnFailure,
    /// After any end.
    Always,
    /// One that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

/// The restart policy and its bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RestartSpec {
    /// When.
    pub policy: RestartPolicy,
    /// How often in a row at most, at least 1, before it gives up; an attempt that lasts a minute begins the count anew.
    pub max_restarts: u32,
    /// The first pause, at most a day; it doubles each time, up to five minutes, and differs by up to a tenth.
    pub backoff_seconds: u32,
    /// Start it again after a reboot of the machine, if it was running when that went down.
    pub at_boot: bool,
}

impl Default for RestartSpec {
    fn default() -> Self {
        Self { policy: RestartPolicy::Never, max_restarts: 5, backoff_seconds: 1, at_boot: false }
    }
}

/// Bounds on what a process may use; 0 is no bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Limits {
    /// Memory of the whole tree.
    pub memory_bytes: u64,
    /// CPU time of the whole tree, 100 being one core.
    pub cpu_percent: u32,
    /// Processes in the tree.
    pub processes: u32,
    /// Open files of each process (`RLIMIT_NOFILE`), at least 8.
    pub open_files: u64,
    /// Output that is kept on disk, with its index, [`MIN_OUTPUT_BYTES`] to [`MAX_OUTPUT_BYTES`]; the oldest segments beyond that are
    /// removed. 0 takes the server's default.
    pub output_bytes: u64,
}

impl Limits {
    /// Raises a limit of output that [`ProcessSpec::validate`] refuses to the least that it accepts. For specs from earlier versions,
    /// which accepted less and kept more.
    pub fn raise_output(&mut self) {
        if self.output_bytes != 0 {
            self.output_bytes = self.output_bytes.max(MIN_OUTPUT_BYTES);
        }
    }
}

/// A sandbox to run in (`bwrap(1)`): the system is read-only, `/tmp` is empty and private, Execdeck's data is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Sandbox {
    /// Whether it can use the network.
    pub network: bool,
    /// Folders that it may write to, as absolute paths.
    pub writable: Vec<String>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self { network: true, writable: Vec::new() }
    }
}

/// What to run. Only `program` is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProcessSpec {
    /// For people; the program's base name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A path, or a name that is looked up in `PATH`.
    pub program: String,
    /// Its arguments, passed as they are without a shell.
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
    /// Whether it is started again after its end.
    #[serde(default)]
    pub restart: RestartSpec,
    /// What it may use.
    #[serde(default)]
    pub limits: Limits,
    /// The user to run as, or user and group as `USER:GROUP`; the server's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as: Option<String>,
    /// Whether it may never gain rights that its user does not have, such as by `sudo` (`PR_SET_NO_NEW_PRIVS`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_new_privs: bool,
    /// The sandbox to run in; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Sandbox>,
    /// Free-form labels, for people and for filters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// Replaces the value of a secret.
pub const MASK: &str = "••••••";

impl ProcessSpec {
    /// A program with its arguments; everything else is as by default.
    pub fn new(program: impl Into<String>, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { program: program.into(), args: args.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// The name to show: the given one, or the program's base name.
    pub fn display_name(&self) -> String {
        match self.name.as_deref().map(str::trim) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => self.program.rsplit('/').next().filter(|base| !base.is_empty()).unwrap_or(&self.program).to_owned(),
        }
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
        let json =
            r#"{"program":"a","sandbox":{"kind":"strict"},"no_new_privs":true,"stop":{"escalate":true},"restart":{"policy":"sometimes"}}"#;
        let spec: ProcessSpec = serde_json::from_str(json).unwrap();
        assert_eq!((spec.restart.policy, spec.stop), (RestartPolicy::Unknown, StopSpec::default()));
        let spec: ProcessSpec = serde_json::from_str(json).unwrap();
        assert_eq!(spec.validate().unwrap_err().field, "restart.policy");
    }

    #[test]
    fn secrets_do_not_survive_masking() {
        let mut spec = spec("a");
        spec.secret_env.insert("TOKEN".into(), "hunter2".into());
        assert!(!serde_json::to_string(&spec.masked()).unwrap().contains("hunter2"));
    }
}
