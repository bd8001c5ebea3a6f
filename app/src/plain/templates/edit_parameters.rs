//! The parameters and presets in the form of a template, one row each.

use super::edit_field::{Edit, Marks, check, edit_field, edit_id};
use crate::{
    form::template::{ParameterForm, PresetForm},
    plain::fields::{ELEMENT, sentence},
    texts::t,
    wire::ParameterType,
};
use leptos::prelude::*;

/// The types with what people call them.
fn types() -> [(ParameterType, &'static str); 8] {
    [
        (ParameterType::Text, t!("Text")),
        (ParameterType::Integer, t!("Whole number")),
        (ParameterType::Choice, t!("One of a list")),
        (ParameterType::Choices, t!("Several of a list")),
        (ParameterType::File, t!("File below a folder")),
        (ParameterType::Date, t!("Date")),
        (ParameterType::Secret, t!("Secret")),
        (ParameterType::Flag, t!("Yes or no")),
    ]
}

/// The fields of a row that have a place for what is wrong with them.
const FIELDS: [&str; 10] = ["name", "label", "help", "pattern", "min", "max", "choices", "folder", "value", "default"];

/// All parameters.
pub(super) fn parameters(rows: &[ParameterForm], marks: &Marks<'_>) -> impl IntoView + use<> {
    let last = rows.len().saturating_sub(1);
    let shown = rows.iter().enumerate().map(|(index, row)| parameter(index, last, row, marks)).collect_view();
    view! {
        <div class="card">
            <h2>{t!("Parameters")}</h2>
            <p class="muted">{sentence(&t!("What is filled in before it starts. Each value becomes text inside the one argument or variable that contains {placeholder}.", placeholder = ELEMENT), view! { <code translate="no">"{{name}}"</code> })}</p>
            {shown}
            <div><button type="submit" name="do" value="add-parameter" formnovalidate>{t!("Add parameter")}</button></div>
        </div>
    }
}

fn parameter(index: usize, last: usize, row: &ParameterForm, marks: &Marks<'_>) -> impl IntoView + use<> {
    let key = |name: &str| format!("parameters.{index}.{name}");
    let field = |name: &str, edit: Edit<'_>| edit_field(Edit { key: &key(name), name: &format!("parameter.{name}"), ..edit }, marks);
    let code = Edit { is_code: true, ..Edit::default() };
    let types = types().map(|(kind, label)| view! { <option value=kind.as_str() selected=row.kind == kind>{label}</option> });
    let prefix = format!("parameters.{index}");
    let other = marks.errors.iter().filter(|error| {
        let rest = error.field.strip_prefix(&prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('.').is_some_and(|name| !FIELDS.contains(&name)))
    });
    let other: Vec<_> = other.map(|error| view! { <p class="field-error" role="alert">{error.message.clone()}</p> }).collect();
    let type_id = edit_id(&key("type"));
    let title = if row.name.is_empty() { t!("Parameter {number}", number = index + 1) } else { row.name.clone() };
    let button = |verb: &str, label: &'static str, spoken: String, shown: bool| {
        let value = format!("{verb}-parameter:{index}");
        shown.then(
            || view! { <button class="ghost small" type="submit" name="do" value=value aria-label=spoken formnovalidate>{label}</button> },
        )
    };
    view! {
        <fieldset class="parameter">
            <legend translate=(!row.name.is_empty()).then_some("no")>{title.clone()}</legend>
            <div class="triple">
                {field("name", Edit { label: t!("Name"), value: &row.name, placeholder: "host", ..code })}
                {field("label", Edit { label: t!("Label"), value: &row.label, placeholder: t!("the name"), ..Edit::default() })}
                <div class="field">
                    <label for=type_id.clone()>{t!("Type")}</label>
                    <select id=type_id name="parameter.type">{types.into_iter().collect_view()}</select>
                </div>
            </div>
            <div class="row-fields">
                {field("pattern", Edit { label: t!("Pattern"), value: &row.pattern, placeholder: "[a-z0-9-]+", hint: t!("The whole value must match it."), types: "text", ..code })}
                {field("min", Edit { label: t!("At least"), value: &row.min, placeholder: t!("no limit"), types: "integer", ..code })}
                {field("max", Edit { label: t!("At most"), value: &row.max, placeholder: t!("no limit"), types: "integer", ..code })}
                {field("choices", Edit { label: t!("Choices"), value: &row.choices, hint: t!("One per line."), lines: Some(3), types: "choice choices", ..code })}
                {field("folder", Edit { label: t!("Folder"), value: &row.folder, placeholder: "/srv/backups", types: "file", ..code })}
                {field("value", Edit { label: t!("Becomes"), value: &row.value, placeholder: "true", hint: t!("Without it, the argument is left out."), types: "flag", ..code })}
                {default(row, &key("default"), marks)}
                {field("help", Edit { label: t!("Help"), value: &row.help, ..Edit::default() })}
                {field("example", Edit { label: t!("Example for the preview"), value: &row.example, placeholder: t!("one that fits"), types: "text integer choice choices file date", ..code })}
            </div>
            <div class="choices-row">
                {check("parameter.required", t!("required"), row.required, "")}
                {check("parameter.on", t!("set by default"), row.on, "flag")}
                {check("parameter.dash", t!("may begin with -"), row.dash, "text integer choice choices file")}
            </div>
            {other}
            <div class="row-buttons">
                {button("up", t!("Move up"), t!("Move up {name}", name = title), index > 0)}
                {button("down", t!("Move down"), t!("Move down {name}", name = title), index < last)}
                {button("remove", t!("Remove"), t!("Remove {name}", name = title), true)}
            </div>
        </fieldset>
    }
}

/// The default: one line, or for several choices one per line. Only the one that goes with the type is shown.
fn default(row: &ParameterForm, key: &str, marks: &Marks<'_>) -> impl IntoView + use<> {
    let is_list = row.kind == ParameterType::Choices;
    let shared = Edit { label: t!("Default"), is_code: true, ..Edit::default() };
    let (line, list) = if is_list { ("", row.default.as_str()) } else { (row.default.as_str(), "") };
    let (list_key, line_key) = (format!("{key}s"), key.to_owned());
    let (list_key, line_key) = if is_list { (line_key, list_key) } else { (list_key, line_key) };
    view! {
        {edit_field(Edit { key: &line_key, name: "parameter.default", value: line, types: "text integer choice file date", ..shared }, marks)}
        {edit_field(Edit { key: &list_key, name: "parameter.defaults", value: list, hint: t!("One per line."), lines: Some(2), types: "choices", ..shared }, marks)}
    }
}

/// All presets.
pub(super) fn presets(rows: &[PresetForm], marks: &Marks<'_>) -> impl IntoView + use<> {
    let shown = rows.iter().enumerate().map(|(index, row)| preset(index, row, marks)).collect_view();
    view! {
        <div class="card">
            <h2>{t!("Presets")}</h2>
            <p class="muted">{t!("Sets of values under a name. The page that starts the template links to each.")}</p>
            {shown}
            <div><button type="submit" name="do" value="add-preset" formnovalidate>{t!("Add preset")}</button></div>
        </div>
    }
}

fn preset(index: usize, row: &PresetForm, marks: &Marks<'_>) -> impl IntoView + use<> {
    let key = |name: &str| format!("presets.{index}.{name}");
    let prefix = format!("presets.{index}");
    let other: Vec<_> = marks
        .errors
        .iter()
        .filter(|error| error.field.starts_with(&prefix) && ![key("name"), key("values")].contains(&error.field))
        .map(|error| view! { <p class="field-error" role="alert">{error.message.clone()}</p> })
        .collect();
    let number = index + 1;
    let values = Edit {
        key: &key("values"),
        name: "preset.values",
        label: t!("Values"),
        value: &row.values,
        placeholder: "host=web-1",
        hint: t!("One name=value per line. Several choices: one line each."),
        is_code: true,
        lines: Some(2),
        ..Edit::default()
    };
    view! {
        <fieldset class="parameter">
            <legend translate=(!row.name.is_empty()).then_some("no")>{if row.name.is_empty() { t!("Preset {number}", number) } else { row.name.clone() }}</legend>
            <div class="pair">
                {edit_field(Edit { key: &key("name"), name: "preset.name", label: t!("Name"), value: &row.name, ..Edit::default() }, marks)}
                {edit_field(values, marks)}
            </div>
            {other}
            <div class="row-buttons">
                <button class="ghost small" type="submit" name="do" value=format!("remove-preset:{index}") aria-label=t!("Remove preset {number}", number) formnovalidate>{t!("Remove")}</button>
            </div>
        </fieldset>
    }
}
