//! The fields of the form of a template, each with its hint and what is wrong with it.

use crate::{browser, form::FieldError};
use leptos::prelude::*;

/// What is wrong with the form, and which field gets the focus.
pub(super) struct Marks<'a> {
    pub errors: &'a [FieldError],
    pub focus: Option<&'a str>,
}

impl Marks<'_> {
    /// What is wrong with a field.
    pub fn error(&self, key: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == key).map(|error| error.message.clone())
    }

    /// Whether something is wrong with one of these fields, or one of them gets the focus.
    pub fn concern(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.focus == Some(*key) || self.error(key).is_some())
    }
}

/// A field of the form.
#[derive(Clone, Copy, Default)]
pub(super) struct Edit<'a> {
    /// Its name among the rows and fields of the form, such as `parameters.2.pattern`.
    pub key: &'a str,
    /// Its name as browsers send it.
    pub name: &'a str,
    pub label: &'a str,
    pub value: &'a str,
    pub hint: &'a str,
    pub placeholder: &'a str,
    /// Whether it is code rather than prose.
    pub is_code: bool,
    /// Several lines, and how many at least.
    pub lines: Option<u8>,
    /// For which types of parameters it is shown; for all of them if empty.
    pub types: &'a str,
}

/// The id of a field in the document.
pub(super) fn edit_id(key: &str) -> String {
    format!("field-edit-{}", key.replace('.', "-"))
}

/// The field with its label, its hint and what is wrong with it.
pub(super) fn edit_field(edit: Edit<'_>, marks: &Marks<'_>) -> AnyView {
    let id = edit_id(edit.key);
    let error = marks.error(edit.key);
    let (error_id, hint_id) = (format!("{id}-error"), format!("{id}-hint"));
    let described = format!("{error_id} {hint_id}");
    let has_error = error.is_some();
    let (wrong, focused) = (has_error.to_string(), marks.focus == Some(edit.key));
    let (class, translate) = (edit.is_code.then_some("mono"), edit.is_code.then_some("no"));
    let (name, value, placeholder) = (edit.name.to_owned(), edit.value, edit.placeholder.to_owned());
    let control = match edit.lines {
        Some(lines) => view! {
            <textarea id=id.clone() class=class translate=translate name=name rows=lines.to_string() placeholder=placeholder spellcheck=(!edit.is_code).to_string() autofocus=focused
                aria-describedby=described aria-invalid=wrong>{browser::textarea_text(value)}</textarea>
        }
        .into_any(),
        None => view! {
            <input id=id.clone() class=class translate=translate name=name value=value.to_owned() placeholder=placeholder autocomplete="off" spellcheck=(!edit.is_code).to_string()
                autofocus=focused aria-describedby=described aria-invalid=wrong/>
        }
        .into_any(),
    };
    let types = (!edit.types.is_empty()).then(|| edit.types.to_owned());
    view! {
        <div class="field" data-for=types>
            <label for=id>{edit.label.to_owned()}</label>
            {control}
            {(!edit.hint.is_empty()).then(|| view! { <p id=hint_id class="muted field-hint">{edit.hint.to_owned()}</p> })}
            <p id=error_id class="field-error" role=has_error.then_some("alert")>{error}</p>
        </div>
    }
    .into_any()
}

/// A check box.
pub(super) fn check(name: &str, label: &str, checked: bool, types: &str) -> impl IntoView + use<> {
    let types = (!types.is_empty()).then(|| types.to_owned());
    view! {
        <label class="check" data-for=types><input type="checkbox" name=name.to_owned() value="yes" checked=checked/>{label.to_owned()}</label>
    }
}
