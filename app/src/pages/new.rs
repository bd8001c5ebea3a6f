//! `/admin/exec/new`: a command line, seen as the words that it becomes; all else folded away until it is needed.

use super::{FormFailure, command::Command, variables::Variables};
use crate::{
    api::{CallError, create_process, get_process, list_processes},
    browser,
    components::{ErrorNote, Field, FieldNote, Icon, Name},
    form::{FieldError, NewForm},
    wire::{Process, ProcessFilter, SIGNALS},
};
use leptos::{ev, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use uuid::Uuid;

/// The page: empty, filled in from a process that ran before, or as it was sent when it could not be taken.
#[component]
pub(crate) fn NewPage() -> impl IntoView {
    let map = use_query_map();
    let from = Memo::new(move |_| map.with(|map| map.get("from").and_then(|id| id.parse::<Uuid>().ok())));
    let failure = SharedValue::new(use_context::<FormFailure>).into_inner();
    let filled = Resource::new(
        move || from.get(),
        async |from| match from {
            Some(id) => get_process(id).await.ok().map(|process| NewForm::from_spec(&process.spec)),
            None => None,
        },
    );
    let recent = Resource::new(
        || (),
        async |()| {
            let filter = ProcessFilter { limit: Some(30), ..ProcessFilter::default() };
            distinct(list_processes(filter).await.map(|page| page.processes).unwrap_or_default())
        },
    );
    view! {
        <Title text="New process"/>
        <div class="page narrow">
            <h1>"New process"</h1>
            <Suspense>
                {move || {
                    let failure = failure.clone();
                    Suspend::new(async move {
                        let (filled, recent) = (filled.await, recent.await);
                        let (form, errors) = match failure {
                            Some(failure) => (failure.form, failure.errors),
                            None => (filled.unwrap_or_default(), Vec::new()),
                        };
                        view! { <Form form errors recent/> }
                    })
                }}
            </Suspense>
        </div>
    }
}

/// The newest process of each command line.
fn distinct(processes: Vec<Process>) -> Vec<(Uuid, String)> {
    let mut seen: Vec<(Uuid, String)> = Vec::new();
    for process in processes {
        let line = process.spec.command_line();
        if seen.len() < 6 && !seen.iter().any(|(_, known)| *known == line) {
            seen.push((process.id, line));
        }
    }
    seen
}

#[component]
fn Form(form: NewForm, errors: Vec<FieldError>, recent: Vec<(Uuid, String)>) -> impl IntoView {
    let errors = RwSignal::new(errors);
    let other = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let navigate = use_navigate();
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let form = NewForm::from_pairs(browser::form_pairs(&event));
        other.set(String::new());
        let spec = match form.to_spec() {
            Ok(spec) => spec,
            Err(found) => return errors.set(found),
        };
        errors.set(Vec::new());
        busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            match create_process(spec).await {
                Ok(process) => navigate(&format!("/admin/exec/{}", process.id), Default::default()),
                Err(CallError(error)) => match error.field {
                    Some(field) => errors.set(vec![FieldError { field: form.field_of(&field).into(), message: error.message }]),
                    None => other.set(error.message),
                },
            }
            busy.try_set(false);
        });
    };
    let any =
        move |fields: &'static [&'static str]| errors.with(|errors| errors.iter().any(|error| fields.contains(&error.field.as_str())));
    let has_variables = !form.variables.is_empty();
    let signals = SIGNALS.into_iter().map(|name| view! { <option value=name selected=form.signal == name>{name}</option> });
    view! {
        <form id="new" class="form" method="post" action="/admin/exec/new" on:submit=send novalidate>
            <ErrorNote text=other/>
            <Command form=form.clone() errors/>
            <div class="triple">
                <Field name="name" label="Name" value=form.name hint="The program's name" errors/>
                <Field name="cwd" label="Working directory" value=form.cwd hint="Your home, or /srv/app" errors/>
                <Field name="labels" label="Labels" value=form.labels hint="team=ops env=prod" errors/>
            </div>
            <details open=move || has_variables || any(&["variables"])>
                <summary>"Environment"</summary>
                <Variables variables=form.variables/>
                <FieldNote field="variables" errors/>
            </details>
            <details open=true>
                <summary>"Terminal and input"</summary>
                <div class="choices">
                    <label class="check"><input type="radio" name="terminal" value="yes" checked=form.terminal/>"In a terminal: colours, full-screen programs, typing"</label>
                    <label class="check"><input type="radio" name="terminal" value="no" checked=!form.terminal/>"With pipes: standard error kept separate"</label>
                    <label class="check indent"><input type="checkbox" name="stdin" value="yes" checked=form.stdin/>"Accept input through the pipe"</label>
                </div>
            </details>
            <details open=move || any(&["timeout", "signal", "grace", "output", "files"])>
                <summary>"Stopping and limits"</summary>
                <div class="triple">
                    <Field name="timeout" label="Timeout, seconds" value=form.timeout hint="none" errors/>
                    <div class="field">
                        <label for="signal">"Stop signal"</label>
                        <select id="signal" name="signal">{signals.collect_view()}</select>
                        <FieldNote field="signal" errors/>
                    </div>
                    <Field name="grace" label="Grace period, seconds" value=form.grace hint="10" errors/>
                    <Field name="output" label="Output to keep" value=form.output hint="256 MiB" errors/>
                    <Field name="files" label="Open files" value=form.files hint="same as the server" errors/>
                </div>
            </details>
            <div class="form-end">
                <button class="primary" type="submit" aria-busy=move || busy.get().to_string()><Icon name=Name::Running/><span>"Start"</span></button>
                <span class="hint hint-line needs-script">"Press Enter to start"</span>
                <span class="hint hint-apart needs-script">"Press Ctrl+Enter to start"</span>
            </div>
        </form>
        {(!recent.is_empty()).then(|| view! {
            <section class="recent" aria-labelledby="recent">
                <h2 id="recent">"Recent commands"</h2>
                <ul>{recent.into_iter().map(|(id, line)| view! {
                    <li><a href=format!("/admin/exec/new?from={id}") rel="external" title=line.clone()><Icon name=Name::Again/><code>{crate::format::shorten(&line, 90)}</code></a></li>
                }).collect_view()}</ul>
            </section>
        })}
    }
}
