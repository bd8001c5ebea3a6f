//! The pages of templates: the list, starting one, editing one.
//!
//! # Layout
//! - [`templates`] (`list`, with `import` for administrators): all templates. [`start`]: the form to start one, with one field per
//!   parameter (`parameter`). [`start_question`], [`remove_question`] (`question`): what is asked before something is done.
//! - [`edit`]: the form of a template; `edit_parameters`: its parameters and presets, row by row;
//!   `edit_groups`: what is folded away, such as limits; `edit_field`: one field.
//! - [`Preview`] (`command`): what would be run, as words.

mod command;
mod edit;
mod edit_field;
mod edit_groups;
mod edit_parameters;
mod import;
mod list;
mod parameter;
mod question;
mod start;

pub use command::Preview;
pub use edit::{EditPage, edit};
pub use list::templates;
pub use parameter::{Files, VALUE_PREFIX};
pub use question::{remove_question, start_question};
pub use start::{StartPage, start};

use super::Problem;
use crate::wire::Template;
use uuid::Uuid;

/// What the page of all templates shows.
#[derive(Clone, Debug, Default)]
pub struct TemplateList {
    /// The templates that match the search, by name.
    pub templates: Vec<Template>,
    /// How many there are in all.
    pub total: usize,
    /// The text that is searched for.
    pub search: String,
    /// The examples that can be imported.
    pub examples: Vec<Template>,
    /// The TOML as typed.
    pub toml: String,
    /// Marks the forms of this page, so that each starts something once.
    pub key: Uuid,
    /// What was done.
    pub notice: Option<String>,
    /// What is wrong.
    pub problem: Option<Problem>,
}

/// The path of the list.
const TEMPLATES: &str = "/admin/exec/templates";

/// The path of the form that starts a template.
fn start_path(id: Option<Uuid>) -> String {
    format!("{TEMPLATES}/{}/start", id.unwrap_or_default())
}

/// A text as the value of a query's parameter.
fn encode(text: &str) -> String {
    crate::address::encode(text)
}
