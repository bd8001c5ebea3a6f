//! The server functions about people. They call the [`PeopleService`](crate::service::PeopleService) of the context.

use super::CallError;
use crate::{
    call::PrefixClient,
    codec::Json,
    wire::{CreatedToken, Me, PasskeyInfo, Password, Person, PersonChange, Proof, Rights, SessionInfo, Timestamp, TokenInfo},
};
use leptos::prelude::*;
use serde_json::Value;
use uuid::Uuid;

#[cfg(feature = "ssr")]
use crate::{
    service::SharedPeople,
    wire::{ApiError, ErrorCode, NewToken},
};

#[cfg(feature = "ssr")]
fn people() -> Result<SharedPeople, ApiError> {
    use_context().ok_or_else(|| ApiError::new(ErrorCode::Unavailable, "This server does not know people."))
}

/// Adds `Set-Cookie` headers to the response.
#[cfg(feature = "ssr")]
fn set_cookies(cookies: Vec<String>) {
    let response = expect_context::<leptos_axum::ResponseOptions>();
    for cookie in cookies.into_iter().filter_map(|cookie| cookie.parse().ok()) {
        response.append_header(http::header::SET_COOKIE, cookie);
    }
}

/// Signs in with a password; the session comes as a cookie.
#[server(prefix = "/api", endpoint = "sign_in", input = Json, output = Json, client = PrefixClient)]
pub async fn sign_in(name: String, password: Password) -> Result<Me, CallError> {
    let signed_in = people()?.sign_in(name, password).await?;
    set_cookies(signed_in.cookies);
    Ok(signed_in.me)
}

/// Creates the first administrator with the code that the server has printed, and signs them in.
#[server(prefix = "/api", endpoint = "setup", input = Json, output = Json, client = PrefixClient)]
pub async fn setup(code: String, name: String, password: Password) -> Result<Me, CallError> {
    let signed_in = people()?.setup(code, name, password).await?;
    set_cookies(signed_in.cookies);
    Ok(signed_in.me)
}

/// Ends the session of the request.
#[server(prefix = "/api", endpoint = "sign_out", input = Json, output = Json, client = PrefixClient)]
pub async fn sign_out() -> Result<(), CallError> {
    set_cookies(people()?.sign_out().await?);
    Ok(())
}

/// Who has sent the request, and what they may do.
#[server(prefix = "/api", endpoint = "whoami", input = Json, output = Json, client = PrefixClient)]
pub async fn whoami() -> Result<Me, CallError> {
    Ok(people()?.whoami().await?)
}

/// Changes one's own password and ends one's other sessions.
#[server(prefix = "/api", endpoint = "change_password", input = Json, output = Json, client = PrefixClient)]
pub async fn change_password(current: Password, new: Password) -> Result<(), CallError> {
    Ok(people()?.change_password(current, new).await?)
}

/// All people, by name. For administrators.
#[server(prefix = "/api", endpoint = "list_people", input = Json, output = Json, client = PrefixClient)]
pub async fn list_people() -> Result<Vec<Person>, CallError> {
    Ok(people()?.list_people().await?)
}

/// Creates an account or changes one. For administrators.
#[server(prefix = "/api", endpoint = "save_person", input = Json, output = Json, client = PrefixClient)]
pub async fn save_person(person: PersonChange) -> Result<Person, CallError> {
    Ok(people()?.save_person(person).await?)
}

/// One's own sessions, or another person's, for administrators.
#[server(prefix = "/api", endpoint = "list_sessions", input = Json, output = Json, client = PrefixClient)]
pub async fn list_sessions(#[server(default)] person: Option<String>) -> Result<Vec<SessionInfo>, CallError> {
    Ok(people()?.list_sessions(person).await?)
}

/// Ends one of one's own sessions; or anybody's, for administrators.
#[server(prefix = "/api", endpoint = "end_session", input = Json, output = Json, client = PrefixClient)]
pub async fn end_session(id: Uuid) -> Result<(), CallError> {
    Ok(people()?.end_session(id).await?)
}

/// Ends all of one's own sessions but that of the request.
#[server(prefix = "/api", endpoint = "end_other_sessions", input = Json, output = Json, client = PrefixClient)]
pub async fn end_other_sessions() -> Result<usize, CallError> {
    Ok(people()?.end_other_sessions().await?)
}

/// One's own tokens.
#[server(prefix = "/api", endpoint = "list_tokens", input = Json, output = Json, client = PrefixClient)]
pub async fn list_tokens() -> Result<Vec<TokenInfo>, CallError> {
    Ok(people()?.list_tokens().await?)
}

/// Creates a token; this answer is the only one that contains it.
#[server(prefix = "/api", endpoint = "create_token", input = Json, output = Json, client = PrefixClient)]
pub async fn create_token(
    label: String,
    #[server(default)] rights: Option<Rights>,
    #[server(default)] expires_at: Option<Timestamp>,
) -> Result<CreatedToken, CallError> {
    Ok(people()?.create_token(NewToken { label, rights, expires_at }).await?)
}

/// Revokes one of one's own tokens; or anybody's, for administrators.
#[server(prefix = "/api", endpoint = "revoke_token", input = Json, output = Json, client = PrefixClient)]
pub async fn revoke_token(id: Uuid) -> Result<(), CallError> {
    Ok(people()?.revoke_token(id).await?)
}

/// What to ask a passkey to sign in. With `after_password`, the browser has just given the right password of an account that is
/// also asked for a passkey.
#[server(prefix = "/api", endpoint = "passkey_sign_in_options", input = Json, output = Json, client = PrefixClient)]
pub async fn passkey_sign_in_options(#[server(default)] after_password: bool) -> Result<Value, CallError> {
    let challenge = people()?.passkey_sign_in_options(after_password).await?;
    set_cookies(challenge.cookies);
    Ok(challenge.options)
}

/// Signs in with what a passkey has answered; the session comes as a cookie.
#[server(prefix = "/api", endpoint = "sign_in_with_passkey", input = Json, output = Json, client = PrefixClient)]
pub async fn sign_in_with_passkey(credential: Value) -> Result<Me, CallError> {
    let signed_in = people()?.sign_in_with_passkey(credential).await?;
    set_cookies(signed_in.cookies);
    Ok(signed_in.me)
}

/// What to ask one of one's own passkeys to show that it is still oneself who asks.
#[server(prefix = "/api", endpoint = "passkey_proof_options", input = Json, output = Json, client = PrefixClient)]
pub async fn passkey_proof_options() -> Result<Value, CallError> {
    let challenge = people()?.passkey_proof_options().await?;
    set_cookies(challenge.cookies);
    Ok(challenge.options)
}

/// What to ask an authenticator to make a passkey for oneself.
#[server(prefix = "/api", endpoint = "passkey_options", input = Json, output = Json, client = PrefixClient)]
pub async fn passkey_options(#[server(default)] proof: Proof) -> Result<Value, CallError> {
    let challenge = people()?.passkey_options(proof).await?;
    set_cookies(challenge.cookies);
    Ok(challenge.options)
}

/// Adds the passkey that an authenticator has made for oneself.
#[server(prefix = "/api", endpoint = "add_passkey", input = Json, output = Json, client = PrefixClient)]
pub async fn add_passkey(label: String, credential: Value) -> Result<PasskeyInfo, CallError> {
    Ok(people()?.add_passkey(label, credential).await?)
}

/// One's own passkeys.
#[server(prefix = "/api", endpoint = "list_passkeys", input = Json, output = Json, client = PrefixClient)]
pub async fn list_passkeys() -> Result<Vec<PasskeyInfo>, CallError> {
    Ok(people()?.list_passkeys().await?)
}

/// Removes one of one's own passkeys.
#[server(prefix = "/api", endpoint = "remove_passkey", input = Json, output = Json, client = PrefixClient)]
pub async fn remove_passkey(id: Uuid, #[server(default)] proof: Proof) -> Result<(), CallError> {
    Ok(people()?.remove_passkey(id, proof).await?)
}

/// Sets whether one is asked for a passkey after the password.
#[server(prefix = "/api", endpoint = "ask_for_passkey", input = Json, output = Json, client = PrefixClient)]
pub async fn ask_for_passkey(ask: bool, #[server(default)] proof: Proof) -> Result<(), CallError> {
    Ok(people()?.ask_for_passkey(ask, proof).await?)
}
