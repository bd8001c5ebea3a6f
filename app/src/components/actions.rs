//! Buttons that do something to a process. They are forms, so that they work before and without WebAssembly.

use super::{Icon, Name};
use crate::{
    api::{self, CallError},
    browser,
    wire::Process,
};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use uuid::Uuid;

fn report(result: Result<impl Sized, CallError>, error: RwSignal<String>) -> bool {
    let failed = result.as_ref().err().map(|failure| failure.0.message.clone());
    error.try_set(failed.clone().unwrap_or_default());
    failed.is_none()
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
    let busy = RwSignal::new(false);
    let start = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let result = api::restart_process(id).await;
            let new = result.as_ref().ok().map(|process| process.id);
            report(result, error);
            busy.try_set(false);
            if let (Some(started), Some(new)) = (started, new) {
                started.try_run(new);
            }
        });
    };
    view! {
        <form method="post" action=format!("/admin/exec/{id}/start") on:submit=start>
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
    let busy = RwSignal::new(false);
    let stop = move |event: SubmitEvent| {
        event.prevent_default();
        browser::close_dialog("signals");
        busy.set(true);
        spawn_local(async move {
            report(api::kill_process(id, signal.map(str::to_owned)).await, error);
            busy.try_set(false);
        });
    };
    view! {
        <form method="post" action=format!("/admin/exec/{id}/stop") on:submit=stop>
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
    let remove = move |event: SubmitEvent| {
        event.prevent_default();
        if !browser::confirm(&question) {
            return;
        }
        spawn_local(async move {
            if report(api::remove_process(id).await, error) {
                removed.try_run(id);
            }
        });
    };
    view! {
        <form method="post" action=format!("/admin/exec/{id}/remove") on:submit=remove>
            <button class=class type="submit" title=format!("Remove {name}")>
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
