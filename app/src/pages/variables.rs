//! The environment of a new process, row by row.

use crate::{
    components::{Icon, Name},
    form::Variable,
    texts::t,
};
use leptos::prelude::*;

/// How many empty rows there are at first, for those who cannot add any without JavaScript.
const SPARE: usize = 2;

/// Rows of a name, a value and whether the value is secret. Empty rows are ignored.
#[component]
pub(super) fn Variables(variables: Vec<Variable>) -> impl IntoView {
    let spare = std::iter::repeat_with(Variable::default).take(SPARE);
    let rows = RwSignal::new(variables.into_iter().chain(spare).enumerate().collect::<Vec<_>>());
    let add = move |_| rows.update(|rows| rows.push((rows.last().map_or(0, |(key, _)| key + 1), Variable::default())));
    view! {
        <div class="variables">
            <For each=move || rows.get() key=|(key, _)| *key children=move |(key, variable)| {
                let secret = RwSignal::new(variable.secret);
                view! {
                <div class="variable">
                    <input name="variable" value=variable.name placeholder=t!("NAME") aria-label=t!("Name of variable {number}", number = key + 1)
                        autocomplete="off" autocapitalize="off" spellcheck="false"/>
                    <input name="value" type=move || if secret.get() { "password" } else { "text" } value=variable.value placeholder=if variable.secret { t!("re-enter the secret") } else { t!("value") }
                        aria-label=t!("Value of variable {number}", number = key + 1) autocomplete=move || if secret.get() { "new-password" } else { "off" } spellcheck="false"/>
                    <label class="check"><input type="checkbox" name="secret" value="yes" checked=variable.secret
                        on:change=move |event| secret.set(event_target_checked(&event))/>{t!("secret")}</label>
                    <button class="ghost square needs-script" type="button" aria-label=t!("Remove variable {number}", number = key + 1)
                        on:click=move |_| rows.update(|rows| rows.retain(|(other, _)| *other != key))>
                        <Icon name=Name::Remove/>
                    </button>
                </div>
                }
            }/>
            <button class="ghost small needs-script" type="button" on:click=add><Icon name=Name::Add/><span>{t!("Add variable")}</span></button>
            <p class="hint">{t!("Secrets are masked in the output, except those of fewer than six characters.")}</p>
        </div>
    }
}
