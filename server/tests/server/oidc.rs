//! Signing in with an OpenID provider, a right one and wrong ones.

mod answers;
mod deck;
mod provider;
mod tokens;

use crate::{
    audit::entries,
    common::{EXECDECK, TempFolder, eventually, within},
    people::{call, nobody, sign_in, with_cookie},
    support::{PASSWORD, Server, client_with, run, server},
};
use deck::{Deck, WATCHERS, location, session};
use provider::{CLIENT, Provider, SECRET, free_address};
use serde_json::{Value, json};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_the_provider_knows_is_signed_in_and_gets_to_where_they_wanted_to_go() {
    let provider = Provider::start().await;
    provider.vouch(json!({ "preferred_username": "Grace", "groups": ["x", "watchers"] }));
    let deck = Deck::start(provider.issuer(), &[]);
    let page = within(nobody().get(deck.server.url("/login?next=/admin/exec/new")).send()).await.unwrap().text().await.unwrap();
    assert!(page.contains("href=\"/login/oidc?next=%2Fadmin%2Fexec%2Fnew\"") && page.contains("Sign in with Test &lt;ID&gt;"), "{page}");
    assert_eq!(provider.count("metadata"), 0, "the provider is asked when it is needed");

    let (attempt, to) = deck.begin("/admin/exec?state=active%26x=1").await;
    let asked = provider.asked(&to);
    assert_eq!((asked.redirect.as_str(), asked.scope.as_str()), ("http://deck.test/login/oidc/callback", "openid profile email"));
    assert!(asked.state.len() >= 43 && asked.nonce.len() >= 43 && asked.state != asked.nonce);
    let back = with_cookie(&deck.server, &attempt, &provider.way_back(&asked)).await;
    assert_eq!((back.status().as_u16(), location(&back)), (303, "/admin/exec?state=active&x=1"));
    assert!(back.headers().get_all("set-cookie").iter().any(|cookie| cookie.to_str().unwrap().contains("-oidc=; Max-Age=0")));
    let session = session(&back);
    let me = deck.whoami(&session).await;
    assert_eq!((me["name"].as_str(), me["role"].as_str(), me["via"].as_str()), (Some("grace"), Some("viewer"), Some("session")));

    // A session like any other.
    assert_eq!(with_cookie(&deck.server, &session, "/admin/exec").await.status(), 200);
    let there = with_cookie(&deck.server, &session, "/login/oidc?next=/admin/account").await;
    assert_eq!((there.status().as_u16(), location(&there)), (303, "/admin/account"), "whoever is signed in need not sign in");
    let out = within(nobody().post(deck.server.url("/logout")).header("cookie", &session).send()).await.unwrap();
    assert_eq!(location(&out), "/login?out=true");
    assert_eq!(deck.whoami(&session).await["code"], "unauthorized");
    // It is asked once for many people.
    assert_eq!(deck.sign_in(&provider).await.status(), 303);
    assert_eq!((provider.count("metadata"), provider.count("keys"), provider.count("token"), provider.count("userinfo")), (1, 1, 2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_without_its_provider_and_finds_it_later() {
    let address = free_address().await;
    let deck = Deck::start(&format!("http://{address}"), &[]);
    let response = within(nobody().get(deck.server.url("/login/oidc")).send()).await.unwrap();
    deck.refused(response, 503).await;
    // Those with a password are not affected.
    sign_in(&deck.server, "ada").await;
    let provider = Provider::on(&address).await;
    provider.vouch(json!({ "preferred_username": "grace", "groups": ["watchers"] }));
    // It is left alone for some seconds after it has not answered.
    eventually(async || within(nobody().get(deck.server.url("/login/oidc")).send()).await.unwrap().status() == 303).await;
    assert_eq!(deck.sign_in(&provider).await.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_decide_and_names_take_nothing_over() {
    let provider = Provider::start().await;
    let deck = Deck::start(provider.issuer(), &[]);
    let role = async |claims: Value| {
        provider.vouch(claims);
        let back = deck.sign_in(&provider).await;
        assert_eq!(back.status(), 303, "{}", back.text().await.unwrap());
        let me = deck.whoami(&session(&back)).await;
        format!("{} {}", me["name"].as_str().unwrap(), me["role"].as_str().unwrap())
    };
    assert_eq!(role(json!({ "sub": "7", "preferred_username": "grace", "groups": ["watchers"] })).await, "grace viewer");
    assert_eq!(role(json!({ "sub": "7", "preferred_username": "ada", "groups": ["watchers", "admins"] })).await, "grace admin");
    assert_eq!(role(json!({ "sub": "7", "preferred_username": "grace", "groups": "staff" })).await, "grace viewer");
    for (claims, words) in [
        (json!({ "sub": "7", "groups": ["others"] }), "in no group"),
        (json!({ "sub": "7", "groups": [] }), "in no group"),
        (json!({ "sub": "7", "groups": { "watchers": true } }), "in no group"),
        (json!({ "sub": "8", "preferred_username": "grace", "groups": ["admins"] }), "somebody else"),
        (json!({ "sub": "8", "preferred_username": "ADA", "groups": ["admins"] }), "somebody else"),
        (json!({ "sub": "8", "preferred_username": "../etc", "groups": ["admins"] }), "cannot be used"),
        (json!({ "sub": "8", "preferred_username": "<img src=x>", "groups": ["admins"] }), "cannot be used"),
    ] {
        provider.vouch(claims.clone());
        provider.tell_in_user_info(json!({ "sub": claims["sub"] }));
        let why = deck.refused(deck.sign_in(&provider).await, 403).await;
        assert!(why.contains(words) && why.contains("Ask an administrator"), "{claims}: {why}");
    }
    run(deck.folder.path(), &["user", "disable", "grace"], "");
    provider.vouch(json!({ "sub": "7", "preferred_username": "grace", "groups": ["admins"] }));
    assert!(deck.refused(deck.sign_in(&provider).await, 403).await.contains("disabled"));
    // The local account is what it was.
    assert_eq!(call(&nobody(), &deck.server, "sign_in", &json!({ "name": "ada", "password": PASSWORD })).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_in_no_group_any_more_loses_what_they_have_open_at_the_next_sign_in() {
    let provider = Provider::start().await;
    let deck = Deck::start(provider.issuer(), &[]);
    provider.vouch(json!({ "sub": "7", "preferred_username": "grace", "groups": ["admins"] }));
    let cookie = session(&deck.sign_in(&provider).await);
    let call = async |cookie: &str, function: &str, arguments: Value| {
        let request = nobody().post(deck.server.url(&format!("/api/{function}"))).header("cookie", cookie).json(&arguments);
        within(request.send()).await.unwrap()
    };
    let token: Value = call(&cookie, "create_token", json!({ "label": "x" })).await.json().await.unwrap();
    let by_token = client_with(token["token"].as_str().unwrap());
    let list =
        async || within(by_token.post(deck.server.url("/api/list_processes")).json(&json!({})).send()).await.unwrap().status().as_u16();
    assert_eq!(list().await, 200);
    provider.vouch(json!({ "sub": "7", "preferred_username": "grace", "groups": ["others"] }));
    assert!(deck.refused(deck.sign_in(&provider).await, 403).await.contains("in no group"));
    assert!(matches!(list().await, 401 | 403), "the token is worth nothing");
    assert!(matches!(call(&cookie, "list_people", json!({})).await.status().as_u16(), 401 | 403));
    let changed = entries(&deck.folder, 0).into_iter().rev().find(|entry| entry.action == "save_person").unwrap();
    assert_eq!(changed.details.unwrap()["role"], "unknown");
    // Back in a group, back in.
    provider.vouch(json!({ "sub": "7", "preferred_username": "grace", "groups": ["watchers"] }));
    assert_eq!(deck.whoami(&session(&deck.sign_in(&provider).await)).await["role"], "viewer");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_asked_for_a_passkey_is_sent_on_to_show_one() {
    let provider = Provider::start().await;
    provider.vouch(json!({ "preferred_username": "grace", "groups": ["watchers"] }));
    let deck = Deck::start(provider.issuer(), &[]);
    let session = session(&deck.sign_in(&provider).await);
    let database = rusqlite::Connection::open(deck.folder.path().join("deck.db")).unwrap();
    database.execute("UPDATE people SET asks_for_passkey = 1 WHERE name = 'grace'", []).unwrap();
    let (attempt, to) = deck.begin("/admin/account").await;
    let back = with_cookie(&deck.server, &attempt, &provider.way_back(&provider.asked(&to))).await;
    assert_eq!((back.status().as_u16(), location(&back)), (303, "/login/passkey?next=%2Fadmin%2Faccount"));
    let cookies = back.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().split('=').next().unwrap());
    let mut cookies: Vec<_> = cookies.map(|name| name.rsplit('-').next().unwrap()).collect();
    cookies.sort_unstable();
    assert_eq!(cookies, ["oidc", "passkey"], "nothing is open yet");
    assert_eq!(deck.whoami(&session).await["name"], "grace", "what is open stays open");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_below_a_base_path() {
    let provider = Provider::start().await;
    provider.vouch(json!({ "preferred_username": "grace", "groups": ["watchers"] }));
    let deck = Deck::start(provider.issuer(), &[("EXECDECK_SERVER_BASE_PATH", "/tools/deck")]);
    let (cookie, to) = deck.begin("/admin/account").await;
    let asked = provider.asked(&to);
    assert_eq!(asked.redirect.as_str(), "http://deck.test/tools/deck/login/oidc/callback");
    let way_back = provider.way_back(&asked);
    let back = with_cookie(&deck.server, &cookie, way_back.strip_prefix("/tools/deck").unwrap()).await;
    assert_eq!((back.status().as_u16(), location(&back)), (303, "/tools/deck/admin/account"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_provider_has_no_way_to_one() {
    let (server, _folder) = server().await;
    for path in ["/login/oidc", "/login/oidc/callback?code=x&state=y"] {
        assert_eq!(within(nobody().get(server.url(path)).send()).await.unwrap().status(), 404, "{path}");
    }
    let login = within(nobody().get(server.url("/login")).send()).await.unwrap().text().await.unwrap();
    assert!(!login.contains("/login/oidc"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_may_come_from_the_provider() {
    let provider = Provider::start().await;
    let folder = TempFolder::new();
    let variables = [
        ("EXECDECK_SERVER_PUBLIC_URL", "http://deck.test"),
        ("EXECDECK_ACCESS_OIDC_ISSUER", provider.issuer()),
        ("EXECDECK_ACCESS_OIDC_CLIENT_ID", CLIENT),
        ("EXECDECK_ACCESS_OIDC_CLIENT_SECRET", SECRET),
    ];
    let variables: Vec<_> = variables.into_iter().chain(WATCHERS).collect();
    let deck = Deck { server: Server::start_anew("true", folder.path(), &variables), folder };
    assert_eq!(within(nobody().get(deck.server.url("/login")).send()).await.unwrap().status(), 200);
    provider.vouch(json!({ "preferred_username": "grace", "groups": ["admins"] }));
    let back = deck.sign_in(&provider).await;
    assert_eq!(deck.whoami(&session(&back)).await["role"], "admin");
    assert_eq!(location(&within(nobody().get(deck.server.url("/setup")).send()).await.unwrap()), "/login");
}

#[test]
fn the_server_does_not_start_with_a_secret_that_everybody_can_read() {
    let folder = TempFolder::new();
    let secret = folder.path().join("client.secret");
    fs::write(&secret, SECRET).unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o644)).unwrap();
    let start = |config: &str| {
        let file = folder.path().join("execdeck.toml");
        fs::write(&file, config).unwrap();
        let output = std::process::Command::new(EXECDECK)
            .args(["serve", "--address", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .arg("--config")
            .arg(&file)
            .output()
            .unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let base = "[server]\npublic_url = \"http://deck.test\"\n[access.oidc]\nissuer = \"http://127.0.0.1:1\"\nclient_id = \"deck\"\n";
    let error = start(&format!("{base}client_secret_file = \"{}\"\n", secret.display()));
    assert!(error.contains("access.oidc.client_secret_file") && error.contains("chmod 600") && !error.contains(SECRET), "{error}");
    let error = start(&format!("{base}client_secret = \"{SECRET}\"\n"));
    assert!(error.contains("access.oidc.client_secret must not be in this file") && !error.contains(SECRET), "{error}");
    let error = start(&base.replace("public_url = \"http://deck.test\"", ""));
    assert!(error.contains("access.oidc.issuer needs server.public_url"), "{error}");
}
