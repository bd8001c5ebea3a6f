//! The types that cross the wire as JSON, shared by the server, the browser and outside programs.
//!
//! Times are RFC 3339 in UTC; durations and sizes carry their unit in the name; unknown fields are refused.

mod error;
mod filter;
mod frame;
mod process;
mod spec;

pub use error::{ApiError, ErrorCode};
pub use filter::{Counts, Page, ProcessFilter, StateFilter};
pub use frame::{ClientMessage, Frame, FrameError, GapReason, SUBPROTOCOL, Stream};
pub use process::{Exit, OutputRange, Process, ProcessState, Usage};
pub use spec::{
    Limits, ProcessSpec, RestartPolicy, RestartSpec, SIGNALS, SpecError, StopSpec, TerminalSize, is_signal, parse_command_line,
};
