//! Errors where people look.

use super::{Icon, Name};
use leptos::prelude::*;

/// A whole page or section that could not be shown, and what to do.
#[component]
pub(crate) fn Problem(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// The page to go back to, besides the list.
    #[prop(optional, into)]
    back: Option<String>,
) -> impl IntoView {
    view! {
        <section class="empty" role="alert">
            <span class="empty-icon"><Icon name=Name::Alert/></span>
            <h1>{title}</h1>
            <p>{text}</p>
            <p class="empty-ways">
                {back.map(|back| view! { <a class="button" href=back>"Back to the process"</a> })}
                <a class="button" href="/admin/exec">"All processes"</a>
            </p>
        </section>
    }
}

/// A line that appears when something just asked for did not work.
#[component]
pub(crate) fn ErrorNote(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! {
        <div class="note failed" role="alert" hidden=move || text.with(String::is_empty)>
            <Icon name=Name::Alert/>
            <span>{move || text.get()}</span>
        </div>
    }
}
