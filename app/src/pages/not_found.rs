//! The page for addresses that lead nowhere.

use crate::{
    components::{Problem, set_status},
    texts::t,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Says so, with status 404.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    set_status(404);
    view! {
        <Title text=t!("Page not found")/>
        <Problem title=t!("Page not found") text=t!("Check the address. The page may have been removed.")/>
    }
}
