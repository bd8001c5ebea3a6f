//! Where a button leads without JavaScript when the server refuses what it asks for.

use super::Refusal;
use crate::{address::href, codec::shared, components::Problem};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Says why the server refused; opened by its address alone, that the address does nothing.
#[component]
pub(crate) fn RefusedPage() -> impl IntoView {
    let refusal = shared(use_context::<Refusal>);
    let text = refusal.map_or_else(|| "This address only works from the buttons on the process page.".to_owned(), |refusal| refusal.0);
    let id = use_params_map().with_untracked(|map| map.get("id").unwrap_or_default());
    view! {
        <Title text="That didn't work"/>
        <Problem title="That didn't work" text back=href(&format!("/admin/exec/{id}"))/>
    }
}
