use super::*;
use execdeck_wire::NewToken;
use execdeck_wire::{ErrorCode, Right, Rights};

fn new(label: &str) -> NewToken {
    NewToken { label: label.into(), ..NewToken::default() }
}

fn rights(rights: &[Right]) -> Rights {
    rights.iter().copied().collect()
}

async fn deck() -> (Deck, Access, SignedIn) {
    let deck = Deck::new();
    let access = deck.program();
    add(&access, "ada", Role::Admin).await;
    add(&access, "bob", Role::Operator).await;
    let bob = sign_in(&access, "bob").await;
    (deck, access, bob)
}

#[tokio::test]
async fn a_token_may_what_it_was_given_and_its_owner_still_may() {
    let (_deck, access, bob) = deck().await;
    let all = access.create_token(&bob.identity, new("all")).await.unwrap();
    let stop = NewToken { rights: Some(rights(&[Right::View, Right::Stop])), ..new("stop") };
    let stop = access.create_token(&bob.identity, stop).await.unwrap();
    assert_eq!(by_token(&access, &all.token).await.unwrap().rights, Role::Operator.rights());
    let identity = by_token(&access, &stop.token).await.unwrap();
    assert_eq!(identity.rights, rights(&[Right::View, Right::Stop]));
    access.change_person(PersonChange { role: Some(Role::Viewer), ..save("bob") }).await.unwrap();
    assert_eq!(by_token(&access, &all.token).await.unwrap().rights, Role::Viewer.rights());
    assert_eq!(by_token(&access, &stop.token).await.unwrap().rights, rights(&[Right::View]));
    access.change_person(PersonChange { role: Some(Role::Admin), ..save("bob") }).await.unwrap();
    assert_eq!(by_token(&access, &stop.token).await.unwrap().rights, rights(&[Right::View, Right::Stop]));
}

#[tokio::test]
async fn a_token_ends_by_time_revocation_and_with_its_owner() {
    let (deck, access, bob) = deck().await;
    let expires_at = Some(Timestamp::from_micros(deck.now.load(Ordering::SeqCst) + HOUR));
    let timed = access.create_token(&bob.identity, NewToken { expires_at, ..new("timed") }).await.unwrap();
    let revoked = access.create_token(&bob.identity, new("revoked")).await.unwrap();
    let kept = access.create_token(&bob.identity, new("kept")).await.unwrap();
    for token in [&timed, &revoked, &kept] {
        by_token(&access, &token.token).await.unwrap();
    }
    let adas = sign_in(&access, "ada").await;
    access.revoke_token(&adas.identity, revoked.info.id).await.unwrap();
    assert!(by_token(&access, &revoked.token).await.is_err());
    deck.pass(HOUR);
    assert!(by_token(&access, &timed.token).await.is_err());
    by_token(&access, &kept.token).await.unwrap();
    access.change_person(PersonChange { disabled: Some(true), ..save("bob") }).await.unwrap();
    assert!(by_token(&access, &kept.token).await.is_err());
    access.change_person(PersonChange { disabled: Some(false), ..save("bob") }).await.unwrap();
    assert!(by_token(&access, &kept.token).await.is_err(), "an account that is enabled again begins anew");
    assert!(by_cookie(&access, &bob.session).await.is_err());
}

#[tokio::test]
async fn a_token_that_a_token_makes_is_no_more_than_that_one() {
    let (deck, access, bob) = deck().await;
    let expires_at = Some(Timestamp::from_micros(deck.now.load(Ordering::SeqCst) + HOUR));
    let parent = NewToken { rights: Some(rights(&[Right::View, Right::Stop])), expires_at, ..new("parent") };
    let parent = access.create_token(&bob.identity, parent).await.unwrap();
    let by = by_token(&access, &parent.token).await.unwrap();
    let later = Some(Timestamp::from_micros(deck.now.load(Ordering::SeqCst) + 2 * HOUR));
    let child = access.create_token(&by, NewToken { expires_at: later, ..new("child") }).await.unwrap();
    assert_eq!((child.info.expires_at, child.info.rights), (expires_at, Some(rights(&[Right::View, Right::Stop]))));
    let more = NewToken { rights: Some(rights(&[Right::Start])), ..new("more") };
    assert!(access.create_token(&by, more).await.is_err());
    by_token(&access, &child.token).await.unwrap();
    access.revoke_token(&bob.identity, parent.info.id).await.unwrap();
    assert!(by_token(&access, &child.token).await.is_err());
    assert!(access.create_token(&by, new("orphan")).await.is_err(), "not even if it was revoked meanwhile");
    assert!(access.list_tokens(&bob.identity).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_tokens_count_as_tokens_and_they_count_alone() {
    let (_deck, access, bob) = deck().await;
    let created = access.create_token(&bob.identity, new("ci")).await.unwrap();
    assert!(by_cookie(&access, &created.token).await.is_err() && by_cookie(&access, &created.token[9..52]).await.is_err());
    for wrong in ["", "execdeck_", &bob.session, &created.token[..57], &format!("{} ", created.token)] {
        let credentials = Credentials { bearer: Some(wrong), cookie: Some(&bob.session), proxy: None };
        assert!(matches!(access.authenticate(&credentials).await, Err(AccessError::Ended)), "{wrong}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_its_field() {
    let (deck, access, bob) = deck().await;
    let now = Some(Timestamp::from_micros(deck.now.load(Ordering::SeqCst)));
    for (token, field) in [
        (new(" "), "label"),
        (new("a\nb"), "label"),
        (new(&"x".repeat(101)), "label"),
        (NewToken { rights: Some(Rights::NONE), ..new("a") }, "rights"),
        (NewToken { rights: Some(rights(&[Right::Administer])), ..new("a") }, "rights"),
        (NewToken { expires_at: now, ..new("a") }, "expires_at"),
    ] {
        let Err(AccessError::Refused(error)) = access.create_token(&bob.identity, token).await else { panic!("{field}") };
        assert_eq!(error.field.as_deref(), Some(field));
    }
    for number in 0..100 {
        access.add_token("Bob", new(&number.to_string())).await.unwrap();
    }
    assert_eq!(access.add_token("bob", new("one more")).await.unwrap_err().code(), ErrorCode::LimitReached);
    assert_eq!(access.add_token("nobody", new("a")).await.unwrap_err().code(), ErrorCode::NotFound);
    assert!(access.revoke_token(&bob.identity, uuid::Uuid::nil()).await.is_err());
}

#[tokio::test]
async fn the_last_use_is_shown() {
    let (deck, access, bob) = deck().await;
    let created = access.create_token(&bob.identity, new("ci")).await.unwrap();
    assert_eq!(access.list_tokens(&bob.identity).await.unwrap(), [created.info]);
    deck.pass(HOUR);
    by_token(&access, &created.token).await.unwrap();
    soon(async {
        while access.list_tokens(&bob.identity).await.unwrap()[0].last_used.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let last = access.list_tokens(&bob.identity).await.unwrap()[0].last_used.unwrap();
    assert_eq!(last.as_micros(), deck.now.load(Ordering::SeqCst));
    let seen = access.list_people().await.unwrap().into_iter().find(|person| person.name == "bob").unwrap().last_seen;
    assert_eq!(seen, Some(last));
}
