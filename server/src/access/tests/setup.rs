use super::*;
use execdeck_wire::{ErrorCode, Right};

async fn set_up(access: &Access, code: &str, name: &str) -> Result<SignedIn, AccessError> {
    access.setup(code, name, &password(PASSWORD), &Client::default()).await
}

#[tokio::test]
async fn a_code_creates_the_first_administrator_and_signs_in_once() {
    let deck = Deck::new();
    let access = deck.program();
    assert!(access.needs_setup().await.unwrap() && !access.anyone_can_sign_in().await.unwrap());
    let code = access.new_setup_code().await.unwrap().unwrap();
    let signed_in = set_up(&access, &code.to_lowercase(), "Ada").await.unwrap();
    assert!(signed_in.identity.may(Right::Administer) && signed_in.identity.name == "ada");
    assert_eq!(by_cookie(&access, &signed_in.session).await.unwrap().person, signed_in.identity.person);
    assert!(!access.needs_setup().await.unwrap() && access.anyone_can_sign_in().await.unwrap());
    let Err(error) = set_up(&access, &code, "eve").await else { panic!("it works once") };
    assert_eq!(error.code(), ErrorCode::Conflict);
    assert_eq!(access.new_setup_code().await.unwrap(), None);
}

#[tokio::test]
async fn a_code_is_valid_for_an_hour_and_until_there_is_a_new_one() {
    let deck = Deck::new();
    let access = deck.program();
    let old = access.new_setup_code().await.unwrap().unwrap();
    let code = deck.program().new_setup_code().await.unwrap().unwrap();
    for wrong in [old.as_str(), "", "0000-0000-0000-0000-0000-0000-0000", &code[1..]] {
        let Err(AccessError::Refused(error)) = set_up(&access, wrong, "eve").await else { panic!("{wrong}") };
        assert_eq!(error.field.as_deref(), Some("code"));
    }
    deck.pass(HOUR);
    assert!(set_up(&access, &code, "eve").await.is_err());
    let code = access.new_setup_code().await.unwrap().unwrap();
    deck.pass(HOUR - 1);
    set_up(&access, &code, "ada").await.unwrap();
}

#[tokio::test]
async fn a_password_that_is_refused_does_not_use_up_the_code() {
    let deck = Deck::new();
    let access = deck.program();
    let code = access.new_setup_code().await.unwrap().unwrap();
    assert!(access.setup(&code, "ada", &password("short"), &Client::default()).await.is_err());
    assert!(set_up(&access, &code, "../ada").await.is_err());
    set_up(&access, &code, "ada").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_that_set_up_at_once_one_does() {
    let deck = Deck::new();
    for (one, other) in [(deck.program(), deck.program())] {
        let code = one.new_setup_code().await.unwrap().unwrap();
        let (first, second) = tokio::join!(set_up(&one, &code, "ada"), set_up(&other, &code, "eve"));
        assert_ne!(first.is_ok(), second.is_ok());
        assert_eq!(one.list_people().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn wrong_codes_are_answered_late_and_the_right_one_is_not() {
    let deck = Deck::new();
    let access = deck.program();
    let code = access.new_setup_code().await.unwrap().unwrap();
    for _ in 0..22 {
        assert!(set_up(&access, "wrong", "eve").await.is_err());
    }
    let began = std::time::Instant::now();
    assert!(set_up(&access, "wrong", "eve").await.is_err());
    assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
    set_up(&access, &code, "ada").await.unwrap();
}
