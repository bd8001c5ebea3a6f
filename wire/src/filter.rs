//! The filters of a listing, and its result.

use super::{Process, ProcessState};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A state, or one of the groups that people ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum StateFilter {
    /// Exactly this state.
    Is(ProcessState),
    /// `active`: starting, running or stopping.
    Active,
    /// `ended`: everything that is no longer active.
    Ended,
    /// `unsuccessful`: failed to start, timed out, was interrupted, ran out of memory, gave up restarting, or exited with another
    /// code than 0.
    Unsuccessful,
}

impl fmt::Display for StateFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(state) => f.write_str(state.as_str()),
            Self::Active => f.write_str("active"),
            Self::Ended => f.write_str("ended"),
            Self::Unsuccessful => f.write_str("unsuccessful"),
        }
    }
}

impl FromStr for StateFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "active" => Ok(Self::Active),
            "ended" => Ok(Self::Ended),
            "unsuccessful" => Ok(Self::Unsuccessful),
            _ => text.parse().map(Self::Is).map_err(|error| format!("{error}, or one of active, ended, unsuccessful")),
        }
    }
}

impl TryFrom<String> for StateFilter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<StateFilter> for String {
    fn from(filter: StateFilter) -> Self {
        filter.to_string()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for StateFilter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StateFilter".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = ProcessState::ALL.into_iter().map(Self::Is).chain([Self::Active, Self::Ended, Self::Unsuccessful]);
        schemars::json_schema!({
            "description": "A state, or a group: `active`, queued, starting, running, stopping or restarting; `ended`, no longer active; \
                `unsuccessful`, failed to start, timed out, was interrupted, ran out of memory, gave up restarting, or exited with \
                another code than 0.",
            "type": "string",
            "enum": names.map(String::from).collect::<Vec<_>>(),
        })
    }
}

/// Which processes to list; absent fields match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ProcessFilter {
    /// A state or a group of states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateFilter>,
    /// Words that the name or the command line contains, ignoring case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `key` or `key=value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Who started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// Only processes created before this one: the `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Uuid>,
    /// How many at most, 1 to 500; 50 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// How many processes there are in each group that the list page can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// Starting, running or stopping.
    pub active: u64,
    /// As [`StateFilter::Unsuccessful`].
    pub unsuccessful: u64,
    /// No longer active.
    pub ended: u64,
}

/// One page of processes, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProcessPage {
    /// The processes.
    pub processes: Vec<Process>,
    /// What to pass as `before` for the next page; absent on the last one.
    pub next: Option<Uuid>,
    /// Of all processes, whatever the filter.
    #[serde(default)]
    pub counts: Counts,
}
