//! One process in the list.

use super::{Icon, Name, RemoveForm, RunAgainForm, StateMark, StopForm, actions::is_active};
use crate::{
    address::{self, href},
    format,
    wire::Process,
};
use leptos::prelude::*;
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
    let first = process.get_untracked();
    let (id, name, command) = (first.id, first.name.clone(), first.spec.command_line());
    let created = first.created_at.as_millis();
    let active = is_active(process.into());
    let lasting = move || {
        process.with(|process| match (process.duration_ms, process.started_at) {
            (Some(ms), _) => format::duration(ms),
            (None, Some(started)) if process.state.is_active() => {
                format::duration((now.get() - started.as_millis()).max(0) as u64 / 1000 * 1000)
            }
            _ => "–".to_owned(),
        })
    };
    let labels = first
        .spec
        .labels
        .iter()
        .map(|(key, value)| view! { <span class="label" title=format!("{key}={value}")>{format!("{key}={value}")}</span> })
        .collect_view();
    let again = href(&address::new_from(id));
    view! {
        <li class="row" data-id=id.to_string()>
            <StateMark process/>
            <a class="row-name" href=href(&address::process(id))>{name.clone()}</a>
            <code class="row-command" title=command.clone()>{format::shorten(&command, 120)}</code>
            <span class="row-labels">{labels}</span>
            <span class="row-who">{first.started_by.clone()}</span>
            <time class="row-age" datetime=first.created_at.to_string() title=first.created_at.to_string()>
                {move || format::ago(now.get() - created)}
            </time>
            <span class="row-duration">{lasting}</span>
            <span class="row-actions">
                {move || {
                    let name = name.clone();
                    if active.get() {
                        view! { <StopForm id name error label="Stop" class="ghost small"/> }.into_any()
                    } else {
                        view! {
                            <RunAgainForm id name=name.clone() error class="ghost small"/>
                            <a class="button ghost small" href=again.clone() title=format!("Edit {name} and run it")>
                                <Icon name=Name::Again/><span>"Edit and run"</span><span class="unseen">{format!(" {name}")}</span>
                            </a>
                            <RemoveForm id name error removed class="ghost small only-icon"/>
                        }
                        .into_any()
                    }
                }}
            </span>
        </li>
    }
}
