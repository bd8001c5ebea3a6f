//! Error messages.

use super::{Icon, Name};
use crate::{
    address::href,
    texts::t,
    wire::{ApiError, ErrorCode},
};
use leptos::prelude::*;
use leptos_meta::Title;

/// A whole page or section that could not be shown, and what to do.
#[component]
pub(crate) fn Problem(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// The page to go back to, besides the list.
    #[prop(optional, into)]
    back: Option<String>,
    /// Whether trying again may help.
    #[prop(optional)]
    again: bool,
) -> impl IntoView {
    view! {
        <section class="empty" role="alert">
            <span class="empty-icon"><Icon name=Name::Alert/></span>
            <h1>{title}</h1>
            <p>{text}{again.then(|| view! { <span class="needs-script">" " {t!("This page tries again every few seconds.")}</span> })}</p>
            <p class="empty-ways">
                {again.then(|| view! { <a class="button primary" href="" rel="external">{t!("Try again")}</a> })}
                {back.map(|back| view! { <a class="button" href=back>{t!("Back to the process")}</a> })}
                <a class="button" href=href("/admin/exec")>{t!("All processes")}</a>
            </p>
        </section>
    }
}

/// A page or list that could not be loaded: what is wrong, and what to do about it. On the server the answer has the
/// error's status.
#[component]
pub(crate) fn LoadProblem(
    error: ApiError,
    /// What could not be done.
    title: &'static str,
) -> impl IntoView {
    set_status(error.code.status());
    let (title, text) = match error.code {
        ErrorCode::NotFound => (t!("Process not found"), t!("It may have been removed, or the address is wrong.").to_owned()),
        ErrorCode::Unauthorized => (t!("Sign in to see this"), error.message),
        ErrorCode::Forbidden => (t!("You don't have access to this"), error.message),
        _ => (title, error.message),
    };
    let again = error.code.is_temporary();
    view! {
        <Title text=title/>
        <Problem title text again/>
    }
}

/// Sets the status of the page that is being made.
pub(crate) fn set_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) = (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(status)) {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}

/// A line that appears when an action has failed.
#[component]
pub(crate) fn ErrorNote(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! {
        <div class="note failed" role="alert" hidden=move || text.with(String::is_empty)>
            <Icon name=Name::Alert/>
            <span>{move || text.get()}</span>
        </div>
    }
}
