//! `/admin/exec/{id}`: the output takes the page; above it one strip of what matters, beside it the details.

use super::{details_panel::DetailsPanel, output::Output};
use crate::{
    api::get_process,
    browser,
    components::{ErrorNote, Icon, Name, Problem, RemoveForm, RunAgainForm, StateMark, StopForm},
    format,
    wire::{Process, ProcessState},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map};
use uuid::Uuid;

/// The page of one process.
#[component]
pub(crate) fn DetailPage() -> impl IntoView {
    let map = use_params_map();
    let id = Memo::new(move |_| map.with(|map| map.get("id").and_then(|id| id.parse::<Uuid>().ok())));
    let process = Resource::new(
        move || id.get(),
        async |id| match id {
            Some(id) => get_process(id).await.map_err(|error| error.0.message),
            None => Err("This address doesn't contain a process ID.".to_owned()),
        },
    );
    view! {
        <Suspense fallback=|| view! { <div class="skeleton" aria-label="Loading"></div> }>
            {move || Suspend::new(async move {
                match process.await {
                    Ok(process) => view! { <Detail process/> }.into_any(),
                    Err(message) => {
                        #[cfg(feature = "ssr")]
                        super::not_found::set_status(404);
                        view! { <Title text="No such process"/><Problem title="No such process" text=message/> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn Detail(process: Process) -> impl IntoView {
    let (id, name) = (process.id, process.name.clone());
    let title = name.clone();
    let first = process.clone();
    let process = RwSignal::new(process);
    let error = RwSignal::new(String::new());
    let details = RwSignal::new(true);
    let now = browser::tick();
    let active = Memo::new(move |_| process.with(|process| process.state.is_active()));
    let lasting = move || {
        process.with(|process| match (process.duration_ms, process.started_at) {
            (Some(ms), _) => format::duration(ms),
            (None, Some(started)) => format::duration((now.get() - started.as_millis()).max(0) as u64 / 1000 * 1000),
            _ => String::new(),
        })
    };
    let pid = move || process.with(|process| process.pid.filter(|_| process.state.is_active()).map(|pid| format!("pid {pid}")));
    let navigate = use_navigate();
    let to_started = navigate.clone();
    let started = Callback::new(move |id| to_started(&format!("/admin/exec/{id}"), Default::default()));
    let removed = Callback::new(move |_| navigate("/admin/exec", Default::default()));
    let output = format!("/api/processes/{id}/output");
    view! {
        <Title text=move || format!("{title}: {}", process.with(format::outcome))/>
        <div class="detail" class:with-details=details>
            <div class="strip">
                <a class="button ghost square" href="/admin/exec" aria-label="Back to all processes"><Icon name=Name::Back/></a>
                <h1 title=first.spec.command_line()>{name.clone()}</h1>
                <span role="status"><StateMark process/></span>
                <span class="muted numbers">{pid}</span>
                <span class="muted numbers" id="duration">{lasting}</span>
                <div class="strip-actions">
                    <span class="split" hidden=move || !active.get()>
                        <StopForm id name=name.clone() error label="Stop" class="danger"/>
                        <details class="menu" id="signals">
                            <summary class="button danger" aria-label="Choose a signal" title="Choose a signal">"▾"</summary>
                            <div class="menu-items">
                                <StopForm id name=name.clone() error signal="KILL" label="Kill the whole tree" icon=Name::Cross class="ghost"/>
                                <StopForm id name=name.clone() error signal="INT" label="Send INT (interrupt)" icon=Name::Send class="ghost"/>
                                <StopForm id name=name.clone() error signal="HUP" label="Send HUP (reload)" icon=Name::Send class="ghost"/>
                                <StopForm id name=name.clone() error signal="USR1" label="Send USR1" icon=Name::Send class="ghost"/>
                                <StopForm id name=name.clone() error signal="STOP" label="Send STOP (pause)" icon=Name::Send class="ghost"/>
                                <StopForm id name=name.clone() error signal="CONT" label="Send CONT (resume)" icon=Name::Send class="ghost"/>
                            </div>
                        </details>
                    </span>
                    <span hidden=move || active.get()><RunAgainForm id name=name.clone() error started class="primary"/></span>
                    <a class="button" href=format!("/admin/exec/new?from={id}") title="Edit it and run it"><Icon name=Name::Again/><span>"Edit and run"</span></a>
                    <a class="button square" href=format!("{output}?download=true") download rel="external" aria-label="Download the output" title="Download the output"><Icon name=Name::Download/></a>
                    <span hidden=move || active.get()><RemoveForm id name=name.clone() error removed class="ghost only-icon"/></span>
                    <button class="ghost square needs-script" type="button" aria-label="Details" title="Details" aria-pressed=move || details.get().to_string()
                        on:click=move |_| details.update(|details| *details = !*details)><Icon name=Name::Details/></button>
                </div>
            </div>
            <ErrorNote text=error/>
            <Failure process/>
            <Output process first/>
            <aside class="side" aria-label="Details"><DetailsPanel process/></aside>
        </div>
    }
}

/// Why it did not start, or what is known of its end, in the place where the output would begin.
#[component]
fn Failure(process: RwSignal<Process>) -> impl IntoView {
    let text = move || {
        process.with(|process| match process.state {
            ProcessState::Failed => format!("Failed to start: {}", format::outcome_sentence(process)),
            ProcessState::Interrupted | ProcessState::TimedOut => format::outcome_sentence(process),
            _ => String::new(),
        })
    };
    view! { <ErrorNote text=Signal::derive(text)/> }
}
