//! The server functions about templates. They call the [`TemplateService`](crate::service::TemplateService) of the context.

use super::CallError;
use crate::{
    call::PrefixClient,
    codec::Json,
    wire::{Process, ProcessSpec, Template, TemplateValues},
};
use leptos::prelude::*;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use crate::{
    service::{Caller, SharedTemplates},
    wire::{ApiError, ErrorCode},
};

#[cfg(feature = "ssr")]
fn templates() -> Result<(SharedTemplates, Caller), ApiError> {
    let templates = use_context().ok_or_else(|| ApiError::new(ErrorCode::Unavailable, "This server has no templates."))?;
    let caller = use_context().ok_or_else(|| ApiError::new(ErrorCode::Unauthorized, "Sign in first."))?;
    Ok((templates, caller))
}

/// The templates that the caller may see, by name.
#[server(prefix = "/api", endpoint = "list_templates", input = Json, output = Json, client = PrefixClient)]
pub async fn list_templates() -> Result<Vec<Template>, CallError> {
    let (templates, caller) = templates()?;
    Ok(templates.list_templates(caller).await?)
}

/// Finds one template; its secrets are masked.
#[server(prefix = "/api", endpoint = "get_template", input = Json, output = Json, client = PrefixClient)]
pub async fn get_template(id: Uuid) -> Result<Template, CallError> {
    let (templates, caller) = templates()?;
    Ok(templates.get_template(caller, id).await?)
}

/// Creates a template, or replaces the one with its id. For administrators.
#[server(prefix = "/api", endpoint = "save_template", input = Json, output = Json, client = PrefixClient)]
pub async fn save_template(template: Template) -> Result<Template, CallError> {
    let (templates, caller) = templates()?;
    Ok(templates.save_template(caller, template).await?)
}

/// Removes a template; what was started from it stays. For administrators.
#[server(prefix = "/api", endpoint = "remove_template", input = Json, output = Json, client = PrefixClient)]
pub async fn remove_template(id: Uuid) -> Result<(), CallError> {
    let (templates, caller) = templates()?;
    Ok(templates.remove_template(caller, id).await?)
}

/// What would be run with these values, secrets masked. The template need not be saved. For administrators.
#[server(prefix = "/api", endpoint = "preview_template", input = Json, output = Json, client = PrefixClient)]
pub async fn preview_template(template: Template, #[server(default)] values: TemplateValues) -> Result<ProcessSpec, CallError> {
    let (templates, caller) = templates()?;
    Ok(templates.preview_template(caller, template, values).await?)
}

/// Starts a process from a template.
#[server(prefix = "/api", endpoint = "start_template", input = Json, output = Json, client = PrefixClient)]
pub async fn start_template(
    id: Uuid,
    #[server(default)] values: TemplateValues,
    #[server(default)] reason: Option<String>,
) -> Result<Process, CallError> {
    let (templates, caller) = templates()?;
    Ok(templates.start_template(caller, id, values, reason).await?)
}
