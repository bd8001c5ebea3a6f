//! The routes.

use crate::{
    browser::ConnectionState,
    components::{FormCounter, TopBar},
    format,
    pages::{DetailRoute, LastList, ListRoute, NewRoute, NotFound, RefusedPage},
    server::BasePath,
    texts::t,
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    Lazy, SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// The app: a bar on top and a page under it. Pages come from the server with all that they show, so that they
/// work without JavaScript; the list, which can be long, begins to come before it is read.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(RwSignal::new(ConnectionState::Idle));
    provide_context(FormCounter::default());
    provide_context(LastList::default());
    let base = BasePath::current();
    provide_context(base.clone());
    view! {
        <Title formatter=format::page_title/>
        <Router base=base.0>
            <a class="skip" href="#main" rel="external">{t!("Skip to content")}</a>
            <TopBar/>
            <main id="main" tabindex="-1">
                <Routes fallback=NotFound>
                    <Route path=path!("/admin/exec") view={Lazy::<ListRoute>::new()} ssr=SsrMode::InOrder/>
                    <Route path=path!("/admin/exec/new") view={Lazy::<NewRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/admin/exec/:id") view={Lazy::<DetailRoute>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/admin/exec/:id/start") view=RefusedPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/exec/:id/stop") view=RefusedPage ssr=SsrMode::Async/>
                    <Route path=path!("/admin/exec/:id/remove") view=RefusedPage ssr=SsrMode::Async/>
                </Routes>
            </main>
        </Router>
    }
}
