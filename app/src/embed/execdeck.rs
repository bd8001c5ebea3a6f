//! The component around the others.

use super::{
    access::{Access, Admission},
    deck::{Deck, rights},
};
use crate::{
    server::{BasePath, ServerVersion},
    texts::t,
};
use leptos::{context::Provider, prelude::*};
use std::sync::{Mutex, PoisonError};

/// Says where Execdeck is mounted, for the components inside, and shares one event stream among them.
///
/// Shows a line of text while it loads, when nobody is signed in, and while the server cannot be reached or sends no events. Components that have been
/// shown stay then, and are up to date once the server is back. Two of them with different bases can be in one page.
///
/// ```no_run
/// use execdeck_app::embed::{Execdeck, ProcessList};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Builds() -> impl IntoView {
///     view! {
///         <Execdeck base="/deck">
///             <ProcessList/>
///         </Execdeck>
///     }
/// }
/// ```
#[component]
pub fn Execdeck(
    /// The path below which its routes are mounted, such as `/deck`.
    #[prop(into)]
    base: String,
    /// The components, rendered in the browser once somebody is known to be signed in.
    children: Children,
) -> impl IntoView {
    let base = base.trim_end_matches('/').to_owned();
    let deck = Deck::new(&base);
    view! { <Provider value=BasePath(base)>{inside(deck, children)}</Provider> }
}

/// Rendered below the context of its own, in which nothing else of the page is.
fn inside(deck: Deck, children: Children) -> impl IntoView {
    provide_context(deck.clone());
    deck.keep_current();
    let Admission { me, access, shown, version, .. } = deck.admission;
    let shown = Memo::new(move |_| shown.get() && me.with(Option::is_some));
    let data_rights = move || me.with(|me| me.as_ref().map(rights));
    let overdue = deck.events.overdue();
    let text = move || match access.get() {
        Access::Granted if shown.get() && overdue.get() => t!("Reconnecting… what is shown may be out of date.").to_owned(),
        Access::Granted if shown.get() => String::new(),
        Access::Asking | Access::Granted => t!("Loading…").to_owned(),
        Access::SignedOut => t!("You are not signed in. Sign in to see this.").to_owned(),
        Access::Unreachable => t!("The server cannot be reached. Trying again every few seconds.").to_owned(),
        Access::Refused(reason) => reason,
    };
    let text = Memo::new(move |_| text());
    let children = Mutex::new(Some(children));
    let content = move || {
        let children = if shown.get() { children.lock().unwrap_or_else(PoisonError::into_inner).take() } else { None };
        children.map(|children| {
            provide_context(ServerVersion(version.get_untracked()));
            children()
        })
    };
    view! {
        <div class="execdeck" data-rights=data_rights>
            <p class="execdeck-notice" role="status" hidden=move || text.with(String::is_empty)>{text}</p>
            {content}
        </div>
    }
}
