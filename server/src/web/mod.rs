//! HTTP: one router behind one guard.
//!
//! # Layout
//! - `guard`: who may call at all (Host, Origin), and the headers of all answers. `sign_in`: lets those in who are signed in (`signed`), and
//!   leads others to where they can (`next_page`). `people`: signing
//!   in and managing people, as the server functions ask for it. `forms`: the same for the pages without scripts.
//! - `limits`: how much a request may send. `per_person`: how much each person may use. `retry_after`: when to try again. `compress`: which answers are compressed. `error`: errors as answers.
//! - `api`: the server functions. `pages`: the app on the server, and its forms for browsers without JavaScript. `render`: pages
//!   whose readers leave.
//! - `output`, `stream`, `events`: a process's bytes, plain and live, and what happens to processes. `lines`, `search`: output by lines.
//!   `export`: output in other forms. `guarded_body`: what is sent only as long as its reader may read it.
//!   `stopping`: when that ends because the server stops.
//!   `usage`: what processes use. `activity`: what lists show of it. `flag`: switches in queries. `audit`: what is on record.
//! - `openapi`: the description of all that. `authenticate`: who sends a request, as a host application says; `application`: the
//!   pages that are different then.
//! - `state`: what all handlers share. `health`: for monitoring. `embedded`, `site`: the files of the page. `version`: which
//!   build this is.

mod activity;
mod api;
mod application;
mod audit;
mod authenticate;
mod compress;
mod embedded;
mod error;
mod events;
mod export;
mod flag;
mod form_memory;
mod forms;
mod guard;
mod guarded_body;
mod health;
mod limits;
mod lines;
mod next_page;
mod openapi;
mod output;
mod pages;
mod people;
mod per_person;
mod query;
mod render;
mod retry_after;
mod search;
mod sign_in;
mod signed;
mod site;
mod state;
mod stopping;
mod stream;
mod usage;
pub(crate) mod version;

use crate::{config::Config, deck::Deck, listen::Shutdown};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    middleware,
    response::Redirect,
    routing::{any, get},
};
use state::{AppState, SignIn};
use std::sync::Arc;

#[cfg(test)]
pub(crate) use api::OF_ACCOUNTS;
pub(crate) use api::require_json;
pub use authenticate::Authenticate;
pub(crate) use {
    authenticate::{identify_by, place},
    error::{Failure, as_json, no_route, parse_id},
    flag::Flag,
    guard::{add_headers, check_request, is_file, refuse},
    limits::receive,
    per_person::{OpenSocket, PerPerson},
    retry_after::{RetryAfter, say as say_retry_after},
    sign_in::opens_stream,
    signed::{Refused, Signed},
    site::file as files,
    stopping::stopped,
    stream::{CloseReason, Ending, Peer, PeerEvent, bounded},
};

/// All routes of a server with accounts of its own.
pub fn router(deck: Deck, config: Config, shutdown: Shutdown) -> Router {
    let app = AppState::new(deck, config, shutdown, SignIn::Accounts);
    let base = app.config.server.base_path.clone();
    let site = guarded(&app, site_router(&app).merge(forms::accounts()));
    let routes = if base.is_empty() {
        site
    } else {
        // A health check on this machine doesn't have to know the base path.
        let (home, slash) = (app.path("/admin/exec"), format!("{base}/"));
        let redirect = move || async move { Redirect::to(&home) };
        let outside = Router::new().merge(health_router()).route("/", get(redirect.clone())).route(&slash, get(redirect));
        let outside = outside.fallback(pages::not_found.layer(middleware::from_fn(render::to_the_end)));
        guarded(&app, outside).nest(&base, site)
    };
    routes.with_state(app)
}

/// All routes for an application that nests them below `server.base_path`, with its own sign-in.
pub fn mounted(deck: Deck, config: Config, shutdown: Shutdown, application: Arc<dyn Authenticate>) -> Router {
    let app = AppState::new(deck, config, shutdown, SignIn::Application(application));
    let elsewhere = ["/logout", "/setup", "/admin/account", "/admin/people"];
    let site = site_router(&app).route("/login", get(application::login));
    let site = elsewhere.into_iter().fold(site, |site, path| site.route(path, any(application::elsewhere)));
    guarded(&app, site.layer(middleware::from_fn(api::without_accounts)))
        .layer(middleware::from_fn_with_state(app.clone(), application::receive))
        .with_state(app)
}

/// The routes behind everything that keeps strangers and floods out. Paths are those below the base path.
fn guarded(app: &AppState, routes: Router<AppState>) -> Router<AppState> {
    routes
        .layer(middleware::from_fn_with_state(app.per_person.clone(), limits::receive))
        .layer(middleware::from_fn_with_state(app.clone(), sign_in::authenticate))
        .layer(middleware::from_fn(retry_after::say))
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
}

/// Everything below the base path.
fn site_router(app: &AppState) -> Router<AppState> {
    Router::new()
        .merge(pages::router(app))
        .merge(forms::router())
        .merge(health_router())
        .route("/api/processes/{id}/output", get(output::output))
        .route("/api/processes/{id}/stream", get(stream::stream))
        .route("/api/processes/{id}/lines", get(lines::lines))
        .route("/api/processes/{id}/search", get(search::one))
        .route("/api/processes/{id}/usage", get(usage::usage))
        .route("/api/search", get(search::all))
        .route("/api/activity", get(activity::activity))
        .route("/api/events", get(events::events))
        .route("/api/audit", get(audit::audit))
        .route("/api/openapi.json", get(openapi::document))
        .route("/pkg/{build}/{name}", get(site::file))
        .route("/api/{*rest}", any(error::no_route))
        .fallback(pages::not_found.layer(middleware::from_fn(render::to_the_end)))
        // `limits` has received the body and bounds it.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(api::strict))
        .layer(middleware::from_fn(error::as_json))
        .layer(compress::layer())
}

fn health_router() -> Router<AppState> {
    Router::new().route("/healthz", get(health::healthz)).route("/metrics", get(health::metrics))
}
