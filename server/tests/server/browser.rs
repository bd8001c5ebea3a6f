//! A browser, as far as servers can tell.

use crate::{
    authenticator::Authenticator,
    common::within,
    people::nobody,
    support::{PASSWORD, Server},
};
use reqwest::Response;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// What speaks to a server as a browser does: by its host name, and with the cookies that it was given.
pub struct Browser {
    pub origin: String,
    pub cookies: Mutex<BTreeMap<String, String>>,
    pub headers: Vec<(&'static str, String)>,
}

impl Browser {
    pub fn new(server: &Server) -> Self {
        let port = server.address.rsplit_once(':').unwrap().1;
        Self { origin: format!("http://localhost:{port}"), cookies: Mutex::default(), headers: Vec::new() }
    }

    pub fn authenticator(&self) -> Authenticator {
        Authenticator::new(&self.origin)
    }

    pub fn cookies(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Response {
        let cookies: Vec<_> = self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header("cookie", cookies.join("; "));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = within(request.send()).await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies().insert(name.to_owned(), value.to_owned());
        }
        response
    }

    pub async fn call(&self, function: &str, arguments: &Value) -> (u16, Value) {
        let request = nobody().post(format!("{}/api/{function}", self.origin)).json(arguments);
        let response = self.send(request).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The answer to a call that has to succeed.
    pub async fn ask(&self, function: &str, arguments: &Value) -> Value {
        let (status, answer) = self.call(function, arguments).await;
        assert_eq!(status, 200, "{function}: {answer}");
        answer
    }

    /// What is wrong with a call that has to fail.
    pub async fn refused(&self, function: &str, arguments: &Value) -> (u16, String) {
        let (status, answer) = self.call(function, arguments).await;
        (status, answer["message"].as_str().unwrap_or_else(|| panic!("{function} succeeded: {answer}")).to_owned())
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(nobody().get(format!("{}{path}", self.origin))).await
    }

    pub async fn sign_in(&self, name: &str) {
        self.ask("sign_in", &json!({ "name": name, "password": PASSWORD })).await;
    }

    pub async fn add_passkey(&self, authenticator: &mut Authenticator, label: &str) -> Value {
        let options = self.ask("passkey_options", &json!({ "proof": { "password": PASSWORD } })).await;
        self.ask("add_passkey", &json!({ "label": label, "credential": authenticator.create(&options) })).await
    }

    /// Signs in with a passkey alone.
    pub async fn use_passkey(&self, authenticator: &mut Authenticator) -> (u16, Value) {
        let options = self.ask("passkey_sign_in_options", &json!({})).await;
        self.call("sign_in_with_passkey", &json!({ "credential": authenticator.get(&options) })).await
    }

    pub async fn whoami(&self) -> Option<String> {
        let (_, me) = self.call("whoami", &json!({})).await;
        me["name"].as_str().map(str::to_owned)
    }

    /// Sends the form of the page for signing in; where that leads to.
    pub async fn form(&self, name: &str, next: &str) -> (u16, String) {
        let form = [("name", name), ("password", PASSWORD), ("next", next)];
        let response = self.send(nobody().post(format!("{}/login", self.origin)).form(&form)).await;
        let location = response.headers().get("location").map(|location| location.to_str().unwrap().to_owned());
        (response.status().as_u16(), location.unwrap_or_default())
    }
}
