//! The page of all templates, with importing and exporting.

use super::super::visit::{Visit, problem, respond};
use crate::deck::Deck;
use axum::{
    extract::{Form, Multipart, Query},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use execdeck_app::{
    plain::templates::{TemplateList, templates},
    plural, t,
};
use execdeck_wire::{ApiError, ErrorCode, Right, Template};
use serde::Deserialize;
use uuid::Uuid;

const IMPORT: &str = "/admin/exec/templates/import";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    /// What is searched for.
    name: String,
    /// The template that was saved.
    saved: String,
    /// The template that was removed.
    removed: String,
    /// How many were imported.
    imported: Option<usize>,
}

pub(super) async fn page(visit: Visit, Query(arrival): Query<Arrival>) -> Response {
    let notice = match arrival {
        Arrival { imported: Some(imported), .. } => {
            Some(plural!(imported as u64, "{count} template was imported.", "{count} templates were imported."))
        }
        Arrival { saved, .. } if !saved.is_empty() => Some(t!("The template “{name}” was saved.", name = saved)),
        Arrival { removed, .. } if !removed.is_empty() => Some(t!("The template “{name}” was removed.", name = removed)),
        _ => None,
    };
    show(&visit, StatusCode::OK, TemplateList { search: arrival.name, notice, ..TemplateList::default() }).await
}

/// Imports what was uploaded, or else what was pasted.
pub(super) async fn import(visit: Visit, fields: Multipart) -> Response {
    let mut toml = String::new();
    let imported = async {
        toml = read(fields).await?;
        visit.app.deck.import_templates(&visit.caller()?, &toml).await
    };
    match imported.await {
        Ok(imported) => visit.redirect(&format!("/admin/exec/templates?imported={}", imported.len())),
        Err(error) => {
            let (status, problem) = problem(IMPORT, &[], error);
            show(&visit, status, TemplateList { toml, problem, ..TemplateList::default() }).await
        }
    }
}

async fn read(mut fields: Multipart) -> Result<String, ApiError> {
    let bad = |message: &str| ApiError::new(ErrorCode::BadRequest, message);
    let mut pasted = String::new();
    while let Some(field) = fields.next_field().await.map_err(|_| bad(t!("The form is incomplete; send it again.")))? {
        let is_file = field.name() == Some("file");
        let bytes = field.bytes().await.map_err(|_| bad(t!("The form is incomplete; send it again.")))?;
        let text = String::from_utf8(bytes.into()).map_err(|_| bad(t!("The file is no text; choose a file that was exported here.")))?;
        if is_file && !text.trim().is_empty() {
            return Ok(text);
        }
        pasted = text;
    }
    if pasted.trim().is_empty() { Err(bad(t!("Choose a file, or paste its text."))) } else { Ok(pasted) }
}

pub(super) async fn import_library(visit: Visit, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let names: Vec<_> = pairs.into_iter().filter(|(name, _)| name == "example").map(|(_, value)| value).collect();
    let imported = async {
        let caller = visit.caller()?;
        if names.is_empty() {
            return Err(ApiError::new(ErrorCode::BadRequest, t!("Choose at least one example.")));
        }
        visit.app.deck.import_library(&caller, names).await
    };
    match imported.await {
        Ok(imported) => visit.redirect(&format!("/admin/exec/templates?imported={}", imported.len())),
        Err(error) => {
            let (status, problem) = problem(IMPORT, &[], error);
            show(&visit, status, TemplateList { problem, ..TemplateList::default() }).await
        }
    }
}

/// All templates as a file.
pub(super) async fn export(visit: Visit) -> Response {
    let exported = async { visit.app.deck.export_templates(&visit.caller()?, None).await };
    match exported.await {
        Ok(toml) => {
            let headers =
                [(header::CONTENT_TYPE, "application/toml"), (header::CONTENT_DISPOSITION, "attachment; filename=\"templates.toml\"")];
            (headers, toml).into_response()
        }
        Err(error) => visit.refuse(error),
    }
}

async fn show(visit: &Visit, status: StatusCode, page: TemplateList) -> Response {
    let load = async {
        let caller = visit.caller()?;
        let all = visit.app.deck.list_templates(&caller).await?;
        let mut examples = if caller.may(Right::Administer) { Deck::library() } else { Vec::new() };
        examples.retain(|example| !all.iter().any(|template| template.name == example.name));
        Ok::<_, ApiError>((all, examples))
    };
    match load.await {
        Ok((all, examples)) => {
            let total = all.len();
            let found = all.into_iter().filter(|template| matches(template, &page.search)).collect();
            respond(status, templates(&visit.page, &TemplateList { templates: found, total, examples, key: Uuid::now_v7(), ..page }))
        }
        Err(error) => visit.refuse(error),
    }
}

/// Whether every word of a search is in the name, the description or a label.
fn matches(template: &Template, search: &str) -> bool {
    let labels = template.spec.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let text =
        [template.name.clone(), template.description.clone()].into_iter().chain(labels).collect::<Vec<_>>().join("\n").to_lowercase();
    search.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use execdeck_wire::ProcessSpec;

    #[test]
    fn a_search_finds_names_descriptions_and_labels() {
        let spec = ProcessSpec { labels: [("team".to_owned(), "ops".to_owned())].into(), ..ProcessSpec::default() };
        let template = Template { name: "Größe".into(), description: "Disk usage".into(), spec, ..Template::default() };
        for (search, found) in [("", true), ("GRÖSSE", false), ("GRÖßE disk", true), ("team=ops", true), ("disk tape", false)] {
            assert_eq!(matches(&template, search), found, "{search}");
        }
    }
}
