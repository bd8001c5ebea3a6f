//! The rules that a spec has to meet.

use super::{Limits, MAX_OUTPUT_BYTES, MIN_OUTPUT_BYTES, ProcessSpec, RestartPolicy, RestartSpec};

/// The longest timeout, in seconds: ten years.
const MAX_TIMEOUT_SECONDS: u64 = 10 * 365 * 24 * 3600;
/// The longest first pause before a restart, in seconds: a day.
const MAX_BACKOFF_SECONDS: u32 = 24 * 3600;
/// The longest path that the kernel takes, in bytes (`PATH_MAX`, which counts a NUL at the end).
const MAX_PATH_BYTES: usize = 4095;

/// The least memory that a process may be limited to, in bytes: a mebibyte.
const MIN_MEMORY_BYTES: u64 = 1 << 20;
/// The fewest open files that a process may be limited to. Besides the three standard ones, a program that is linked dynamically needs 1
/// to start, a pipeline of a shell 2, a redirection in bash 3, and bwrap, which makes a sandbox, 4; one is to spare.
const MIN_OPEN_FILES: u64 = 8;
/// The highest limit of CPU, in percent of a core: ten thousand cores.
const MAX_CPU_PERCENT: u32 = 1_000_000;
/// The highest limit of processes, which the kernel has itself (`PID_MAX_LIMIT`).
const MAX_PROCESSES: u32 = 1 << 22;
/// The most folders that may be writable in a sandbox.
const MAX_WRITABLE: usize = 100;

/// The signals that may be named, without `SIG`.
pub const SIGNALS: [&str; 18] = [
    "TERM", "INT", "HUP", "QUIT", "KILL", "USR1", "USR2", "STOP", "CONT", "TSTP", "WINCH", "ALRM", "ABRT", "PIPE", "TTIN", "TTOU", "URG",
    "CHLD",
];

/// Whether a signal of this name can be sent.
pub fn is_signal(name: &str) -> bool {
    SIGNALS.contains(&name)
}

/// Whether a text has the form `USER` or `USER:GROUP`.
fn is_user(text: &str) -> bool {
    let mut names = text.splitn(2, ':');
    names.all(|name| {
        !name.is_empty()
            && name.len() <= 256
            && !name.contains(|letter: char| letter == ':' || letter.is_whitespace() || letter.is_control())
    })
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

impl ProcessSpec {
    /// Rejects a spec that cannot be run as asked.
    pub fn validate(&self) -> Result<(), SpecError> {
        let fail = |field, message: String| Err(SpecError { field, message });
        if self.program.trim().is_empty() {
            return fail("program", "Enter a program to run.".into());
        }
        let texts = [("program", &self.program)].into_iter();
        let texts = texts.chain(self.args.iter().map(|arg| ("args", arg)));
        let texts = texts.chain(self.cwd.iter().map(|cwd| ("cwd", cwd)));
        let variables = [("env", &self.env), ("secret_env", &self.secret_env)];
        let texts = texts
            .chain(variables.into_iter().flat_map(|(field, map)| map.iter().flat_map(move |(key, value)| [(field, key), (field, value)])));
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
        let keys = self.env.keys().map(|key| ("env", key)).chain(self.secret_env.keys().map(|key| ("secret_env", key)));
        for (field, key) in keys {
            if key.is_empty() || key.contains('=') {
                return fail(field, format!("“{key}” isn't a valid variable name: it must not be empty or contain =."));
            }
        }
        if let Some(key) = self.labels.keys().find(|key| key.trim().is_empty() || key.contains('=')) {
            return fail("labels", format!("“{key}” isn't the name of a label: it must not be empty or contain =."));
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
        if self.timeout_seconds.is_some_and(|timeout| timeout > MAX_TIMEOUT_SECONDS) {
            return fail("timeout_seconds", format!("The timeout is at most {MAX_TIMEOUT_SECONDS} seconds; leave it empty for none."));
        }
        if !is_signal(&self.stop.signal) {
            return fail("stop.signal", format!("“{}” isn't a signal; use one of {}.", self.stop.signal, SIGNALS.join(", ")));
        }
        if self.stop.grace_seconds > 3600 {
            return fail("stop.grace_seconds", "The grace period is at most 3600 seconds.".into());
        }
        if (1..MIN_OUTPUT_BYTES).contains(&self.limits.output_bytes) {
            return fail(
                "limits.output_bytes",
                format!(
                    "At least {MIN_OUTPUT_BYTES} bytes of output ({} KiB) are kept; 0 keeps the server's default.",
                    MIN_OUTPUT_BYTES >> 10
                ),
            );
        }
        if self.limits.output_bytes > MAX_OUTPUT_BYTES {
            return fail(
                "limits.output_bytes",
                format!("At most {MAX_OUTPUT_BYTES} bytes of output can be kept; 0 keeps the server's default."),
            );
        }
        self.restart.validate()?;
        self.validate_confinement()
    }

    /// Checks the form of `run_as`, `sandbox` and those limits that the kernel enforces; whether they can be had is for the machine to say.
    fn validate_confinement(&self) -> Result<(), SpecError> {
        let fail = |field, message: String| Err(SpecError { field, message });
        let Limits { memory_bytes, cpu_percent, processes, open_files, .. } = self.limits;
        if (1..MIN_MEMORY_BYTES).contains(&memory_bytes) {
            return fail("limits.memory_bytes", format!("No program starts with less than {MIN_MEMORY_BYTES} bytes; 0 is no limit."));
        }
        if cpu_percent > MAX_CPU_PERCENT {
            return fail("limits.cpu_percent", format!("At most {MAX_CPU_PERCENT} percent of a core; 0 is no limit."));
        }
        if processes > MAX_PROCESSES {
            return fail("limits.processes", format!("At most {MAX_PROCESSES} processes; 0 is no limit."));
        }
        if (1..MIN_OPEN_FILES).contains(&open_files) {
            let message = format!("At least {MIN_OPEN_FILES} open files are needed: many programs do not start with fewer; 0 is no limit.");
            return fail("limits.open_files", message);
        }
        if self.run_as.as_deref().is_some_and(|run_as| !is_user(run_as)) {
            return fail("run_as", "Name a user, or a user and a group as USER:GROUP; leave it empty for the server's own.".into());
        }
        if let Some(sandbox) = &self.sandbox {
            if sandbox.writable.len() > MAX_WRITABLE {
                return fail("sandbox.writable", format!("At most {MAX_WRITABLE} folders can be writable."));
            }
            if sandbox.writable.iter().any(|path| !path.starts_with('/') || path.contains('\0') || path.len() > MAX_PATH_BYTES) {
                return fail("sandbox.writable", "Name writable folders by their absolute paths.".into());
            }
        }
        Ok(())
    }
}

impl RestartSpec {
    fn validate(&self) -> Result<(), SpecError> {
        let fail = |field, message: String| Err(SpecError { field, message });
        match self.policy {
            RestartPolicy::Unknown => fail("restart.policy", "Unknown restart policy; use one of never, on_failure, always.".into()),
            RestartPolicy::OnFailure | RestartPolicy::Always if self.max_restarts == 0 => {
                fail("restart.max_restarts", "At least 1 restart must be allowed; choose the policy never for none.".into())
            }
            _ if self.backoff_seconds > MAX_BACKOFF_SECONDS => {
                fail("restart.backoff_seconds", format!("The first pause before a restart is at most {MAX_BACKOFF_SECONDS} seconds."))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(program: &str) -> ProcessSpec {
        ProcessSpec { program: program.into(), ..ProcessSpec::default() }
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
    fn less_output_than_is_kept_anyway_is_refused_and_raised_in_what_is_stored() {
        let mut least = ProcessSpec { limits: Limits { output_bytes: 1000, ..Limits::default() }, ..spec("a") };
        assert!(least.validate().unwrap_err().message.starts_with("At least 65536 bytes"));
        least.limits.raise_output();
        assert_eq!((least.limits.output_bytes, least.validate()), (MIN_OUTPUT_BYTES, Ok(())));
        for unchanged in [0, MIN_OUTPUT_BYTES, MAX_OUTPUT_BYTES] {
            let mut limits = Limits { output_bytes: unchanged, ..Limits::default() };
            limits.raise_output();
            assert_eq!(limits.output_bytes, unchanged);
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for (json, field) in [
            (r#"{"program":" "}"#, "program"),
            (r#"{"program":"a","cwd":"b"}"#, "cwd"),
            (r#"{"program":"a","stop":{"signal":"SIGTERM"}}"#, "stop.signal"),
            (r#"{"program":"a","env":{"A=B":"c"}}"#, "env"),
            (r#"{"program":"a","secret_env":{"A=B":"c"}}"#, "secret_env"),
            (r#"{"program":"a","secret_env":{"A":"\u0000"}}"#, "secret_env"),
            (r#"{"program":"a","labels":{"":"x"}}"#, "labels"),
            (r#"{"program":"a","labels":{" ":"x"}}"#, "labels"),
            (r#"{"program":"a","labels":{"=":"="}}"#, "labels"),
            (r#"{"program":"a","terminal":{"cols":0,"rows":1}}"#, "terminal"),
            (r#"{"program":"a","run_as":""}"#, "run_as"),
            (r#"{"program":"a","run_as":"root:"}"#, "run_as"),
            (r#"{"program":"a","run_as":":root"}"#, "run_as"),
            (r#"{"program":"a","run_as":"a:b:c"}"#, "run_as"),
            (r#"{"program":"a","run_as":"root "}"#, "run_as"),
            (r#"{"program":"a","run_as":"a\u0000"}"#, "run_as"),
            (r#"{"program":"a","sandbox":{"writable":["srv"]}}"#, "sandbox.writable"),
            (r#"{"program":"a","timeout_seconds":0}"#, "timeout_seconds"),
            (r#"{"program":"a","restart":{"policy":"sometimes"}}"#, "restart.policy"),
            (r#"{"program":"a","restart":{"policy":"always","max_restarts":0}}"#, "restart.max_restarts"),
            (r#"{"program":"a","restart":{"backoff_seconds":86401}}"#, "restart.backoff_seconds"),
            (r#"{"program":"a","limits":{"memory_bytes":1000}}"#, "limits.memory_bytes"),
            (r#"{"program":"a","limits":{"cpu_percent":1000001}}"#, "limits.cpu_percent"),
            (r#"{"program":"a","limits":{"processes":4194305}}"#, "limits.processes"),
            (r#"{"program":"a","limits":{"open_files":1}}"#, "limits.open_files"),
            (r#"{"program":"a","limits":{"open_files":7}}"#, "limits.open_files"),
            (r#"{"program":"a","limits":{"output_bytes":18446744073709551615}}"#, "limits.output_bytes"),
            (r#"{"program":"a","limits":{"output_bytes":1}}"#, "limits.output_bytes"),
            (r#"{"program":"a","limits":{"output_bytes":65535}}"#, "limits.output_bytes"),
        ] {
            let spec: ProcessSpec = serde_json::from_str(json).unwrap();
            assert_eq!(spec.validate().unwrap_err().field, field, "{json}");
        }
    }
}
