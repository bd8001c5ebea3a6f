//! Input for a process that reads a pipe: a line at a time.

use crate::{
    browser::{self, ConnectionState},
    components::{Icon, Name},
};
use leptos::{ev, html::Textarea, prelude::*};
use uuid::Uuid;

/// A field whose lines are typed into the process. What is typed stays in it until it can be sent.
#[component]
pub(super) fn LineInput(
    active: Memo<bool>,
    connection: RwSignal<ConnectionState>,
    session: StoredValue<Option<browser::Session>>,
) -> impl IntoView {
    let field = NodeRef::<Textarea>::new();
    let closed = RwSignal::new(false);
    let live = Memo::new(move |_| connection.with(|connection| *connection == ConnectionState::Live));
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !live.get_untracked() || closed.get_untracked() {
            return;
        }
        let Some(field) = field.get_untracked() else { return };
        // The second click of a double click sends no empty line.
        if browser::is_second_press(Uuid::nil()) && field.value().is_empty() {
            return;
        }
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
    let title = move || if live.get() { "" } else { "Waiting for the connection. What you have typed stays here" };
    view! {
        <form class="input-line needs-script" on:submit=send hidden=move || !active.get()>
            <textarea node_ref=field name="line" rows="1" aria-label="Input for the process" placeholder=placeholder disabled=closed
                title="Enter sends; Shift+Enter starts a new line" autocomplete="off" spellcheck="false" on:keydown=send_on_enter></textarea>
            <button type="submit" disabled=move || closed.get() || !live.get() title=title><Icon name=Name::Send/><span>"Send"</span></button>
            <button type="button" class="ghost" disabled=move || closed.get() || !live.get() on:click=close>"Close input (EOF)"</button>
        </form>
    }
}
