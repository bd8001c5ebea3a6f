//! The output of a process.

use super::{
    deck::{Deck, may_type},
    followed::{Followed, Found, follow},
    line_input::LineInput,
    state::Badge,
};
use crate::{
    browser::{self, ConnectionState, ProcessEvent, SessionOptions, SessionSignals},
    format,
    server::ServerVersion,
    texts::t,
    wire::{Process, ProcessState, Right},
};
use leptos::{html::Div, prelude::*};
use uuid::Uuid;

/// Output up to this size, in bytes, is shown from its start; of a longer one the tail.
const SHOWN_AT_ONCE: u64 = 256 << 10;

/// The output of one process, live, with typing for those who may: into its terminal, or a line at a time if it reads a pipe.
///
/// Its height is `--execdeck-terminal-height`; the program's terminal takes the size that fits. Another `id` shows another process.
///
/// ```no_run
/// use execdeck_app::embed::{Execdeck, ProcessTerminal};
/// use leptos::prelude::*;
/// use uuid::Uuid;
///
/// #[component]
/// fn Output(id: Signal<Option<Uuid>>) -> impl IntoView {
///     view! { <Execdeck base="/deck"><ProcessTerminal id/></Execdeck> }
/// }
/// ```
#[component]
pub fn ProcessTerminal(
    /// Which process; nothing is shown for none.
    #[prop(into)]
    id: Signal<Option<Uuid>>,
) -> impl IntoView {
    let deck = Deck::of_component();
    let id = Memo::new(move |_| id.get());
    // Another process is another terminal: nothing of the last one stays.
    move || id.get().map(|id| view! { <Watched deck=deck.clone() id/> })
}

#[component]
fn Watched(deck: Deck, id: Uuid) -> impl IntoView {
    let Followed { found, removed } = follow(&deck, id);
    let may_read = Memo::new({
        let deck = deck.clone();
        move |_| deck.may(Right::ReadOutput)
    });
    move || match found.get() {
        Found::Loading => view! { <p class="execdeck-notice" role="status">{t!("Loading…")}</p> }.into_any(),
        Found::Not(why) => view! { <p class="execdeck-error" role="alert">{why}</p> }.into_any(),
        Found::Here(_) if !may_read.get() => {
            view! { <p class="execdeck-error" role="alert">{t!("You are not allowed to read the output of processes.")}</p> }.into_any()
        }
        Found::Here(process) => view! { <Output deck=deck.clone() process=process.into() removed/> }.into_any(),
    }
}

#[component]
fn Output(deck: Deck, process: RwSignal<Process>, removed: RwSignal<bool>) -> impl IntoView {
    // The server may have been updated since the page was loaded.
    provide_context(ServerVersion(deck.admission.version.get_untracked()));
    let signals = SessionSignals {
        process,
        connection: RwSignal::new(ConnectionState::Idle),
        following: RwSignal::new(true),
        tab_moves: RwSignal::new(false),
        view: RwSignal::new(false),
        head: RwSignal::new(None),
    };
    let SessionSignals { connection, following, tab_moves, .. } = signals;
    let element = NodeRef::<Div>::new();
    let session = StoredValue::new(None::<browser::Session>);
    let (id, name, terminal, stdin, templated, output) = process.with_untracked(|process| {
        (process.id, process.name.clone(), process.terminal, process.spec.stdin, process.template.is_some(), process.output)
    });
    let from_start = output.start == 0 && output.end <= SHOWN_AT_ONCE;
    let opened = RwSignal::new(0);
    Effect::new(move |_| {
        opened.track();
        session.update_value(|session| {
            if let Some(old) = session.take() {
                old.close();
            }
            *session = Some(browser::open_session(element, SessionOptions { id, terminal, from_start, head: false }, signals));
        });
    });
    // What was refused, such as after signing out, may be allowed now that events come again.
    deck.events.listen(move |event| {
        let is_refused = || connection.try_with_untracked(|connection| matches!(connection, ConnectionState::Refused(_)));
        if matches!(event, ProcessEvent::Connected) && is_refused() == Some(true) {
            opened.try_update(|opened| *opened += 1);
        }
    });
    let active = Memo::new(move |_| process.with(|process| process.state.is_active()));
    let waits = Memo::new(move |_| process.with(|process| process.state.is_waiting()));
    let me = deck.admission.me;
    let types = Memo::new(move |_| me.with(|me| me.as_ref().is_some_and(|me| process.with(|process| may_type(me, process)))));
    let message = move || match connection.get() {
        _ if removed.get() => t!("This process was removed").to_owned(),
        ConnectionState::Lost if terminal.is_some() && active.get() => t!("Reconnecting… typing is paused; no output is lost").to_owned(),
        ConnectionState::Lost => t!("Reconnecting… no output is lost").to_owned(),
        ConnectionState::Live if terminal.is_some() && waits.get() => t!("Not running yet; typing is paused").to_owned(),
        ConnectionState::Refused(reason) => t!("Not connected: {reason}", reason),
        _ => String::new(),
    };
    let is_quiet = |process: &Process| process.output.end == 0 && !process.state.is_active() && process.state != ProcessState::Failed;
    let ended = move || {
        process.with(|process| match format::ending(process) {
            text if text.is_empty() && is_quiet(process) => t!("No output").to_owned(),
            text => text,
        })
    };
    let ended = Memo::new(move |_| ended());
    let follow_tail = move |_| {
        following.update(|following| *following = !*following);
        session.with_value(|session| session.as_ref().inspect(|session| session.set_follow(following.get_untracked())).is_some());
    };
    let class = if templated { "execdeck-terminal execdeck-templated" } else { "execdeck-terminal" };
    let label = t!("Output of {name}", name);
    view! {
        <section class=class aria-label=label>
            <div class="execdeck-bar">
                <Badge process/>
                <span class="execdeck-name" translate="no" title=name.clone()>{name.clone()}</span>
                <span class="execdeck-message" role="status">{message}</span>
                {terminal.is_some().then(|| view! {
                    <span class="execdeck-hint" hidden=move || !active.get() || !types.get()>
                        {move || if tab_moves.get() { t!("Tab moves focus. Ctrl+M: send Tab to the program") } else { t!("Ctrl+M: Tab moves focus") }}
                    </span>
                    <span class="execdeck-hint" hidden=move || !active.get() || types.get() || me.with(Option::is_none)>{t!("View only")}</span>
                })}
                <ScreenReaderSwitch session/>
                <button type="button" class="execdeck-button execdeck-quiet" title=t!("Keep showing the newest output")
                    aria-pressed=move || following.get().to_string() on:click=follow_tail>{t!("Follow")}</button>
            </div>
            <div class="execdeck-screen" translate="no" node_ref=element tabindex="-1"></div>
            <p class="execdeck-notice" hidden=move || ended.with(String::is_empty)>{ended}</p>
            {(stdin && terminal.is_none()).then(|| view! {
                {move || types.get().then(|| view! { <LineInput process active connection session/> })}
            })}
        </section>
    }
}

/// Turns announcements on and off. Off at first, since they slow a flood of output down.
#[component]
fn ScreenReaderSwitch(session: StoredValue<Option<browser::Session>>) -> impl IntoView {
    let on = RwSignal::new(browser::wants_screen_reader());
    let change = move |event| {
        on.set(event_target_checked(&event));
        session.with_value(|session| session.as_ref().inspect(|session| session.set_screen_reader(on.get_untracked())).is_some());
    };
    view! {
        <label class="execdeck-check" title=t!("Announce output to screen readers as it arrives")>
            <input type="checkbox" prop:checked=on on:change=change/>{t!("Screen reader")}
        </label>
    }
}
