#![doc = include_str!("../README.md")]

mod activity;
mod audit;
mod command_line;
mod disk;
mod error;
mod event;
mod exit;
mod filter;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod grants;
mod health;
mod lines;
mod people;
mod process;
mod rights;
mod search;
mod shorten;
mod spec;
mod template;
mod time;
mod validate;
mod viewers;

pub use activity::{Activities, Activity, Run};
pub use audit::{AuditEntry, AuditFilter, AuditOutcome, AuditPage};
pub use command_line::parse_command_line;
pub use disk::DiskUse;
pub use error::{ApiError, ErrorCode};
pub use event::Ping;
pub use exit::Exit;
pub use filter::{Counts, ProcessFilter, ProcessPage, StateFilter};
pub use frame::{ClientMessage, Frame, FrameError, GapReason, SUBPROTOCOL, Stream};
pub use grants::Grants;
pub use health::{Health, Problem, ProblemCode};
pub use lines::{Line, LineGap, Lines};
pub use people::{
    CreatedToken, Me, NewToken, PasskeyInfo, Password, Person, PersonChange, Proof, SessionInfo, SignedInBy, Source, TokenInfo,
};
pub use process::{Attempt, OutputRange, Process, ProcessState, Usage, UsageSample, UsageSamples};
pub use rights::{Right, Rights, Role};
pub use search::{SearchEnd, SearchHit, SearchLine, SearchProgress, SearchedProcess};
pub use spec::{
    Limits, MASK, MAX_OUTPUT_BYTES, MIN_OUTPUT_BYTES, ProcessSpec, RestartPolicy, RestartSpec, Sandbox, StopSpec, TerminalSize,
};
pub use template::{Parameter, ParameterType, Preset, ReasonRule, Template, TemplateValues};
pub use time::Timestamp;
pub use validate::{SIGNALS, SpecError, is_signal};
pub use viewers::{ViewerInfo, ViewerMay, Viewers};
