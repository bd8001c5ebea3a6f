//! The form that starts a template.

use super::{
    super::PageContext,
    TEMPLATES, command,
    command::Preview,
    encode,
    parameter::{Files, parameter_field},
    start_path,
};
use crate::{
    form::template::Typed,
    plain::{
        Problem,
        document::document,
        fields::{form_error, id},
    },
    texts::t,
    wire::{Parameter, ParameterType, Preset, ReasonRule, Right, Template},
};
use leptos::prelude::*;
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct StartPage {
    /// The template.
    pub template: Template,
    /// Marks this form, so that it starts something once.
    pub key: Uuid,
    /// The values, as they are filled in or were typed. Secrets are never shown.
    pub typed: Typed,
    /// The reason as typed.
    pub reason: String,
    /// The preset that the form is filled in from.
    pub preset: Option<String>,
    /// The files that can be chosen.
    pub files: Files,
    /// What is to be known about how the form was filled in.
    pub notes: Vec<String>,
    /// What would be run.
    pub preview: Option<Preview>,
    /// What is wrong.
    pub problem: Option<Problem>,
}

/// The names of this form's ids begin with it.
const FORM: &str = "-start";

/// The page on which a template is started.
pub fn start(page: &PageContext, form: &StartPage) -> String {
    let template = &form.template;
    let path = page.href(&start_path(template.id));
    let administers = page.me.as_ref().is_some_and(|me| me.may(Right::Administer));
    document(page, &template.name, Some("preview.js"), || {
        let problem = form.problem.as_ref();
        let error_of = |field: &str| problem.filter(|problem| problem.field == field).map(|problem| problem.message.clone());
        let wrong = problem.map(|problem| problem.field.as_str()).filter(|field| !field.is_empty());
        let is_empty = |parameter: &Parameter| {
            let typed = form.typed.get(&parameter.name).map(Vec::as_slice).unwrap_or_default();
            parameter.kind == ParameterType::Secret || typed.iter().all(String::is_empty)
        };
        // What has to be entered yet comes before what is filled in.
        let missing = template.parameters.iter().find(|parameter| parameter.required && is_empty(parameter));
        let needs_reason = wrong.is_none() && missing.is_none() && template.reason == ReasonRule::Required && form.reason.is_empty();
        let first = missing.or(template.parameters.first().filter(|_| !needs_reason)).map(|parameter| parameter.name.as_str());
        let first = wrong.or(first);
        let fields = template.parameters.iter().map(|parameter| {
            let typed = form.typed.get(&parameter.name).map(Vec::as_slice).unwrap_or_default();
            let focused = first == Some(parameter.name.as_str());
            parameter_field(FORM, parameter, typed, form.files.get(&parameter.name), error_of(&parameter.name), focused)
        });
        let fields = fields.collect::<Vec<_>>();
        let edit = page.href(&format!("{TEMPLATES}/{}", template.id.unwrap_or_default()));
        view! {
            <section class="page narrow">
                <div class="page-head">
                    <h1 translate="no">{template.name.clone()}</h1>
                    {administers.then(|| view! { <a class="button ghost" href=edit>{t!("Edit template")}</a> })}
                </div>
                {(!template.description.is_empty()).then(|| view! { <p class="template-description" translate="no">{template.description.clone()}</p> })}
                {(!template.presets.is_empty()).then(|| presets(&path, &template.presets, form.preset.as_deref()))}
                {form.notes.iter().map(|note| view! { <p class="note warned" role="status">{note.clone()}</p> }).collect_view()}
                {form_error(problem)}
                <form class="form card" method="post" action=path data-previewed>
                    <input type="hidden" name="key" value=form.key.to_string() autocomplete="off"/>
                    {fields}
                    {reason(template.reason, &form.reason, error_of("reason"), needs_reason || wrong == Some("reason"))}
                    {command::preview(t!("Will run"), form.preview.as_ref())}
                    <div class="form-end">
                        <button class="primary" type="submit" name="do" value="start">{if template.confirm.is_some() { t!("Start…") } else { t!("Start") }}</button>
                        <button class="without-script" type="submit" name="do" value="preview" formnovalidate>{t!("Preview")}</button>
                        <a class="button ghost" href=page.href(TEMPLATES)>{t!("Cancel")}</a>
                    </div>
                </form>
            </section>
        }
    })
}

fn presets(path: &str, presets: &[Preset], chosen: Option<&str>) -> impl IntoView + use<> {
    let link = |preset: &Preset| {
        let current = (chosen == Some(preset.name.as_str())).then_some("true");
        view! { <a class="preset" translate="no" href=format!("{path}?preset={}", encode(&preset.name)) aria-current=current>{preset.name.clone()}</a> }
    };
    view! { <nav class="presets" aria-label=t!("Presets")><span class="muted">{t!("Fill in:")}" "</span>{presets.iter().map(link).collect_view()}</nav> }
}

fn reason(rule: ReasonRule, typed: &str, error: Option<String>, focused: bool) -> Option<impl IntoView + use<>> {
    if matches!(rule, ReasonRule::None | ReasonRule::Unknown) {
        return None;
    }
    let required = rule == ReasonRule::Required;
    let id = id(FORM, "-reason");
    let (error_id, hint_id) = (format!("{id}-error"), format!("{id}-hint"));
    let wrong = error.is_some();
    Some(view! {
        <div class="field">
            <label for=id.clone()>{t!("Reason")}{required.then(|| view! { <span class="required" aria-hidden="true">" *"</span> })}</label>
            <input id=id name="reason" value=typed.to_owned() maxlength="500" required=required autofocus=focused autocomplete="off"
                aria-describedby=format!("{error_id} {hint_id}") aria-invalid=wrong.to_string()/>
            <p id=hint_id class="muted field-hint">{t!("Why you start it now. It goes on record.")}</p>
            <p id=error_id class="field-error" role=wrong.then_some("alert")>{error}</p>
        </div>
    })
}
