//! What forms are made of.

use crate::{format, texts::t, wire::Timestamp};
use leptos::prelude::*;

/// Something that is wrong with a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// The path that the form was sent to, with what is after a blank telling forms of one path apart.
    pub form: String,
    /// The name of the field; empty for the form as a whole.
    pub field: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// A form's problem, if it is about this form.
pub(super) fn of_form<'a>(problem: Option<&'a Problem>, form: &str) -> Option<&'a Problem> {
    problem.filter(|problem| problem.form == form)
}

/// A field of one line.
pub(super) struct Field<'a> {
    pub name: &'a str,
    pub label: &'a str,
    /// `text` or `password`.
    pub kind: &'a str,
    pub value: &'a str,
    pub autocomplete: &'a str,
    pub hint: &'a str,
    pub focused: bool,
    /// Whether it may be left empty.
    pub optional: bool,
}

impl Default for Field<'_> {
    fn default() -> Self {
        Self { name: "", label: "", kind: "text", value: "", autocomplete: "off", hint: "", focused: false, optional: false }
    }
}

/// A field with its label, a hint and what is wrong with it. `form` makes its id unique in the document.
pub(super) fn field(form: &str, field: &Field<'_>, problem: Option<&Problem>) -> impl IntoView + use<> {
    let id = id(form, field.name);
    let (error_id, hint_id) = (format!("{id}-error"), format!("{id}-hint"));
    let error = problem.filter(|problem| problem.field == field.name).map(|problem| problem.message.clone());
    let wrong = error.is_some();
    let described = format!("{error_id} {hint_id}");
    let hint = (!field.hint.is_empty()).then(|| view! { <p id=hint_id class="muted field-hint">{field.hint.to_owned()}</p> });
    view! {
        <div class="field">
            <label for=id.clone()>{field.label.to_owned()}</label>
            <input id=id name=field.name.to_owned() type=field.kind.to_owned() value=field.value.to_owned() autocomplete=field.autocomplete.to_owned()
                autocapitalize="none" spellcheck="false" required=!field.optional autofocus=field.focused aria-describedby=described aria-invalid=wrong.to_string()/>
            {hint}
            <p id=error_id class="field-error" role=wrong.then_some("alert")>{error}</p>
        </div>
    }
}

/// The id of a field in the document.
pub(super) fn id(form: &str, name: &str) -> String {
    let plain: String = form.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("field{plain}-{name}")
}

/// What is wrong with a form as a whole.
pub(super) fn form_error(problem: Option<&Problem>) -> impl IntoView + use<> {
    let message = problem.filter(|problem| problem.field.is_empty()).map(|problem| problem.message.clone());
    message.map(|message| view! { <p class="note failed" role="alert">{message}</p> })
}

/// A message that something was done.
pub(super) fn done(notice: Option<&String>) -> impl IntoView + use<> {
    notice.cloned().map(|notice| view! { <p class="note succeeded" role="status">{notice}</p> })
}

/// A moment as a time before or after `now`, with the moment itself on hover.
pub(super) fn moment(time: Option<Timestamp>, now: Timestamp) -> impl IntoView + use<> {
    let Some(time) = time else { return view! { <span class="muted">{t!("never")}</span> }.into_any() };
    let left = time.as_millis() - now.as_millis();
    let text = if left > 0 { t!("in {duration}", duration = format::duration(left as u64)) } else { format::ago(-left) };
    view! { <time datetime=time.to_string() title=time.to_string()>{text}</time> }.into_any()
}

/// What stands in a text for the element that is put in its place by [`sentence`]. No text that people type contains it.
pub(super) const ELEMENT: char = '\u{1}';

/// A text with an element in it, where [`ELEMENT`] is: another language may have it elsewhere in the sentence.
pub(super) fn sentence<V: IntoView + 'static>(text: &str, element: V) -> impl IntoView + use<V> {
    let (before, after) = text.split_once(ELEMENT).unwrap_or((text, ""));
    // An empty text would become a space.
    let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    view! { {part(before)}{element}{part(after)} }
}
