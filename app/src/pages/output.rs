//! The output of a process: the terminal with its controls, and the input line of a process that reads a pipe.

use super::line_input::LineInput;
use crate::{
    address::href,
    browser::{self, ConnectionState, HeadCut, SessionOptions, SessionSignals},
    components::{Icon, Name},
    format,
    texts::{markup, plural, t},
    wire::{Process, ProcessState},
};
use leptos::{html::Div, prelude::*};

/// Output up to this size, in bytes, is shown from its start; of a longer one the tail.
const SHOWN_AT_ONCE: u64 = 256 << 10;

/// The output, live while the process runs.
#[component]
pub(super) fn Output(process: RwSignal<Process>, first: Process) -> impl IntoView {
    let signals = SessionSignals {
        process,
        connection: expect_context::<RwSignal<ConnectionState>>(),
        following: RwSignal::new(true),
        tab_moves: RwSignal::new(false),
        view: RwSignal::new(false),
        head: RwSignal::new(None),
    };
    let SessionSignals { connection, following, .. } = signals;
    let element = NodeRef::<Div>::new();
    let short = first.output.end - first.output.start <= SHOWN_AT_ONCE && first.output.start == 0;
    // What has been watched live may be more than the page holds.
    let long = Memo::new(move |_| !short || process.with(|process| process.output.end) > SHOWN_AT_ONCE);
    let oldest_removed = Memo::new(move |_| process.with(|process| process.output.start) > 0);
    // Whether the beginning is shown instead of the tail.
    let head = RwSignal::new(false);
    let session = StoredValue::new(None::<browser::Session>);
    let (id, terminal) = (first.id, first.terminal);
    let takes_lines = first.spec.stdin && terminal.is_none();
    Effect::new(move |before: Option<bool>| {
        let view = signals.view.get();
        if before.is_some_and(|before| before != view) {
            head.set(false);
        }
        let options = SessionOptions { id, terminal, from_start: short, head: head.get() };
        signals.head.set(None);
        signals.following.set(!options.head);
        session.update_value(|session| {
            if let Some(old) = session.take() {
                old.close();
            }
            *session = Some(browser::open_session(element, options, signals));
        });
        view
    });
    let active = Memo::new(move |_| process.with(|process| process.state.is_active()));
    let waits = Memo::new(move |_| process.with(|process| process.state.is_waiting()));
    let quiet =
        move || process.with(|process| process.output.end == 0 && !process.state.is_active() && process.state != ProcessState::Failed);
    let message = move || match connection.get() {
        ConnectionState::Lost if terminal.is_some() && active.get() => t!("Reconnecting… typing is paused; no output is lost").to_owned(),
        ConnectionState::Lost => t!("Reconnecting… no output is lost").to_owned(),
        ConnectionState::Live if terminal.is_some() && waits.get() => t!("Not running yet; typing is paused").to_owned(),
        ConnectionState::Refused(reason) => t!("Not connected: {reason}", reason),
        _ => String::new(),
    };
    let output = href(&format!("/api/processes/{id}/output"));
    let everything = format!("{output}?download=true");
    view! {
        <section class="output" aria-label=t!("Output")>
            <div class="output-bar needs-script">
                <span class="muted">{move || format::size(process.with(|process| process.output.end))}</span>
                <span class="output-state" role="status">{message}</span>
                <button class="ghost small terminal-only" type="button" hidden=move || !long.get() || head.get() on:click=move |_| head.set(true)>
                    {move || if oldest_removed.get() { t!("Load the oldest output") } else { t!("Load from the start") }}
                </button>
                {move || signals.head.get().map(|cut| view! {
                    <span class="muted" role="status">{cut_text(cut, oldest_removed.get_untracked())}" "<a href=everything.clone() download rel="external">{t!("Download everything")}</a></span>
                })}
                <button class="ghost small" type="button" hidden=move || !head.get() on:click=move |_| head.set(false)>
                    {move || if active.get() { t!("Back to live output") } else { t!("Back to the end") }}
                </button>
                {terminal.is_some().then(|| view! {
                    // It does not hold while typing is paused.
                    <span class="muted tab-hint terminal-only" role="status" hidden=move || !active.get() || head.get() || !message().is_empty()>
                        {move || if signals.tab_moves.get() { t!("Tab moves focus. Ctrl+M: send Tab to the program") } else { t!("Ctrl+M: Tab moves focus") }}
                    </span>
                    <span class="muted view-only terminal-only" title=t!("You can read this terminal but not type into it") hidden=move || !active.get() || head.get()>{t!("View only")}</span>
                })}
                <div class="segments output-views" role="group" aria-label=t!("Show the output as") inner_html=views()></div>
                <div class="term-tools terminal-only" hidden=terminal.is_none()></div>
                <ScreenReaderSwitch session/>
                <label class="switch" hidden=move || head.get()><input type="checkbox" prop:checked=following
                    on:change=move |event| {
                        let follow = event_target_checked(&event);
                        following.set(follow);
                        session.with_value(|session| session.as_ref().inspect(|session| session.set_follow(follow)).is_some());
                    }/><Icon name=Name::Follow/>{t!("Follow")}</label>
                <button class="ghost small square" type="button" data-does="full-screen" aria-label=t!("Full screen") title=t!("Full screen (f)")><Icon name=Name::Expand/></button>
            </div>
            <div class="term" translate="no" node_ref=element tabindex="-1" data-link=move || connection_name(&connection.get())></div>
            <p class="output-empty" hidden=move || !quiet()>{t!("No output")}</p>
            <noscript><p class="output-empty">{t!("Live output needs JavaScript.")}" "<a href=output>{t!("View output so far")}</a></p></noscript>
            {takes_lines.then(|| view! { <LineInput process active connection session/> })}
        </section>
    }
}

/// The choice between both views, which `app/js/loader.js` handles.
fn views() -> String {
    let [log, terminal] = [t!("Log"), t!("Terminal")].map(markup);
    format!(
        "<label><input type=radio name=view value=log>{log}</label><label><input type=radio name=view value=terminal>{terminal}</label>"
    )
}

/// Turns announcements on and off. Off at first, since they slow a flood of output down.
#[component]
fn ScreenReaderSwitch(session: StoredValue<Option<browser::Session>>) -> impl IntoView {
    let on = RwSignal::new(false);
    Effect::new(move |_| on.set(browser::wants_screen_reader()));
    let change = move |event| {
        on.set(event_target_checked(&event));
        session.with_value(|session| session.as_ref().inspect(|session| session.set_screen_reader(on.get_untracked())).is_some());
    };
    view! {
        <label class="switch" title=t!("Announce output to screen readers as it arrives")>
            <input type="checkbox" prop:checked=on on:change=change/>{t!("Screen reader")}
        </label>
    }
}

fn cut_text(cut: HeadCut, oldest_removed: bool) -> String {
    let (lines, size) = (cut.lines.into(), format::size(cut.bytes));
    if oldest_removed {
        plural!(lines, "Showing the oldest kept line ({size}).", "Showing the oldest kept {count} lines ({size}).", size)
    } else {
        plural!(lines, "Showing the first line ({size}).", "Showing the first {count} lines ({size}).", size)
    }
}

const fn connection_name(state: &ConnectionState) -> &'static str {
    match state {
        ConnectionState::Idle => "idle",
        ConnectionState::Connecting => "connecting",
        ConnectionState::Live => "live",
        ConnectionState::Lost => "lost",
        ConnectionState::Ended => "ended",
        ConnectionState::Refused(_) => "refused",
    }
}
