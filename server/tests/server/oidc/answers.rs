//! What comes back from the provider: to whom, how often, and instead of a code.

use super::{
    deck::{Deck, cookie, location, session},
    provider::{Asked, Endpoint, Provider},
};
use crate::{
    common::within,
    people::{nobody, with_cookie},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_and_in_the_browser_that_has_asked() {
    let provider = Provider::start().await;
    provider.vouch(json!({ "preferred_username": "grace", "groups": ["watchers"] }));
    let deck = Deck::start(provider.issuer(), &[]);
    let (mine, to) = deck.begin("").await;
    let (theirs, _) = deck.begin("").await;
    assert_ne!(mine, theirs);
    let way_back = provider.way_back(&provider.asked(&to));
    // Login CSRF: somebody else's answer, in a browser that has not asked, or has asked for another one.
    for cookie in ["", theirs.as_str(), "execdeck-1=x"] {
        let why = deck.refused(with_cookie(&deck.server, cookie, &way_back).await, 400).await;
        assert!(why.contains("another browser"), "{why}");
    }
    let wrong = Asked { state: "A".repeat(43), ..provider.asked(&to) };
    deck.refused(with_cookie(&deck.server, &mine, &provider.way_back(&wrong)).await, 400).await;
    for path in ["", "?state=", "?code=x", "?error=access_denied"] {
        deck.refused(with_cookie(&deck.server, &mine, &format!("/login/oidc/callback{path}")).await, 400).await;
    }
    assert_eq!(provider.count("token"), 0);
    let back = with_cookie(&deck.server, &mine, &way_back).await;
    assert_eq!(back.status(), 303);
    deck.refused(with_cookie(&deck.server, &mine, &way_back).await, 400).await;
    assert_eq!(provider.count("token"), 1);
    // Whoever goes back is signed in already.
    let again = with_cookie(&deck.server, &format!("{mine}; {}", session(&back)), &way_back).await;
    assert_eq!((again.status().as_u16(), location(&again)), (303, "/admin/exec"));
    // Two tabs of one browser do not disturb each other.
    let first = deck.begin("").await;
    let request = nobody().get(deck.server.url("/login/oidc")).header("cookie", &first.0);
    let second = within(request.send()).await.unwrap();
    assert_eq!(cookie(&second, "-oidc="), first.0);
    for to in [location(&second), first.1.as_str()] {
        assert_eq!(with_cookie(&deck.server, &first.0, &provider.way_back(&provider.asked(to))).await.status(), 303);
    }
    // A code that was issued for another attempt does not fit its verifier.
    let (one, other) = (deck.begin("").await, deck.begin("").await);
    let swapped = Asked { state: provider.asked(&one.1).state, ..provider.asked(&other.1) };
    deck.refused(with_cookie(&deck.server, &one.0, &provider.way_back(&swapped)).await, 401).await;
    // An answer of another issuer.
    let (browser, to) = deck.begin("").await;
    let mixed_up = provider.way_back(&provider.asked(&to)).replace("&iss=", "&iss=https%3A%2F%2Fevil.example%2F");
    deck.refused(with_cookie(&deck.server, &browser, &mixed_up).await, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_cannot_sign_anybody_in() {
    let provider = Provider::start().await;
    let deck = Deck::start(provider.issuer(), &[]);
    for (site, mode, dest, status) in [
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "no-cors", "script", 403),
        ("cross-site", "navigate", "iframe", 403),
        ("same-origin", "no-cors", "image", 403),
        ("cross-site", "navigate", "document", 303),
        ("none", "navigate", "document", 303),
    ] {
        for path in ["/login/oidc", "/login/oidc/callback?code=x&state=y"] {
            let request = nobody().get(deck.server.url(path));
            let request = request.header("sec-fetch-site", site).header("sec-fetch-mode", mode).header("sec-fetch-dest", dest);
            let response = within(request.send()).await.unwrap();
            let expected = if status == 303 && path.contains("callback") { 400 } else { status };
            assert_eq!(response.status(), expected, "{path} {site} {mode} {dest}");
            assert_eq!(response.headers().contains_key("set-cookie"), expected == 303);
        }
    }
    for path in ["/login/oidc", "/login/oidc/callback"] {
        assert_eq!(within(nobody().post(deck.server.url(path)).send()).await.unwrap().status(), 401, "nobody may post there");
    }
    for next in ["https://evil.example/", "//evil.example/admin/", "/admin/%0aevil", "/logout"] {
        provider.vouch(json!({ "preferred_username": "grace", "groups": ["watchers"] }));
        let (cookie, to) = deck.begin(next).await;
        let back = with_cookie(&deck.server, &cookie, &provider.way_back(&provider.asked(&to))).await;
        assert_eq!(location(&back), "/admin/exec", "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_says_instead_is_shown_as_plain_text() {
    let provider = Provider::start().await;
    let deck = Deck::start(provider.issuer(), &[]);
    for (description, shown) in [
        ("", "access_denied"),
        ("&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E%0A%1B%5B31m", "&lt;script&gt;alert(1)&lt;/script&gt; [31m"),
        (&format!("&error_description={}", "x".repeat(5000)), &"x".repeat(300)),
    ] {
        let (cookie, to) = deck.begin("").await;
        let path = format!("/login/oidc/callback?error=access_denied&state={}{description}", provider.asked(&to).state);
        let why = deck.refused(with_cookie(&deck.server, &cookie, &path).await, 403).await;
        assert_eq!(why, format!("Test &lt;ID&gt; refused to sign you in: {shown}"));
        // Once.
        deck.refused(with_cookie(&deck.server, &cookie, &path).await, 400).await;
    }
    assert_eq!(provider.count("token"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_answers_wrongly_signs_nobody_in() {
    let provider = Provider::start().await;
    provider.vouch(json!({ "preferred_username": "grace", "groups": ["watchers"] }));
    let deck = Deck::start(provider.issuer(), &[]);
    for endpoint in [Endpoint::Fails, Endpoint::Floods, Endpoint::Redirects, Endpoint::NotJson, Endpoint::Hangs] {
        provider.behave(endpoint);
        let why = deck.refused(deck.sign_in(&provider).await, 503).await;
        assert!(why.contains("cannot be reached or answers wrongly"), "{why}");
    }
    assert_eq!(provider.count("elsewhere"), 0, "redirects are not followed");
    provider.behave(Endpoint::Right);
    assert_eq!(deck.sign_in(&provider).await.status(), 303);
}
