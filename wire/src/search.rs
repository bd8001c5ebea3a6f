//! Searching output: what `GET /api/processes/{id}/search` and `GET /api/search` answer, a line of JSON each.

use crate::{Exit, Process, ProcessState, Stream, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A line of output that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchHit {
    /// The process that printed it.
    pub id: Uuid,
    /// The number of the line, from 1; see [`Line::number`](crate::Line::number).
    pub line: u64,
    /// Absolute offset of its first byte.
    pub offset: u64,
    /// When that byte was read; absent if that is not known.
    pub time: Option<Timestamp>,
    /// Where it came from.
    pub stream: Stream,
    /// The line without escape sequences, other control characters than tabs and carriage returns, and its end. What is not
    /// UTF-8 is replaced (U+FFFD).
    pub text: String,
    /// Where `text` matches, in its order: the first byte of its UTF-8 and the one after the last. Empty if only what was cut off
    /// matches; at most 1,000, and fewer if finding all would take long.
    pub ranges: Vec<(usize, usize)>,
    /// Only the first 64 KiB of the text are here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// What is known of the process; absent in a search of one process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<SearchedProcess>,
}

/// A process with a hit, as it was when its output began to be searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchedProcess {
    /// For people; not unique.
    pub name: String,
    /// The stage that it is in.
    pub state: ProcessState,
    /// How it ended.
    pub exit: Option<Exit>,
    /// It ended in a way that somebody should look at.
    pub unsuccessful: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
}

impl From<&Process> for SearchedProcess {
    fn from(process: &Process) -> Self {
        let Process { name, state, exit, created_at, .. } = process;
        let (name, exit, unsuccessful) = (name.clone(), exit.clone(), process.is_unsuccessful());
        Self { name, state: *state, exit, unsuccessful, created_at: *created_at }
    }
}

/// How far a search has come. Sent now and then if the request says `progress=true`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchProgress {
    /// Always there, and true.
    pub progress: bool,
    /// Bytes of output that were searched.
    pub searched: u64,
    /// Bytes of output there are to search; absent if more than one process is searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Processes whose output was searched, the present one included.
    pub processes: u64,
    /// How many it will be at most; absent while that is not known, and in a search of one process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
}

/// The end of an answer. One that does not end with it is incomplete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchEnd {
    /// Always there, and true.
    pub done: bool,
    /// How many lines match, of those that were searched.
    pub hits: u64,
    /// Bytes of output that were searched.
    pub searched: u64,
    /// Processes whose output was searched.
    pub processes: u64,
    /// There may be more hits: the search ended at its limit.
    pub limited: bool,
    /// Of these processes there are more hits than were asked for of each (`per_process`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut: Vec<Uuid>,
}

/// A line of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SearchLine {
    /// A hit.
    Hit(SearchHit),
    /// How far the search has come.
    Progress(SearchProgress),
    /// The last line.
    End(SearchEnd),
}
