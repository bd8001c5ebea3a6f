//! Where nothing is.

use crate::components::Problem;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page for addresses that lead nowhere.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    set_status(404);
    view! {
        <Title text="Page not found"/>
        <Problem title="Page not found" text="Check the address, or it may have been removed."/>
    }
}

/// Sets the status of the page that is being made.
#[cfg(feature = "ssr")]
pub(super) fn set_status(status: u16) {
    if let (Some(response), Ok(status)) = (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(status)) {
        response.set_status(status);
    }
}
