//! One file per page.

mod attempts;
mod command;
mod detail;
mod details_panel;
mod filter_bar;
mod lazy;
mod line_input;
mod list;
mod list_updates;
mod new;
mod new_groups;
mod not_found;
mod output;
mod refused;
mod retry;
mod settings;
mod signal_menu;
mod variables;

pub(crate) use lazy::{DetailRoute, ListRoute, NewRoute};
pub(crate) use not_found::NotFound;
pub(crate) use refused::RefusedPage;

use crate::form::{FieldError, NewForm};
use leptos::prelude::RwSignal;
use serde::{Deserialize, Serialize};

/// A form that was sent without JavaScript and could not be taken, for the page that shows it again. The server puts
/// it into the context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFailure {
    /// All that was typed.
    pub form: NewForm,
    /// What is wrong with it.
    pub errors: Vec<FieldError>,
}

/// The address of the list as it was last shown, to go back to: with its filter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastList(pub RwSignal<String>);

impl Default for LastList {
    fn default() -> Self {
        Self(RwSignal::new("/admin/exec".into()))
    }
}

/// Asks whether to remove the process of this name, where no script can ask. The server puts it into the context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveQuestion(pub String);

/// Why the server did not do what a button asked for without JavaScript, for the page that says so. The server puts it
/// into the context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal(pub String);
