//! For addresses without a page.

use crate::components::{Problem, set_status};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page for addresses that lead nowhere.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Page not found"/>
        <Problem title="Page not found" text="Check the address, or it may have been removed."/>
    }
}
