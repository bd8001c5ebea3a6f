//! What the list of processes shows of them beyond what they are.

use super::{Exit, Process, ProcessState, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The answer of `GET /api/activity`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Activities {
    /// Of the processes that were asked for, as far as they exist for the caller, in no order.
    pub processes: Vec<Activity>,
}

/// What one process does now, and how those of its name went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Activity {
    /// Which process.
    pub id: Uuid,
    /// What it uses; absent before the first sample and once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// How much is done, in percent, if the last line of its output says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<u8>,
    /// The latest processes of its name, itself first, then those before it; only if they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
}

/// A process in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// Which process.
    pub id: Uuid,
    /// The stage that it is in.
    pub state: ProcessState,
    /// How it ended.
    #[serde(default)]
    pub exit: Option<Exit>,
    /// Whether it ended in a way that somebody should look at.
    #[serde(default)]
    pub unsuccessful: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// From start to end in milliseconds.
    #[serde(default)]
    pub duration_ms: Option<u64>,
    /// The limit that struck, by its name in the spec.
    #[serde(default)]
    pub limit_hit: Option<String>,
}

impl From<&Process> for Run {
    fn from(process: &Process) -> Self {
        Self {
            id: process.id,
            state: process.state,
            exit: process.exit.clone(),
            unsuccessful: process.is_unsuccessful(),
            created_at: process.created_at,
            duration_ms: process.duration_ms,
            limit_hit: process.limit_hit.clone(),
        }
    }
}
