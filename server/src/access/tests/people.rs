use super::*;
use execdeck_wire::{ErrorCode, Grants, Right};

fn refused(result: Result<execdeck_wire::Person, AccessError>) -> (ErrorCode, Option<String>) {
    let error = execdeck_wire::ApiError::from(result.unwrap_err());
    (error.code, error.field)
}

#[tokio::test]
async fn what_is_absent_stays_as_it_is() {
    let deck = Deck::new();
    let access = deck.program();
    add(&access, "ada", Role::Admin).await;
    let ada = sign_in(&access, "ada").await.identity;
    let grants = Grants { labels: Some([("team".into(), "ops".into())].into()), templates: None };
    let new = PersonChange { new: true, role: Some(Role::Operator), grants: Some(grants.clone()), ..save(" BOB ") };
    let bob = access.save_person(&ada, new.clone()).await.unwrap();
    assert_eq!((bob.name.as_str(), bob.role, bob.has_password, bob.disabled), ("bob", Role::Operator, false, false));
    assert_eq!(refused(access.save_person(&ada, new).await).0, ErrorCode::Conflict);
    let bob = access.save_person(&ada, PersonChange { password: Some(password(PASSWORD)), ..save("Bob") }).await.unwrap();
    assert_eq!((bob.role, bob.has_password, &bob.grants), (Role::Operator, true, &grants));
    let bobs = sign_in(&access, "bob").await.identity;
    assert!(bobs.may_see(&[("team".into(), "ops".into())].into(), None) && !bobs.may_see(&Default::default(), None));
    assert_eq!(bobs.me(true).grants, grants);
    assert!(bobs.me(true).free_commands && !bobs.me(false).free_commands);
    let bob = access.save_person(&ada, PersonChange { grants: Some(Grants::default()), ..save("bob") }).await.unwrap();
    assert!(bob.grants.is_unlimited());
    let carol = access.save_person(&ada, save("carol")).await.unwrap();
    assert_eq!(carol.role, Role::Viewer);
    let names: Vec<_> = access.list_people().await.unwrap().into_iter().map(|person| person.name).collect();
    assert_eq!(names, ["ada", "bob", "carol"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_its_field() {
    let deck = Deck::new();
    let access = deck.program();
    add(&access, "ada", Role::Admin).await;
    add(&access, "bob", Role::Operator).await;
    let (ada, bob) = (sign_in(&access, "ada").await.identity, sign_in(&access, "bob").await.identity);
    assert_eq!(refused(access.save_person(&bob, PersonChange { role: Some(Role::Admin), ..save("bob") }).await).0, ErrorCode::Forbidden);
    let labels = |key: &str, value: &str| Some(Grants { labels: Some([(key.into(), value.into())].into()), templates: None });
    for (person, field) in [
        (save("../x"), "name"),
        (PersonChange { role: Some(Role::Unknown), ..save("x") }, "role"),
        (PersonChange { password: Some(password("short")), ..save("x") }, "password"),
        (PersonChange { password: Some(password("xxxxxxx-1234")), ..save("xxxxxxx") }, "password"),
        (PersonChange { password: Some(password("a horse of another colour")), ..save("Ada") }, "password"),
        (PersonChange { grants: labels("team", "ops"), ..save("ada") }, "grants"),
        (PersonChange { grants: labels("team", &"x".repeat(1000)), ..save("x") }, "grants"),
        (PersonChange { grants: labels("", "x"), ..save("x") }, "grants.labels"),
    ] {
        assert_eq!(refused(access.save_person(&ada, person).await), (ErrorCode::BadRequest, Some(field.to_owned())));
    }
    assert_eq!(access.list_people().await.unwrap().len(), 2, "what was refused left nothing behind");
    assert_eq!(refused(access.change_person(save("nobody")).await).0, ErrorCode::NotFound);
    assert_eq!(refused(access.add_person(save("ada")).await).0, ErrorCode::Conflict);
}

#[tokio::test]
async fn a_password_that_an_administrator_sets_ends_the_sessions() {
    let deck = Deck::new();
    let access = deck.program();
    add(&access, "ada", Role::Admin).await;
    add(&access, "bob", Role::Viewer).await;
    let (ada, bob) = (sign_in(&access, "ada").await.identity, sign_in(&access, "bob").await);
    let new = password("a horse of another colour");
    access.save_person(&ada, PersonChange { password: Some(new.clone()), ..save("bob") }).await.unwrap();
    assert!(by_cookie(&access, &bob.session).await.is_err());
    access.sign_in("bob", &new, &Client::default()).await.unwrap();
}

#[tokio::test]
async fn the_last_administrator_who_can_sign_in_stays() {
    let deck = Deck::new();
    let access = deck.program();
    add(&access, "ada", Role::Admin).await;
    let ada = sign_in(&access, "ada").await.identity;
    // Without a password nobody can sign in as an administrator.
    access.add_person(PersonChange { role: Some(Role::Admin), ..save("bob") }).await.unwrap();
    let demote = || PersonChange { role: Some(Role::Viewer), ..save("ada") };
    let disable = || PersonChange { disabled: Some(true), ..save("ada") };
    for change in [demote(), disable()] {
        assert_eq!(refused(access.save_person(&ada, change.clone()).await).0, ErrorCode::Conflict);
        assert_eq!(refused(access.change_person(change).await).0, ErrorCode::Conflict);
    }
    assert!(access.revalidate(&ada).await.unwrap().may(Right::Administer));
    access.change_person(PersonChange { password: Some(password(PASSWORD)), ..save("bob") }).await.unwrap();
    access.save_person(&ada, demote()).await.unwrap();
    assert!(!access.revalidate(&ada).await.unwrap().may(Right::Administer));
    assert_eq!(refused(access.save_person(&ada, save("eve")).await).0, ErrorCode::Forbidden, "what the identity said then does not count");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_administrators_who_demote_each_other_leave_one() {
    for round in 0..10 {
        let deck = Deck::new();
        let (one, other) = (deck.program(), deck.program());
        for name in ["ada", "bob"] {
            let person = PersonChange { role: Some(Role::Admin), ..save(name) };
            one.add_person(person).await.unwrap();
        }
        deck.sql("UPDATE people SET password = 'x'");
        let ada = open(&one, "ada").await.identity;
        let bob = open(&other, "bob").await.identity;
        let demote = |name: &str| PersonChange { role: Some(Role::Viewer), ..save(name) };
        let results = if round % 2 == 0 {
            let (first, second) = tokio::join!(one.save_person(&ada, demote("bob")), other.save_person(&bob, demote("ada")));
            [first, second]
        } else {
            let (first, second) = tokio::join!(one.change_person(demote("bob")), other.change_person(demote("ada")));
            [first, second]
        };
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let administrators = one.list_people().await.unwrap().into_iter().filter(|person| person.role == Role::Admin).count();
        assert_eq!(administrators, 1);
    }
}
