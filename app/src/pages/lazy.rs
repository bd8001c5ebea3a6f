//! The pages whose code loads when they are first opened: each is a part of its own in the browser.

use super::{detail::DetailPage, list::ListPage, new::NewPage};
use crate::assets::preload_modules;
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The list of processes.
pub(crate) struct ListRoute;

#[lazy_route]
impl LazyRoute for ListRoute {
    fn data() -> Self {
        preload_modules("__list_route_view_");
        Self
    }

    fn view(this: Self) -> AnyView {
        let ListRoute = this;
        view! { <ListPage/> }.into_any()
    }
}

/// The form for a new process.
pub(crate) struct NewRoute;

#[lazy_route]
impl LazyRoute for NewRoute {
    fn data() -> Self {
        preload_modules("__new_route_view_");
        Self
    }

    fn view(this: Self) -> AnyView {
        let NewRoute = this;
        view! { <NewPage/> }.into_any()
    }
}

/// One process.
pub(crate) struct DetailRoute;

#[lazy_route]
impl LazyRoute for DetailRoute {
    fn data() -> Self {
        preload_modules("__detail_route_view_");
        Self
    }

    fn view(this: Self) -> AnyView {
        let DetailRoute = this;
        view! { <DetailPage/> }.into_any()
    }
}
