//! Buttons that do something to a process. They are forms, so that they work before and without WebAssembly.

use super::{Icon, Name};
use crate::{
    address::href,
    api::{self, CallError},
    browser,
    wire::Process,
};
use leptos::{ev::SubmitEvent, prelude::*};
use std::future::Future;
use uuid::Uuid;

/// Shows an error where the page wants it, or takes the last one away.
fn report<T>(result: Result<T, CallError>, error: RwSignal<String>) -> Option<T> {
    let failed = result.as_ref().err().map(|failure| failure.0.message.clone());
    error.try_set(failed.unwrap_or_default());
    result.ok()
}

/// What a form does when it is submitted: once at a time.
fn action<F: Future<Output = ()> + Send + 'static>(
    work: impl Fn() -> F + Send + Sync + 'static,
) -> (Memo<bool>, impl Fn(SubmitEvent) + Clone) {
    let action = Action::new(move |(): &()| work());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !action.pending().get_untracked() {
            action.dispatch(());
        }
    };
    (action.pending(), submit)
}

/// Runs an ended process again with the same settings, its secrets included.
#[component]
pub(crate) fn RunAgainForm(
    id: Uuid,
    #[prop(into)] name: String,
    error: RwSignal<String>,
    /// Is told the process that has started.
    #[prop(optional)]
    started: Option<Callback<Uuid>>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let (busy, run) = action(move || async move {
        let process = report(api::restart_process(id).await, error);
        if let (Some(started), Some(process)) = (started, process) {
            started.try_run(process.id);
        }
    });
    view! {
        <form method="post" action=href(&format!("/admin/exec/{id}/start")) on:submit=run>
            <button class=class type="submit" title=format!("Run {name} again with the same settings") aria-busy=move || busy.get().to_string()>
                <Icon name=Name::Running/>
                <span>"Run again"</span>
                <span class="unseen">{format!(" {name}")}</span>
            </button>
        </form>
    }
}

/// Stops the process with its own stop signal.
#[component]
pub(crate) fn StopForm(
    id: Uuid,
    #[prop(into)] name: String,
    error: RwSignal<String>,
    /// Which signal; none stops it as its spec says.
    #[prop(optional)]
    signal: Option<&'static str>,
    #[prop(into)] label: String,
    #[prop(default = Name::Stop)] icon: Name,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let (busy, stop) = action(move || async move {
        report(api::kill_process(id, signal.map(str::to_owned)).await, error);
    });
    view! {
        <form method="post" action=href(&format!("/admin/exec/{id}/stop")) on:submit=stop>
            {signal.map(|signal| view! { <input type="hidden" name="signal" value=signal/> })}
            <button class=class type="submit" title=format!("{label} {name}") aria-busy=move || busy.get().to_string()>
                <Icon name=icon/>
                <span>{label.clone()}</span>
                <span class="unseen">{format!(" {name}")}</span>
            </button>
        </form>
    }
}

/// Removes an ended process and its output, after a question.
#[component]
pub(crate) fn RemoveForm(
    id: Uuid,
    #[prop(into)] name: String,
    error: RwSignal<String>,
    removed: Callback<Uuid>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let question = format!("Remove {name} from the history, with all its output?");
    let (busy, remove) = action(move || async move {
        if report(api::remove_process(id).await, error).is_some() {
            removed.try_run(id);
        }
    });
    let ask = move |event: SubmitEvent| {
        if browser::confirm(&question) {
            remove(event);
        } else {
            event.prevent_default();
        }
    };
    view! {
        <form method="post" action=href(&format!("/admin/exec/{id}/remove")) on:submit=ask>
            <button class=class type="submit" title=format!("Remove {name}") aria-busy=move || busy.get().to_string()>
                <Icon name=Name::Remove/>
                <span>"Remove"</span>
                <span class="unseen">{format!(" {name}")}</span>
            </button>
        </form>
    }
}

/// Whether it can be stopped, as a signal that only changes when that does.
pub(crate) fn is_active(process: Signal<Process>) -> Memo<bool> {
    Memo::new(move |_| process.with(|process| process.state.is_active()))
}
