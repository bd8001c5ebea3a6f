//! The form of a template.

use super::{
    super::PageContext,
    TEMPLATES,
    command::{self, Preview},
    edit_field::{Edit, Marks, check, edit_field, edit_id},
    edit_groups::{self, confinement, limits, restarting},
    edit_parameters::{parameters, presets},
};
use crate::{
    browser,
    form::{
        FieldError, Variable,
        template::{TemplateForm, reason_name},
    },
    plain::{document::document, fields::done},
    texts::t,
    wire::ReasonRule,
};
use leptos::prelude::*;
use uuid::Uuid;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct EditPage {
    /// Which template; none for a new one.
    pub id: Option<Uuid>,
    /// The form as it was typed, without secrets.
    pub form: TemplateForm,
    /// Marks this form, for the secrets that the server keeps while it is edited.
    pub key: Uuid,
    /// What is wrong, field by field.
    pub errors: Vec<FieldError>,
    /// What is wrong with the form as a whole.
    pub problem: Option<String>,
    /// The revision that somebody else has saved meanwhile.
    pub conflict: Option<u64>,
    /// The field that gets the focus.
    pub focus: Option<String>,
    /// What would be run with the examples.
    pub preview: Option<Preview>,
    /// What was done.
    pub notice: Option<String>,
}

/// The page on which a template is made or changed.
pub fn edit(page: &PageContext, edit: &EditPage) -> String {
    let form = &edit.form;
    let title = if edit.id.is_some() { t!("Edit template") } else { t!("New template") };
    let path = edit.id.map_or_else(|| format!("{TEMPLATES}/new"), |id| format!("{TEMPLATES}/{id}"));
    let first_wrong = edit.errors.first().map(|error| error.field.as_str());
    let start_focus = edit.id.is_none().then_some("title");
    let marks = Marks { errors: &edit.errors, focus: edit.focus.as_deref().or(first_wrong).or(start_focus) };
    document(page, title, Some("preview.js"), || {
        let name = Edit { key: "title", name: "title", label: t!("Name"), value: &form.name, ..Edit::default() };
        let description = Edit {
            key: "description",
            name: "description",
            label: t!("Description"),
            value: &form.description,
            hint: t!("What it does, and when to use it."),
            lines: Some(2),
            ..Edit::default()
        };
        view! {
            <section class="page narrow">
                <div class="page-head">
                    <h1>{title}</h1>
                    {edit.id.map(|_| remove(page, &path))}
                </div>
                {done(edit.notice.as_ref())}
                {problems(edit)}
                <form class="form template-form" method="post" action=page.href(&path) data-previewed>
                    // Enter in a field presses the first button, which must not change what others start.
                    <button class="unseen" type="submit" name="do" value="preview" tabindex="-1" aria-hidden="true">{t!("Preview")}</button>
                    <input type="hidden" name="key" value=edit.key.to_string() autocomplete="off"/>
                    <input type="hidden" name="revision" value=form.revision.map(|revision| revision.to_string())/>
                    {edit.conflict.map(|revision| conflict(page, edit.id, revision))}
                    <div class="card">{edit_field(name, &marks)}{edit_field(description, &marks)}</div>
                    {what_it_runs(form, &marks)}
                    {parameters(&form.parameters, &marks)}
                    {starting(form, &marks)}
                    {presets(&form.presets, &marks)}
                    <div class="card save-bar">
                        {command::preview(t!("With example values, it runs"), edit.preview.as_ref())}
                        <div class="form-end">
                            <button class="primary" type="submit" name="do" value="save">{t!("Save")}</button>
                            <button class="without-script" type="submit" name="do" value="preview">{t!("Preview")}</button>
                            <a class="button ghost" href=page.href(TEMPLATES)>{t!("Cancel")}</a>
                        </div>
                    </div>
                </form>
            </section>
        }
    })
}

fn remove(page: &PageContext, path: &str) -> impl IntoView + use<> {
    view! { <form method="post" action=page.href(&format!("{path}/remove"))><button class="danger" type="submit">{t!("Remove…")}</button></form> }
}

/// What is wrong with the form as a whole, and with fields that are not on the page.
fn problems(edit: &EditPage) -> impl IntoView + use<> {
    let not_saved = (!edit.errors.is_empty()).then(|| t!("The template was not saved. See below what to correct.").to_owned());
    let shown = edit.problem.clone().or(not_saved);
    let elsewhere = edit.errors.iter().filter(|error| !is_shown(&error.field, &edit.form));
    let elsewhere =
        elsewhere.map(|error| view! { <p class="note failed" role="alert">{format!("{}: {}", error.field, error.message)}</p> });
    view! {
        {shown.map(|text| view! { <p class="note failed" role="alert">{text}</p> })}
        {elsewhere.collect_view()}
    }
}

/// Whether the form has a place for what is wrong with a field.
fn is_shown(field: &str, form: &TemplateForm) -> bool {
    let row =
        |path: &str, rows: usize| path.split('.').next().and_then(|index| index.parse::<usize>().ok()).is_some_and(|index| index < rows);
    if let Some(path) = field.strip_prefix("parameters.") {
        return row(path, form.parameters.len());
    }
    if let Some(path) = field.strip_prefix("presets.") {
        return row(path, form.presets.len());
    }
    let own = ["title", "description", "program", "args", "name", "cwd", "labels", "variables"];
    own.contains(&field) || field == "confirm" || edit_groups::FIELDS.contains(&field)
}

fn conflict(page: &PageContext, id: Option<Uuid>, revision: u64) -> impl IntoView + use<> {
    let saved = page.href(&format!("{TEMPLATES}/{}", id.unwrap_or_default()));
    view! {
        <div class="note warned conflict" role="alert">
            <span>{t!("This template was saved in the meantime. What you typed is still here.")}" "<a href=saved target="_blank">{t!("See the saved version")}</a></span>
            <input type="hidden" name="latest" value=revision.to_string()/>
            <button class="small" type="submit" name="do" value="save-over">{t!("Save mine over it")}</button>
        </div>
    }
}

fn what_it_runs(form: &TemplateForm, marks: &Marks<'_>) -> impl IntoView + use<> {
    let command = &form.command;
    let code = Edit { is_code: true, ..Edit::default() };
    let same = |key, label, value, placeholder| Edit { key, name: key, label, value, placeholder, ..code };
    let args = Edit {
        lines: Some(3),
        hint: t!("One per line; no shell reads them. {{name}} stands for the value of a parameter. What contains a line break is written \
               in double quotes, as \"first\\nsecond\"."),
        ..same("args", t!("Arguments"), &form.args, "")
    };
    let variables = command.variables.iter().enumerate().map(|(index, row)| variable(index, row, marks)).collect_view();
    let has_variables = !command.variables.is_empty() || marks.concern(&["variables", "add-variable"]);
    view! {
        <div class="card">
            <h2>{t!("What it runs")}</h2>
            {edit_field(same("program", t!("Program"), &command.program, "rsync"), marks)}
            {edit_field(args, marks)}
            <div class="triple">
                {edit_field(same("cwd", t!("Working directory"), &command.cwd, t!("Home directory")), marks)}
                {edit_field(same("name", t!("Name of the process"), &command.name, t!("The program's name")), marks)}
                {edit_field(Edit { hint: t!("They also say who may see it."), ..same("labels", t!("Labels"), &command.labels, "team=ops env=prod") }, marks)}
            </div>
            <details open=has_variables>
                <summary>{t!("Environment")}</summary>
                <div class="variables">
                    {variables}
                    <p class="field-error" role=marks.error("variables").is_some().then_some("alert")>{marks.error("variables")}</p>
                    <button class="small" type="submit" name="do" value="add-variable" formnovalidate>{t!("Add variable")}</button>
                </div>
            </details>
            <details>
                <summary>{t!("Terminal and input")}</summary>
                <input type="hidden" name="cols" value=command.size.cols.to_string() autocomplete="off"/>
                <input type="hidden" name="rows" value=command.size.rows.to_string() autocomplete="off"/>
                <div class="choices">
                    <label class="check"><input type="radio" name="terminal" value="yes" checked=command.terminal/>{t!("Terminal: colours, full-screen programs, interactive input")}</label>
                    <label class="check"><input type="radio" name="terminal" value="no" checked=!command.terminal/>{t!("Pipes: standard error kept separate")}</label>
                    <label class="check indent"><input type="checkbox" name="stdin" value="yes" checked=command.stdin/>{t!("Keep standard input open")}</label>
                </div>
            </details>
            {limits(command, marks)}
            {restarting(command, marks)}
            {confinement(command, marks)}
        </div>
    }
}

fn variable(index: usize, row: &Variable, marks: &Marks<'_>) -> impl IntoView + use<> {
    let number = index + 1;
    let is_placeholder = crate::form::template::is_placeholder(&row.value);
    let focused = marks.focus == Some("add-variable") && row.name.is_empty();
    let (kind, autocomplete) = if row.secret && !is_placeholder { ("password", "new-password") } else { ("text", "off") };
    let label = t!("Value of variable {number}", number);
    let value = if row.value.contains('\n') {
        view! { <textarea class="mono" name="value" rows="2" aria-label=label spellcheck="false">{browser::textarea_text(&row.value)}</textarea> }.into_any()
    } else {
        view! { <input type=kind class=is_placeholder.then_some("placeholder") name="value" value=row.value.clone() aria-label=label placeholder=t!("value") autocomplete=autocomplete spellcheck="false"/> }.into_any()
    };
    view! {
        <div class="variable">
            <input name="variable" value=row.name.clone() aria-label=t!("Name of variable {number}", number) placeholder=t!("NAME") autocomplete="off" spellcheck="false" autofocus=focused/>
            {value}
            {check("secret", t!("secret"), row.secret, "")}
            <button class="ghost small" type="submit" name="do" value=format!("remove-variable:{index}") aria-label=t!("Remove variable {number}", number) formnovalidate>{t!("Remove")}</button>
        </div>
    }
}

fn starting(form: &TemplateForm, marks: &Marks<'_>) -> impl IntoView + use<> {
    let confirm = Edit {
        key: "confirm",
        name: "confirm",
        label: t!("Question before it starts"),
        value: &form.confirm,
        placeholder: t!("none"),
        hint: t!("Such as: This restarts the service for everybody. Go on?"),
        ..Edit::default()
    };
    let rules =
        [(ReasonRule::None, t!("not asked for")), (ReasonRule::Optional, t!("may be given")), (ReasonRule::Required, t!("must be given"))];
    let rules = rules.map(|(rule, label)| view! { <option value=reason_name(rule) selected=form.reason == rule>{label}</option> });
    view! {
        <div class="card">
            <h2>{t!("Starting it")}</h2>
            <div class="pair">
                {edit_field(confirm, marks)}
                <div class="field">
                    <label for=edit_id("reason")>{t!("A reason")}</label>
                    <select id=edit_id("reason") name="reason">{rules.into_iter().collect_view()}</select>
                    <p class="muted field-hint">{t!("It goes on record.")}</p>
                </div>
            </div>
        </div>
    }
}
