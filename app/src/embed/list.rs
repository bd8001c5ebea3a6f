//! A list of processes.

use super::{deck::Deck, state::Badge};
use crate::{
    api::CallError,
    browser::{self, ProcessEvent},
    format,
    live::{Listing, MOST_HISTORY, PAGE, PAUSE, Rounds, Rows, answered, load},
    texts::{plural, t},
    wire::{Process, ProcessFilter},
};
use leptos::{either::Either, ev::PointerEvent, prelude::*, task::spawn_local};
use uuid::Uuid;

/// Processes with their names and states, live: the active ones first, then the newest.
///
/// While the pointer is over the list its rows keep their places, so that nobody selects another process than the one they aim at.
///
/// ```no_run
/// use execdeck_app::{
///     embed::{Execdeck, ProcessList},
///     wire::{Process, ProcessFilter},
/// };
/// use leptos::prelude::*;
///
/// #[component]
/// fn Builds() -> impl IntoView {
///     let filter = ProcessFilter { label: Some("kind=build".into()), ..ProcessFilter::default() };
///     view! {
///         <Execdeck base="/deck">
///             <ProcessList filter limit=5 on_select=|process: Process| leptos::logging::log!("{}", process.name)/>
///         </Execdeck>
///     }
/// }
/// ```
#[component]
pub fn ProcessList(
    /// Which processes; all that one may see by default. Its `limit` is not used.
    #[prop(optional, into)]
    filter: Signal<ProcessFilter>,
    /// How many rows there are at most, 1 to 500.
    #[prop(default = 20)]
    limit: usize,
    /// Makes the names buttons, which call this.
    #[prop(optional, into)]
    on_select: Option<Callback<Process>>,
    /// What the list is called for those who do not see it.
    #[prop(default = t!("Processes").into(), into)]
    label: String,
) -> impl IntoView {
    let deck = Deck::of_component();
    let filter = Memo::new(move |_| filter.get());
    let limit = limit.clamp(1, MOST_HISTORY);
    let selected = RwSignal::new(None);
    let list = move || view! { <List deck=deck.clone() filter=filter.get() limit selected on_select/> };
    view! { <section class="execdeck-list" aria-label=label>{list}</section> }
}

#[component]
fn List(
    deck: Deck,
    filter: ProcessFilter,
    limit: usize,
    /// The process that was selected last.
    selected: RwSignal<Option<Uuid>>,
    on_select: Option<Callback<Process>>,
) -> impl IntoView {
    let now = browser::tick();
    let error = RwSignal::new(String::new());
    let loaded = RwSignal::new(false);
    // New processes that wait until the pointer has left the list.
    let waiting = RwSignal::new(0);
    let mut first = Rows::new(Listing::default(), filter.clone(), filter.before);
    first.history = limit.max(PAGE);
    let rows = RwSignal::new(first);
    keep_current(&deck, filter, Shown { rows, loaded, waiting, error });
    // A finger has no place over the list before it touches it.
    let hold = move |event: PointerEvent, held: bool| {
        if event.pointer_type() == "mouse" && rows.try_update_untracked(|rows| rows.hold(held)) == Some(true) {
            rows.update(|_| {});
        }
        waiting.set(rows.with_untracked(Rows::waiting));
    };
    let empty = move || loaded.get() && rows.with(|rows| rows.shown.is_empty());
    view! {
        <p class="execdeck-error" role="alert" hidden=move || error.with(String::is_empty)>{error}</p>
        <p class="execdeck-notice" role="status" hidden=move || loaded.get() || !error.with(String::is_empty)>{t!("Loading…")}</p>
        <p class="execdeck-waiting" role="status" hidden=move || waiting.get() == 0>{move || plural!(waiting.get() as u64, "{count} new", "{count} new")}</p>
        <ul class="execdeck-rows" role="list" on:pointerenter=move |event| hold(event, true)
            on:pointerleave=move |event| hold(event, false)>
            <For each=move || rows.with(|rows| rows.shown.iter().take(limit).cloned().collect::<Vec<_>>()) key=|row| row.id let(row)>
                <Row process=row.process now selected on_select/>
            </For>
        </ul>
        <p class="execdeck-notice" hidden=move || !empty()>{t!("No processes")}</p>
    }
}

#[component]
fn Row(
    process: ArcRwSignal<Process>,
    now: Signal<i64>,
    selected: RwSignal<Option<Uuid>>,
    on_select: Option<Callback<Process>>,
) -> impl IntoView {
    let process = RwSignal::from(process);
    let (id, name, created) = process.with_untracked(|process| (process.id, process.name.clone(), process.created_at));
    let shown_name = match on_select {
        Some(select) => Either::Left(view! {
            <button type="button" class="execdeck-name" translate="no" title=name.clone() on:click=move |_| {
                selected.set(Some(id));
                select.run(process.get_untracked());
            }>{name.clone()}</button>
        }),
        None => Either::Right(view! { <span class="execdeck-name" translate="no" title=name.clone()>{name.clone()}</span> }),
    };
    let age = move || format::ago(now.get() - created.as_millis());
    let duration = move || process.with(|process| format::running_time(process, || now.get())).unwrap_or_else(|| "–".into());
    let title = browser::local_time(created.as_millis()).unwrap_or_default();
    view! {
        <li class="execdeck-row" data-id=id.to_string() aria-current=move || (selected.get() == Some(id)).then_some("true")>
            <Badge process/>
            {shown_name}
            <time class="execdeck-age" datetime=created.to_string() title=title>{age}</time>
            <span class="execdeck-duration" title=t!("Duration")>{duration}</span>
        </li>
    }
}

/// An open list.
#[derive(Clone, Copy)]
struct Shown {
    rows: RwSignal<Rows>,
    loaded: RwSignal<bool>,
    waiting: RwSignal<usize>,
    error: RwSignal<String>,
}

/// Keeps the list up to date while it is open.
fn keep_current(deck: &Deck, filter: ProcessFilter, list: Shown) {
    let rounds = Rounds::new();
    let refresh = {
        let deck = deck.clone();
        move || list.refresh(&deck, filter.clone(), rounds)
    };
    Effect::new({
        let refresh = refresh.clone();
        move |_| refresh()
    });
    deck.events.listen(move |event| match event {
        ProcessEvent::Process(process) => {
            // A row that changes updates itself; the list is rendered again when rows come or go.
            if list.rows.try_update_untracked(|rows| rows.change((**process).clone())) == Some(true) {
                list.rows.update(|_| {});
            }
            if let Some(number) = list.rows.try_with_untracked(Rows::waiting) {
                list.waiting.try_set(number);
            }
        }
        ProcessEvent::Removed(id) => {
            list.rows.try_update(|rows| rows.remove(*id));
        }
        // Anything may have happened before the connection was made, or in an event that cannot be read.
        ProcessEvent::Connected | ProcessEvent::Unreadable => refresh(),
    });
}

impl Shown {
    /// Loads everything that is shown, until that works or another round has begun.
    fn refresh(self, deck: &Deck, filter: ProcessFilter, rounds: Rounds) {
        let Some(round) = rounds.begin() else { return };
        let deck = deck.clone();
        spawn_local(async move {
            while let Some((asked_at, history)) = self.rows.try_with_untracked(|rows| (rows.events(), rows.shown_history())) {
                let page = deck.below(answered(load(filter.clone(), filter.before, history))).await;
                if !rounds.is_current(round) {
                    return;
                }
                let problem = match page {
                    Ok(listing) => {
                        self.rows.try_update(|rows| rows.refresh(listing, asked_at));
                        self.error.try_set(String::new());
                        self.loaded.try_set(true);
                        return;
                    }
                    Err(CallError(problem)) => problem,
                };
                self.error.try_set(t!("The list may be out of date. {reason}", reason = problem.message));
                if !problem.code.is_temporary() {
                    return;
                }
                browser::sleep(PAUSE).await;
            }
        });
    }
}
