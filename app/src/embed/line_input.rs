//! Input for a process that reads a pipe: a line at a time.

use crate::browser::{self, ConnectionState};
use leptos::{ev, html::Textarea, prelude::*};

/// A field whose lines are typed into the process. What is typed stays in it until it can be sent.
#[component]
pub(super) fn LineInput(
    active: Memo<bool>,
    connection: RwSignal<ConnectionState>,
    session: StoredValue<Option<browser::Session>>,
) -> impl IntoView {
    let field = NodeRef::<Textarea>::new();
    let closed = RwSignal::new(false);
    let ready = Memo::new(move |_| !closed.get() && connection.with(|connection| *connection == ConnectionState::Live));
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked().filter(|_| ready.get_untracked()) else { return };
        if session.with_value(|session| session.as_ref().inspect(|session| session.send_line(&field.value())).is_some()) {
            field.set_value("");
        }
    };
    // Several lines can be pasted, and are sent as they are.
    let send_on_enter = |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            browser::submit_form_of(&event);
        }
    };
    let close = move |_| {
        if session.with_value(|session| session.as_ref().inspect(|session| session.close_stdin()).is_some()) {
            closed.set(true);
        }
    };
    let placeholder = move || if closed.get() { "Input is closed" } else { "Type a line of input" };
    view! {
        <form class="execdeck-line" on:submit=send hidden=move || !active.get()>
            <textarea class="execdeck-input" node_ref=field name="line" rows="1" aria-label="Input for the process" placeholder=placeholder
                disabled=closed title="Enter sends; Shift+Enter starts a new line" autocomplete="off" spellcheck="false"
                on:keydown=send_on_enter></textarea>
            <button type="submit" class="execdeck-button" disabled=move || !ready.get()>"Send"</button>
            <button type="button" class="execdeck-button execdeck-quiet" disabled=move || !ready.get() on:click=close>"Close input (EOF)"</button>
        </form>
    }
}
