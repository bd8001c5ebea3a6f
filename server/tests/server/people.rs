//! People, and how they sign in.

use crate::{
    common::{TempFolder, within},
    support::{PASSWORD, Server, client, run},
};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};

/// A client without any credentials that follows no redirects.
pub fn nobody() -> Client {
    Client::builder().redirect(Policy::none()).build().unwrap()
}

pub async fn call(client: &Client, server: &Server, function: &str, arguments: &Value) -> Response {
    within(client.post(server.url(&format!("/api/{function}"))).json(arguments).send()).await.unwrap()
}

/// Adds a person, with a token.
pub fn add(folder: &TempFolder, name: &str, role: &str) -> String {
    run(folder.path(), &["user", "add", name, "--role", role], PASSWORD);
    run(folder.path(), &["token", "add", name, "--label", "tests"], "").trim().to_owned()
}

/// A session's cookie.
pub async fn sign_in(server: &Server, name: &str) -> String {
    let response = call(&nobody(), server, "sign_in", &json!({ "name": name, "password": PASSWORD })).await;
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect();
    let session = cookies.iter().find(|cookie| cookie.starts_with("execdeck-") && !cookie.contains("-device=")).unwrap();
    assert!(session.contains("HttpOnly") && session.contains("SameSite=Lax"), "{session}");
    session.split(';').next().unwrap().to_owned()
}

pub async fn with_cookie(server: &Server, cookie: &str, path: &str) -> Response {
    within(nobody().get(server.url(path)).header("cookie", cookie).send()).await.unwrap()
}

/// Changes an account as an administrator.
pub fn save(server: &Server, person: &Value) {
    let (client, arguments) = (client(), json!({ "person": person }));
    let saved = call(&client, server, "save_person", &arguments);
    let status = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(saved)).status();
    assert_eq!(status, 200);
}
