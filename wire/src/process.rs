//! A process as the outside sees it.

use super::{Exit, ProcessSpec, TerminalSize, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::str::FromStr;
use uuid::Uuid;

/// The stage that a process is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProcessState {
    /// It waits for another process to end, since as many as may run at once do.
    Queued,
    /// Its keeper is being started.
    Starting,
    /// It runs.
    Running,
    /// It was told to stop, or its leader has exited and descendants are being stopped.
    Stopping,
    /// It has ended, and waits to be started again by its restart policy.
    Restarting,
    /// It ended by itself, with a code.
    Exited,
    /// A signal ended it, whoever sent it.
    Killed,
    /// It was stopped because its timeout passed.
    TimedOut,
    /// It never started.
    Failed,
    /// Its keeper exited without recording a status, for example because of a power cut.
    Interrupted,
    /// A state that this version does not recognize, from a newer server.
    #[serde(other)]
    Unknown,
}

impl ProcessState {
    /// All states that can be filtered by, in the order in which they occur.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Starting,
        Self::Running,
        Self::Stopping,
        Self::Restarting,
        Self::Exited,
        Self::Killed,
        Self::TimedOut,
        Self::Failed,
        Self::Interrupted,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Killed => "killed",
            Self::TimedOut => "timed_out",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it may still print or change.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Starting | Self::Running | Self::Stopping | Self::Restarting)
    }

    /// Whether it waits to be started, for the first time or again: nothing reads its input, and it takes no signals.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Queued | Self::Restarting)
    }
}

impl FromStr for ProcessState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|state| state.as_str()).collect();
            format!("{text:?} isn't a state; use one of {}", names.join(", "))
        })
    }
}

/// Which bytes of the output are still there: from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutputRange {
    /// Absolute offset of the oldest byte kept.
    pub start: u64,
    /// Absolute offset of the byte after the newest one.
    pub end: u64,
}

/// What the whole tree uses, as of the last sample, and once it has ended what it used (see `getrusage(2)`, `RUSAGE_CHILDREN`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// User and system time in milliseconds, since the start.
    pub cpu_ms: u64,
    /// Resident memory in bytes: the most in any sample, and at least that of the largest process of the tree.
    pub peak_memory_bytes: u64,
    /// CPU time since the sample before, 100 being one core; 0 once it has ended.
    #[serde(default)]
    pub cpu_percent: u32,
    /// Resident memory of the tree, in bytes; 0 once it has ended.
    #[serde(default)]
    pub memory_bytes: u64,
    /// Processes in the tree; 0 once it has ended.
    #[serde(default)]
    pub processes: u32,
}

/// What the whole tree of a process used at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsageSample {
    /// When.
    pub time: Timestamp,
    /// User and system time since the start, in milliseconds.
    pub cpu_ms: u64,
    /// Resident memory in bytes.
    pub memory_bytes: u64,
    /// Processes.
    pub processes: u32,
}

/// The answer of `GET /api/processes/{id}/usage`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsageSamples {
    /// Oldest first: one a second at first, and the further apart the older the process is.
    pub samples: Vec<UsageSample>,
}

/// One run of the program: the first, or one that the restart policy started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attempt {
    /// The leader's process id.
    #[serde(default)]
    pub pid: Option<u32>,
    /// When the program was started.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    #[serde(default)]
    pub exit: Option<Exit>,
    /// Which bytes of the output are its own, whether or not they are still there.
    #[serde(default)]
    pub output: OutputRange,
    /// The limit that struck, by its name in the spec.
    #[serde(default)]
    pub limit_hit: Option<String>,
}

/// A process, running or ended.
///
/// As JSON it also has `unsuccessful`, what [`Process::is_unsuccessful`] says: for those who read it without this crate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Process", transform = with_unsuccessful))]
pub struct Process {
    /// UUID v7, so that ids sort by time of creation.
    pub id: Uuid,
    /// Grows with each change of the process, across restarts of the server: of two copies the higher one is newer.
    #[serde(default)]
    pub revision: u64,
    /// For people; not unique.
    pub name: String,
    /// What was asked for; the values of `secret_env` are masked.
    pub spec: ProcessSpec,
    /// The stage that it is in.
    pub state: ProcessState,
    /// The leader's process id while it is active, and afterwards what it was.
    pub pid: Option<u32>,
    /// How often it was started again by its restart policy.
    pub restarts: u32,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the program was started.
    pub started_at: Option<Timestamp>,
    /// When the last process of its tree had ended.
    pub ended_at: Option<Timestamp>,
    /// From start to end in milliseconds, by a clock that does not jump.
    pub duration_ms: Option<u64>,
    /// How it ended.
    pub exit: Option<Exit>,
    /// Which bytes of output there are.
    pub output: OutputRange,
    /// Who started it.
    pub started_by: String,
    /// The terminal's present size; absent for pipes.
    #[serde(default)]
    pub terminal: Option<TerminalSize>,
    /// The resources that it uses or used; absent until the first sample.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// The limit that struck, by its name in the spec, such as `memory_bytes` or `timeout_seconds`; absent when none did.
    #[serde(default)]
    pub limit_hit: Option<String>,
    /// The runs of the program, the last one included, and of very many the first and the latest 99; none while it has not been
    /// started.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// When its restart policy starts it again; only while it is `restarting`.
    #[serde(default)]
    pub next_start_at: Option<Timestamp>,
    /// Its restart policy has given up on it.
    #[serde(default)]
    pub gave_up: bool,
    /// Its place in the queue, from 1; only while it is `queued`.
    #[serde(default)]
    pub queue_position: Option<u32>,
    /// The template that it was started from.
    #[serde(default)]
    pub template: Option<Uuid>,
    /// Long texts are cut short, and only the latest attempts are there, as in lists and events; `get_process` has all of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spec_shortened: bool,
}

impl Process {
    /// The `exit.error` of a process that was taken out of the queue before it was started.
    pub const CANCELLED: &str = "Cancelled before it was started.";

    /// Sets how far the output reaches: that of the process, and of the attempt that runs.
    pub fn set_output(&mut self, output: OutputRange) {
        self.output = output;
        if let Some(running) = self.attempts.last_mut().filter(|attempt| attempt.ended_at.is_none()) {
            running.output.end = output.end;
        }
    }

    /// Whether it was taken out of the queue before it was started.
    pub fn is_cancelled(&self) -> bool {
        let cancelled = matches!(&self.exit, Some(Exit::Error(error)) if error == Self::CANCELLED);
        self.state == ProcessState::Failed && self.started_at.is_none() && cancelled
    }

    /// Whether the memory limit ended it.
    pub fn is_out_of_memory(&self) -> bool {
        !self.state.is_active() && self.limit_hit.as_deref() == Some("memory_bytes")
    }

    /// Whether it ended in a way that somebody should look at.
    pub fn is_unsuccessful(&self) -> bool {
        match self.state {
            _ if self.gave_up || self.is_out_of_memory() => true,
            _ if self.is_cancelled() => false,
            ProcessState::Failed | ProcessState::TimedOut | ProcessState::Interrupted => true,
            ProcessState::Exited => self.exit != Some(Exit::Code(0)),
            _ => false,
        }
    }
}

impl Serialize for Process {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Told<'a> {
            #[serde(flatten)]
            fields: Fields<'a>,
            unsuccessful: bool,
        }
        Told { fields: Fields(self), unsuccessful: self.is_unsuccessful() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Process {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not that of the trait, but the one that is derived.
        Self::deserialize(deserializer)
    }
}

/// The fields that a process has here.
struct Fields<'a>(&'a Process);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Process::serialize(self.0, serializer)
    }
}

#[cfg(feature = "schema")]
fn with_unsuccessful(schema: &mut schemars::Schema) {
    let about = schemars::json_schema!({ "type": "boolean", "description": "Whether it ended in a way that somebody should look at." });
    let schema = schema.ensure_object();
    let fields = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut);
    fields.expect("a process has fields").insert("unsuccessful".into(), about.into());
    let required = schema.get_mut("required").and_then(serde_json::Value::as_array_mut);
    required.expect("a process has fields that are always there").push("unsuccessful".into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_of_a_newer_server_can_be_read() {
        let json = r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8057","revision":3,"name":"a","spec":{"program":"a","sandbox":null},
            "state":"hibernating","pid":1,"restarts":0,"created_at":"2026-11-24T15:00:00Z","started_at":null,"ended_at":null,
            "duration_ms":null,"exit":{"evicted":"host-3"},"output":{"start":0,"end":1,"packed":true},"started_by":"ada",
            "usage":null,"host":"host-3"}"#;
        let process: Process = serde_json::from_str(json).unwrap();
        assert_eq!(process.state, ProcessState::Unknown);
        assert!(!process.state.is_active() && !process.is_unsuccessful());
        assert!(matches!(process.exit, Some(Exit::Error(_))));
        let error: crate::ApiError = serde_json::from_str(r#"{"code":"teapot","message":"m","hint":"h"}"#).unwrap();
        assert_eq!(error.code, crate::ErrorCode::Unknown);
    }

    #[test]
    fn how_it_ended_is_said_in_json_too_and_read_back() {
        let json = |fields: serde_json::Value| {
            let mut all = serde_json::json!({ "id": Uuid::nil(), "name": "a", "spec": { "program": "a" }, "state": "failed", "pid": null,
                "restarts": 0, "created_at": "2026-11-24T15:00:00Z", "started_at": null, "ended_at": null, "duration_ms": null,
                "exit": { "error": "No such file or directory: a" }, "output": { "start": 0, "end": 0 }, "started_by": "ada" });
            all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            serde_json::to_value(serde_json::from_value::<Process>(all).unwrap()).unwrap()
        };
        let failed = json(serde_json::json!({}));
        assert_eq!((&failed["unsuccessful"], &failed["state"]), (&true.into(), &"failed".into()));
        let cancelled = json(serde_json::json!({ "exit": { "error": Process::CANCELLED }, "unsuccessful": true }));
        assert_eq!(cancelled["unsuccessful"], false);
    }

    #[test]
    fn nobody_can_ask_for_the_unknown_state() {
        assert!("unknown".parse::<ProcessState>().is_err());
    }
}
