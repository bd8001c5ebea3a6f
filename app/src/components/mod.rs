//! What pages are made of. Components take data, not services.

mod actions;
mod bar;
mod error;
mod field;
mod icon;
mod row;
mod state;

pub(crate) use actions::{RemoveForm, RunAgainForm, StopForm};
pub(crate) use bar::TopBar;
pub(crate) use error::{ErrorNote, Problem};
pub(crate) use field::{Field, FieldNote};
pub(crate) use icon::{Icon, Name, Sprite};
pub(crate) use row::ProcessRow;
pub(crate) use state::StateMark;
