//! HTTP: one router, with one guard before all of it.
//!
//! # Layout
//! - `guard`: who may call at all (Host, Origin), and the headers of every answer.
//! - `limits`: what a request may send. `error`: errors as answers.
//! - `api`: the server functions. `pages`: the app on the server, and its forms for browsers without JavaScript.
//! - `output`, `stream`, `events`: a process's bytes, plain and live, and what happens to processes.
//! - `health`: for machines. `site`: the files of the page. `version`: which build this is.

mod api;
mod error;
mod events;
mod guard;
mod health;
mod limits;
mod output;
mod pages;
mod site;
mod stream;
mod version;

use crate::{
    config::Config,
    deck::{Caller, Deck},
    listen::Shutdown,
};
use axum::{
    Router, middleware,
    response::Redirect,
    routing::{any, get},
};
use execdeck_app::{BasePath, LazyModules, ServerVersion, service::SharedService};
use std::sync::{Arc, atomic::AtomicU64};

/// What every handler may use. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub deck: Deck,
    pub config: Arc<Config>,
    pub options: leptos::config::LeptosOptions,
    pub viewers: Arc<AtomicU64>,
    pub shutdown: Shutdown,
    lazy_modules: LazyModules,
    /// The one local operator, as long as nobody signs in: whoever runs the server.
    operator: Caller,
}

impl axum::extract::FromRef<App> for leptos::config::LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.options.clone()
    }
}

impl App {
    /// Who asks.
    pub(crate) fn caller(&self) -> Caller {
        self.operator.clone()
    }

    /// A path as browsers have to ask for it: below the base path.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.server.base_path)
    }

    /// Puts what server functions and pages need into the Leptos context.
    pub(crate) fn provide_context(&self) {
        leptos::context::provide_context::<SharedService>(Arc::new(self.deck.clone()));
        leptos::context::provide_context(self.caller());
        leptos::context::provide_context(BasePath(self.config.server.base_path.clone()));
        leptos::context::provide_context(ServerVersion(version::version().to_owned()));
        leptos::context::provide_context(self.lazy_modules.clone());
    }
}

/// All routes, behind the guard.
pub fn router(deck: Deck, config: Config, shutdown: Shutdown) -> Router {
    let options = leptos::config::LeptosOptions::builder().output_name("execdeck").site_addr(config.server.address).build();
    let lazy_modules = site::lazy_modules();
    let operator = Caller { name: std::env::var("USER").unwrap_or_else(|_| "operator".into()) };
    let app = App { deck, config: Arc::new(config), options, viewers: Arc::default(), shutdown, lazy_modules, operator };
    let base = app.config.server.base_path.clone();
    let site = site_router(&app);
    let routes = if base.is_empty() {
        site
    } else {
        // Whatever asks on this machine whether the server is well need not know the base path.
        let (home, slash) = (app.path("/admin/exec"), format!("{base}/"));
        let redirect = move || async move { Redirect::to(&home) };
        let outside = Router::new().merge(health_router()).route("/", get(redirect.clone())).route(&slash, get(redirect));
        outside.nest(&base, site).fallback(pages::not_found)
    };
    routes.layer(middleware::from_fn(limits::receive)).layer(middleware::from_fn_with_state(app.clone(), guard::guard)).with_state(app)
}

/// What lies below the base path.
fn site_router(app: &App) -> Router<App> {
    Router::new()
        .merge(pages::router(app))
        .merge(health_router())
        .route("/api/processes/{id}/output", get(output::output))
        .route("/api/processes/{id}/stream", get(stream::stream))
        .route("/api/events", get(events::events))
        .route("/pkg/{build}/{name}", get(site::file))
        .route("/api/{*rest}", any(error::no_route))
        .fallback(pages::not_found)
        .layer(middleware::from_fn(api::strict))
        .layer(middleware::from_fn(error::as_json))
}

fn health_router() -> Router<App> {
    Router::new().route("/healthz", get(health::healthz)).route("/metrics", get(health::metrics))
}
