//! The form about passkeys on the account's page. Adding one needs a script, which does not send it here.

use super::{account::refuse, visit::Visit};
use axum::{extract::Form, response::Response};
use execdeck_app::{service::PeopleService, t};
use execdeck_wire::{ApiError, ErrorCode, Password, Proof};
use serde::Deserialize;

const PASSKEYS: &str = "/admin/account/passkeys";

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    /// What to do: `add`, `remove <id>`, `ask on` or `ask off`.
    #[serde(rename = "do")]
    what: String,
    password: Password,
}

pub(super) async fn change(visit: Visit, Form(sent): Form<Sent>) -> Response {
    let proof = Proof { password: Some(sent.password).filter(|password| !password.0.is_empty()), passkey: None };
    let (verb, argument) = sent.what.split_once(' ').unwrap_or((&sent.what, ""));
    let change = async {
        match (verb, argument) {
            ("remove", id) => {
                let id = id.parse().map_err(|_| ApiError::new(ErrorCode::NotFound, t!("There is no such passkey.")))?;
                visit.people.remove_passkey(id, proof).await.map(|()| "passkey-removed")
            }
            ("ask", "on") => visit.people.ask_for_passkey(true, proof).await.map(|()| "passkey-asked"),
            ("ask", "off") => visit.people.ask_for_passkey(false, proof).await.map(|()| "passkey-not-asked"),
            ("add", _) => Err(ApiError::new(ErrorCode::BadRequest, t!("Adding a passkey needs JavaScript."))),
            _ => Err(ApiError::new(ErrorCode::BadRequest, t!("Choose what to do with your passkeys."))),
        }
    };
    match change.await {
        Ok(done) => visit.redirect(&format!("/admin/account?done={done}")),
        Err(error) => refuse(&visit, PASSKEYS, &["password"], error, String::new()).await,
    }
}
