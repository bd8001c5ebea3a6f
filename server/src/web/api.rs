//! The server functions over HTTP: Leptos runs them; this module checks their input and gives errors their status.
//!
//! The wire types ignore unknown fields, so that answers and stored rows of other versions can be read. Requests are read
//! with the same types here, but an unknown field is an error that names it.

use super::error::{Failure, MAX_BODY, no_route, too_large};
use crate::wording::{in_plain_words, quoted};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use execdeck_app::{
    api::{
        AddPasskey, AskForPasskey, ChangePassword, CreateProcess, CreateToken, EndOtherSessions, EndSession, GetHealth, GetProcess,
        GetTemplate, KillProcess, ListAudit, ListPasskeys, ListPeople, ListProcesses, ListSessions, ListTemplates, ListTokens,
        PasskeyOptions, PasskeyProofOptions, PasskeySignInOptions, PreviewTemplate, RemovePasskey, RemoveProcess, RemoveTemplate,
        RestartProcess, RevokeToken, SavePerson, SaveTemplate, Setup, SignIn, SignInWithPasskey, SignOut, StartTemplate, Whoami,
        WriteInput,
    },
    wire::{ApiError, ErrorCode},
};
use leptos::server_fn::ServerFn;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A server function's path, and the function that reads its arguments strictly.
pub(super) type Function = (&'static str, fn(&[u8]) -> Result<(), ApiError>);

pub(super) const FUNCTIONS: [Function; 36] = [
    function::<CreateProcess>(),
    function::<ListProcesses>(),
    function::<GetProcess>(),
    function::<KillProcess>(),
    function::<RestartProcess>(),
    function::<RemoveProcess>(),
    function::<WriteInput>(),
    function::<ListAudit>(),
    function::<GetHealth>(),
    function::<SignIn>(),
    function::<Setup>(),
    function::<SignOut>(),
    function::<Whoami>(),
    function::<ChangePassword>(),
    function::<ListPeople>(),
    function::<SavePerson>(),
    function::<ListSessions>(),
    function::<EndSession>(),
    function::<EndOtherSessions>(),
    function::<ListTokens>(),
    function::<CreateToken>(),
    function::<RevokeToken>(),
    function::<ListTemplates>(),
    function::<GetTemplate>(),
    function::<SaveTemplate>(),
    function::<RemoveTemplate>(),
    function::<PreviewTemplate>(),
    function::<StartTemplate>(),
    function::<PasskeySignInOptions>(),
    function::<SignInWithPasskey>(),
    function::<PasskeyProofOptions>(),
    function::<PasskeyOptions>(),
    function::<AddPasskey>(),
    function::<ListPasskeys>(),
    function::<RemovePasskey>(),
    function::<AskForPasskey>(),
];

/// Those about accounts, which an application with its own sign-in has no use for.
pub(crate) const OF_ACCOUNTS: [&str; 20] = [
    SignIn::PATH,
    Setup::PATH,
    SignOut::PATH,
    ChangePassword::PATH,
    ListPeople::PATH,
    SavePerson::PATH,
    ListSessions::PATH,
    EndSession::PATH,
    EndOtherSessions::PATH,
    ListTokens::PATH,
    CreateToken::PATH,
    RevokeToken::PATH,
    PasskeySignInOptions::PATH,
    SignInWithPasskey::PATH,
    PasskeyProofOptions::PATH,
    PasskeyOptions::PATH,
    AddPasskey::PATH,
    ListPasskeys::PATH,
    RemovePasskey::PATH,
    AskForPasskey::PATH,
];

const fn function<F: ServerFn + DeserializeOwned + Serialize>() -> Function {
    (F::PATH, read_strictly::<F>)
}

/// Middleware for POST requests below `/api/`, which are the server functions.
pub(crate) async fn strict(request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    match checked(request).await {
        Ok(request) => with_status(next.run(request).await).await,
        Err(failure) => failure.into_response(),
    }
}

/// Middleware for applications with their own sign-in: there is nothing to call about accounts.
pub(crate) async fn without_accounts(request: Request, next: Next) -> Response {
    if OF_ACCOUNTS.contains(&request.uri().path()) {
        return no_route(request).await.into_response();
    }
    next.run(request).await
}

/// The server functions of the host application: they are none of Execdeck's.
pub(crate) fn foreign_functions() -> Vec<String> {
    let is_own = |path: &str| FUNCTIONS.iter().any(|(own, _)| *own == path);
    leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).filter(|path| !is_own(path)).map(str::to_owned).collect()
}

/// Rejects what Leptos would accept: bodies that are not JSON, unknown arguments, unknown fields.
async fn checked(request: Request) -> Result<Request, Failure> {
    let Some((_, read)) = FUNCTIONS.iter().find(|(path, _)| *path == request.uri().path()) else {
        // Not a server function: the router knows whether it is another route.
        return Ok(request);
    };
    let (parts, body) = request.into_parts();
    require_json(&parts.headers)?;
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| too_large(MAX_BODY))?;
    read(&body)?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Rejects what is not said to be JSON: forms of other sites can send anything else without asking first.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Failure> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Failure::new(ErrorCode::BadRequest, "Send the arguments as JSON, with Content-Type: application/json."))
}

/// Reads a request's arguments. Errors give the path of whatever is wrong or unknown.
fn read_strictly<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<(), ApiError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let mut unknown = None;
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let read = serde_ignored::deserialize::<_, _, T>(tracked, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    });
    let wrong = |path: String, message: String| {
        // Fields are named as in `validate`, starting inside the spec, the template or the filter. serde_ignored marks optional values with `?`.
        let path = path.replace(".?", "");
        let path = ["template.", "spec.", "filter.", "person."].iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(&path);
        let field = Some(path.to_owned()).filter(|path| path != ".");
        ApiError { field, ..ApiError::new(ErrorCode::BadRequest, message) }
    };
    let arguments = match read.and_then(|arguments| json.end().map(|()| arguments)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let (path, problem) = (track.path().to_string(), error.to_string());
            return Err(match quoted(&problem, "missing field ") {
                // The path is that of the object in which it is missing.
                Some(missing) if path == "." => wrong(missing.to_owned(), format!("{missing} is missing.")),
                Some(missing) => wrong(format!("{path}.{missing}"), format!("{missing} is missing.")),
                None => wrong(path, format!("The arguments cannot be read: {}.", in_plain_words(&problem))),
            });
        }
    };
    if let Some(path) = unknown {
        let mut error = wrong(path, String::new());
        error.message = format!("Unknown field {:?}.", error.field.as_deref().unwrap_or_default());
        return Err(error);
    }
    // serde also takes a list of the values of an object, in the order in which they happen to be declared.
    let values = [serde_json::from_slice(body), serde_json::to_value(&arguments)];
    if let [Ok(given), Ok(meant)] = values
        && let Some(path) = listed_object(&given, &meant)
    {
        let (path, name) = if path.is_empty() { (".".to_owned(), "The arguments".to_owned()) } else { (path.clone(), path) };
        return Err(wrong(path, format!("{name} must be an object, not a list.")));
    }
    Ok(())
}

/// The path of a list that was taken as an object, if there is one. `meant`: what was read, as JSON again.
fn listed_object(given: &Value, meant: &Value) -> Option<String> {
    let below = |key: &str, path: String| if path.is_empty() { key.to_owned() } else { format!("{key}.{path}") };
    match (given, meant) {
        (Value::Array(_), Value::Object(_)) => Some(String::new()),
        (Value::Array(given), Value::Array(meant)) => {
            let pairs = given.iter().zip(meant).enumerate();
            pairs.into_iter().find_map(|(at, (given, meant))| Some(below(&at.to_string(), listed_object(given, meant)?)))
        }
        (Value::Object(given), Value::Object(meant)) => {
            given.iter().find_map(|(key, value)| Some(below(key, listed_object(value, meant.get(key)?)?)))
        }
        _ => None,
    }
}

/// Leptos answers every error with 500; the code in the body says which status it should be.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let body = to_bytes(response.into_body(), MAX_BODY).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<ApiError>(&body) {
        return Failure(error).into_response();
    }
    tracing::error!(body = %String::from_utf8_lossy(&body), "a server function failed without an error message");
    Failure::new(ErrorCode::Unavailable, "Internal server error; see the server log.").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_function_is_read_strictly() {
        let mut known = FUNCTIONS.map(|(path, _)| path).to_vec();
        let mut registered: Vec<_> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
        known.sort_unstable();
        registered.sort_unstable();
        assert_eq!(known, registered);
    }

    #[test]
    fn only_json_is_json() {
        for (kind, is_json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/json2", false),
            ("text/plain; application/json", false),
            ("", false),
        ] {
            let headers = [(header::CONTENT_TYPE, kind.parse().unwrap())].into_iter().collect();
            assert_eq!(require_json(&headers).is_ok(), is_json, "{kind}");
        }
        assert!(require_json(&HeaderMap::new()).is_err());
    }

    #[test]
    fn what_is_unknown_or_wrong_is_named_by_its_path() {
        for (body, field) in [
            (r#"{"spec":{"program":"a","comand":1}}"#, "comand"),
            (r#"{"spec":{"program":"a","stop":{"signl":"TERM"}}}"#, "stop.signl"),
            (r#"{"spec":{"program":"a","terminal":{"cols":1,"rows":1,"depth":1}}}"#, "terminal.depth"),
            (r#"{"spec":{"program":"a","limits":{"memory_bytes":"much"}}}"#, "limits.memory_bytes"),
            (r#"{"spec":{"program":"a"},"sepc":1}"#, "sepc"),
            (r#"{"spec":{}}"#, "program"),
            ("{}", "spec"),
        ] {
            let error = read_strictly::<CreateProcess>(body.as_bytes()).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{error}");
        }
        let number = read_strictly::<ListProcesses>(br#"{"filter":{"limit":-1}}"#).unwrap_err();
        assert!(number.message.contains("expected a whole number, 0 or more"), "{number}");
        let filter = read_strictly::<ListProcesses>(br#"{"filter":{"stat":"active"}}"#).unwrap_err();
        assert_eq!(filter.field.as_deref(), Some("stat"));
        assert!(read_strictly::<ListProcesses>(b"{}").is_ok());
        assert!(read_strictly::<ListProcesses>(b"{} x").is_err());
    }
}
