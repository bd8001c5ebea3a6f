use super::*;
use crate::wire::{Grants, Me, Person, Role, SessionInfo, SignedInBy, Source, Timestamp};

/// Would run as a script, or end the element or the attribute that it is in.
const HOSTILE: &str = "</textarea></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

fn me(role: Role) -> Me {
    let (via, grants) = (SignedInBy::Session, Grants::default());
    Me { name: HOSTILE.into(), role, rights: role.rights(), grants, via, free_commands: false, expires_at: None }
}

fn page(role: Role) -> PageContext {
    PageContext { base: Default::default(), version: Default::default(), theme: Default::default(), me: Some(me(role)) }
}

fn problem(form: &str, field: &str) -> Problem {
    Problem { form: form.into(), field: field.into(), message: HOSTILE.into() }
}

fn person(role: Role, source: Source) -> Person {
    let labels = [(HOSTILE.to_owned(), HOSTILE.to_owned())].into();
    let grants = Grants { labels: Some(labels), templates: None };
    let (created_at, name) = (Timestamp::now(), "bob".into());
    Person { name, role, disabled: false, grants, created_at, last_seen: None, has_password: source == Source::Local, source }
}

fn people_page(people: Vec<Person>) -> String {
    super::people(&page(Role::Admin), &People { people, ..People::default() })
}

#[test]
fn whatever_people_type_stays_text() {
    let session = SessionInfo {
        id: Default::default(),
        person: HOSTILE.into(),
        created_at: Timestamp::now(),
        last_seen: Timestamp::now(),
        expires_at: Timestamp::now(),
        address: Some(HOSTILE.into()),
        agent: Some(HOSTILE.into()),
        current: true,
    };
    let account = Account {
        has_password: true,
        sessions: vec![session],
        label: HOSTILE.into(),
        notice: Some(HOSTILE.into()),
        problem: Some(problem("/admin/account/tokens", "label")),
        origin: HOSTILE.into(),
        ..Account::default()
    };
    let form = LoginForm { next: HOSTILE.into(), name: HOSTILE.into(), problem: Some(problem("/login", "")), signed_out: true };
    for html in [
        super::account(&page(Role::Admin), &account),
        login(&page(Role::Admin), &form),
        setup(&page(Role::Admin), &SetupForm { code: HOSTILE.into(), name: HOSTILE.into(), problem: Some(problem("/setup", "code")) }),
        people_page(vec![person(Role::Viewer, Source::Local)]),
    ] {
        assert!(!html.contains("<script>") && !html.contains("<img"), "{html}");
        assert!(!html.contains("\"'>"), "{html}");
        assert_eq!(html.matches("<textarea").count(), html.matches("</textarea").count());
        assert_eq!(html.matches("</title").count(), 1);
    }
}

#[test]
fn a_page_offers_what_one_may_do_only() {
    let account = |role| super::account(&page(role), &Account::default());
    assert!(account(Role::Viewer).contains("value=\"read_output\"") && !account(Role::Viewer).contains("value=\"stop\""));
    assert!(account(Role::Admin).contains("value=\"administer\""));
    assert!(account(Role::Admin).contains("/admin/people") && !account(Role::Operator).contains("/admin/people"));
    let local = people_page(vec![person(Role::Viewer, Source::Local)]);
    assert!(local.contains("/admin/people/password") && local.contains("/admin/people/grants") && local.contains("/admin/people/disable"));
    assert!(!people_page(vec![person(Role::Viewer, Source::Proxy)]).contains("/admin/people/password"));
    assert!(!people_page(vec![person(Role::Admin, Source::Local)]).contains("/admin/people/grants"));
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let html =
        setup(&page(Role::Viewer), &SetupForm { code: "AB-CD".into(), problem: Some(problem("/setup", "code")), ..SetupForm::default() });
    assert!(html.contains("value=\"AB-CD\"") && html.contains("aria-invalid=\"true\""));
    assert_eq!(html.matches("role=\"alert\"").count(), 1);
    assert!(html.contains("/setup.js"));
}
