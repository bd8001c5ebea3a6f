//! Fields of a form, each with its error message below.

use crate::form::FieldError;
use leptos::prelude::*;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Counts the forms of a document, so that the ids in each are its own. Server and browser count alike.
#[derive(Clone, Default)]
pub(crate) struct FormCounter(Arc<AtomicU32>);

#[derive(Clone, Copy)]
struct FormNumber(u32);

/// Gives a number to the form that the calling component shows.
pub(crate) fn number_form() {
    let counter = expect_context::<FormCounter>();
    provide_context(FormNumber(counter.0.fetch_add(1, Ordering::Relaxed)));
}

/// The id of a field in the document, for its label.
pub(crate) fn field_id(name: &str) -> String {
    let FormNumber(number) = expect_context();
    format!("form-{number}-{name}")
}

/// The id of a field's error message.
pub(crate) fn error_id(name: &str) -> String {
    field_id(name) + "-error"
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

/// The error message of a field.
#[component]
pub(crate) fn FieldNote(field: &'static str, errors: RwSignal<Vec<FieldError>>) -> impl IntoView {
    let text = move || errors.with(|errors| errors.iter().find(|error| error.field == field).map(|error| error.message.clone()));
    view! { <p id=error_id(field) class="field-error" role="alert" data-field=field>{text}</p> }
}
