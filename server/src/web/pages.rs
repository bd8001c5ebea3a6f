//! The app on the server, and the forms that its pages submit without JavaScript.

use super::{
    api::foreign_functions,
    error::{Failure, parse_id},
    forms::Visit,
    render,
    signed::Signed,
    state::AppState,
};
use crate::deck::Caller;
use axum::{
    Extension, Router,
    body::Body,
    extract::{Form, FromRequestParts, OriginalUri, Path, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use execdeck_app::{
    App, FormFailure, Refusal, RemoveQuestion, ServerHealth,
    form::{FieldError, NewForm},
    shell,
    theme::Theme,
};
use execdeck_wire::{Health, Right};
use leptos::context::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list_with_exclusions};
use uuid::Uuid;

pub(crate) fn router(app: &AppState) -> Router<AppState> {
    let (context, home) = (app.clone(), app.path("/admin/exec"));
    // Their state is the options: a way to get these from another state (`FromRef`) would leave the compiler in doubt which one is
    // meant in applications that link this crate.
    let routes = generate_route_list_with_exclusions(App, Some(foreign_functions()));
    let app_routes = Router::new().leptos_routes_with_context(&app.options, routes, move || provide(&context), shell);
    Router::new()
        .merge(app_routes.with_state(app.options.clone()))
        .layer(middleware::from_fn_with_state(app.clone(), find_out_health))
        .layer(middleware::from_fn(render::to_the_end))
        .layer(middleware::map_request(restore_base))
        .route("/", get(move || async move { Redirect::to(&home) }))
        .route("/admin/exec/new", post(create))
        .route("/admin/exec/{id}/start", post(start))
        .route("/admin/exec/{id}/form", get(form))
        .route("/admin/exec/{id}/stop", post(stop))
        .route("/admin/exec/{id}/remove", post(remove))
        .layer(middleware::from_fn_with_state(app.clone(), only_what_they_may_use))
}

/// Whoever may not run any command gets no form for one, but is told why.
async fn only_what_they_may_use(State(app): State<AppState>, signed: Option<Extension<Signed>>, request: Request, next: Next) -> Response {
    let caller = signed.as_ref().map(|signed| signed.caller());
    if request.uri().path() == "/admin/exec/new"
        && let Some(caller) = caller
        && let Err(error) = app.deck.require_commands(&caller).await
    {
        let mut parts = request.into_parts().0;
        let Ok(visit) = Visit::from_request_parts(&mut parts, &app).await;
        return visit.refuse(error);
    }
    next.run(request).await
}

/// Finds out how the server is, for the page that is asked for.
async fn find_out_health(State(app): State<AppState>, signed: Option<Extension<Signed>>, mut request: Request, next: Next) -> Response {
    if let Some(Extension(signed)) = signed.filter(|_| !request.uri().path().starts_with("/api/")) {
        request.extensions_mut().insert(server_health(&app, &signed.caller()).await);
    }
    next.run(request).await
}

/// How the server is, as far as the caller may know it.
async fn server_health(app: &AppState, caller: &Caller) -> ServerHealth {
    if !caller.may(Right::View) {
        return ServerHealth::default();
    }
    let Health { problems, disk } = app.deck.health(caller).await.unwrap_or_default();
    ServerHealth { problems: problems.into_iter().map(|problem| problem.message).collect(), disk }
}

/// The app's own router expects the base path; server functions are found by their paths without it.
async fn restore_base(OriginalUri(uri): OriginalUri, mut request: Request) -> Request {
    if !request.uri().path().starts_with("/api/") {
        *request.uri_mut() = uri;
    }
    request
}

/// Puts what pages need into the Leptos context.
fn provide(app: &AppState) {
    app.provide_to_leptos();
    let parts = leptos::context::use_context::<axum::http::request::Parts>();
    if let Some(health) = parts.as_ref().and_then(|parts| parts.extensions.get::<ServerHealth>()) {
        provide_context(health.clone());
    }
    let cookies = parts.and_then(|parts| Some(parts.headers.get(header::COOKIE)?.to_str().ok()?.to_owned()));
    provide_context(Theme::from_cookies(&cookies.unwrap_or_default()).unwrap_or_default());
}

/// Renders the page at a path below the base path, for whoever sent these headers, with more in its context than usual.
async fn page(
    app: AppState,
    signed: Signed,
    headers: HeaderMap,
    status: StatusCode,
    path: &str,
    provide_more: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = path.parse().unwrap_or_default();
    *request.headers_mut() = headers;
    request.extensions_mut().insert(server_health(&app, &signed.caller()).await);
    request.extensions_mut().insert(signed);
    let context = move || {
        provide(&app);
        provide_more();
    };
    let render = leptos_axum::render_app_async_with_context(context, shell);
    let mut response = render(request).await;
    *response.status_mut() = status;
    response
}

pub(crate) async fn not_found(State(app): State<AppState>, signed: Signed, OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    page(app, signed, headers, StatusCode::NOT_FOUND, uri.path(), || ()).await
}

/// Starts what the form describes, or shows it again with what was typed, except for secrets, and what is wrong.
async fn create(State(app): State<AppState>, signed: Signed, headers: HeaderMap, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let form = NewForm::from_pairs(pairs);
    let errors = match form.to_spec() {
        Err(errors) => errors,
        Ok(spec) => match app.deck.create(&signed.caller(), spec).await {
            Ok(process) => return Redirect::to(&app.path(&format!("/admin/exec/{}", process.id))).into_response(),
            Err(error) => {
                let field = form.field_of(error.field.as_deref().unwrap_or("command")).to_owned();
                vec![FieldError { field, message: error.message }]
            }
        },
    };
    let (path, failure) = (app.path("/admin/exec/new"), FormFailure { form: without_secrets(form), errors });
    page(app, signed, headers, StatusCode::UNPROCESSABLE_ENTITY, &path, move || provide_context(failure.clone())).await
}

/// Secrets are never sent back in a page; they have to be re-entered.
fn without_secrets(mut form: NewForm) -> NewForm {
    for variable in form.variables.iter_mut().filter(|variable| variable.secret) {
        variable.value.clear();
    }
    form
}

/// Runs a process again. What its template asks beforehand is asked by the template's form.
async fn start(State(app): State<AppState>, signed: Signed, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let work = async |app: &AppState, caller: &Caller, id| match app.deck.restart(caller, id, true).await {
        Ok(process) => Ok(format!("/admin/exec/{}", process.id)),
        Err(error) if matches!(error.field.as_deref(), Some("reason" | "confirm")) => Ok(format!("/admin/exec/{id}/form")),
        Err(error) => Err(error.into()),
    };
    act(app, signed, headers, &id, "start", work).await
}

/// Leads to the form of the template that a process was started from, filled in as it was.
async fn form(State(app): State<AppState>, signed: Signed, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let work = async |app: &AppState, caller: &Caller, id| {
        let page = format!("/admin/exec/{id}");
        let form = |template| format!("/admin/exec/templates/{template}/start?from={id}");
        Ok(app.deck.get(caller, id).await?.template.map_or(page, form))
    };
    act(app, signed, headers, &id, "start", work).await
}

async fn stop(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let signal = pairs.into_iter().find(|(name, _)| name == "signal").map(|(_, signal)| signal);
    act(app, signed, headers, &id, "stop", async |app, caller, id| {
        Ok(format!("/admin/exec/{}", app.deck.kill(caller, id, signal).await?.id))
    })
    .await
}

/// Removes the process if the form says that this was confirmed; otherwise asks, and removes nothing.
async fn remove(
    State(app): State<AppState>,
    signed: Signed,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    if pairs.iter().any(|(name, value)| name == "confirmed" && value == "yes") {
        let work = async |app: &AppState, caller: &Caller, id| Ok(app.deck.remove(caller, id).await.map(|()| "/admin/exec".to_owned())?);
        return act(app, signed, headers, &id, "remove", work).await;
    }
    let found = match parse_id(&id) {
        Ok(id) => app.deck.get(&signed.caller(), id).await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    match found {
        Ok(process) => {
            let path = app.path(&format!("/admin/exec/{id}/remove"));
            page(app, signed, headers, StatusCode::OK, &path, move || provide_context(RemoveQuestion(process.name.clone()))).await
        }
        Err(failure) => refuse(app, signed, headers, &id, "remove", failure).await,
    }
}

/// Does what a button asks for and redirects to the page that `work` returns, or shows one that says why it didn't work.
async fn act(
    app: AppState,
    signed: Signed,
    headers: HeaderMap,
    id: &str,
    verb: &str,
    work: impl AsyncFnOnce(&AppState, &Caller, Uuid) -> Result<String, Failure>,
) -> Response {
    let done = match parse_id(id) {
        Ok(id) => work(&app, &signed.caller(), id).await,
        Err(failure) => Err(failure),
    };
    match done {
        Ok(next) => Redirect::to(&app.path(&next)).into_response(),
        Err(failure) => refuse(app, signed, headers, id, verb, failure).await,
    }
}

/// Shows why a button didn't work.
async fn refuse(app: AppState, signed: Signed, headers: HeaderMap, id: &str, verb: &str, failure: Failure) -> Response {
    let (status, refusal) = (failure.status(), Refusal(failure.0.message));
    let path = app.path(&format!("/admin/exec/{id}/{verb}"));
    page(app, signed, headers, status, &path, move || provide_context(refusal.clone())).await
}
