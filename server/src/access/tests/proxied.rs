use super::*;
use crate::access::{AssignedRole, Lost, ProxyUser};
use execdeck_wire::{ErrorCode, Right, Source};

fn settings() -> Settings {
    Settings {
        proxy_header: "X-Remote-User".into(),
        proxy_groups_header: "X-Remote-Groups".into(),
        proxy_create: true,
        ..Settings::default()
    }
}

async fn by_proxy(access: &Access, name: &str, role: AssignedRole) -> Result<Arc<Identity>, AccessError> {
    let proxy = Some(ProxyUser { name: name.into(), role });
    access.authenticate(&Credentials { proxy, ..Credentials::default() }).await
}

#[tokio::test]
async fn an_account_is_created_at_first_sight_and_follows_the_groups() {
    let deck = Deck::new();
    let access = deck.program_with(settings());
    let first = by_proxy(&access, "ada", AssignedRole::Is(Role::Operator)).await.unwrap();
    let person = access.list_people().await.unwrap().remove(0);
    assert_eq!((person.source, person.role, person.has_password), (Source::Proxy, Role::Operator, false));
    let mut watch = access.watch(&first);
    let later = by_proxy(&access, "ada", AssignedRole::Is(Role::Viewer)).await.unwrap();
    assert!(later.person == first.person && !later.may(Right::Stop));
    // What the proxy said when the socket was opened must not undo what it says now.
    assert_eq!(soon(watch.lost(|identity| identity.may(Right::Stop))).await, Lost::Right);
    assert_eq!(access.list_people().await.unwrap()[0].role, Role::Viewer);
    let error = by_proxy(&access, "ada", AssignedRole::None).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Forbidden);
    access.change_person(PersonChange { disabled: Some(true), ..save("ada") }).await.unwrap();
    assert!(matches!(by_proxy(&access, "ada", AssignedRole::Is(Role::Viewer)).await, Err(AccessError::KeptOut(_))));
    assert!(matches!(access.revalidate(&first).await, Err(AccessError::Ended)));
    assert!(access.sign_in("ada", &password(""), &Client::default()).await.is_err());
}

#[tokio::test]
async fn who_is_in_no_group_any_more_keeps_neither_tokens_nor_what_is_open_until_a_group_is_back() {
    let deck = Deck::new();
    let access = deck.program_with(settings());
    let ada = by_proxy(&access, "ada", AssignedRole::Is(Role::Admin)).await.unwrap();
    let token = access.add_token("ada", execdeck_wire::NewToken { label: "x".into(), ..Default::default() }).await.unwrap().token;
    assert!(by_token(&access, &token).await.unwrap().may(Right::Stop));
    let mut watch = access.watch(&ada);
    let error = by_proxy(&access, "ada", AssignedRole::None).await.unwrap_err();
    assert!(matches!(error, AccessError::KeptOut(_)));
    assert_eq!(soon(watch.lost(|identity| identity.may(Right::View))).await, Lost::Right);
    assert!(!by_token(&access, &token).await.unwrap().may(Right::View));
    assert!(matches!(by_proxy(&access, "ada", AssignedRole::None).await, Err(AccessError::KeptOut(_))));
    by_proxy(&access, "ada", AssignedRole::Is(Role::Viewer)).await.unwrap();
    let rights = by_token(&access, &token).await.unwrap().rights;
    assert_eq!(rights, Role::Viewer.rights());
    // A local account is not the proxy's to change.
    add(&access, "bob", Role::Operator).await;
    assert!(by_proxy(&access, "bob", AssignedRole::None).await.is_err());
    assert_eq!(access.list_people().await.unwrap().iter().find(|person| person.name == "bob").unwrap().role, Role::Operator);
}

#[tokio::test]
async fn without_leave_to_create_only_those_with_an_account_come_in() {
    let deck = Deck::new();
    let access = deck.program_with(Settings { proxy_create: false, ..settings() });
    let role = AssignedRole::New(Some(Role::Viewer));
    assert!(matches!(by_proxy(&access, "ada", role).await, Err(AccessError::KeptOut(_))));
    add(&access, "ada", Role::Admin).await;
    // An account that was created here keeps its role.
    for role in [role, AssignedRole::Is(Role::Viewer)] {
        assert_eq!(by_proxy(&access, "ada", role).await.unwrap().role, Role::Admin);
    }
    assert!(access.needs_setup().await.unwrap().eq(&false));
}

#[tokio::test]
async fn a_proxy_that_gives_no_role_creates_nobody() {
    let deck = Deck::new();
    let access = deck.program_with(settings());
    for role in [AssignedRole::None, AssignedRole::New(None)] {
        assert!(matches!(by_proxy(&access, "ada", role).await, Err(AccessError::KeptOut(_))));
    }
    assert!(access.list_people().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_first_requests_at_once_create_one_account() {
    let deck = Deck::new();
    let access = deck.program_with(settings());
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let access = access.clone();
            tokio::spawn(async move { by_proxy(&access, "ada", AssignedRole::Is(Role::Viewer)).await.unwrap().person })
        })
        .collect();
    let mut ids = Vec::new();
    for request in requests {
        ids.push(request.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
}
