//! A process as the outside sees it.

use super::{ProcessSpec, TerminalSize, Timestamp};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use uuid::Uuid;

/// Where a process is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessState {
    /// Its keeper is being started.
    Starting,
    /// It runs.
    Running,
    /// It was told to stop, or its leader has exited and descendants are being stopped.
    Stopping,
    /// It ended by itself, with a code.
    Exited,
    /// A signal ended it, whoever sent it.
    Killed,
    /// It was stopped because its timeout passed.
    TimedOut,
    /// It never started.
    Failed,
    /// Its keeper is gone without a word on how it ended (a power cut, for example).
    Interrupted,
}

impl ProcessState {
    /// All states, in the order of a life.
    pub const ALL: [Self; 8] =
        [Self::Starting, Self::Running, Self::Stopping, Self::Exited, Self::Killed, Self::TimedOut, Self::Failed, Self::Interrupted];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Exited => "exited",
            Self::Killed => "killed",
            Self::TimedOut => "timed_out",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether it may still print or change.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Stopping)
    }
}

impl FromStr for ProcessState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|state| state.as_str()).collect();
            format!("unknown state {text:?}; use one of {}", names.join(", "))
        })
    }
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It exited with this code, 0 to 255.
    Code(i32),
    /// This signal ended it; named without `SIG`.
    Signal(String),
    /// It never started, or nothing is known of its end; this says why.
    Error(String),
}

/// Which bytes of the output are still there: from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRange {
    /// Absolute offset of the oldest byte kept.
    pub start: u64,
    /// Absolute offset behind the newest byte.
    pub end: u64,
}

/// What the whole tree used, once it has ended (see `getrusage(2)`, `RUSAGE_CHILDREN`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// User and system time in milliseconds.
    pub cpu_ms: u64,
    /// Resident memory of the largest process of the tree, in bytes.
    pub peak_memory_bytes: u64,
}

/// A process, running or ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Where it is in its life.
    pub state: ProcessState,
    /// The leader's process id while it is active, and afterwards what it was.
    pub pid: Option<u32>,
    /// How often it was started again by its restart policy.
    pub restarts: u32,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the program was started.
    pub started_at: Option<Timestamp>,
    /// When the last of it was gone.
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
    /// What it used; absent until it has ended.
    #[serde(default)]
    pub usage: Option<Usage>,
}

impl Process {
    /// Whether it ended in a way that somebody should look at.
    pub fn is_unsuccessful(&self) -> bool {
        match self.state {
            ProcessState::Failed | ProcessState::TimedOut | ProcessState::Interrupted => true,
            ProcessState::Exited => self.exit != Some(Exit::Code(0)),
            _ => false,
        }
    }
}
