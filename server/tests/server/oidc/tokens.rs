//! ID tokens, right and forged, and the keys that they are signed with.

use super::{
    deck::{Deck, session},
    provider::{CLIENT, Provider, SECRET, Sign},
};
use crate::support::run;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_misdirected_tokens_are_refused() {
    let provider = Provider::start().await;
    let deck = Deck::start(provider.issuer(), &[]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let right = json!({ "preferred_username": "mallory", "groups": ["admins"] });
    let with = |more: Value| {
        let mut claims = right.clone();
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    let none = || json!({});
    let hmac = |key: &[u8]| (json!({ "alg": "HS256" }), Sign::Hmac(key.to_vec()));
    let (by_public_key, by_secret) = (hmac(&provider.public_key()), hmac(SECRET.as_bytes()));
    let wrong_at_hash = &Sha256::digest("another token")[..16];
    let wrong_at_hash = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, wrong_at_hash);
    for (what, claims, header, sign) in [
        ("wrong nonce", with(json!({ "nonce": "another" })), none(), Sign::Key),
        ("no nonce", with(json!({ "nonce": null })), none(), Sign::Key),
        ("wrong audience", with(json!({ "aud": "another" })), none(), Sign::Key),
        ("no audience", with(json!({ "aud": [] })), none(), Sign::Key),
        ("another audience, too", with(json!({ "aud": [CLIENT, "another"] })), none(), Sign::Key),
        ("another authorized party", with(json!({ "azp": "another" })), none(), Sign::Key),
        ("wrong issuer", with(json!({ "iss": "https://id.example.org" })), none(), Sign::Key),
        ("almost the issuer", with(json!({ "iss": format!("{}/", provider.issuer()) })), none(), Sign::Key),
        ("no issuer", with(json!({ "iss": null })), none(), Sign::Key),
        ("expired", with(json!({ "iat": now - 120, "exp": now - 1 })), none(), Sign::Key),
        ("no expiry", with(json!({ "exp": null })), none(), Sign::Key),
        ("issued in the future", with(json!({ "iat": now + 3600, "exp": now + 7200 })), none(), Sign::Key),
        ("another access token", with(json!({ "at_hash": wrong_at_hash })), none(), Sign::Key),
        ("alg none", right.clone(), json!({ "alg": "none", "kid": null }), Sign::Nothing),
        ("alg none, signed", right.clone(), json!({ "alg": "none" }), Sign::Key),
        ("alg NONE", right.clone(), json!({ "alg": "NoNe" }), Sign::Nothing),
        ("HMAC with the public key", right.clone(), by_public_key.0, by_public_key.1),
        ("HMAC with the client secret", right.clone(), by_secret.0, by_secret.1),
        ("no signature", right.clone(), none(), Sign::Nothing),
        ("another key", right.clone(), none(), Sign::OtherKey),
        ("another kind of key", right.clone(), json!({ "alg": "RS256" }), Sign::Key),
        ("an unknown key", right.clone(), json!({ "kid": "unknown" }), Sign::OtherKey),
        (
            "a key of its own",
            right.clone(),
            json!({ "kid": "mine", "jku": "http://127.0.0.1:1/keys", "jwk": { "kty": "oct", "k": "AAAA" } }),
            Sign::OtherKey,
        ),
        ("critical extension", right.clone(), json!({ "crit": ["exp"] }), Sign::Key),
        ("an access token", right.clone(), json!({ "typ": "at+jwt" }), Sign::Key),
        ("no subject", with(json!({ "sub": null })), none(), Sign::Key),
    ] {
        provider.issue(claims, header, sign);
        let response = deck.sign_in(&provider).await;
        let status = response.status().as_u16();
        // What cannot be read as a token at all counts as an answer that cannot be understood.
        assert!(matches!(status, 401 | 503), "{what}: {status}");
        let why = deck.refused(response, status).await;
        assert!(why.contains("server's log"), "{what}: {why}");
    }
    let people = run(deck.folder.path(), &["user", "list"], "");
    assert_eq!(people, "ada  admin\n", "nobody was created");
    // The same without anything wrong.
    let at_hash = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, &Sha256::digest("the access token")[..16]);
    provider.vouch(with(json!({ "aud": [CLIENT], "azp": CLIENT, "at_hash": at_hash })));
    assert_eq!(deck.sign_in(&provider).await.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_are_fetched_when_they_are_needed_and_not_each_time() {
    let provider = Provider::start().await;
    let grace = json!({ "preferred_username": "grace", "groups": ["watchers"] });
    provider.vouch(grace.clone());
    let deck = Deck::start(provider.issuer(), &[]);
    assert_eq!(deck.sign_in(&provider).await.status(), 303);
    provider.rotate_key("second");
    assert_eq!(deck.sign_in(&provider).await.status(), 303);
    assert_eq!(provider.count("keys"), 2);
    // Tokens with invented keys cause no more questions.
    provider.issue(grace.clone(), json!({ "kid": "invented" }), Sign::OtherKey);
    for _ in 0..3 {
        deck.refused(deck.sign_in(&provider).await, 401).await;
    }
    assert_eq!(provider.count("keys"), 2);
    provider.vouch(grace);
    assert_eq!(deck.sign_in(&provider).await.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_token_does_not_say_is_asked_for_and_believed_about_the_same_person_only() {
    let provider = Provider::start().await;
    let deck = Deck::start(provider.issuer(), &[("EXECDECK_ACCESS_OIDC_GROUPS_CLAIM", "realm_access.roles")]);
    provider.vouch(json!({ "sub": "7" }));
    deck.refused(deck.sign_in(&provider).await, 503).await;
    let told = |subject: &str| json!({ "sub": subject, "preferred_username": "grace", "realm_access": { "roles": ["admins"] } });
    provider.tell_in_user_info(told("8"));
    deck.refused(deck.sign_in(&provider).await, 401).await;
    provider.tell_in_user_info(json!({ "preferred_username": "grace", "realm_access": { "roles": ["admins"] } }));
    deck.refused(deck.sign_in(&provider).await, 401).await;
    provider.tell_in_user_info(told("7"));
    let back = deck.sign_in(&provider).await;
    assert_eq!(deck.whoami(&session(&back)).await["role"], "admin");
    // The token counts more.
    provider.vouch(json!({ "sub": "7", "realm_access": { "roles": ["watchers"] } }));
    let back = deck.sign_in(&provider).await;
    assert_eq!(deck.whoami(&session(&back)).await["role"], "viewer");
}
