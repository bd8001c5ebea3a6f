//! Fields of a form, each with what is wrong with it under it.

use crate::form::FieldError;
use leptos::prelude::*;

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
            <label for=name>{label}</label>
            <input id=name name=name value=value placeholder=hint autocomplete="off" spellcheck="false" aria-describedby=format!("{name}-error")
                aria-invalid=move || wrong().to_string()/>
            <FieldNote field=name errors/>
        </div>
    }
}

/// What is wrong with a field, under it.
#[component]
pub(crate) fn FieldNote(field: &'static str, errors: RwSignal<Vec<FieldError>>) -> impl IntoView {
    let text = move || errors.with(|errors| errors.iter().find(|error| error.field == field).map(|error| error.message.clone()));
    view! { <p id=format!("{field}-error") class="field-error" role="alert">{text}</p> }
}
