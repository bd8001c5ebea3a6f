//! What pages are made of. Components take data, not services.

mod actions;
mod bar;
mod error;
mod field;
mod health;
mod icon;
#[cfg(feature = "ssr")]
mod links;
mod row;
mod state;
mod time;
mod version;

pub(crate) use actions::{RemoveForm, RunAgainForm, StopForm};
pub(crate) use bar::TopBar;
pub(crate) use error::{ErrorNote, LoadProblem, Problem, set_status};
pub(crate) use field::{Field, FieldNote, FormCounter, error_id, field_id, number_form};
pub(crate) use health::{DiskNote, ProblemNotes};
#[cfg(feature = "ssr")]
pub(crate) use icon::drawings;
pub(crate) use icon::{Icon, Name, Sprite};
#[cfg(feature = "ssr")]
pub(crate) use links::{AUDIT, PEOPLE, SEARCH, TEMPLATES, bar_end, bar_tools, document_links};
pub(crate) use row::ProcessRow;
pub(crate) use state::StateMark;
#[cfg(feature = "ssr")]
pub(crate) use state::icon as state_icon;
pub(crate) use time::{Moment, Time};
use version::VersionNotice;
