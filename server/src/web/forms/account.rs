//! The page of one's own account.

use super::visit::{Visit, check_repeat, problem, respond};
use crate::{access::Site, web::form_memory::Start};
use axum::{
    extract::{Form, Query},
    http::StatusCode,
    response::Response,
};
use execdeck_app::{
    plain::{Account, Passkeys, Problem, account},
    service::PeopleService,
    t,
};
use execdeck_wire::{ApiError, CreatedToken, ErrorCode, NewToken, Password, Right, Rights, TemplateValues, Timestamp};
use serde::Deserialize;
use tokio::sync::oneshot;
use uuid::Uuid;

/// A day, in microseconds.
const DAY: u64 = 24 * 3600 * 1_000_000;
const PASSWORD: &str = "/admin/account/password";
const TOKENS: &str = "/admin/account/tokens";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    done: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ChangePassword {
    current: Password,
    new: Password,
    repeat: Password,
}

#[derive(Deserialize)]
pub(super) struct Which {
    id: Uuid,
}

/// What a page shows beside what there is.
#[derive(Default)]
struct News {
    created: Option<CreatedToken>,
    label: String,
    notice: Option<String>,
    problem: Option<Problem>,
}

pub(super) async fn page(visit: Visit, Query(arrival): Query<Arrival>) -> Response {
    let notice = match arrival.done.as_str() {
        "password" => Some(t!("Your password was changed.")),
        "passkey-added" => Some(t!("The passkey was added.")),
        "passkey-removed" => Some(t!("The passkey was removed.")),
        "passkey-asked" => Some(t!("You are asked for a passkey from now on. Your other sessions were ended.")),
        "passkey-not-asked" => Some(t!("You are not asked for a passkey any more.")),
        "session" => Some(t!("The session was ended.")),
        "sessions" => Some(t!("All other sessions were ended.")),
        "revoked" => Some(t!("The token was revoked.")),
        "role" => Some(t!("Your role was changed.")),
        _ => None,
    };
    show(&visit, StatusCode::OK, News { notice: notice.map(str::to_owned), ..News::default() }).await
}

pub(super) async fn change_password(visit: Visit, Form(sent): Form<ChangePassword>) -> Response {
    let change = async {
        check_repeat(&sent.new.0, &sent.repeat.0)?;
        visit.people.change_password(sent.current, sent.new).await
    };
    match change.await {
        Ok(()) => visit.redirect("/admin/account?done=password"),
        Err(mut error) => {
            // The rules name the field as it is called elsewhere.
            error.field = error.field.map(|field| if field == "password" { "new".into() } else { field });
            refuse(&visit, PASSWORD, &["current", "new", "repeat"], error, String::new()).await
        }
    }
}

pub(super) async fn end_session(visit: Visit, Form(Which { id }): Form<Which>) -> Response {
    match visit.people.end_session(id).await {
        Ok(()) => visit.redirect("/admin/account?done=session"),
        Err(error) => refuse(&visit, "/admin/account/sessions/end", &[], error, String::new()).await,
    }
}

pub(super) async fn end_other_sessions(visit: Visit) -> Response {
    match visit.people.end_other_sessions().await {
        Ok(_) => visit.redirect("/admin/account?done=sessions"),
        Err(error) => refuse(&visit, "/admin/account/sessions/end-others", &[], error, String::new()).await,
    }
}

pub(super) async fn create_token(visit: Visit, Form(pairs): Form<Vec<(String, String)>>) -> Response {
    let of = |name: &str| pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
    let label = of("label").concat();
    let create = async {
        let new = new_token(&visit, label.clone(), &of("rights"), &of("expires").concat())?;
        let entered = serde_json::json!([label, of("rights"), of("expires")]).to_string();
        create_once(&visit, &of("key").concat(), &entered, new).await
    };
    match create.await {
        Ok(Some(created)) => show(&visit, StatusCode::OK, News { created: Some(created), ..News::default() }).await,
        Ok(None) => {
            let notice = t!(
                "The token “{label}” was created already, and is not shown again. If you have not copied it, revoke it and create another one.",
                label = label.trim()
            );
            show(&visit, StatusCode::OK, News { notice: Some(notice), ..News::default() }).await
        }
        Err(error) => refuse(&visit, TOKENS, &["label"], error, label).await,
    }
}

/// Creates a token, unless the same form has just done so: then there is none to show.
async fn create_once(visit: &Visit, key: &str, entered: &str, new: NewToken) -> Result<Option<CreatedToken>, ApiError> {
    let Ok(key) = key.parse::<Uuid>() else { return visit.people.create_token(new).await.map(Some) };
    let values = TemplateValues::new();
    let form = Start { person: visit.person()?, key, template: Uuid::nil(), values: &values, reason: Some(entered) };
    let (created, mut shown) = oneshot::channel();
    let people = visit.people.clone();
    let work = async move {
        let token = people.create_token(new).await?;
        let id = token.info.id;
        // Nobody waits for it if the browser has given up.
        drop(created.send(token));
        Ok(id)
    };
    visit.app.forms.start_once(&form, work).await?;
    Ok(shown.try_recv().ok())
}

pub(super) async fn revoke_token(visit: Visit, Form(Which { id }): Form<Which>) -> Response {
    match visit.people.revoke_token(id).await {
        Ok(()) => visit.redirect("/admin/account?done=revoked"),
        Err(error) => refuse(&visit, "/admin/account/tokens/revoke", &[], error, String::new()).await,
    }
}

/// The token that a form asks for. One with all rights gets those that its owner will have, too.
fn new_token(visit: &Visit, label: String, rights: &[&str], days: &str) -> Result<NewToken, ApiError> {
    let bad = |message: &str| ApiError::new(ErrorCode::BadRequest, message);
    let parsed = rights.iter().map(|right| right.parse::<Right>()).collect::<Result<Rights, _>>().map_err(|error| bad(&error))?;
    let all = visit.people.identity.as_ref().is_some_and(|identity| parsed == identity.rights);
    let expires_at = match days {
        "never" => None,
        days => {
            let days: u64 =
                days.parse().ok().filter(|days| (1..=3650).contains(days)).ok_or_else(|| bad(t!("Choose when the token expires.")))?;
            Some(Timestamp::from_micros(Timestamp::now().as_micros() + days * DAY))
        }
    };
    Ok(NewToken { label, rights: (!all).then_some(parsed), expires_at })
}

pub(super) async fn refuse(visit: &Visit, form: &str, fields: &[&str], error: ApiError, label: String) -> Response {
    let (status, problem) = problem(form, fields, error);
    show(visit, status, News { label, problem, ..News::default() }).await
}

async fn show(visit: &Visit, status: StatusCode, news: News) -> Response {
    let load = async {
        let (sessions, tokens) = (visit.people.list_sessions(None).await?, visit.people.list_tokens().await?);
        let site = visit.people.client.site.as_ref();
        let passkeys = Passkeys {
            list: visit.people.list_passkeys().await?,
            asked: visit.people.asks_for_passkey().await?,
            origin: site.map(Site::origin),
            host: site.map_or_else(String::new, |site| site.host().to_owned()),
        };
        Ok::<_, ApiError>((sessions, tokens, passkeys))
    };
    let (sessions, tokens, passkeys) = match load.await {
        Ok(loaded) => loaded,
        Err(error) => return visit.refuse(error),
    };
    let has_password = visit.people.has_password().await.unwrap_or_default();
    let News { created, label, notice, problem } = news;
    let origin = visit.origin.clone();
    let key = Uuid::now_v7();
    let page = Account { has_password, passkeys, sessions, tokens, created, origin, label, key, notice, problem };
    let html = account(&visit.page, &page);
    respond(status, html)
}
