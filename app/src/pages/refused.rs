//! Where a button leads without JavaScript when the server refuses what it asks for, or has a question first.

use super::{Refusal, RemoveQuestion};
use crate::{
    address::href,
    carried::shared_value,
    components::{Icon, Name, Problem},
    texts::t,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// Says why the server refused; opened by its address alone, that the address does nothing.
#[component]
pub(crate) fn RefusedPage() -> impl IntoView {
    let refusal = shared_value(use_context::<Refusal>);
    let question = shared_value(use_context::<RemoveQuestion>);
    let id = use_params_map().with_untracked(|map| map.get("id").unwrap_or_default());
    if let Some(RemoveQuestion(name)) = question {
        return view! { <Question id name/> }.into_any();
    }
    let text = refusal.map_or_else(|| t!("This address only works from the buttons on the process page.").to_owned(), |refusal| refusal.0);
    view! {
        <Title text=t!("That didn't work")/>
        <Problem title=t!("That didn't work") text back=href(&format!("/admin/exec/{id}"))/>
    }
    .into_any()
}

#[component]
fn Question(id: String, name: String) -> impl IntoView {
    let title = t!("Remove {name}?", name);
    view! {
        <Title text=title.clone()/>
        <section class="empty">
            <span class="empty-icon"><Icon name=Name::Remove/></span>
            <h1>{title}</h1>
            <p>{t!("Its output will be removed too.")}</p>
            <form method="post" action=href(&format!("/admin/exec/{id}/remove")) class="empty-ways">
                <input type="hidden" name="confirmed" value="yes"/>
                <button class="danger" type="submit">{t!("Remove")}</button>
                <a class="button" href=href(&format!("/admin/exec/{id}"))>{t!("Keep it")}</a>
            </form>
        </section>
    }
}
