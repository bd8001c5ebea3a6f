//! `/admin/exec/new`: a command line with the words it becomes; everything else is folded away until it is needed.

use super::{
    FormFailure,
    command::Command,
    new_groups::{Confinement, Limits, Restarting},
    variables::Variables,
};
use crate::{
    address::{self, href},
    api::{CallError, create_process, get_process, list_processes},
    assets::asset_folder,
    browser,
    carried::{resource, shared_value},
    components::{ErrorNote, Field, FieldNote, Icon, Name, number_form},
    form::{FieldError, NewForm},
    server::{BasePath, ServerVersion},
    texts::t,
    wire::{Process, ProcessFilter, ProcessSpec},
};
use leptos::{ev, prelude::*};
use leptos_meta::{Stylesheet, Title};
use leptos_router::hooks::{use_navigate, use_query_map};
use uuid::Uuid;

/// The form: empty, filled in from an earlier process, or as it was sent when the server could not accept it.
#[component]
pub(super) fn NewPage() -> impl IntoView {
    let map = use_query_map();
    let from = Memo::new(move |_| map.with(|map| map.get("from").and_then(|id| id.parse::<Uuid>().ok())));
    browser::page_shown("/admin/exec/new".into());
    let failure = shared_value(use_context::<FormFailure>);
    let styles = asset_folder(&BasePath::current(), &ServerVersion::current()) + "/form.css";
    view! {
        <Title text=t!("New process")/>
        <Stylesheet id="form-style" href=styles/>
        <div class="page narrow">
            <h1>{t!("New process")}</h1>
            // Another address is another form, which keeps nothing that was typed into the last one.
            <For each=move || [from.get()] key=|from| *from let(from)>
                <Filled from failure=failure.clone().filter(|_| from.is_none())/>
            </For>
        </div>
    }
}

#[component]
fn Filled(from: Option<Uuid>, failure: Option<FormFailure>) -> impl IntoView {
    number_form();
    let filled = resource(
        || (),
        move |()| async move {
            match from {
                Some(id) => get_process(id).await.map(|process| NewForm::from_spec(&process.spec)).map(Some),
                None => Ok(None),
            }
        },
    );
    let recent = resource(
        || (),
        async |()| {
            let filter = ProcessFilter { limit: Some(30), ..ProcessFilter::default() };
            distinct(list_processes(filter).await.map(|page| page.processes).unwrap_or_default())
        },
    );
    view! {
        <Suspense>
            {move || {
                let failure = failure.clone();
                Suspend::new(async move {
                    let (filled, recent) = (filled.await, recent.await);
                    // A form that cannot be filled in is empty, and says why.
                    let (form, problem) = match filled {
                        Ok(form) => (form.unwrap_or_default(), String::new()),
                        Err(CallError(error)) => (NewForm::default(), t!("Couldn't fill in the form. {reason}", reason = error.message)),
                    };
                    let (form, errors) = failure.map_or_else(|| (form, Vec::new()), |failure| (failure.form, failure.errors));
                    view! { <Form form errors problem recent/> }
                })
            }}
        </Suspense>
    }
}

/// The newest process of each of the last few command lines.
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
fn Form(form: NewForm, errors: Vec<FieldError>, problem: String, recent: Vec<(Uuid, String)>) -> impl IntoView {
    let errors = RwSignal::new(errors);
    let other = RwSignal::new(String::new());
    let navigate = use_navigate();
    let create = Action::new(move |(form, spec): &(NewForm, ProcessSpec)| {
        let (form, spec, navigate) = (form.clone(), spec.clone(), navigate.clone());
        async move {
            match create_process(spec).await {
                Ok(process) => navigate(&address::process(process.id), Default::default()),
                Err(CallError(error)) => {
                    match error.field {
                        Some(field) => {
                            let shown = errors.try_set(vec![FieldError { field: form.field_of(&field).into(), message: error.message }]);
                            browser::focus_invalid();
                            shown.is_none()
                        }
                        None => other.try_set(error.message).is_none(),
                    };
                }
            }
        }
    });
    let busy = create.pending();
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let form = NewForm::from_pairs(browser::form_pairs(&event));
        other.set(String::new());
        match form.to_spec() {
            Ok(spec) => {
                errors.set(Vec::new());
                create.dispatch((form, spec));
            }
            Err(found) => {
                errors.set(found);
                browser::focus_invalid();
            }
        }
    };
    let variables_wrong = move || errors.with(|errors| errors.iter().any(|error| error.field == "variables"));
    let has_variables = !form.variables.is_empty();
    view! {
        <form class="form" method="post" action=href("/admin/exec/new") on:submit=send novalidate>
            <ErrorNote text=Signal::stored(problem)/>
            <Command form=form.clone() errors/>
            <div class="triple">
                <Field name="name" label=t!("Name") value=form.name.clone() hint=t!("The program's name") errors/>
                <Field name="cwd" label=t!("Working directory") value=form.cwd.clone() hint=t!("Home directory") errors/>
                <Field name="labels" label=t!("Labels") value=form.labels.clone() hint=t!("team=ops env=prod") errors/>
            </div>
            <details open=move || has_variables || variables_wrong()>
                <summary>{t!("Environment")}</summary>
                <Variables variables=form.variables.clone()/>
                <FieldNote field="variables" errors/>
            </details>
            <details open=true>
                <summary>{t!("Terminal and input")}</summary>
                <div class="choices">
                    <label class="check"><input type="radio" name="terminal" value="yes" checked=form.terminal/>{t!("Terminal: colours, full-screen programs, interactive input")}</label>
                    <label class="check"><input type="radio" name="terminal" value="no" checked=!form.terminal/>{t!("Pipes: standard error kept separate")}</label>
                    <label class="check indent"><input type="checkbox" name="stdin" value="yes" checked=form.stdin/>{t!("Keep standard input open")}</label>
                </div>
            </details>
            <Limits form=form.clone() errors/>
            <Restarting form=form.clone() errors/>
            <Confinement form errors/>
            // Beside the button: whoever presses it sees what is wrong.
            <ErrorNote text=other/>
            <div class="form-end">
                <button class="primary" type="submit" aria-busy=move || busy.get().to_string()><Icon name=Name::Running/><span>{t!("Start")}</span></button>
                <span class="hint hint-line needs-script">{t!("Press Enter to start")}</span>
                <span class="hint hint-apart needs-script">{t!("Press Ctrl+Enter to start")}</span>
            </div>
        </form>
        {(!recent.is_empty()).then(|| view! {
            <section class="recent" aria-label=t!("Recent commands")>
                <h2>{t!("Recent commands")}</h2>
                <ul>{recent.into_iter().map(|(id, line)| view! {
                    <li><a translate="no" href=href(&address::new_from(id)) title=line.clone()><Icon name=Name::Again/><code>{crate::format::shorten(&line, 90)}</code></a></li>
                }).collect_view()}</ul>
            </section>
        })}
    }
}
