use super::*;
use crate::access::{Lost, ProxyUser, Site};
use execdeck_wire::{ErrorCode, Proof, Source};
use serde_json::{Value, json};

const MINUTE: u64 = 60_000_000;

/// A browser that shows the page as localhost, with the cookie of a challenge.
fn at(secret: Option<&Password>) -> Client {
    Client { site: Site::of(None, false, "localhost:3000"), passkey: secret.map(|secret| secret.0.clone()), ..Client::default() }
}

fn proof() -> Proof {
    Proof { password: Some(password(PASSWORD)), passkey: None }
}

/// A passkey as a row: what it signs is never looked at here.
fn insert(deck: &Deck, person: uuid::Uuid, credential: &str) {
    let id = uuid::Uuid::now_v7();
    deck.sql(&format!(
        "INSERT INTO passkeys (id, person, site, credential, key, label, created_at)
         VALUES ('{id}', '{person}', 'localhost', CAST('{credential}' AS BLOB), '{{}}', 'phone', 0)"
    ));
}

fn message<T>(result: Result<T, AccessError>) -> String {
    result.err().expect("it is refused").to_string()
}

async fn ada(access: &Access) -> Arc<Identity> {
    add(access, "ada", Role::Admin).await;
    by_cookie(access, &sign_in(access, "ada").await.session).await.unwrap()
}

#[tokio::test]
async fn a_challenge_is_answered_within_five_minutes() {
    let deck = Deck::new();
    let access = deck.program();
    let ada = ada(&access).await;
    for (passes, said) in [(5 * MINUTE - 1, "cannot be read"), (5 * MINUTE, "too late")] {
        let challenge = access.begin_passkey(&ada, &proof(), &at(None)).await.unwrap();
        deck.pass(passes);
        let answered = access.add_passkey(&ada, "phone", &json!({}), &at(Some(&challenge.secret))).await;
        assert!(message(answered).contains(said), "{passes}");
        let challenge = access.begin_passkey_sign_in(false, &at(None)).await.unwrap();
        deck.pass(passes);
        let answered = access.sign_in_with_passkey(&json!({}), &at(Some(&challenge.secret))).await;
        assert!(message(answered.map(|_| ())).contains(said), "{passes}");
    }
}

#[tokio::test]
async fn the_second_step_does_not_outlast_five_minutes_from_the_password() {
    let deck = Deck::new();
    let access = deck.program();
    let ada = ada(&access).await;
    insert(&deck, ada.person, "one");
    access.ask_for_passkey(&ada, true, &proof(), &at(None)).await.unwrap();
    let Err(AccessError::PasskeyNext(secret)) = access.sign_in("ada", &password(PASSWORD), &at(None)).await else {
        panic!("the password is enough")
    };
    deck.pass(3 * MINUTE);
    let challenge = access.begin_passkey_sign_in(true, &at(Some(&secret))).await.unwrap();
    assert_eq!(challenge.options["allowCredentials"], json!([{ "type": "public-key", "id": "b25l" }]));
    assert!(access.begin_passkey_sign_in(true, &at(Some(&secret))).await.is_err(), "its secret is replaced");
    deck.pass(2 * MINUTE);
    let late = access.begin_passkey_sign_in(true, &at(Some(&challenge.secret))).await;
    assert!(message(late).contains("enter your password again"));
}

#[tokio::test]
async fn twenty_passkeys_are_the_most() {
    let deck = Deck::new();
    let access = deck.program();
    let ada = ada(&access).await;
    for number in 0..19 {
        insert(&deck, ada.person, &number.to_string());
    }
    let challenge = access.begin_passkey(&ada, &proof(), &at(None)).await.unwrap();
    assert_eq!(challenge.options["excludeCredentials"].as_array().map(Vec::len), Some(19));
    insert(&deck, ada.person, "20");
    let error = access.begin_passkey(&ada, &proof(), &at(None)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitReached);
}

#[tokio::test]
async fn somebody_without_a_password_has_to_have_signed_in_lately() {
    let deck = Deck::new();
    let access = deck.program();
    access.vouch(Source::Oidc, "olga".into(), crate::access::AssignedRole::Is(Role::Viewer), true).await.unwrap();
    let session = open(&access, "olga").await.session;
    let olga = by_cookie(&access, &session).await.unwrap();
    deck.pass(10 * MINUTE);
    access.begin_passkey(&olga, &Proof::default(), &at(None)).await.unwrap();
    deck.pass(1);
    let error = access.begin_passkey(&olga, &Proof::default(), &at(None)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Forbidden);
    assert!(error.to_string().contains("10 minutes"));
}

#[tokio::test]
async fn guesses_at_the_password_are_slowed_down_here_too() {
    let deck = Deck::new();
    let access = deck.program();
    let ada = ada(&access).await;
    let wrong = Proof { password: Some(password("wrong")), passkey: None };
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(access.begin_passkey(&ada, &wrong, &at(None)).await.unwrap_err().code());
    }
    assert_eq!((answers[0], answers[11]), (ErrorCode::BadRequest, ErrorCode::LimitReached));
    for number in 0..31 {
        let answered = access.sign_in_with_passkey(&Value::Null, &at(None)).await.map(|_| ()).unwrap_err().code();
        assert_eq!(answered, ErrorCode::Unauthorized, "{number}");
    }
    let answered = access.sign_in_with_passkey(&Value::Null, &at(None)).await.map(|_| ()).unwrap_err();
    assert_eq!(answered.code(), ErrorCode::LimitReached);
}

#[tokio::test]
async fn asking_for_a_passkey_needs_one_and_ends_what_a_proxy_or_a_password_alone_has_opened() {
    let deck = Deck::new();
    let access = deck.program_with(Settings { proxy_header: "X-Remote-User".into(), ..Settings::default() });
    let ada = ada(&access).await;
    let refused = access.ask_for_passkey(&ada, true, &proof(), &at(None)).await;
    assert!(message(refused).contains("Add a passkey first"));
    insert(&deck, ada.person, "one");
    let other = open(&access, "ada").await.session;
    add(&access, "bob", Role::Viewer).await;
    let bobs = open(&access, "bob").await.session;
    let proxied = Some(ProxyUser { name: "ada".into(), role: crate::access::AssignedRole::New(None) });
    let by_proxy = async |cookie: Option<&str>| {
        let credentials = Credentials { proxy: proxied.clone(), cookie, ..Credentials::default() };
        access.authenticate(&credentials).await
    };
    let named = by_proxy(None).await.unwrap();
    let mut watch = access.watch(&named);
    let own = ada.credential.clone();
    access.ask_for_passkey(&ada, true, &proof(), &at(None)).await.unwrap();
    assert_eq!(soon(watch.lost(|_| true)).await, Lost::SignIn);
    assert!(by_cookie(&access, &other).await.is_err());
    for cookie in [None, Some(other.as_str()), Some(bobs.as_str()), Some("nonsense")] {
        assert!(matches!(by_proxy(cookie).await, Err(AccessError::AskedForPasskey)), "{cookie:?}");
    }
    access.look_up(&own).await.unwrap();
    // Nothing opens a session without one.
    let (id, client) = (ada.person, Client::default());
    assert!(matches!(access.open(&client, move |it, opening| opening.insert(it, id)).await, Err(AccessError::AskedForPasskey)));
    let again = access.open(&client, move |it, opening| opening.insert_after_passkey(it, id)).await.unwrap().session;
    assert_eq!(by_proxy(Some(&again)).await.unwrap().name, "ada");
    // Removing the last one turns it off, so that nobody is locked out.
    let id = access.list_passkeys(&ada).await.unwrap()[0].id;
    access.remove_passkey(&ada, id, &proof(), &at(None)).await.unwrap();
    assert!(!access.asks_for_passkey(&ada).await.unwrap());
    sign_in(&access, "ada").await;
    by_proxy(None).await.unwrap();
}
