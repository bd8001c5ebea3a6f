//! One process in the list.

use super::{Icon, Moment, Name, RemoveForm, RunAgainForm, StateMark, StopForm, actions::stop_label};
use crate::{
    address::{self, href},
    format,
    texts::t,
    wire::Process,
};
use leptos::{either::Either, prelude::*};
use uuid::Uuid;

/// A row of the list. Actions show on hover and focus, always on touch.
#[component]
pub(crate) fn ProcessRow(
    process: ArcRwSignal<Process>,
    now: Signal<i64>,
    error: RwSignal<String>,
    removed: Callback<Uuid>,
) -> impl IntoView {
    let process = RwSignal::from(process);
    let stop = stop_label(process);
    let actions = move |id, templated, name: String| {
        if let Some(label) = stop.get() {
            Either::Left(view! { <StopForm id name error label class="ghost small"/> })
        } else {
            Either::Right(view! {
                <RunAgainForm id templated name=name.clone() error class="ghost small"/>
                <a class="button ghost small row-edit" href=href(&address::new_from(id)) title=t!("Edit {name} and run it", name)>
                    <Icon name=Name::Edit/><span>{t!("Edit and run")}</span><span class="unseen" translate="no">{format!(" {name}")}</span>
                </a>
                <RemoveForm id name error removed class="ghost small only-icon"/>
            })
        }
    };
    let label = |(key, value): (&String, &String)| {
        let (label, title) = (format!("{key}={value}"), format!("{key}={value}"));
        view! { <span class="label" translate="no" title=title>{label}</span> }
    };
    process.with_untracked(|first| {
        let (id, name, created, command) = (first.id, first.name.clone(), first.created_at, first.spec.command_line());
        let templated = first.template.is_some();
        view! {
            <li class=if templated { "row templated" } else { "row" } data-id=id.to_string()>
                <StateMark process/>
                <a class="row-name" translate="no" href=href(&address::process(id)) title=name.clone()>{name.clone()}</a>
                <code class="row-command" translate="no" title=command.clone()>{format::shorten(&command, 120)}</code>
                <span class="row-labels">{first.spec.labels.iter().map(label).collect::<Vec<_>>()}</span>
                <span class="row-who" translate="no" title=first.started_by.clone()>{first.started_by.clone()}</span>
                <Moment time=created text=move || format::ago(now.get() - created.as_millis())/>
                <span class="row-duration">{move || process.with(|process| format::running_time(process, || now.get())).unwrap_or("–".into())}</span>
                <span class="row-actions">{move || actions(id, templated, name.clone())}</span>
            </li>
        }
    })
}
