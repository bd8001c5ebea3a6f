//! The output of a process: the terminal, what can be done with it, and the line input of a process without one.

use crate::{
    browser::{self, ConnectionState, SessionOptions},
    components::{Icon, Name},
    format,
    wire::{Process, ProcessState},
};
use leptos::{ev, html::Div, prelude::*};

/// Output that is shown at once; older output is loaded when asked for.
const SHOWN_AT_ONCE: u64 = 256 << 10;

/// The output, live while the process runs.
#[component]
pub(super) fn Output(process: RwSignal<Process>, first: Process) -> impl IntoView {
    let link = expect_context::<RwSignal<ConnectionState>>();
    let element = NodeRef::<Div>::new();
    let following = RwSignal::new(true);
    let short = first.output.end - first.output.start <= SHOWN_AT_ONCE && first.output.start == 0;
    // Asked for by name: everything, from the start.
    let whole = RwSignal::new(false);
    let from_start = move || short || whole.get();
    let session = StoredValue::new(None::<browser::Session>);
    let (id, terminal) = (first.id, first.terminal);
    let takes_lines = first.spec.stdin && terminal.is_none();
    Effect::new(move |_| {
        let (from_start, full) = (from_start(), whole.get());
        session.update_value(|session| {
            if let Some(old) = session.take() {
                old.close();
            }
            *session = Some(browser::open_session(element, SessionOptions { id, terminal, from_start, full }, process, link, following));
        });
    });
    let input_field = NodeRef::<leptos::html::Input>::new();
    browser::on_key("f", || browser::toggle_full_screen("output"));
    let quiet =
        move || process.with(|process| process.output.end == 0 && !process.state.is_active() && process.state != ProcessState::Failed);
    let message = move || match link.get() {
        ConnectionState::Lost => "Reconnecting… no output has been lost".to_owned(),
        ConnectionState::Refused(reason) => format!("Not connected: {reason}"),
        _ => String::new(),
    };
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let line = browser::form_pairs(&event).into_iter().find(|(name, _)| name == "line").map(|(_, line)| line).unwrap_or_default();
        session.with_value(|session| session.as_ref().inspect(|session| session.send_line(&line)).is_some());
        if let Some(field) = input_field.get() {
            field.set_value("");
        }
    };
    view! {
        <section class="output" id="output" aria-label="Output">
            <div class="output-bar needs-script">
                <span class="muted">{move || format::size(process.with(|process| process.output.end))}</span>
                <span class="muted" role="status">{message}</span>
                <Show when=move || !from_start()>
                    <button class="ghost small" type="button" on:click=move |_| whole.set(true)>"Load from the start"</button>
                </Show>
                <label class="switch"><input type="checkbox" prop:checked=following
                    on:change=move |event| {
                        let follow = event_target_checked(&event);
                        following.set(follow);
                        session.with_value(|session| session.as_ref().inspect(|session| session.set_follow(follow)).is_some());
                    }/><Icon name=Name::Follow/>"Follow"</label>
                <button class="ghost small square" type="button" aria-label="Full screen" title="Full screen (f)"
                    on:click=move |_| browser::toggle_full_screen("output")><Icon name=Name::Expand/></button>
            </div>
            <div class="term" node_ref=element data-link=move || format!("{:?}", link.get()).split('(').next().unwrap_or_default().to_lowercase()></div>
            <p class="output-empty" hidden=move || !quiet()>"No output"</p>
            <noscript><p class="output-empty">"Live output needs JavaScript. "<a href=format!("/api/processes/{id}/output")>"View output so far"</a></p></noscript>
            {takes_lines.then(|| view! {
                <form class="input-line needs-script" on:submit=send hidden=move || !process.with(|process| process.state.is_active())>
                    <input node_ref=input_field name="line" aria-label="Input for the process" placeholder="Type a line of input" autocomplete="off" spellcheck="false"/>
                    <button type="submit"><Icon name=Name::Send/><span>"Send"</span></button>
                    <button type="button" class="ghost" on:click=move |_| {
                        session.with_value(|session| session.as_ref().inspect(|session| session.close_stdin()).is_some());
                    }>"Close input (EOF)"</button>
                </form>
            })}
        </section>
    }
}
