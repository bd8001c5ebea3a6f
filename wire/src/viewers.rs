//! Who watches a process, and who of them types.

use crate::TerminalSize;
use serde::{Deserialize, Serialize};

/// The viewers of a process, as one of them is told first and at each change if its stream was opened with `viewers=true`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Viewers {
    /// The number of the viewer that is told.
    pub you: u32,
    /// How many there are.
    pub total: u32,
    /// The viewer itself, the writer, those who ask, and others up to 50.
    pub viewers: Vec<ViewerInfo>,
    /// The number of the one who typed last.
    pub writer: Option<u32>,
    /// Whether that was less than 30 seconds ago.
    pub typing: bool,
    /// What you may do about it.
    pub may: ViewerMay,
    /// The numbers of those who ask the writer to let them type, the first one first.
    pub asking: Vec<u32>,
    /// Something that you have typed was not taken, since somebody else is typing.
    pub dropped: bool,
}

/// What a viewer may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ViewerMay {
    /// Type: nobody else does, or it is the same person in another window.
    Type,
    /// Take over from who types.
    TakeOver,
    /// Ask who types.
    Ask,
    /// Watch: they may not type into this process at all.
    Watch,
    /// Something of a newer server.
    #[serde(other)]
    Unknown,
}

/// One viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ViewerInfo {
    /// Its number, which no other viewer of this process has.
    pub id: u32,
    /// Who it is. One person may have several windows.
    pub name: String,
    /// Whether they may type into this process at all.
    pub can_type: bool,
    /// The room in its window; `None` if it has not said, or has no say in the terminal's size.
    pub size: Option<TerminalSize>,
}
