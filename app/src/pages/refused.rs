//! What a button leads to when JavaScript did not take it and the server refused.

use super::Refusal;
use crate::{address::href, components::Problem};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Says why. Loaded by its address alone, it says that looking at it does nothing.
#[component]
pub(crate) fn RefusedPage() -> impl IntoView {
    let refusal = SharedValue::new(use_context::<Refusal>).into_inner();
    let text = refusal
        .map_or_else(|| "Opening this address does nothing. Use the buttons on the page of the process.".to_owned(), |refusal| refusal.0);
    let id = use_params_map().with_untracked(|map| map.get("id").unwrap_or_default());
    view! {
        <Title text="That didn't work"/>
        <Problem title="That didn't work" text back=href(&format!("/admin/exec/{id}"))/>
    }
}
