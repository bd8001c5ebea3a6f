//! The console's own sign-in: a form, sessions in memory, and a cookie. Execdeck asks it who sends a request.

use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use execdeck_app::wire::Role;
use execdeck_server::{Answer, Authenticate, User};
use serde::Deserialize;
use std::{
    collections::HashMap,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

/// FOR THE EXAMPLE ONLY: everybody can read these passwords. An application has its own people, and stores hashes.
const PEOPLE: [(&str, &str, Role); 2] =
    [("ada", "example password of ada", Role::Admin), ("grace", "example password of grace", Role::Viewer)];

/// The cookie with the session.
const COOKIE: &str = "console";

/// Who is signed in, by session. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct SignIn(Arc<Mutex<HashMap<String, User>>>);

impl Authenticate for SignIn {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> Answer<'a, Option<User>> {
        Box::pin(ready(Ok(self.person(&request.headers))))
    }

    fn sign_in_page(&self, next: &str) -> Option<String> {
        Some(page(next, false))
    }
}

impl SignIn {
    /// Who sends a request with these headers.
    pub fn person(&self, headers: &HeaderMap) -> Option<User> {
        self.sessions().get(session(headers)?).cloned()
    }

    /// Where the console's forms for signing in and out are sent. `/sign-in` itself is one of its pages.
    pub fn routes(&self) -> Router {
        Router::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out)).with_state(self.clone())
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, User>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the form sends.
#[derive(Deserialize)]
struct Given {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(State(people): State<SignIn>, Form(given): Form<Given>) -> Response {
    // Whoever has written the link does not decide which site it leads to.
    let is_misleading = |c: char| c == '\\' || c.is_control();
    let is_own = given.next.starts_with('/') && !given.next.starts_with("//") && !given.next.contains(is_misleading);
    let next = if is_own { given.next.as_str() } else { "/" };
    let Some((name, _, role)) = PEOPLE.into_iter().find(|(name, password, _)| *name == given.name && *password == given.password) else {
        return Redirect::to(&page(next, true)).into_response();
    };
    let session = new_session();
    people.sessions().insert(session.clone(), User::new(name, role));
    let cookie = format!("{COOKIE}={session}; HttpOnly; SameSite=Lax; Path=/");
    ([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response()
}

async fn sign_out(State(people): State<SignIn>, headers: HeaderMap) -> Response {
    if let Some(session) = session(&headers) {
        people.sessions().remove(session);
    }
    ([(header::SET_COOKIE, format!("{COOKIE}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"))], Redirect::to("/")).into_response()
}

/// The session that a request comes with.
fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split("; ")).find_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('='))
}

/// 128 random bits.
fn new_session() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the kernel has random numbers");
    Uuid::from_bytes(bytes).simple().to_string()
}

/// The address of the page where one signs in, to come back to `next`.
fn page(next: &str, was_wrong: bool) -> String {
    let next: String = byte_serialize(next.as_bytes()).collect();
    format!("/sign-in?next={next}{}", if was_wrong { "&wrong=" } else { "" })
}
