//! Buttons that act on a process. They are forms, so that they work without JavaScript and before hydration.

use super::{Icon, Name};
use crate::{
    address::href,
    api::{self, CallError},
    browser,
    texts::t,
    wire::{Process, ProcessState},
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use std::{future::Future, pin::Pin};
use uuid::Uuid;

/// Shows the error, or clears the last one. What has failed may be tried again at once.
fn report<T>(result: Result<T, CallError>, error: RwSignal<String>) -> Option<T> {
    if result.is_err() {
        browser::forget_press();
    }
    let failed = result.as_ref().err().map(|failure| failure.0.message.clone());
    error.try_set(failed.unwrap_or_default());
    result.ok()
}

/// The work of a button, of one type for all of them: their code exists once.
type Work = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>>;

/// What a form does when it is submitted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sends {
    /// Its work, also if another button of the process was pressed just before.
    Always,
    /// Its work, but not for the second click of a double click: its button may just have taken the place of another one.
    Once,
    /// The form itself, once, as without JavaScript.
    Form,
}

/// What a form does when it is submitted, once at a time, and whether it is doing it.
fn action<F: Future<Output = ()> + 'static>(
    id: Uuid,
    sends: Sends,
    work: impl Fn() -> F + 'static,
) -> (RwSignal<bool>, Box<dyn Fn(SubmitEvent)>) {
    boxed_action(id, sends, Box::new(move || Box::pin(work())))
}

fn boxed_action(id: Uuid, sends: Sends, work: Work) -> (RwSignal<bool>, Box<dyn Fn(SubmitEvent)>) {
    let busy = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        let ignored = browser::is_second_press(id) && sends != Sends::Always;
        if sends == Sends::Form && !ignored {
            return;
        }
        event.prevent_default();
        // The row may be of a list whose place another one is about to take.
        if !ignored && busy.try_get_untracked() != Some(true) {
            busy.try_set(true);
            let work = work();
            spawn_local(async move {
                work.await;
                busy.try_set(false);
            });
        }
    };
    (busy, Box::new(submit))
}

/// How a button looks.
struct Look {
    class: &'static str,
    icon: Name,
    label: &'static str,
    title: String,
}

/// The form of a button. Screen readers hear the name of the process after the label.
fn form(
    address: String,
    signal: Option<&'static str>,
    look: Look,
    name: &str,
    busy: RwSignal<bool>,
    submit: Box<dyn Fn(SubmitEvent)>,
) -> impl IntoView + use<> {
    view! {
        <form method="post" action=address on:submit=submit on:keydown=browser::ignore_held_enter>
            {signal.map(|signal| view! { <input type="hidden" name="signal" value=signal/> })}
            <button class=look.class type="submit" title=look.title aria-busy=move || if busy.get() { "true" } else { "false" }>
                <Icon name=look.icon/>
                <span>{look.label}</span>
                <span class="unseen" translate="no">{format!(" {name}")}</span>
            </button>
        </form>
    }
}

/// Runs an ended process again with the same settings, its secrets included.
#[component]
pub(crate) fn RunAgainForm(
    id: Uuid,
    /// Whether it was started from a template: the server may have to ask for something first, on a page of its own.
    templated: bool,
    #[prop(into)] name: String,
    error: RwSignal<String>,
    /// Called with the process that has started.
    #[prop(optional)]
    started: Option<Callback<Uuid>>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let (busy, run) = action(id, if templated { Sends::Form } else { Sends::Once }, move || async move {
        let process = report(api::restart_process(id).await, error);
        if let (Some(started), Some(process)) = (started, process) {
            started.try_run(process.id);
        }
    });
    let look = Look { class, icon: Name::Running, label: t!("Run again"), title: t!("Run {name} again with the same settings", name) };
    form(href(&format!("/admin/exec/{id}/start")), None, look, &name, busy, run)
}

/// Stops the process, or sends it a signal.
#[component]
pub(crate) fn StopForm(
    id: Uuid,
    #[prop(into)] name: String,
    error: RwSignal<String>,
    /// The signal to send; none stops the process as its spec says.
    #[prop(optional)]
    signal: Option<&'static str>,
    label: &'static str,
    #[prop(default = Name::Stop)] icon: Name,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let (busy, stop) = action(id, Sends::Always, move || async move {
        report(api::kill_process(id, signal.map(str::to_owned)).await, error);
    });
    let look = Look { class, icon, label, title: t!("{action} {process}", action = label, process = name) };
    form(href(&format!("/admin/exec/{id}/stop")), signal, look, &name, busy, stop)
}

/// Removes an ended process and its output, once that is confirmed.
#[component]
pub(crate) fn RemoveForm(
    id: Uuid,
    #[prop(into)] name: String,
    error: RwSignal<String>,
    removed: Callback<Uuid>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let (busy, remove) = action(id, Sends::Always, move || async move {
        if report(api::remove_process(id).await, error).is_some() {
            removed.try_run(id);
        }
    });
    let look = Look { class, icon: Name::Remove, label: t!("Remove"), title: t!("Remove {name}", name) };
    let asked = name.clone();
    let ask = move |event: SubmitEvent| {
        if browser::confirm(&t!("Remove {name} and its output from the history?", name = asked)) {
            remove(event);
        } else {
            event.prevent_default();
        }
    };
    form(href(&format!("/admin/exec/{id}/remove")), None, look, &name, busy, Box::new(ask))
}

/// The label of the button that ends the process; none once it has ended.
pub(crate) fn stop_label(process: RwSignal<Process>) -> Memo<Option<&'static str>> {
    let label = |state: ProcessState| state.is_active().then_some(if state == ProcessState::Queued { t!("Cancel") } else { t!("Stop") });
    Memo::new(move |_| process.with(|process| label(process.state)))
}
