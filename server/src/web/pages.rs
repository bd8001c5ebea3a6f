//! The app on the server, and the forms that its pages send when no JavaScript takes them.

use super::{
    App,
    error::{Failure, parse_id},
};
use axum::{
    Router,
    body::Body,
    extract::{Form, Path, Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use execdeck_app::{
    App as AppView, FormFailure, Refusal,
    form::{FieldError, NewForm},
    shell,
    theme::Theme,
};
use leptos::context::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use uuid::Uuid;

pub(crate) fn router(app: &App) -> Router<App> {
    let (context, options) = (app.clone(), app.options.clone());
    Router::new()
        .leptos_routes_with_context(app, generate_route_list(AppView), move || provide(&context), move || shell(options.clone()))
        .route("/", get(|| async { Redirect::to("/admin/exec") }))
        .route("/admin/exec/new", post(create))
        .route("/admin/exec/{id}/start", post(start))
        .route("/admin/exec/{id}/stop", post(stop))
        .route("/admin/exec/{id}/remove", post(remove))
}

/// What pages find in the Leptos context.
fn provide(app: &App) {
    app.provide_context();
    let cookies = leptos::context::use_context::<axum::http::request::Parts>()
        .and_then(|parts| Some(parts.headers.get(header::COOKIE)?.to_str().ok()?.to_owned()));
    provide_context(Theme::from_cookies(&cookies.unwrap_or_default()));
}

/// Renders a page with what it finds in the context beside the usual.
async fn render(app: App, path: &str, provide_more: impl Fn() + Clone + Send + Sync + 'static) -> Response {
    let options = app.options.clone();
    let context = move || {
        provide(&app);
        provide_more();
    };
    let render = leptos_axum::render_app_async_with_context(context, move || shell(options.clone()));
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = path.parse().unwrap_or_default();
    render(request).await
}

pub(crate) async fn not_found(State(app): State<App>, request: Request) -> Response {
    let mut response = render(app, request.uri().path(), || ()).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Starts what the form says, or shows it again with all that was typed and what is wrong.
async fn create(State(app): State<App>, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let form = NewForm::from_pairs(pairs);
    let errors = match form.to_spec() {
        Err(errors) => errors,
        Ok(spec) => match app.deck.create(&app.caller(), spec).await {
            Ok(process) => return Redirect::to(&format!("/admin/exec/{}", process.id)).into_response(),
            Err(error) => {
                let field = form.field_of(error.field.as_deref().unwrap_or("command")).to_owned();
                vec![FieldError { field, message: error.message }]
            }
        },
    };
    let failure = FormFailure { form, errors };
    let mut response = render(app, "/admin/exec/new", move || provide_context(failure.clone())).await;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

async fn start(State(app): State<App>, Path(id): Path<String>) -> Response {
    act(app, &id, "start", async |app, id| Ok(format!("/admin/exec/{}", app.deck.restart(&app.caller(), id).await?.id))).await
}

async fn stop(State(app): State<App>, Path(id): Path<String>, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let signal = pairs.into_iter().find(|(name, _)| name == "signal").map(|(_, signal)| signal);
    act(app, &id, "stop", async |app, id| Ok(format!("/admin/exec/{}", app.deck.kill(&app.caller(), id, signal).await?.id))).await
}

async fn remove(State(app): State<App>, Path(id): Path<String>) -> Response {
    act(app, &id, "remove", async |app, id| Ok(app.deck.remove(&app.caller(), id).await.map(|()| "/admin/exec".to_owned())?)).await
}

/// Does what a button asks for and goes on to the page that it names, or to one that says why nothing was done.
async fn act(app: App, id: &str, verb: &str, work: impl AsyncFnOnce(&App, Uuid) -> Result<String, Failure>) -> Response {
    let done = match parse_id(id) {
        Ok(id) => work(&app, id).await,
        Err(failure) => Err(failure),
    };
    match done {
        Ok(next) => Redirect::to(&next).into_response(),
        Err(failure) => {
            let (status, refusal) = (failure.status(), Refusal(failure.0.message));
            let mut response = render(app, &format!("/admin/exec/{id}/{verb}"), move || provide_context(refusal.clone())).await;
            *response.status_mut() = status;
            response
        }
    }
}
