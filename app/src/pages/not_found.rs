//! The page for addresses that lead nowhere.

use crate::components::{Problem, set_status};
use leptos::prelude::*;
use leptos_meta::Title;

/// Says so, with status 404.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Page not found"/>
        <Problem title="Page not found" text="Check the address. The page may have been removed."/>
    }
}
