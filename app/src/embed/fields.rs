//! The fields of a template's parameters. Labels are around their fields, so that the page needs no ids.

use super::values::{FieldProblem, REASON, VALUE_PREFIX};
use crate::{
    texts::t,
    typed::{is_set, write_value},
    wire::{Parameter, ParameterType, ReasonRule},
};
use leptos::prelude::*;

/// The problems of a form.
type Problems = RwSignal<Vec<FieldProblem>>;

/// The field of a parameter, filled in with its default.
pub(super) fn parameter_field(parameter: &Parameter, problems: Problems) -> AnyView {
    let default: Vec<String> = parameter.default.as_ref().map(write_value).unwrap_or_default();
    let first = default.first().cloned().unwrap_or_default();
    let name = format!("{VALUE_PREFIX}{}", parameter.name);
    let wrong = is_wrong(parameter.name.clone(), problems);
    match parameter.kind {
        ParameterType::Flag => view! {
            <div class="execdeck-field">
                <label class="execdeck-check"><input type="checkbox" name=name value="true" checked=is_set(&first) aria-invalid=wrong/>{label(parameter)}</label>
                {notes(parameter, problems)}
            </div>
        }
        .into_any(),
        ParameterType::Choices => {
            let choice = |choice: &String| {
                let checked = default.contains(choice);
                view! {
                    <label class="execdeck-check">
                        <input type="checkbox" name=name.clone() value=choice.clone() checked=checked aria-invalid=wrong.clone()/>{choice.clone()}
                    </label>
                }
            };
            view! {
                <fieldset class="execdeck-field execdeck-choices">
                    <legend class="execdeck-label">{label(parameter)}</legend>
                    {parameter.choices.iter().map(choice).collect_view()}
                    {notes(parameter, problems)}
                </fieldset>
            }
            .into_any()
        }
        ParameterType::Choice => {
            let choices = parameter.choices.iter().map(|choice| {
                let selected = *choice == first;
                view! { <option value=choice.clone() selected=selected>{choice.clone()}</option> }
            });
            let none = (!parameter.required || first.is_empty()).then(|| view! { <option value="">"–"</option> });
            let select = view! {
                <select class="execdeck-input" name=name required=parameter.required aria-invalid=wrong>{none}{choices.collect_view()}</select>
            };
            labelled(parameter, select, problems)
        }
        _ => {
            let is_number = parameter.kind == ParameterType::Integer;
            let input = view! {
                <input class="execdeck-input" type=input_type(parameter.kind) name=name value=first required=parameter.required
                    min=parameter.min.filter(|_| is_number) max=parameter.max.filter(|_| is_number)
                    autocomplete=if parameter.kind == ParameterType::Secret { "new-password" } else { "off" } spellcheck="false" aria-invalid=wrong/>
            };
            labelled(parameter, input, problems)
        }
    }
}

/// The field of the reason.
pub(super) fn reason_field(rule: ReasonRule, problems: Problems) -> AnyView {
    let parameter = Parameter {
        name: REASON.into(),
        label: Some(t!("Reason").into()),
        help: Some(t!("Why you start it now. It goes on record.").into()),
        required: rule == ReasonRule::Required,
        ..Parameter::default()
    };
    let wrong = is_wrong(REASON.into(), problems);
    let input = view! {
        <input class="execdeck-input" name=REASON maxlength="500" required=parameter.required autocomplete="off" aria-invalid=wrong/>
    };
    labelled(&parameter, input, problems)
}

const fn input_type(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::Integer => "number",
        ParameterType::Date => "date",
        ParameterType::Secret => "password",
        _ => "text",
    }
}

fn labelled(parameter: &Parameter, field: impl IntoView + 'static, problems: Problems) -> AnyView {
    view! {
        <label class="execdeck-field">
            <span class="execdeck-label">{label(parameter)}</span>
            {field.into_any()}
            {notes(parameter, problems)}
        </label>
    }
    .into_any()
}

fn label(parameter: &Parameter) -> impl IntoView + use<> {
    let text = parameter.label.clone().unwrap_or_else(|| parameter.name.clone());
    (text, parameter.required.then(|| view! { <span class="execdeck-required" aria-hidden="true">" *"</span> }))
}

/// Help, and what is wrong.
fn notes(parameter: &Parameter, problems: Problems) -> impl IntoView + use<> {
    let below = parameter.folder.as_ref().map(|folder| t!("A path below {folder}.", folder));
    let help = parameter.help.clone().or(below).map(|help| view! { <span class="execdeck-hint">{help}</span> });
    let name = parameter.name.clone();
    let text = move || problems.with(|problems| problems.iter().find(|(field, _)| *field == name).map(|(_, message)| message.clone()));
    (help, view! { <span class="execdeck-error" role="alert">{text}</span> })
}

/// The value of `aria-invalid`.
fn is_wrong(name: String, problems: Problems) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + 'static {
    move || problems.with(|problems| problems.iter().any(|(field, _)| *field == name)).then_some("true")
}
