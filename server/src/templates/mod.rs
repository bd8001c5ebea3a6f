//! Templates: saved commands with typed parameters. Knows no HTTP, no caller and no process.
//!
//! What somebody fills in never becomes anything but whole elements of the command line, values of variables, or a part of
//! them; no shell and no second replacement sees it. What does not fit is refused, with the parameter's name.
//!
//! # Layout
//! - [`Templates`] (`handle`): what is asked of the stored templates. `store`: the rows. `sealing`: [`Sealing`], how their secrets are
//!   encrypted. `error`: [`TemplateError`].
//! - `check`: whether a template is valid (`parameter`, `command`: parts of that). `placeholders`: where `{{name}}` is. `text`: what
//!   a text may have in it.
//! - `values`: what was filled in, checked. [`render`] (`render`): the command that results, and [`Given`] (`given`): what it was
//!   made from, to run it again. [`render_partly`] (`partly`): as far as the values fit, to show it. [`list_files`] (`files`): files
//!   below a folder. [`check_reason`] (`reason`).
//! - [`export`], [`parse`] (`file`): templates as TOML. [`library`](library()): examples to import.

mod check;
mod command;
mod error;
mod file;
mod files;
mod given;
mod handle;
mod library;
mod parameter;
mod partly;
mod placeholders;
mod reason;
mod render;
mod sealing;
mod store;
mod text;
mod values;

#[cfg(test)]
mod tests;

pub use error::TemplateError;
pub use file::{export, parse};
pub use files::list_files;
pub use given::Given;
pub use handle::Templates;
pub use library::library;
pub use partly::render_partly;
pub use reason::check_reason;
pub use render::{Rendered, render};
pub use sealing::{Resealed, Sealing, SealingError};

/// The table of this module in `deck.db`.
pub const MIGRATION: &str = include_str!("003_templates.sql");
