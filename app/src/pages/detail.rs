//! `/admin/exec/{id}`: the output takes the page; above it one strip of what matters, beside it the details.

use super::{LastList, details_panel::DetailsPanel, output::Output, retry::retry, signal_menu::SignalMenu};
use crate::{
    address::{self, href},
    api::{CallError, get_process},
    browser::{self, ConnectionState, ProcessEvent},
    carried::resource,
    components::{ErrorNote, Icon, LoadProblem, Name, RemoveForm, RunAgainForm, StateMark, StopForm},
    format,
    live::{PAUSE, Rounds, answered},
    revision,
    texts::t,
    wire::{ApiError, ErrorCode, Process, ProcessState},
};
use leptos::{html, prelude::*, task::spawn_local, text_prop::TextProp};
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map};
use uuid::Uuid;

/// How often the page polls for what no message reports.
const POLL_SECONDS: u32 = 2;
/// After how many seconds without an answer it asks once more: the connection may be dead.
const GIVE_UP_SECONDS: u32 = 20;

/// The page of one process.
#[component]
pub(super) fn DetailPage() -> impl IntoView {
    let map = use_params_map();
    let id = Memo::new(move |_| map.with(|map| map.get("id").and_then(|id| id.parse::<Uuid>().ok())));
    view! {
        // Another process is another page: nothing of the last one may be read once it is gone.
        <For each=move || [id.get()] key=|id| *id let(id)>
            <Loaded id/>
        </For>
    }
}

#[component]
fn Loaded(id: Option<Uuid>) -> impl IntoView {
    let process = resource(
        || (),
        move |()| async move {
            match id {
                Some(id) => answered(get_process(id)).await,
                None => Err(ApiError::new(ErrorCode::NotFound, t!("This address doesn't contain a process ID.")).into()),
            }
        },
    );
    retry(process);
    if let Some(id) = id {
        browser::page_shown(address::process(id));
    }
    view! {
        <Transition fallback=|| view! { <div class="skeleton"><span class="unseen">{t!("Loading")}</span></div> }>
            {move || Suspend::new(async move {
                match process.await {
                    Ok(process) => view! { <Detail process/> }.into_any(),
                    Err(CallError(error)) => view! { <LoadProblem error title=t!("Couldn't load the process")/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The document's title: what has become of the process. On the server it is written when the page is no longer being
/// rendered, so it must not read signals there.
fn title_of(process: RwSignal<Process>) -> TextProp {
    let text = |process: &Process| t!("{name}: {outcome}", name = process.name, outcome = format::outcome(process));
    if cfg!(feature = "ssr") {
        return process.with_untracked(text).into();
    }
    (move || process.try_with(text).unwrap_or_default()).into()
}

#[component]
fn Detail(process: Process) -> impl IntoView {
    let (id, name) = (process.id, process.name.clone());
    let (first, templated) = (process.clone(), process.template.is_some());
    let process = RwSignal::new(process);
    let title = title_of(process);
    let error = RwSignal::new(String::new());
    let details = RwSignal::new(true);
    let now = browser::tick();
    let active = Memo::new(move |_| process.with(|process| process.state.is_active()));
    keep_current(process, now);
    let gone = RwSignal::new(false);
    clear_on_reconnect(follow_events(process, gone), error);
    let gone_text = Signal::derive(move || {
        if gone.get() {
            t!("This process has been removed. Its output stays visible only until you leave this page.").to_owned()
        } else {
            String::new()
        }
    });
    let actions = NodeRef::<html::Div>::new();
    browser::keep_focus(actions);
    let last_list = expect_context::<LastList>().0;
    let duration = move || process.with(|process| format::running_time(process, || now.get()));
    let pid = move || process.with(|process| process.pid.filter(|_| process.state.is_active()).map(|pid| t!("pid {pid}", pid)));
    let restart = move || process.with(|process| format::restart_text(process, || now.get()));
    // What waits for its start takes no signals.
    let waits = Memo::new(move |_| process.with(|process| process.state.is_waiting()));
    let queued = Memo::new(move |_| process.with(|process| process.state == ProcessState::Queued));
    // Places in a queue change too often to be announced.
    let queue_is_silent = move || if queued.get() { "off" } else { "polite" };
    let navigate = use_navigate();
    let to_started = navigate.clone();
    let started = Callback::new(move |id| to_started(&address::process(id), Default::default()));
    let removed = Callback::new(move |_| navigate(&last_list.get_untracked(), Default::default()));
    let output = href(&format!("/api/processes/{id}/output"));
    view! {
        <Title text=title/>
        <div class="detail" class:with-details=details class:templated=templated>
            <div class="strip">
                <a class="button ghost square" href=move || href(&last_list.get()) aria-label=t!("Back to all processes")><Icon name=Name::Back/></a>
                <h1 translate="no" title=first.spec.command_line()>{name.clone()}</h1>
                <span role="status" aria-live=queue_is_silent><StateMark process/></span>
                <span class="muted numbers pid">{pid}</span>
                <span class="muted numbers duration">{duration}</span>
                <span class="muted numbers restart">{restart}</span>
                <div class="strip-actions" node_ref=actions hidden=gone>
                    <span class="split" hidden=move || !active.get()>
                        <span hidden=queued><StopForm id name=name.clone() error label=t!("Stop") class="danger"/></span>
                        <span hidden=move || !queued.get()><StopForm id name=name.clone() error label=t!("Cancel") class="danger"/></span>
                        <span class="signals" inert=waits><SignalMenu id name=name.clone() error/></span>
                    </span>
                    <span hidden=move || active.get()><RunAgainForm id templated name=name.clone() error started class="primary"/></span>
                    <a class="button" href=href(&address::new_from(id)) title=t!("Edit it and run it")><Icon name=Name::Edit/><span>{t!("Edit and run")}</span></a>
                    <a class="button square" href=format!("{output}?download=true") download rel="external" aria-label=t!("Download the output") title=t!("Download the output")><Icon name=Name::Download/></a>
                    <span hidden=move || active.get()><RemoveForm id name=name.clone() error removed class="ghost only-icon"/></span>
                    <button class="ghost square needs-script" type="button" aria-label=t!("Details") title=t!("Details") aria-pressed=move || details.get().to_string()
                        on:click=move |_| details.update(|details| *details = !*details)><Icon name=Name::Details/></button>
                </div>
            </div>
            <ErrorNote text=error/>
            <ErrorNote text=gone_text/>
            <Failure process/>
            <Output process first/>
            <aside class="side" aria-label=t!("Details")><DetailsPanel process now/></aside>
        </div>
    }
}

/// Follows what happens to the process also when its output has ended and no stream is open: it may be removed. Returns
/// how that connection is.
fn follow_events(process: RwSignal<Process>, gone: RwSignal<bool>) -> RwSignal<ConnectionState> {
    let id = process.with_untracked(|process| process.id);
    let rounds = Rounds::new();
    let load = move || {
        let Some(round) = rounds.begin() else { return };
        spawn_local(async move {
            while rounds.is_current(round) {
                match answered(get_process(id)).await {
                    Ok(new) => return revision::keep_newer(&process, new),
                    Err(CallError(error)) if error.code == ErrorCode::NotFound => {
                        gone.try_set(true);
                        return;
                    }
                    Err(CallError(error)) if !error.code.is_temporary() => return,
                    Err(_) => browser::sleep(PAUSE).await,
                }
            }
        });
    };
    let handle = move |event| match event {
        ProcessEvent::Removed(removed) if removed == id => drop(gone.try_set(true)),
        // Events carry shortened commands, and this page shows all of it.
        ProcessEvent::Process(new) if new.id == id && process.try_with_untracked(|old| new.revision > old.revision) == Some(true) => load(),
        // Anything may have happened before, or in an event that cannot be read.
        ProcessEvent::Connected | ProcessEvent::Unreadable => load(),
        ProcessEvent::Process(_) | ProcessEvent::Removed(_) => {}
    };
    let events = RwSignal::new(ConnectionState::Idle);
    Effect::new(move |_| browser::follow_events(events, handle));
    events
}

/// Clears the error once the connection is back: it may have come from being without one.
fn clear_on_reconnect(events: RwSignal<ConnectionState>, error: RwSignal<String>) {
    Effect::new(move |was_lost: Option<bool>| {
        let lost = events.with(|events| *events == ConnectionState::Lost);
        if was_lost == Some(true) && !lost {
            error.set(String::new());
        }
        lost
    });
}

/// Polls for what no message reports while the process runs, such as how much it has printed.
fn keep_current(process: RwSignal<Process>, now: Signal<i64>) {
    let connection = expect_context::<RwSignal<ConnectionState>>();
    let load = Action::new(move |id: &Uuid| {
        let id = *id;
        async move {
            if let Ok(new) = get_process(id).await {
                revision::keep_newer(&process, new);
            }
        }
    });
    let asked = StoredValue::new(0);
    Effect::new(move |count: Option<u32>| {
        now.track();
        let count = count.unwrap_or_default() + 1;
        let waiting = load.pending().get_untracked() && count - asked.get_value() < GIVE_UP_SECONDS;
        let connected = connection.with_untracked(|connection| *connection == ConnectionState::Live);
        if count.is_multiple_of(POLL_SECONDS) && connected && browser::is_visible() && !waiting {
            let (id, active) = process.with_untracked(|process| (process.id, process.state.is_active()));
            if active {
                asked.set_value(count);
                load.dispatch(id);
            }
        }
        count
    });
}

/// Why the process did not start, or what its end needs saying, above the output.
#[component]
fn Failure(process: RwSignal<Process>) -> impl IntoView {
    view! { <ErrorNote text=Signal::derive(move || process.with(format::ending))/> }
}
