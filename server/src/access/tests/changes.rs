//! What another program changes, and what lives longer than a request.

use super::*;
use crate::access::Lost;
use execdeck_wire::NewToken;
use execdeck_wire::{Grants, Right};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_connections_end_with_each_way_of_losing_the_right() {
    let deck = Deck::new();
    let (server, command_line) = (deck.program(), deck.program());
    let _followed = follow(&server);
    add(&server, "ada", Role::Admin).await;
    for (number, (lost, sql)) in [
        (Lost::SignIn, "UPDATE people SET disabled = 1 WHERE name = 'p0'"),
        (Lost::Right, "UPDATE people SET role = 'viewer' WHERE name = 'p1'"),
        (Lost::SignIn, "DELETE FROM sessions"),
        (Lost::SignIn, "UPDATE sessions SET expires_at = 1"),
        (Lost::Right, r#"UPDATE people SET grants = '{"labels":{"team":"x"}}' WHERE name = 'p4'"#),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("p{number}");
        add(&command_line, &name, Role::Operator).await;
        let signed_in = sign_in(&server, &name).await;
        let mut watch = server.watch(&signed_in.identity);
        let may = |identity: &Identity| identity.may(Right::Input) && identity.may_see(&Default::default(), None);
        let early = tokio::time::timeout(Duration::from_millis(300), watch.lost(may)).await;
        assert!(early.is_err(), "{sql}: {early:?}");
        let began = std::time::Instant::now();
        deck.sql(sql);
        assert_eq!(soon(watch.lost(may)).await, lost, "{sql}");
        assert!(began.elapsed() < Duration::from_secs(1), "{sql}: {:?}", began.elapsed());
        let now = server.revalidate(&signed_in.identity).await;
        assert!(now.is_err() || !may(&now.unwrap()), "{sql}");
    }
}

#[tokio::test]
async fn a_connection_of_the_same_program_ends_at_once_even_if_nothing_follows() {
    let deck = Deck::new();
    let access = deck.program();
    add(&access, "ada", Role::Admin).await;
    let ada = sign_in(&access, "ada").await;
    let token = access.create_token(&ada.identity, NewToken { label: "ci".into(), ..NewToken::default() }).await.unwrap();
    let by_token = by_token(&access, &token.token).await.unwrap();
    let (mut session, mut tokens) = (access.watch(&ada.identity), access.watch(&by_token));
    // Revoked before it is watched: the first look finds out.
    access.revoke_token(&ada.identity, token.info.id).await.unwrap();
    assert_eq!(soon(tokens.lost(|_| true)).await, Lost::SignIn);
    let (lost, ()) = tokio::join!(soon(session.lost(|_| true)), async { access.sign_out(&ada.identity).await.unwrap() });
    assert_eq!(lost, Lost::SignIn);
    assert_eq!((Lost::SignIn.close_code(), Lost::Right.close_code()), (4401, 4403));
}

#[tokio::test]
async fn a_connection_ends_when_its_session_expires() {
    let deck = Deck::new();
    let access = Access::new(deck.database(), Settings::default());
    add(&access, "ada", Role::Admin).await;
    let ada = sign_in(&access, "ada").await;
    let soon_over = Timestamp::now().as_micros() + 400_000;
    deck.sql(&format!("UPDATE sessions SET expires_at = {soon_over}"));
    let access = Access::new(deck.database(), Settings::default());
    let mut watch = access.watch(&ada.identity);
    assert_eq!(soon(watch.lost(|_| true)).await, Lost::SignIn);
    assert!(Timestamp::now().as_micros() >= soon_over);
}

#[tokio::test]
async fn a_change_reaches_the_requests_of_another_program_within_a_second() {
    let deck = Deck::new();
    let (server, command_line) = (deck.program(), deck.program());
    let _followed = follow(&server);
    add(&server, "ada", Role::Admin).await;
    add(&server, "bob", Role::Operator).await;
    let bob = sign_in(&server, "bob").await;
    by_cookie(&server, &bob.session).await.unwrap();
    let began = std::time::Instant::now();
    command_line.change_person(PersonChange { disabled: Some(true), ..save("bob") }).await.unwrap();
    soon(async {
        while by_cookie(&server, &bob.session).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_a_newer_version_has_written_allows_nothing_here_and_stays() {
    let deck = Deck::new();
    let access = deck.program();
    for name in ["a", "b"] {
        add(&access, name, Role::Operator).await;
    }
    deck.sql(
        r#"UPDATE people SET role = 'auditor' WHERE name = 'a';
        UPDATE people SET grants = '{"hosts":["x"]}', source = 'ldap' WHERE name = 'b'"#,
    );
    let (a, b) = (sign_in(&access, "a").await.identity, sign_in(&access, "b").await.identity);
    assert!(Right::ALL.into_iter().all(|right| !a.may(right)));
    assert!(!b.may_see(&Default::default(), None) && b.grants == Grants { templates: Some(BTreeSet::new()), labels: None });
    for name in ["a", "b"] {
        access.change_person(PersonChange { password: Some(password("a horse of another colour")), ..save(name) }).await.unwrap();
    }
    let connection = rusqlite::Connection::open(deck.folder.join("deck.db")).unwrap();
    let kept: String = connection.query_row("SELECT group_concat(role || grants || source) FROM people", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, r#"auditor{}local,operator{"hosts":["x"]}ldap"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_during_changes_never_see_an_old_right_for_good() {
    let deck = Deck::new();
    let access = deck.program();
    add(&access, "ada", Role::Admin).await;
    add(&access, "bob", Role::Operator).await;
    let bob = sign_in(&access, "bob").await;
    for round in 0..30 {
        let requests: Vec<_> = (0..8)
            .map(|_| {
                let (access, cookie) = (access.clone(), bob.session.clone());
                tokio::spawn(async move { by_cookie(&access, &cookie).await.map(|identity| identity.role) })
            })
            .collect();
        let role = if round % 2 == 0 { Role::Viewer } else { Role::Operator };
        access.change_person(PersonChange { role: Some(role), ..save("bob") }).await.unwrap();
        assert_eq!(by_cookie(&access, &bob.session).await.unwrap().role, role);
        for request in requests {
            request.await.unwrap().unwrap();
        }
        assert_eq!(by_cookie(&access, &bob.session).await.unwrap().role, role, "round {round}");
    }
}
