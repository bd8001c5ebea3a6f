use super::*;
use execdeck_wire::NewToken;

async fn deck() -> (Deck, Access) {
    let deck = Deck::new();
    let access = deck.program();
    add(&access, "ada", Role::Admin).await;
    (deck, access)
}

/// What a caller learns of a failed attempt.
fn shape(result: Result<SignedIn, AccessError>) -> String {
    let Err(error) = result else { panic!("nobody should get in") };
    let retry = error.retry_seconds();
    format!("{retry:?} {}", serde_json::to_string(&execdeck_wire::ApiError::from(error)).unwrap())
}

#[tokio::test]
async fn nobody_learns_which_names_exist() {
    let (_deck, access) = deck().await;
    add(&access, "off", Role::Viewer).await;
    access.change_person(PersonChange { disabled: Some(true), ..save("off") }).await.unwrap();
    access.add_person(save("none")).await.unwrap();
    let mut answers = Vec::new();
    for (name, text) in [
        ("nobody", PASSWORD),
        ("ada", "wrong horse battery"),
        ("off", PASSWORD),
        ("off", "wrong horse battery"),
        ("none", PASSWORD),
        ("none", ""),
        ("../ada", PASSWORD),
        ("", ""),
        ("ada", &"x".repeat(5000)),
    ] {
        answers.push(shape(access.sign_in(name, &password(text), &Client::default()).await));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    // The wait is the same, too.
    let mut waits = Vec::new();
    for name in ["nobody", "ada", "off", "none"] {
        for _ in 0..6 {
            let _ = access.sign_in(name, &password("wrong horse battery"), &Client::default()).await;
        }
        waits.push(shape(access.sign_in(name, &password("wrong horse battery"), &Client::default()).await));
    }
    assert!(waits.iter().all(|wait| wait.contains("limit_reached")), "{waits:?}");
}

#[tokio::test]
async fn guesses_do_not_keep_a_known_browser_out() {
    let (_deck, access) = deck().await;
    let from = |host: &str| Client { address: Some(host.parse().unwrap()), ..Client::default() };
    let home = access.sign_in("ada", &password(PASSWORD), &from("192.0.2.1")).await.unwrap();
    for _ in 0..6 {
        assert!(access.sign_in("ada", &password("wrong horse battery"), &from("192.0.2.1")).await.is_err());
    }
    let stranger = access.sign_in("ada", &password(PASSWORD), &from("192.0.2.1")).await;
    assert!(matches!(stranger, Err(AccessError::TooManyAttempts(1..=2))));
    let known = Client { device: Some(home.device.clone()), ..from("192.0.2.1") };
    let again = access.sign_in("ada", &password(PASSWORD), &known).await.unwrap();
    // The browser gets a new secret each time, and the one before is forgotten.
    assert_ne!(again.device, home.device);
    let old = access.sign_in("ada", &password(PASSWORD), &known).await;
    assert!(matches!(old, Err(AccessError::TooManyAttempts(_))));
}

#[tokio::test]
async fn a_cookie_is_useless_after_sign_out_and_after_the_next_sign_in() {
    let (_deck, access) = deck().await;
    let first = sign_in(&access, "ADA").await;
    let client = Client { session: Some(first.session.clone()), agent: Some(format!("Fox\n{}", "x".repeat(5000))), ..Client::default() };
    let second = access.sign_in("ada", &password(PASSWORD), &client).await.unwrap();
    assert_ne!(first.session, second.session);
    assert!(matches!(by_cookie(&access, &first.session).await, Err(AccessError::Ended)));
    let me = by_cookie(&access, &second.session).await.unwrap();
    let list = access.list_sessions(&me, None).await.unwrap();
    assert_eq!((list.len(), list[0].current, list[0].agent.as_ref().unwrap().len()), (1, true, 200));
    access.sign_out(&me).await.unwrap();
    assert!(matches!(by_cookie(&access, &second.session).await, Err(AccessError::Ended)));
    assert!(matches!(access.revalidate(&me).await, Err(AccessError::Ended)));
    for wrong in ["", "x", &first.device, &"A".repeat(43)] {
        assert!(matches!(by_cookie(&access, wrong).await, Err(AccessError::Ended)), "{wrong}");
    }
    assert!(matches!(access.authenticate(&Credentials::default()).await, Err(AccessError::NotSignedIn)));
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_when_its_time_is_over() {
    let (deck, _) = deck().await;
    let access = deck.program_with(Settings { session_idle_hours: 2, session_hours: 5, ..Settings::default() });
    let (used, unused) = (sign_in(&access, "ada").await, sign_in(&access, "ada").await);
    deck.pass(2 * HOUR - 1);
    let me = by_cookie(&access, &used.session).await.unwrap();
    deck.pass(1);
    assert!(matches!(by_cookie(&access, &unused.session).await, Err(AccessError::Ended)));
    // The use is written down without making the request wait.
    soon(async {
        while access.list_sessions(&me, None).await.unwrap().len() != 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    deck.pass(2 * HOUR - 2);
    by_cookie(&access, &used.session).await.unwrap();
    // Another program knows of the use, which is written down.
    let other = deck.program_with(Settings { session_idle_hours: 2, session_hours: 5, ..Settings::default() });
    deck.pass(HOUR - 1);
    soon(async {
        while by_cookie(&other, &used.session).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(me.expires_at.unwrap().as_micros(), deck.now.load(Ordering::SeqCst) + 3);
    deck.pass(3);
    assert!(matches!(by_cookie(&access, &used.session).await, Err(AccessError::Ended)));
    assert!(access.list_sessions(&me, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions_and_administrators_all() {
    let (_deck, access) = deck().await;
    add(&access, "bob", Role::Operator).await;
    let (ada, bob, bobs_other) = (sign_in(&access, "ada").await, sign_in(&access, "bob").await, sign_in(&access, "bob").await);
    let adas = ada.identity.session().unwrap();
    assert!(access.end_session(&bob.identity, adas).await.is_err());
    assert!(access.list_sessions(&bob.identity, Some("ada")).await.is_err());
    assert_eq!(access.list_sessions(&bob.identity, Some("Bob")).await.unwrap().len(), 2);
    assert_eq!(access.list_sessions(&ada.identity, Some("bob")).await.unwrap().len(), 2);
    assert_eq!(access.end_other_sessions(&bob.identity).await.unwrap(), 1);
    assert!(by_cookie(&access, &bobs_other.session).await.is_err());
    access.end_session(&ada.identity, bob.identity.session().unwrap()).await.unwrap();
    assert!(by_cookie(&access, &bob.session).await.is_err());
    assert!(access.end_session(&ada.identity, bob.identity.session().unwrap()).await.is_err());
    by_cookie(&access, &ada.session).await.unwrap();
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_needs_the_current_one() {
    let (_deck, access) = deck().await;
    let (one, other) = (sign_in(&access, "ada").await, sign_in(&access, "ada").await);
    let new = password("a horse of another colour");
    let client = Client::default();
    let change = |current| access.change_password(&one.identity, current, &new, &client);
    let wrong = password("wrong horse battery");
    assert!(change(&wrong).await.is_err());
    by_cookie(&access, &other.session).await.unwrap();
    let right = password(PASSWORD);
    change(&right).await.unwrap();
    by_cookie(&access, &one.session).await.unwrap();
    assert!(by_cookie(&access, &other.session).await.is_err());
    assert!(access.sign_in("ada", &right, &Client::default()).await.is_err());
    access.sign_in("ada", &new, &Client::default()).await.unwrap();
    for _ in 0..10 {
        assert!(change(&wrong).await.is_err());
    }
    assert!(matches!(change(&right).await, Err(AccessError::TooManyAttempts(_) | AccessError::Refused(_))));
    assert!(matches!(change(&new).await, Err(AccessError::TooManyAttempts(_))), "a stolen session cannot guess on");
    let token = access.create_token(&one.identity, NewToken { label: "guesses".into(), rights: None, expires_at: None }).await.unwrap();
    let by_token = access.authenticate(&Credentials { bearer: Some(&token.token), ..Credentials::default() }).await.unwrap();
    let guess = access.change_password(&by_token, &new, &right, &client).await;
    assert!(matches!(guess, Err(AccessError::TooManyAttempts(_))), "nor can a token that was made with it");
}

#[tokio::test]
async fn an_old_hash_is_replaced_at_the_next_sign_in() {
    let (deck, access) = deck().await;
    let params = argon2::Params::new(8 << 10, 1, 1, None).unwrap();
    let old = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let old = argon2::PasswordHasher::hash_password(&old, PASSWORD.as_bytes()).unwrap().to_string();
    deck.sql(&format!("UPDATE people SET password = '{old}'"));
    let stored = |deck: &Deck| {
        let connection = rusqlite::Connection::open(deck.folder.join("deck.db")).unwrap();
        connection.query_row("SELECT password FROM people", [], |row| row.get::<_, String>(0)).unwrap()
    };
    sign_in(&access, "ada").await;
    let new = stored(&deck);
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    sign_in(&access, "ada").await;
    assert_eq!(stored(&deck), new);
}

#[tokio::test]
async fn a_person_has_a_hundred_sessions_at_most() {
    let (deck, access) = deck().await;
    let first = open(&access, "ada").await;
    for _ in 0..100 {
        deck.pass(1);
        open(&access, "ada").await;
    }
    assert!(by_cookie(&access, &first.session).await.is_err());
    let me = sign_in(&access, "ada").await.identity;
    assert_eq!(access.list_sessions(&me, None).await.unwrap().len(), 100);
}

#[tokio::test]
async fn no_secret_is_in_the_database() {
    let (deck, access) = deck().await;
    let client = Client { agent: Some("a browser".into()), ..Client::default() };
    let signed_in = access.sign_in("ada", &password(PASSWORD), &client).await.unwrap();
    let token =
        access.create_token(&signed_in.identity, execdeck_wire::NewToken { label: "ci".into(), ..Default::default() }).await.unwrap().token;
    let files = ["deck.db", "deck.db-wal"].map(|name| fs::read(deck.folder.join(name)).unwrap_or_default()).concat();
    let contains = |text: &str| files.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(contains("a browser"));
    for secret in [PASSWORD, &signed_in.session, &signed_in.device, &token, &token[9..52]] {
        assert!(!contains(secret), "{secret}");
    }
}
