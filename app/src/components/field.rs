//! Fields of a form, each with what is wrong with it under it.

use crate::form::FieldError;
use leptos::prelude::*;

/// The id of a field in the document, for its label. It begins with what no other part of a page begins with.
pub(crate) fn field_id(name: &str) -> String {
    format!("execdeck-new-{name}")
}

/// The id of what is wrong with a field.
pub(crate) fn error_id(name: &str) -> String {
    format!("execdeck-new-{name}-error")
}

/// A field of one line with its label.
#[component]
pub(crate) fn Field(
    name: &'static str,
    label: &'static str,
    value: String,
    hint: &'static str,
    errors: RwSignal<Vec<FieldError>>,
) -> impl IntoView {
    let wrong = move || errors.with(|errors| errors.iter().any(|error| error.field == name));
    view! {
        <div class="field">
            <label for=field_id(name)>{label}</label>
            <input id=field_id(name) name=name value=value placeholder=hint autocomplete="off" spellcheck="false" aria-describedby=error_id(name)
                aria-invalid=move || wrong().to_string()/>
            <FieldNote field=name errors/>
        </div>
    }
}

/// What is wrong with a field, under it.
#[component]
pub(crate) fn FieldNote(field: &'static str, errors: RwSignal<Vec<FieldError>>) -> impl IntoView {
    let text = move || errors.with(|errors| errors.iter().find(|error| error.field == field).map(|error| error.message.clone()));
    view! { <p id=error_id(field) class="field-error" role="alert" data-field=field>{text}</p> }
}
