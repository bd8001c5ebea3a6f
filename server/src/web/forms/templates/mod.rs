//! The pages of templates and their forms.
//!
//! # Layout
//! - `list`: all templates, importing and exporting. `start`: starting one, filled in (`fill`) from its defaults, a preset, a
//!   process or the link. `edit`: making, changing and removing one.

mod edit;
mod fill;
mod list;
mod start;

use super::Visit;
use crate::{deck::Caller, web::state::AppState};
use axum::{
    Router,
    routing::{get, post},
};
use execdeck_app::t;
use execdeck_wire::{ApiError, ErrorCode, Template};
use uuid::Uuid;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/exec/templates", get(list::page))
        .route("/admin/exec/templates/import", post(list::import))
        .route("/admin/exec/templates/library", post(list::import_library))
        .route("/admin/exec/templates/export", get(list::export))
        .route("/admin/exec/templates/new", get(edit::new_page).post(edit::send_new))
        .route("/admin/exec/templates/{id}", get(edit::page).post(edit::send))
        .route("/admin/exec/templates/{id}/remove", post(edit::remove))
        .route("/admin/exec/templates/{id}/start", get(start::page).post(start::send))
}

/// Reads the id in a path. Anything that is not an id names no template.
fn parse_id(id: &str) -> Result<Uuid, ApiError> {
    id.parse().map_err(|_| ApiError::new(ErrorCode::NotFound, t!("There is no such template. It may have been removed.")))
}

/// Finds the template that a path names.
async fn find(visit: &Visit, caller: &Caller, id: &str) -> Result<(Uuid, Template), ApiError> {
    let id = parse_id(id)?;
    let template = visit.app.deck.get_template(caller, id).await?;
    Ok((id, Template { id: Some(id), ..template }))
}

/// The last value of a form's field.
fn last<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// What is wrong, with the name of the parameter that it is about.
fn say(template: &Template, error: ApiError) -> String {
    let about = template.parameters.iter().find(|parameter| error.field.as_ref() == Some(&parameter.name));
    about.map_or(error.message.clone(), |about| format!("{}: {}", about.label.as_ref().unwrap_or(&about.name), error.message))
}

/// What marks a form, so that it starts something once; a new one if it has none.
fn key_of(pairs: &[(String, String)]) -> Uuid {
    last(pairs, "key").parse().unwrap_or_else(|_| Uuid::now_v7())
}
