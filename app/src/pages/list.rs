//! `/admin/exec`: all processes, live.

use super::{
    LastList,
    filter_bar::{SearchField, Segments},
    list_updates::{Events, Place, keep_current},
    retry::retry,
};
use crate::{
    address::{self, href},
    api::CallError,
    browser,
    carried::resource,
    components::{ErrorNote, Icon, LoadProblem, Name, ProcessRow},
    live::{Listing, MOST_HISTORY, PAGE, Rows, answered, load},
    query,
    texts::{plural, t},
    wire::{ApiError, Counts, ErrorCode},
};
use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// With fewer rows than this, older ones are loaded if there are any.
const FEW: usize = 10;

/// The list page. The address holds the filter, so that the field and the links work without JavaScript too. A search text
/// with an error leaves the list as it was, and where there was none, none is shown.
#[component]
pub(super) fn ListPage() -> impl IntoView {
    let map = use_query_map();
    let text = Memo::new(move |_| map.with(|map| map.get("q").unwrap_or_default()));
    let before = Memo::new(move |_| map.with(|map| map.get("before").and_then(|id| id.parse::<Uuid>().ok())));
    let place = Memo::new(move |last: Option<&Place>| match (text.with(|text| query::parse(text).is_ok()), last) {
        (false, Some(last)) => last.clone(),
        (true, _) | (false, None) => (text.get(), before.get()),
    });
    // The text in the search field, which may not have been searched for yet.
    let typed = RwSignal::new(text.get_untracked());
    let events = Events::follow();
    let listing = resource(
        move || place.get(),
        move |(text, before)| {
            events.await_list();
            answered(async move {
                let filter = query::parse(&text).map_err(|problem| ApiError::new(ErrorCode::BadRequest, problem))?;
                load(filter, before, PAGE).await
            })
        },
    );
    retry(listing);
    browser::page_shown("/admin/exec".into());
    let last = expect_context::<LastList>();
    Effect::new(move |_| {
        last.0.set(place.with(|(text, before)| before.map_or_else(|| address::list(text), |before| address::list_before(text, before))));
    });
    let element = NodeRef::<html::Div>::new();
    browser::open_list(element);
    view! {
        <Title text=t!("Processes")/>
        <h1 class="unseen">{t!("Processes")}</h1>
        <div class="list" node_ref=element>
        <SearchField text typed/>
        <button class="view needs-script" type="button" aria-expanded="false"><Icon name=Name::View/><span>{t!("View")}</span></button>
        <Transition fallback=|| view! { <div class="skeleton"><span class="unseen">{t!("Loading")}</span></div> }>
            {move || {
                let place = place.get();
                Suspend::new(async move {
                    match listing.await {
                        Ok(listing) => {
                            let counts = RwSignal::new(listing.counts);
                            view! {
                                <Segments text typed counts/>
                                <div class="listing"><List events listing place counts/></div>
                            }
                            .into_any()
                        }
                        Err(CallError(error)) => view! { <LoadProblem error title=t!("Couldn't load the list")/> }.into_any(),
                    }
                })
            }}
        </Transition>
        </div>
    }
}

#[component]
fn List(events: Events, listing: Listing, place: Place, counts: RwSignal<Counts>) -> impl IntoView {
    let (text, before) = place.clone();
    let now = browser::tick();
    let error = RwSignal::new(String::new());
    let filter = query::parse(&text).unwrap_or_default();
    let rows = RwSignal::new(Rows::new(listing, filter, before));
    let removed = Callback::new(move |id| {
        rows.try_update(|rows| rows.remove(id));
    });
    // New processes that wait until the pointer has left the list.
    let waiting = RwSignal::new(0);
    keep_current(events, place, rows, counts, waiting, now, error);
    let next = Memo::new(move |_| rows.with(|rows| rows.next));
    let older = StoredValue::new(text.clone());
    let add_older = Action::new(move |next: &Uuid| {
        let next = *next;
        async move {
            match load(older.with_value(|text| query::parse(text).unwrap_or_default()), Some(next), PAGE).await {
                Ok(listing) => drop(rows.try_update(|rows| rows.extend(listing))),
                Err(failure) => drop(error.try_set(failure.0.message)),
            }
        }
    });
    // A plain click adds to the list. With Ctrl, or once the list is full, the link opens the next page.
    let show_older = move |event: leptos::ev::MouseEvent| {
        let plain = event.button() == 0 && !event.ctrl_key() && !event.meta_key() && !event.shift_key() && !event.alt_key();
        // While another list is on its way, this one is still seen but not kept any more.
        let has_room = rows.try_with_untracked(|rows| rows.history < MOST_HISTORY) == Some(true);
        if let Some(next) = next.try_get_untracked().flatten().filter(|_| plain && has_room) {
            event.prevent_default();
            if !add_older.pending().get_untracked() {
                add_older.dispatch(next);
            }
        }
    };
    // Where most of what was shown has been removed, the older ones follow.
    Effect::new(move |_| {
        let are_few = rows.with(|rows| rows.shown.len() < FEW);
        if let Some(next) = next.get().filter(|_| are_few && !add_older.pending().get_untracked()) {
            add_older.dispatch(next);
        }
    });
    // A finger has no place over the list before it touches it.
    let hold = move |event: leptos::ev::PointerEvent, held: bool| {
        if event.pointer_type() == "mouse" && rows.try_update_untracked(|rows| rows.hold(held)) == Some(true) {
            rows.update(|_| {});
        }
        if let Some(number) = rows.try_with_untracked(Rows::waiting) {
            waiting.try_set(number);
        }
    };
    let filtered = !text.is_empty();
    let newest = address::list(&text);
    view! {
        <ErrorNote text=error/>
        {before.map(|_| view! { <p class="older">{t!("Older processes.")}" "<a href=href(&newest)>{t!("Back to the newest")}</a></p> })}
        <div class="rows-head" aria-hidden="true">
            <span>{t!("State")}</span><span data-sort="name">{t!("Name")}</span><span>{t!("Command")}</span><span></span><span data-sort="who">{t!("Started by")}</span>
            <span data-sort="oldest">{t!("Created")}</span><span data-sort="duration">{t!("Duration")}</span>
            <span><span data-sort="cpu">{t!("CPU")}</span>", "<span data-sort="memory">{t!("memory")}</span></span>
        </div>
        <p class="waiting" role="status" hidden=move || waiting.get() == 0>{move || plural!(waiting.get() as u64, "{count} new", "{count} new")}</p>
        <ul class="rows" aria-label=t!("Processes") on:pointerenter=move |event| hold(event, true) on:pointerleave=move |event| hold(event, false)>
            <For each=move || rows.with(|rows| rows.shown.clone()) key=|row| row.id let(row)>
                <ProcessRow process=row.process now error removed/>
            </For>
        </ul>
        <Show when=move || rows.with(|rows| rows.shown.is_empty()) && next.get().is_none()>
            <Empty filtered=filtered || before.is_some()/>
        </Show>
        {move || next.get().map(|next| {
            let busy = move || add_older.pending().get().to_string();
            view! { <p class="more"><a class="button" href=href(&address::list_before(&text, next)) rel="next" aria-busy=busy on:click=show_older>{t!("Show older")}</a></p> }
        })}
    }
}

#[component]
fn Empty(filtered: bool) -> impl IntoView {
    if filtered {
        view! {
            <section class="empty">
                <span class="empty-icon"><Icon name=Name::Search/></span>
                <h2>{t!("No processes match")}</h2>
                <p>{t!("Try fewer search terms or a different state.")}</p>
                <p><a class="button" href=href("/admin/exec")>{t!("Show all")}</a></p>
            </section>
        }
        .into_any()
    } else {
        view! {
            <section class="empty">
                <span class="empty-icon"><Icon name=Name::Processes/></span>
                <h2>{t!("No processes yet")}</h2>
                <p>{t!("Start a program and watch its output live. It keeps running after you close the page, and its output is stored.")}</p>
                <p><a class="button primary" href=href("/admin/exec/new")><Icon name=Name::Add/><span>{t!("New process")}</span></a></p>
            </section>
        }
        .into_any()
    }
}
