//! An OpenID provider that does as it is told, right or wrong.

use crate::common::within;
use axum::{
    Form, Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use reqwest::Url;
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::net::TcpListener;

pub const CLIENT: &str = "deck";
/// Has characters that have to be escaped on their way.
pub const SECRET: &str = "s3cret: +%&/ü";

/// How the next ID tokens are made.
#[derive(Clone)]
pub struct Token {
    /// Claims to add or replace; null removes one.
    pub claims: Value,
    /// The same for the header.
    pub header: Value,
    pub sign: Sign,
}

#[derive(Clone)]
pub enum Sign {
    Key,
    /// With a key that the provider does not publish.
    OtherKey,
    /// With HMAC and this key.
    Hmac(Vec<u8>),
    Nothing,
}

/// What the token endpoint does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Right,
    Fails,
    Hangs,
    Floods,
    Redirects,
    NotJson,
}

/// Somebody who asks for a code.
#[derive(Clone, Debug)]
pub struct Asked {
    pub state: String,
    pub nonce: String,
    pub challenge: String,
    pub redirect: Url,
    pub scope: String,
}

struct Inner {
    key: EcdsaKeyPair,
    key_id: String,
    token: Token,
    endpoint: Endpoint,
    user_info: Option<Value>,
    codes: HashMap<String, Asked>,
    requests: Vec<&'static str>,
}

type Shared = Arc<(String, Mutex<Inner>)>;

/// The provider. It stops when the test ends.
pub struct Provider(Shared);

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

impl Provider {
    pub async fn start() -> Self {
        Self::on("127.0.0.1:0").await
    }

    /// Starts at an address.
    pub async fn on(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inner = Inner {
            key: new_key(),
            key_id: "first".into(),
            token: Token { claims: json!({}), header: json!({}), sign: Sign::Key },
            endpoint: Endpoint::Right,
            user_info: None,
            codes: HashMap::new(),
            requests: Vec::new(),
        };
        let shared = Shared::new((issuer, Mutex::new(inner)));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token).get(token_elsewhere))
            .route("/elsewhere", post(token_elsewhere).get(token_elsewhere))
            .route("/userinfo", get(user_info))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self(shared)
    }

    pub fn issuer(&self) -> &str {
        &self.0.0
    }

    /// Changes how the next tokens are made.
    pub fn issue(&self, claims: Value, header: Value, sign: Sign) {
        self.0.1.lock().unwrap().token = Token { claims, header, sign };
    }

    /// From now on tokens are right, and say this.
    pub fn vouch(&self, claims: Value) {
        self.issue(claims, json!({}), Sign::Key);
    }

    pub fn behave(&self, endpoint: Endpoint) {
        self.0.1.lock().unwrap().endpoint = endpoint;
    }

    pub fn tell_in_user_info(&self, claims: Value) {
        self.0.1.lock().unwrap().user_info = Some(claims);
    }

    /// Signs with another key from now on, and publishes that one only.
    pub fn rotate_key(&self, key_id: &str) {
        let mut inner = self.0.1.lock().unwrap();
        (inner.key, inner.key_id) = (new_key(), key_id.to_owned());
    }

    /// The public key's bytes, which everybody knows.
    pub fn public_key(&self) -> Vec<u8> {
        self.0.1.lock().unwrap().key.public_key().as_ref().to_vec()
    }

    /// How often something was asked for.
    pub fn count(&self, request: &str) -> usize {
        self.0.1.lock().unwrap().requests.iter().filter(|other| **other == request).count()
    }

    /// Reads where a browser was sent to.
    pub fn asked(&self, location: &str) -> Asked {
        let url: Url = location.parse().unwrap();
        assert!(location.starts_with(&format!("{}/authorize?", self.issuer())), "{location}");
        let pairs: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!((pairs["response_type"].as_str(), pairs["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(pairs["code_challenge_method"], "S256");
        Asked {
            state: pairs["state"].clone(),
            nonce: pairs["nonce"].clone(),
            challenge: pairs["code_challenge"].clone(),
            redirect: pairs["redirect_uri"].parse().unwrap(),
            scope: pairs["scope"].clone(),
        }
    }

    /// The path and query to which the provider sends a browser back, with a code for whoever has asked.
    pub fn way_back(&self, asked: &Asked) -> String {
        let code = uuid::Uuid::now_v7().to_string();
        self.0.1.lock().unwrap().codes.insert(code.clone(), asked.clone());
        let mut url = asked.redirect.clone();
        url.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked.state).append_pair("iss", self.issuer());
        format!("{}?{}", url.path(), url.query().unwrap())
    }
}

async fn metadata(State(shared): State<Shared>) -> Json<Value> {
    let issuer = &shared.0;
    shared.1.lock().unwrap().requests.push("metadata");
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    }))
}

async fn keys(State(shared): State<Shared>) -> Json<Value> {
    let mut inner = shared.1.lock().unwrap();
    inner.requests.push("keys");
    let point = inner.key.public_key().as_ref().to_vec();
    let [x, y] = [&point[1..33], &point[33..]].map(|half| BASE64_URL_SAFE_NO_PAD.encode(half));
    // With a key of a kind that nobody knows.
    Json(json!({ "keys": [
        { "kty": "NEW", "kid": "odd", "use": "sig" },
        { "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": inner.key_id, "x": x, "y": y },
    ] }))
}

async fn user_info(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let mut inner = shared.1.lock().unwrap();
    inner.requests.push("userinfo");
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != "Bearer the access token") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    inner.user_info.clone().map_or_else(|| StatusCode::NOT_FOUND.into_response(), |claims| Json(claims).into_response())
}

async fn token_elsewhere(State(shared): State<Shared>) -> StatusCode {
    shared.1.lock().unwrap().requests.push("elsewhere");
    StatusCode::NOT_FOUND
}

async fn token(State(shared): State<Shared>, headers: HeaderMap, Form(sent): Form<HashMap<String, String>>) -> Response {
    let endpoint = {
        let mut inner = shared.1.lock().unwrap();
        inner.requests.push("token");
        inner.endpoint
    };
    match endpoint {
        Endpoint::Right => {}
        Endpoint::Fails => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Endpoint::Hangs => std::future::pending().await,
        Endpoint::Floods => return ([(header::CONTENT_TYPE, "application/json")], Body::from(vec![b' '; 2 << 20])).into_response(),
        Endpoint::Redirects => return Redirect::temporary("/elsewhere").into_response(),
        Endpoint::NotJson => return ([(header::CONTENT_TYPE, "application/json")], "<html>").into_response(),
    }
    let refuse =
        |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error, "error_description": "no\u{1b}[31m" }))).into_response();
    let escape = |text: &str| reqwest::Url::parse_with_params("http://x", [("", text)]).unwrap().query().unwrap()[1..].to_owned();
    let credentials = BASE64_STANDARD.encode(format!("{CLIENT}:{}", escape(SECRET)));
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != &format!("Basic {credentials}")) {
        return refuse("invalid_client");
    }
    let mut inner = shared.1.lock().unwrap();
    let Some(asked) = sent.get("code").and_then(|code| inner.codes.remove(code)) else { return refuse("invalid_grant") };
    let verifier = sent.get("code_verifier").map(|verifier| BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    if verifier.as_ref() != Some(&asked.challenge) || sent.get("redirect_uri").map(String::as_str) != Some(asked.redirect.as_str()) {
        return refuse("invalid_grant");
    }
    let id_token = inner.sign(&shared.0, &asked.nonce);
    Json(json!({ "access_token": "the access token", "token_type": "Bearer", "expires_in": 60, "id_token": id_token })).into_response()
}

impl Inner {
    fn sign(&self, issuer: &str, nonce: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({ "iss": issuer, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce });
        let mut header = json!({ "alg": "ES256", "typ": "JWT", "kid": self.key_id });
        merge(&mut claims, &self.token.claims);
        merge(&mut header, &self.token.header);
        let input = [&header, &claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signed = |key: &EcdsaKeyPair| key.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec();
        let signature = match &self.token.sign {
            Sign::Key => signed(&self.key),
            Sign::OtherKey => signed(&new_key()),
            Sign::Hmac(key) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), input.as_bytes()).as_ref().to_vec(),
            Sign::Nothing => Vec::new(),
        };
        format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn merge(into: &mut Value, changes: &Value) {
    let into = into.as_object_mut().unwrap();
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            into.remove(key);
        } else {
            into.insert(key.clone(), value.clone());
        }
    }
}

/// A port on which nothing listens.
pub async fn free_address() -> String {
    let listener = within(TcpListener::bind("127.0.0.1:0")).await.unwrap();
    listener.local_addr().unwrap().to_string()
}
