//! The pages of templates: the list, starting one, editing one.
//!
//! # Layout
//! - [`templates`] (`list`, with `import` for administrators): all templates. [`start`]: the form to start one, with one field per
//!   parameter (`parameter`). [`start_question`], [`remove_question`] (`question`): what is asked before something is done.
//! - [`edit`]: the form of a template; `edit_parameters`: its parameters and presets, row by row;
//!   `edit_field`: one field.
//! - [`Preview`] (`command`): what would be run, as words.

mod command;
mod edit;
mod edit_field;
mod edit_parameters;
mod import;
mod list;
mod parameter;
mod question;
mod start;

pub use command::Preview;
pub use edit::{EditPage, edit};
pub use list::{TemplateList, templates};
pub use parameter::{Files, VALUE_PREFIX};
pub use question::{remove_question, start_question};
pub use start::{StartPage, start};

/// The path of the list.
const TEMPLATES: &str = "/admin/exec/templates";

/// The path of the form that starts a template.
fn start_path(id: Option<uuid::Uuid>) -> String {
    format!("{TEMPLATES}/{}/start", id.unwrap_or_default())
}

/// A text as the value of a query's parameter.
fn encode(text: &str) -> String {
    crate::address::encode(text)
}
