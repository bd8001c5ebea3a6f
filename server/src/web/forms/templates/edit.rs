//! Making, changing and removing a template.

use super::{
    super::visit::{Visit, respond, respond_scripted},
    find, key_of, last, say,
};
use crate::{
    deck::Caller,
    web::{error::Failure, next_page::encode},
};
use axum::{
    Json,
    extract::{Form, Path, Query},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use execdeck_app::{
    form::{
        FieldError, Variable,
        template::{ParameterForm, PresetForm, TemplateForm},
    },
    plain::templates::{EditPage, Preview, edit, remove_question},
};
use execdeck_wire::{ApiError, ErrorCode};
use serde::Deserialize;
use uuid::Uuid;

type Pairs = Vec<(String, String)>;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    /// The process whose command becomes a template.
    from: Option<Uuid>,
}

/// The form of a new template: empty, or filled in from a process.
pub(super) async fn new_page(visit: Visit, Query(arrival): Query<Arrival>) -> Response {
    let form = async {
        let caller = manager(&visit).await?;
        Ok::<_, ApiError>(match arrival.from {
            Some(process) => TemplateForm::from_process(&visit.app.deck.get(&caller, process).await?.spec),
            None => TemplateForm::default(),
        })
    };
    match form.await {
        Ok(form) => show(&visit, StatusCode::OK, EditPage { form, key: Uuid::now_v7(), ..EditPage::default() }).await,
        Err(error) => visit.refuse(error),
    }
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Response {
    let found = async { find(&visit, &manager(&visit).await?, &id).await };
    match found.await {
        Ok((id, template)) => {
            let form = TemplateForm::from_template(&template);
            show(&visit, StatusCode::OK, EditPage { id: Some(id), form, key: Uuid::now_v7(), ..EditPage::default() }).await
        }
        Err(error) => visit.refuse(error),
    }
}

pub(super) async fn send_new(visit: Visit, Form(pairs): Form<Pairs>) -> Response {
    match manager(&visit).await {
        Ok(caller) => act(&visit, &caller, None, pairs).await,
        Err(error) => visit.refuse(error),
    }
}

pub(super) async fn send(visit: Visit, Path(id): Path<String>, Form(pairs): Form<Pairs>) -> Response {
    let read = manager(&visit).await.and_then(|caller| Ok((caller, super::parse_id(&id)?)));
    match read {
        Ok((caller, id)) => act(&visit, &caller, Some(id), pairs).await,
        Err(error) => visit.refuse(error),
    }
}

async fn manager(visit: &Visit) -> Result<Caller, ApiError> {
    let caller = visit.caller()?;
    visit.app.deck.require_managing_templates(&caller).await?;
    Ok(caller)
}

/// Does what the button says that was pressed.
async fn act(visit: &Visit, caller: &Caller, id: Option<Uuid>, pairs: Pairs) -> Response {
    let (key, button) = (key_of(&pairs), last(&pairs, "do").to_owned());
    let latest = last(&pairs, "latest").parse().ok();
    let mut form = TemplateForm::from_pairs(pairs);
    if let Ok(person) = visit.person() {
        form.restore_secrets(&visit.app.forms.secrets(person, key));
    }
    let page = EditPage { id, key, ..EditPage::default() };
    match button.as_str() {
        "live" => Json(preview(visit, id, &form).await).into_response(),
        "save" => save(visit, caller, EditPage { form, ..page }).await,
        "save-over" => {
            form.revision = latest;
            save(visit, caller, EditPage { form, ..page }).await
        }
        button => {
            let focus = change(&mut form, button);
            show(visit, StatusCode::OK, EditPage { form, focus, ..page }).await
        }
    }
}

/// Adds, moves or removes a row, and returns the field that gets the focus.
fn change(form: &mut TemplateForm, button: &str) -> Option<String> {
    let (verb, index) = button.split_once(':').unwrap_or((button, ""));
    let index: usize = index.parse().unwrap_or(usize::MAX);
    let parameters = &mut form.parameters;
    match verb {
        "add-parameter" => parameters.push(ParameterForm::default()),
        "add-preset" => form.presets.push(PresetForm::default()),
        "add-variable" => form.command.variables.push(Variable::default()),
        "remove-parameter" if index < parameters.len() => drop(parameters.remove(index)),
        "remove-preset" if index < form.presets.len() => drop(form.presets.remove(index)),
        "remove-variable" if index < form.command.variables.len() => drop(form.command.variables.remove(index)),
        "up-parameter" if (1..parameters.len()).contains(&index) => parameters.swap(index - 1, index),
        "down-parameter" if index < parameters.len().saturating_sub(1) => parameters.swap(index, index + 1),
        _ => return None,
    }
    match verb {
        "add-parameter" => Some(format!("parameters.{}.name", form.parameters.len() - 1)),
        "remove-parameter" => Some(format!("parameters.{}.name", index.saturating_sub(1))),
        "up-parameter" => Some(format!("parameters.{}.name", index - 1)),
        "down-parameter" => Some(format!("parameters.{}.name", index + 1)),
        "add-preset" => Some(format!("presets.{}.name", form.presets.len() - 1)),
        "remove-preset" => Some(format!("presets.{}.name", index.saturating_sub(1))),
        _ => Some("add-variable".into()),
    }
}

async fn save(visit: &Visit, caller: &Caller, page: EditPage) -> Response {
    let template = match page.form.to_template(page.id) {
        Ok(template) => template,
        Err(errors) => return show(visit, StatusCode::UNPROCESSABLE_ENTITY, EditPage { errors, ..page }).await,
    };
    match visit.app.deck.save_template(caller, template).await {
        Ok(template) => {
            if let Ok(person) = visit.person() {
                visit.app.forms.forget_secrets(person, page.key);
            }
            visit.redirect(&format!("/admin/exec/templates?saved={}", encode(&template.name)))
        }
        Err(error) => refuse(visit, caller, page, error).await,
    }
}

/// Shows the form again with what is wrong. What somebody else has saved meanwhile is never lost in silence.
async fn refuse(visit: &Visit, caller: &Caller, page: EditPage, error: ApiError) -> Response {
    let status = Failure(error.clone()).status();
    let message = error.message;
    if let Some(field) = error.field.as_deref().map(|field| page.form.field_of(field)) {
        return show(visit, status, EditPage { errors: vec![FieldError { field, message }], ..page }).await;
    }
    if let (ErrorCode::Conflict, Some(id)) = (error.code, page.id)
        && let Ok(latest) = visit.app.deck.get_template(caller, id).await
        && latest.revision != page.form.revision
    {
        return show(visit, status, EditPage { conflict: latest.revision, ..page }).await;
    }
    show(visit, status, EditPage { problem: Some(message), ..page }).await
}

/// What the template would run with its examples, or what keeps it from that.
async fn preview(visit: &Visit, id: Option<Uuid>, form: &TemplateForm) -> Preview {
    let as_typed = || form.as_typed();
    let template = match form.to_template(id) {
        Ok(template) => template,
        Err(errors) => return Preview::of(&as_typed(), errors.into_iter().next().map(|error| error.message)),
    };
    let values = form.examples(&template.parameters);
    let rendered = match visit.caller() {
        Ok(caller) => visit.app.deck.preview_template(&caller, template.clone(), values).await,
        Err(error) => Err(error),
    };
    match rendered {
        Ok(spec) => Preview::of(&spec, None),
        Err(error) => Preview::of(&as_typed(), Some(say(&template, error))),
    }
}

/// The page, without secrets: the server keeps them until the form is sent again.
async fn show(visit: &Visit, status: StatusCode, mut page: EditPage) -> Response {
    let is_empty = page.form.command.program.is_empty();
    let preview = if is_empty { None } else { Some(preview(visit, page.id, &page.form).await) };
    let secrets = page.form.hide_secrets();
    if let Ok(person) = visit.person() {
        visit.app.forms.keep_secrets(person, page.key, secrets);
    }
    respond_scripted(status, edit(&visit.page, &EditPage { preview, ..page }))
}

/// Removes the template if the form says that this was confirmed; otherwise asks.
pub(super) async fn remove(visit: Visit, Path(id): Path<String>, Form(pairs): Form<Pairs>) -> Response {
    let found = async {
        let caller = manager(&visit).await?;
        let (id, template) = find(&visit, &caller, &id).await?;
        Ok::<_, ApiError>((caller, id, template))
    };
    let (caller, id, template) = match found.await {
        Ok(found) => found,
        Err(error) => return visit.refuse(error),
    };
    if last(&pairs, "confirmed") != "yes" {
        return respond(StatusCode::OK, remove_question(&visit.page, &template));
    }
    match visit.app.deck.remove_template(&caller, id).await {
        Ok(()) => visit.redirect(&format!("/admin/exec/templates?removed={}", encode(&template.name))),
        Err(error) => visit.refuse(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(names: &[&str]) -> TemplateForm {
        let parameters = names.iter().map(|name| ParameterForm { name: (*name).into(), ..ParameterForm::default() }).collect();
        TemplateForm { parameters, ..TemplateForm::default() }
    }

    #[test]
    fn buttons_move_rows_and_nothing_else() {
        for (button, names, focus) in [
            ("add-parameter", &["a", "b", ""][..], Some("parameters.2.name")),
            ("up-parameter:1", &["b", "a"], Some("parameters.0.name")),
            ("down-parameter:0", &["b", "a"], Some("parameters.1.name")),
            ("remove-parameter:0", &["b"], Some("parameters.0.name")),
            ("up-parameter:0", &["a", "b"], None),
            ("down-parameter:1", &["a", "b"], None),
            ("down-parameter:18446744073709551615", &["a", "b"], None),
            ("remove-parameter:2", &["a", "b"], None),
            ("remove-parameter", &["a", "b"], None),
            ("preview", &["a", "b"], None),
        ] {
            let mut changed = form(&["a", "b"]);
            assert_eq!(change(&mut changed, button).as_deref(), focus, "{button}");
            assert_eq!(changed, form(names), "{button}");
        }
    }
}
