//! Lines of output: what `GET /api/processes/{id}/lines` answers.

use crate::{GapReason, Stream, Timestamp};
use serde::{Deserialize, Serialize};

/// A line of output. A line ends at a line feed, where another stream begins, at bytes that are missing, and where the output ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// From 1; lines that were removed count, too.
    pub number: u64,
    /// Absolute offset of its first byte.
    pub offset: u64,
    /// When that byte was read; absent if that is not known.
    pub time: Option<Timestamp>,
    /// Where it came from.
    pub stream: Stream,
    /// What it says, without the line feed and a carriage return before it. What is not UTF-8 is replaced (U+FFFD).
    pub text: String,
    /// Only the first 64 KiB of the line are here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// Bytes that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineGap {
    /// Absolute offset of the first missing byte.
    pub from: u64,
    /// Absolute offset of the first byte after them.
    pub to: u64,
    /// Why they are missing.
    pub reason: GapReason,
}

/// Some lines of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Lines {
    /// In their order. Fewer than were asked for, but at least one if there is one, when they are long.
    pub lines: Vec<Line>,
    /// What is missing before, between and after them.
    #[serde(default)]
    pub gaps: Vec<LineGap>,
    /// The number of the line to go on at, if lines of one stream were asked for and not all were looked through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// The number of the last line of the process, which may still become longer.
    pub total: u64,
}
