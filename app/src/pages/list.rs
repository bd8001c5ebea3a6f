//! `/admin/exec`: all processes, live.

use super::listing::{Listing, belongs, load};
use crate::{
    browser::{self, ConnectionState, ProcessEvent},
    components::{ErrorNote, Icon, Name, Problem, ProcessRow},
    query::{self, SEGMENTS},
    wire::{Counts, Process},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use std::fmt::Write as _;
use uuid::Uuid;

/// The list page. The address holds the filter; without JavaScript the field and the links do the same by loading.
#[component]
pub(crate) fn ListPage() -> impl IntoView {
    let map = use_query_map();
    let text = Memo::new(move |_| map.with(|map| map.get("q").unwrap_or_default()));
    let before = Memo::new(move |_| map.with(|map| map.get("before").and_then(|id| id.parse::<Uuid>().ok())));
    let listing = Resource::new(move || (text.get(), before.get()), |(text, before)| load(text, before));
    view! {
        <Title text="Processes"/>
        <Transition fallback=|| view! { <div class="skeleton" aria-label="Loading"></div> }>
            {move || Suspend::new(async move {
                match listing.await {
                    Ok(listing) => view! { <List listing text=text.get_untracked()/> }.into_any(),
                    Err(error) => view! { <Problem title="Couldn't load the list" text=error.0.message/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn List(listing: Listing, text: String) -> impl IntoView {
    let now = browser::tick();
    let error = RwSignal::new(String::new());
    let counts = RwSignal::new(listing.counts);
    let next = RwSignal::new(listing.next);
    let rows = RwSignal::new(listing.processes.into_iter().map(RwSignal::new).collect::<Vec<_>>());
    let removed = Callback::new(move |id| rows.update(|rows| rows.retain(|row| row.with_untracked(|row| row.id != id))));
    follow(&text, rows, counts, next);
    let more_text = text.clone();
    let more = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let text = more_text.clone();
        spawn_local(async move {
            match load(text, next.get_untracked()).await {
                Ok(page) => {
                    rows.try_update(|rows| rows.extend(page.processes.into_iter().map(RwSignal::new)));
                    next.try_set(page.next);
                }
                Err(failure) => drop(error.try_set(failure.0.message)),
            }
        });
    };
    let more_address = {
        let text = text.clone();
        move || next.get().map(|id| format!("/admin/exec?before={id}&q={}", encode(&text)))
    };
    view! {
        <h1 class="unseen">"Processes"</h1>
        <FilterBar text=text.clone() counts/>
        <ErrorNote text=error/>
        <div class="rows-head" aria-hidden="true">
            <span>"State"</span><span>"Name"</span><span>"Command"</span><span></span><span>"Started by"</span><span>"Created"</span><span>"Duration"</span><span></span>
        </div>
        <ul class="rows" aria-label="Processes">
            <For each=move || rows.get() key=|row| row.with_untracked(|row| row.id) let(row)>
                <ProcessRow process=row now error removed/>
            </For>
        </ul>
        <Show when=move || rows.with(Vec::is_empty)>
            <Empty filtered=!text.is_empty()/>
        </Show>
        {move || more_address().map(|address| view! {
            <p class="more"><a class="button" href=address rel="next" on:click=more.clone()>"Show older"</a></p>
        })}
    }
}

/// Keeps the list up to date while it is open.
fn follow(text: &str, rows: RwSignal<Vec<RwSignal<Process>>>, counts: RwSignal<Counts>, next: RwSignal<Option<Uuid>>) {
    let filter = query::parse(text).unwrap_or_default();
    let text = text.to_owned();
    let link = expect_context::<RwSignal<ConnectionState>>();
    let take = move |news| {
        let text = text.clone();
        match news {
            ProcessEvent::Process(process) => take_process(*process, &filter, rows),
            ProcessEvent::Removed(id) => drop(rows.try_update(|rows| rows.retain(|row| row.with_untracked(|row| row.id != id)))),
            // Since the list was read it may have changed in any way: while the page woke up, or was cut off.
            ProcessEvent::Connected => {
                spawn_local(async move {
                    if let Ok(listing) = load(text, None).await {
                        take_all(listing.processes, rows);
                        next.try_set(listing.next);
                        counts.try_set(listing.counts);
                    }
                });
                return;
            }
        }
        spawn_local(async move {
            let filter = crate::wire::ProcessFilter { limit: Some(1), ..Default::default() };
            if let Ok(page) = crate::api::list_processes(filter).await {
                counts.try_set(page.counts);
            }
        });
    };
    Effect::new(move |_| browser::follow_events(link, take.clone()));
}

/// Takes a list anew. A row that stays keeps its signal, which is what its view looks at.
fn take_all(processes: Vec<Process>, rows: RwSignal<Vec<RwSignal<Process>>>) {
    let Some(known) = rows.try_get_untracked() else { return };
    let row = |process: Process| match known.iter().find(|row| row.with_untracked(|row| row.id == process.id)) {
        Some(row) => {
            row.set(process);
            *row
        }
        None => RwSignal::new(process),
    };
    rows.try_set(processes.into_iter().map(row).collect());
}

fn take_process(process: Process, filter: &crate::wire::ProcessFilter, rows: RwSignal<Vec<RwSignal<Process>>>) {
    let belongs = belongs(&process, filter);
    let Some(known) = rows.try_with_untracked(|rows| rows.iter().find(|row| row.with_untracked(|row| row.id == process.id)).copied())
    else {
        return;
    };
    match known {
        Some(row) if belongs => row.set(process),
        Some(row) => rows.update(|rows| rows.retain(|other| *other != row)),
        None if belongs => rows.update(|rows| rows.insert(0, RwSignal::new(process))),
        None => {}
    }
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[component]
fn FilterBar(text: String, counts: RwSignal<Counts>) -> impl IntoView {
    let chosen = query::segment(&text).to_owned();
    let segments = SEGMENTS.into_iter().map(|(label, word)| {
        let number = move || {
            counts.with(|counts| match word {
                "running" => counts.active,
                "failed" => counts.unsuccessful,
                "ended" => counts.ended,
                _ => counts.active + counts.ended,
            })
        };
        let address = match query::with_segment(&text, word) {
            text if text.is_empty() => "/admin/exec".to_owned(),
            text => format!("/admin/exec?q={}", encode(&text)),
        };
        let current = if chosen == word { "page" } else { "false" };
        view! { <a href=address aria-current=current>{label}<span class="count">{number}</span></a> }
    });
    let navigate = use_navigate();
    let field = NodeRef::<leptos::html::Input>::new();
    let search = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = field.get().map(|field| field.value()).unwrap_or_default();
        let address = if text.trim().is_empty() { "/admin/exec".to_owned() } else { format!("/admin/exec?q={}", encode(text.trim())) };
        navigate(&address, leptos_router::NavigateOptions { replace: true, ..Default::default() });
    };
    let waiting = RwSignal::new(0_u32);
    let typed = move |_| {
        // Searches when the typing pauses.
        let ticket = waiting.get_untracked() + 1;
        waiting.set(ticket);
        set_timeout(
            move || {
                if waiting.try_get_untracked() == Some(ticket) {
                    browser::submit_form("filter");
                }
            },
            std::time::Duration::from_millis(300),
        );
    };
    view! {
        <div class="filter">
            <nav class="segments" aria-label="Filter by state">{segments.collect_view()}</nav>
            <form id="filter" class="search" role="search" method="get" action="/admin/exec" on:submit=search>
                <Icon name=Name::Search/>
                <input node_ref=field type="search" name="q" value=text.clone() placeholder="Search, or state:failed user:ada label:team=ops" aria-label="Search processes"
                    autocomplete="off" spellcheck="false" on:input=typed/>
            </form>
        </div>
    }
}

#[component]
fn Empty(filtered: bool) -> impl IntoView {
    if filtered {
        view! {
            <section class="empty">
                <span class="empty-icon"><Icon name=Name::Search/></span>
                <h2>"No processes match"</h2>
                <p>"Try fewer words or another state."</p>
                <p><a class="button" href="/admin/exec">"Show all"</a></p>
            </section>
        }
        .into_any()
    } else {
        view! {
            <section class="empty">
                <span class="empty-icon"><Icon name=Name::Processes/></span>
                <h2>"No processes yet"</h2>
                <p>"Start a program and watch its output live. It keeps running after you close the page, and its output is kept."</p>
                <p><a class="button primary" href="/admin/exec/new"><Icon name=Name::Add/><span>"New process"</span></a></p>
            </section>
        }
        .into_any()
    }
}
