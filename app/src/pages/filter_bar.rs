//! The bar above the list: the search field and the segments by state. Both show what the address says.

use crate::{
    address::{self, href},
    components::{Icon, Name},
    query,
    texts::t,
    wire::Counts,
};
use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::time::Duration;

/// How long typing has to pause before the search begins.
const PAUSE: Duration = Duration::from_millis(300);

/// What is typed goes into the address. When the address changes otherwise, by a segment or the browser's Back, the field
/// follows.
#[component]
pub(super) fn SearchField(text: Memo<String>, typed: RwSignal<String>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    // What the field last put into the address: when it comes back it must not undo what was typed since.
    let sent = StoredValue::new(text.get_untracked());
    Effect::new(move |last: Option<()>| {
        let text = text.get();
        if last.is_some() && sent.get_value() != text {
            sent.set_value(text.clone());
            typed.set(text);
        } else if last.is_none()
            && let Some(field) = field.get_untracked()
        {
            // Something may have been typed before hydration.
            typed.set(field.value());
        }
    });
    let navigate = use_navigate();
    let search = StoredValue::new(move || {
        let Some(text) = typed.try_get_untracked().map(|text| text.trim().to_owned()) else { return };
        if text != sent.get_value() {
            sent.set_value(text.clone());
            navigate(&address::list(&text), NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        }
    });
    let search = move || {
        let _ = search.try_with_value(|search| search());
    };
    let mut search_soon = debounce(PAUSE, move |()| search());
    let problem = Memo::new(move |_| text.with(|text| query::parse(text).err()));
    view! {
            <form class="search" role="search" method="get" action=href("/admin/exec") on:submit=move |event| {
                event.prevent_default();
                search();
            }>
                <Icon name=Name::Search/>
                <input node_ref=field type="search" name="q" value=text.get_untracked() prop:value=move || typed.get() aria-label=t!("Search processes")
                    placeholder=t!("Search, or state:failed user:ada label:team=ops") autocomplete="off" spellcheck="false"
                    aria-invalid=move || problem.with(Option::is_some).to_string()
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        search_soon(());
                    }/>
                <p class="field-error" role="alert">{move || problem.get()}</p>
            </form>
    }
}

/// The segments by state, each with how many there are.
#[component]
pub(super) fn Segments(text: Memo<String>, typed: RwSignal<String>, counts: RwSignal<Counts>) -> impl IntoView {
    let segment = move |(label, word): (&'static str, &'static str)| {
        let number = move || {
            counts.with(|counts| match word {
                "running" => counts.active,
                "failed" => counts.unsuccessful,
                "ended" => counts.ended,
                _ => counts.active + counts.ended,
            })
        };
        let address = move || href(&address::list(&typed.with(|typed| query::with_segment(typed, word))));
        let current = move || if text.with(|text| query::segment(text) == word) { "page" } else { "false" };
        view! { <a href=address aria-current=current>{label}<span class="count">{number}</span></a> }
    };
    view! { <nav class="segments" aria-label=t!("Filter by state")>{query::segments().into_iter().map(segment).collect_view()}</nav> }
}
