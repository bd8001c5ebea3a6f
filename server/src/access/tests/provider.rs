use super::*;
use crate::{
    access::{AssignedRole, ProviderUser, ProxyUser},
    config::Oidc,
};
use execdeck_wire::{ErrorCode, Source};

const ISSUER: &str = "https://id.example.org";

fn oidc() -> Oidc {
    Oidc {
        issuer: ISSUER.into(),
        client_id: "deck".into(),
        admin_groups: vec!["admins".into()],
        viewer_groups: vec!["staff".into()],
        create: true,
        ..Oidc::default()
    }
}

fn settings(oidc: Oidc) -> Settings {
    Settings { oidc, ..Settings::default() }
}

async fn by_provider(access: &Access, subject: &str, name: &str, groups: &[&str]) -> Result<SignedIn, AccessError> {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    let user = ProviderUser { issuer: ISSUER.into(), subject: subject.into(), name: Some(name.into()), groups };
    access.sign_in_with_provider(user, &Client::default()).await
}

fn why(refused: Result<SignedIn, AccessError>) -> String {
    let error = refused.err().expect("they are kept out");
    assert_eq!(error.code(), ErrorCode::Forbidden);
    error.to_string()
}

#[tokio::test]
async fn an_account_is_known_by_its_subject_and_follows_the_groups() {
    let deck = Deck::new();
    let access = deck.program_with(settings(oidc()));
    let first = by_provider(&access, "1", "Ada", &["x", "staff"]).await.unwrap();
    let person = access.list_people().await.unwrap().remove(0);
    assert_eq!((person.name.as_str(), person.source, person.role, person.has_password), ("ada", Source::Oidc, Role::Viewer, false));
    assert_eq!(by_cookie(&access, &first.session).await.unwrap().person, first.identity.person);
    // The provider gives her another name, and more rights: the same account, under the name that it is on record by.
    let renamed = by_provider(&access, "1", "Ada King", &["admins", "staff"]).await.unwrap();
    assert_eq!((renamed.identity.name.as_str(), renamed.identity.role), ("ada", Role::Admin));
    assert_eq!((renamed.identity.person, access.list_people().await.unwrap().len()), (first.identity.person, 1));
    // The session from before has the role, too.
    assert_eq!(by_cookie(&access, &first.session).await.unwrap().role, Role::Admin);
    assert!(why(by_provider(&access, "1", "Ada", &["others"]).await).contains("no group"));
    assert!(why(by_provider(&access, "1", "Ada", &[]).await).contains("no group"));
    by_provider(&access, "1", "Ada", &["staff"]).await.unwrap();
    access.change_person(PersonChange { disabled: Some(true), ..save("ada") }).await.unwrap();
    assert!(by_cookie(&access, &first.session).await.is_err());
    assert!(why(by_provider(&access, "1", "Ada", &["staff"]).await).contains("disabled"));
}

#[tokio::test]
async fn a_name_that_somebody_else_has_takes_nothing_over() {
    let deck = Deck::new();
    let access = deck.program_with(settings(oidc()));
    add(&access, "grace", Role::Admin).await;
    by_provider(&access, "1", "ada", &["staff"]).await.unwrap();
    for name in ["grace", "Grace ", "ＧＲＡＣＥ", "ada"] {
        assert!(why(by_provider(&access, "2", name, &["admins"]).await).contains("somebody else"), "{name}");
    }
    // Another issuer's subject of the same text is another person.
    let user = ProviderUser {
        issuer: "https://other.example".into(),
        subject: "1".into(),
        name: Some("ada".into()),
        groups: vec!["admins".into()],
    };
    assert!(why(access.sign_in_with_provider(user, &Client::default()).await).contains("somebody else"));
    assert_eq!(access.list_people().await.unwrap().len(), 2);
    // Nor does a proxy get in as somebody whom the provider knows.
    let proxy = Some(ProxyUser { name: "ada".into(), role: AssignedRole::Is(Role::Admin) });
    assert!(matches!(access.authenticate(&Credentials { proxy, ..Credentials::default() }).await, Err(AccessError::KeptOut(_))));
    for name in ["", "../x", "a\u{202e}b", "Ada (Ops)"] {
        assert!(why(by_provider(&access, "3", name, &["staff"]).await).contains("cannot be used"), "{name}");
    }
    assert!(by_provider(&access, "3", "Eve", &["staff"]).await.is_ok());
}

#[tokio::test]
async fn without_leave_to_create_nobody_new_comes_in() {
    let deck = Deck::new();
    let creating = deck.program_with(settings(oidc()));
    by_provider(&creating, "1", "ada", &["staff"]).await.unwrap();
    let access = deck.program_with(settings(Oidc { create: false, ..oidc() }));
    assert!(why(by_provider(&access, "2", "bob", &["admins"]).await).contains("no account"));
    by_provider(&access, "1", "ada", &["staff"]).await.unwrap();
}

#[tokio::test]
async fn where_groups_are_not_in_use_an_account_keeps_its_role() {
    let deck = Deck::new();
    let without = Oidc { admin_groups: vec![], viewer_groups: vec![], default_role: "operator".into(), ..oidc() };
    let access = deck.program_with(settings(without));
    assert_eq!(by_provider(&access, "1", "ada", &["admins"]).await.unwrap().identity.role, Role::Operator);
    access.change_person(PersonChange { role: Some(Role::Admin), ..save("ada") }).await.unwrap();
    assert_eq!(by_provider(&access, "1", "ada", &[]).await.unwrap().identity.role, Role::Admin);
    let with = deck.program_with(settings(Oidc { default_role: "viewer".into(), ..oidc() }));
    assert_eq!(by_provider(&with, "1", "ada", &[]).await.unwrap().identity.role, Role::Viewer);
}

#[tokio::test]
async fn other_addresses_are_served_once_the_provider_lets_somebody_in() {
    let deck = Deck::new();
    assert!(deck.program_with(settings(oidc())).anyone_can_sign_in().await.unwrap());
    assert!(!deck.program_with(settings(Oidc { create: false, ..oidc() })).anyone_can_sign_in().await.unwrap());
    assert!(!deck.program_with(settings(Oidc { issuer: String::new(), ..oidc() })).anyone_can_sign_in().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_first_sign_ins_at_once_create_one_account() {
    let deck = Deck::new();
    let access = deck.program_with(settings(oidc()));
    let attempts: Vec<_> = (0..10)
        .map(|_| {
            let access = access.clone();
            tokio::spawn(async move { by_provider(&access, "1", "ada", &["staff"]).await.unwrap().identity.person })
        })
        .collect();
    let mut people = std::collections::BTreeSet::new();
    for attempt in attempts {
        people.insert(attempt.await.unwrap());
    }
    assert_eq!(people.len(), 1);
}

#[tokio::test]
async fn somebody_who_is_asked_for_a_passkey_is_not_signed_in_yet_but_has_the_role_that_the_groups_give() {
    let deck = Deck::new();
    let access = deck.program_with(settings(oidc()));
    by_provider(&access, "1", "ada", &["admins"]).await.unwrap();
    deck.sql("UPDATE people SET asks_for_passkey = 1");
    let role = async || access.list_people().await.unwrap()[0].role;
    assert!(matches!(by_provider(&access, "1", "ada", &["staff"]).await, Err(AccessError::PasskeyNext(_))));
    assert_eq!(role().await, Role::Viewer);
    assert!(why(by_provider(&access, "1", "ada", &["others"]).await).contains("no group"));
    assert_eq!(role().await, Role::Unknown);
    access.change_person(PersonChange { disabled: Some(true), ..save("ada") }).await.unwrap();
    assert!(why(by_provider(&access, "1", "ada", &["admins"]).await).contains("disabled"));
    assert_eq!(role().await, Role::Unknown);
}
