//! Input for a process that reads a pipe: a line at a time.

use crate::{
    browser::{self, ConnectionState},
    line_entry::LineEntry,
    texts::t,
    wire::Process,
};
use leptos::prelude::*;

/// A field whose lines are typed into the process. What is typed stays in it until it can be sent.
#[component]
pub(super) fn LineInput(
    process: RwSignal<Process>,
    active: Memo<bool>,
    connection: RwSignal<ConnectionState>,
    session: StoredValue<Option<browser::Session>>,
) -> impl IntoView {
    let entry = LineEntry::new(process, connection, session);
    let LineEntry { field, closed, ready, .. } = entry;
    view! {
        <form class="execdeck-line" on:submit=move |event| entry.send(event) hidden=move || !active.get()>
            <textarea class="execdeck-input" node_ref=field name="line" rows="1" aria-label=t!("Input for the process") placeholder=move || entry.placeholder()
                disabled=closed title=t!("Enter sends; Shift+Enter starts a new line") autocomplete="off" spellcheck="false"
                on:keydown=LineEntry::send_on_enter></textarea>
            <button type="submit" class="execdeck-button" disabled=move || !ready.get()>{t!("Send")}</button>
            <button type="button" class="execdeck-button execdeck-quiet" disabled=move || !ready.get() on:click=move |_| entry.close()>{t!("Close input (EOF)")}</button>
        </form>
    }
}
