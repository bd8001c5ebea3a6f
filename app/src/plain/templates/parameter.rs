//! The field of one parameter in the form that starts a template.

use super::super::fields::id;
use crate::{
    texts::t,
    wire::{Parameter, ParameterType},
};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// What the names of the fields begin with, so that no parameter is taken for a field of the form itself.
pub const VALUE_PREFIX: &str = "value.";

/// So many choices are shown at once; of more, one is picked from a list.
const MOST_RADIO_BUTTONS: usize = 4;
/// So many files are shown as a list; of more, a name is typed, with suggestions.
const MOST_LISTED_FILES: usize = 50;

/// The files that can be chosen, by the name of the parameter; or why they cannot be listed.
pub type Files = BTreeMap<String, Result<Vec<String>, String>>;

/// What is known about one field.
#[derive(Clone)]
struct Context {
    id: String,
    name: String,
    /// The ids of the texts that describe it.
    described: String,
    required: bool,
    focused: bool,
    wrong: bool,
}

/// The field with its label, its help and what is wrong with it.
pub(super) fn parameter_field(
    form: &str,
    parameter: &Parameter,
    typed: &[String],
    files: Option<&Result<Vec<String>, String>>,
    error: Option<String>,
    focused: bool,
) -> AnyView {
    let id = id(form, &parameter.name);
    let label = parameter.label.clone().unwrap_or_else(|| parameter.name.clone());
    let mark = parameter.required.then(|| view! { <span class="required" aria-hidden="true">" *"</span> });
    let hints = hints(parameter, files);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let context = Context {
        id: id.clone(),
        name: format!("{VALUE_PREFIX}{}", parameter.name),
        described: format!("{error_id} {hint_id}"),
        required: parameter.required,
        focused,
        wrong: error.is_some(),
    };
    let last = typed.last().cloned().unwrap_or_default();
    let has_error = error.is_some();
    let notes = view! {
        {(!hints.is_empty()).then(|| view! { <p id=hint_id class="muted field-hint">{hints.join(" ")}</p> })}
        <p id=error_id class="field-error" role=has_error.then_some("alert")>{error}</p>
    };
    let is_few = parameter.choices.len() <= MOST_RADIO_BUTTONS;
    match parameter.kind {
        ParameterType::Choice if is_few => group(label, mark, options("radio", &context, &parameter.choices, typed), notes, &context),
        ParameterType::Choices => group(label, mark, options("checkbox", &context, &parameter.choices, typed), notes, &context),
        ParameterType::Flag => {
            let set = crate::form::template::is_set(&last);
            let Context { id, name, described, wrong, .. } = context;
            view! {
                <div class="field">
                    <label class="check" translate="no">
                        <input id=id type="checkbox" name=name value="true" checked=set aria-describedby=described aria-invalid=wrong.to_string() autofocus=focused/>
                        {label}
                    </label>
                    {notes}
                </div>
            }
            .into_any()
        }
        kind => {
            let control = match kind {
                ParameterType::Choice => select(&context, &parameter.choices, &last, !parameter.required),
                ParameterType::File => file(&context, files, last),
                ParameterType::Integer => {
                    let (min, max) = (parameter.min.map(|min| min.to_string()), parameter.max.map(|max| max.to_string()));
                    line(&context, "number", last, min, max, None)
                }
                ParameterType::Date => line(&context, "date", last, None, None, None),
                ParameterType::Secret => line(&context, "password", String::new(), None, None, None),
                _ => line(&context, "text", last, None, None, None),
            };
            view! { <div class="field"><label for=id translate="no">{label}{mark}</label>{control}{notes}</div> }.into_any()
        }
    }
}

/// What to know before typing.
fn hints(parameter: &Parameter, files: Option<&Result<Vec<String>, String>>) -> Vec<String> {
    let mut hints: Vec<_> = parameter.help.clone().into_iter().collect();
    match (parameter.kind, parameter.min, parameter.max) {
        (ParameterType::Integer, Some(min), Some(max)) => hints.push(t!("From {min} to {max}.", min, max)),
        (ParameterType::Integer, Some(min), None) => hints.push(t!("At least {min}.", min)),
        (ParameterType::Integer, None, Some(max)) => hints.push(t!("At most {max}.", max)),
        (ParameterType::Secret, ..) => {
            hints.push(t!("It is never shown again, and is masked in the output unless it has fewer than six characters.").into());
        }
        _ => {}
    }
    if let Some(pattern) = parameter.pattern.as_ref().filter(|_| parameter.help.is_none()) {
        hints.push(t!("It has to match {pattern}.", pattern));
    }
    if let Some(folder) = parameter.folder.as_ref().filter(|_| parameter.kind == ParameterType::File) {
        hints.push(t!("A file below {folder}.", folder));
    }
    if let Some(Err(problem)) = files {
        hints.push(t!("The files cannot be listed. {problem}", problem));
    }
    hints
}

fn group(
    label: String,
    mark: Option<impl IntoView + 'static>,
    options: AnyView,
    notes: impl IntoView + 'static,
    context: &Context,
) -> AnyView {
    view! {
        <fieldset class="field options" aria-describedby=context.described.clone() aria-invalid=context.wrong.then_some("true")>
            <legend translate="no">{label}{mark}</legend>
            <div class="choices" translate="no">{options}</div>
            {notes}
        </fieldset>
    }
    .into_any()
}

fn options(kind: &'static str, context: &Context, choices: &[String], typed: &[String]) -> AnyView {
    let option = |(index, choice): (usize, &String)| {
        let required = context.required && kind == "radio";
        view! {
            <label class="check">
                <input type=kind name=context.name.clone() value=choice.clone() checked=typed.contains(choice) required=required
                    autofocus=context.focused && index == 0/>
                {choice.clone()}
            </label>
        }
    };
    choices.iter().enumerate().map(option).collect_view().into_any()
}

/// A list from which one is picked. What was chosen stays in it even if it is not offered any more.
fn select(context: &Context, choices: &[String], chosen: &str, may_be_none: bool) -> AnyView {
    let gone = (!chosen.is_empty() && !choices.iter().any(|choice| choice == chosen)).then(|| chosen.to_owned());
    let none = (may_be_none || chosen.is_empty()).then(|| view! { <option value="" selected=chosen.is_empty()>"–"</option> });
    let option = |choice: &String| view! { <option value=choice.clone() selected=choice == chosen>{choice.clone()}</option> };
    let options = choices.iter().chain(&gone).map(option).collect_view();
    let Context { id, name, described, required, focused, wrong } = context.clone();
    view! {
        <select id=id name=name translate="no" required=required autofocus=focused aria-describedby=described aria-invalid=wrong.to_string()>{none}{options}</select>
    }
    .into_any()
}

fn file(context: &Context, files: Option<&Result<Vec<String>, String>>, typed: String) -> AnyView {
    let files = files.and_then(|files| files.as_ref().ok()).filter(|files| !files.is_empty());
    match files {
        Some(files) if files.len() <= MOST_LISTED_FILES => select(context, files, &typed, !context.required),
        Some(files) => {
            let list = format!("{}-files", context.id);
            let options = files.iter().map(|file| view! { <option value=file.clone()></option> }).collect_view();
            view! { {line(context, "text", typed, None, None, Some(list.clone()))} <datalist id=list>{options}</datalist> }.into_any()
        }
        None => line(context, "text", typed, None, None, None),
    }
}

fn line(context: &Context, kind: &'static str, value: String, min: Option<String>, max: Option<String>, list: Option<String>) -> AnyView {
    let Context { id, name, described, required, focused, wrong } = context.clone();
    let autocomplete = if kind == "password" { "new-password" } else { "off" };
    view! {
        <input id=id name=name type=kind value=value min=min max=max list=list required=required autofocus=focused autocomplete=autocomplete
            autocapitalize="none" spellcheck="false" aria-describedby=described aria-invalid=wrong.to_string()/>
    }
    .into_any()
}
