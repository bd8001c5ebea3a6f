mod templates;

use super::*;
use crate::{
    test_process::process,
    wire::{
        ApiError, AuditEntry, AuditOutcome, AuditPage, ErrorCode, Grants, Me, PasskeyInfo, Person, Role, SessionInfo, SignedInBy, Source,
        Timestamp,
    },
};
use leptos::prelude::*;
use serde_json::json;

/// Would run as a script, or end the element or the attribute that it is in.
const HOSTILE: &str = "</textarea></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

fn me(role: Role) -> Me {
    let (via, grants) = (SignedInBy::Session, Grants::default());
    Me { name: HOSTILE.into(), role, rights: role.rights(), grants, via, free_commands: false, expires_at: None }
}

fn page(role: Role) -> PageContext {
    PageContext {
        base: Default::default(),
        path: "/admin/exec/templates".into(),
        version: Default::default(),
        theme: Default::default(),
        me: Some(me(role)),
        problems: Vec::new(),
    }
}

fn problem(form: &str, field: &str) -> Problem {
    Problem { form: form.into(), field: field.into(), message: HOSTILE.into() }
}

fn person(role: Role, source: Source) -> Person {
    let labels = [(HOSTILE.to_owned(), HOSTILE.to_owned())].into();
    let grants = Grants { labels: Some(labels), templates: None };
    let (created_at, name) = (Timestamp::now(), "bob".into());
    let has_password = source == Source::Local;
    Person { name, role, disabled: false, grants, created_at, last_seen: None, has_password, passkeys: 1, asks_for_passkey: true, source }
}

fn people_page(people: Vec<Person>) -> String {
    super::people(&page(Role::Admin), &People { people, ..People::default() })
}

fn audit_page() -> Audit {
    let text = || Some(HOSTILE.to_owned());
    let entry = AuditEntry {
        seq: 7,
        time: Timestamp::now(),
        person: text(),
        via: HOSTILE.into(),
        token: text(),
        address: text(),
        action: format!("{HOSTILE}_process"),
        target: text(),
        target_name: text(),
        template: text(),
        details: Some(HOSTILE.into()),
        reason: text(),
        outcome: AuditOutcome::Refused,
        error: text(),
        count: Some(2),
        of: Some(1),
        hash: HOSTILE.into(),
    };
    let typed = || HOSTILE.to_owned();
    let form = AuditForm { person: typed(), action: typed(), outcome: typed(), target: typed(), from: typed(), until: typed() };
    let page = AuditPage { entries: vec![entry], next: Some(7) };
    Audit { page, form, problem: text(), is_later: true, ..Audit::default() }
}

fn search_form() -> SearchForm {
    let typed = || HOSTILE.to_owned();
    SearchForm { q: typed(), name: typed(), state: typed(), label: typed(), started_by: typed(), case: true, regex: false }
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
    let passkey =
        PasskeyInfo { id: Default::default(), label: HOSTILE.into(), site: HOSTILE.into(), created_at: Timestamp::now(), last_used: None };
    let account = Account {
        has_password: true,
        passkeys: Passkeys { list: vec![passkey], origin: Some(HOSTILE.into()), host: "localhost".into(), ..Passkeys::default() },
        sessions: vec![session],
        label: HOSTILE.into(),
        notice: Some(HOSTILE.into()),
        problem: Some(problem("/admin/account/tokens", "label")),
        origin: HOSTILE.into(),
        ..Account::default()
    };
    let form = LoginForm {
        next: HOSTILE.into(),
        name: HOSTILE.into(),
        problem: Some(problem("/login", "")),
        signed_out: true,
        provider: Some(HOSTILE.into()),
        passkey_origin: Some(HOSTILE.into()),
    };
    for html in [
        super::account(&page(Role::Admin), &account),
        login(&page(Role::Admin), &form),
        login_passkey(&page(Role::Admin), Some(&HOSTILE.to_owned()), HOSTILE),
        setup(&page(Role::Admin), &SetupForm { code: HOSTILE.into(), name: HOSTILE.into(), problem: Some(problem("/setup", "code")) }),
        people_page(vec![person(Role::Viewer, Source::Local)]),
        audit(&page(Role::Admin), &audit_page()),
        search(&page(Role::Viewer), &search_form()),
    ] {
        assert!(!html.contains("<script>") && !html.contains("<img"), "{html}");
        assert!(!html.contains("\"'>"), "{html}");
        assert_eq!(html.matches("<textarea").count(), html.matches("</textarea").count());
        assert_eq!(html.matches(" · Execdeck</title>").count(), 1);
    }
}

#[test]
fn processes_together_have_a_tag_each_and_what_is_refused_says_why() {
    let named = || process(json!({ "name": HOSTILE, "state": "running" }));
    let refused = ApiError::new(ErrorCode::NotFound, HOSTILE);
    let mut processes = [Ok(named()), Ok(named()), Err(refused)].into_iter().map(|process| (Default::default(), process)).collect();
    for view in [TogetherView::Side, TogetherView::Merged] {
        let shown = Together { processes, view };
        let html = together(&page(Role::Viewer), &shown);
        assert!(!html.contains("<script>") && !html.contains("<img") && !html.contains("\"'>"), "{html}");
        assert_eq!(html.matches("(2)<").count(), 1, "{html}");
        assert_eq!(html.matches("class=\"together-output").count(), if view == TogetherView::Side { 3 } else { 1 });
        assert_eq!(
            html.matches(" hidden class=\"together-").count(),
            3,
            "the note of the page and two processes without a problem: {html}"
        );
        processes = shown.processes;
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
fn the_way_to_the_provider_is_there_if_there_is_one() {
    let page = PageContext { base: crate::BasePath("/deck".into()), ..page(Role::Viewer) };
    let form = LoginForm { next: "/admin/exec?q=a&b".into(), ..LoginForm::default() };
    assert!(!login(&page, &form).contains("/login/oidc"));
    let html = login(&page, &LoginForm { provider: Some("Keycloak".into()), ..form });
    assert!(
        html.contains("href=\"/deck/login/oidc?next=%2Fadmin%2Fexec%3Fq%3Da%26b\"") && html.contains("Sign in with Keycloak"),
        "{html}"
    );
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let html =
        setup(&page(Role::Viewer), &SetupForm { code: "AB-CD".into(), problem: Some(problem("/setup", "code")), ..SetupForm::default() });
    assert!(html.contains("value=\"AB-CD\"") && html.contains("aria-invalid=\"true\""));
    assert_eq!(html.matches("role=\"alert\"").count(), 1);
    assert!(html.contains("/setup.js"));
}

#[test]
fn the_audit_links_to_processes_and_keeps_its_filter() {
    let mut shown = audit_page();
    let id = uuid::Uuid::nil().to_string();
    shown.form = AuditForm { person: "ada & bob".into(), from: "2026-11-24".into(), ..AuditForm::default() };
    shown.since = Some(Timestamp::from_micros(1_795_478_400_000_000));
    let entry = &mut shown.page.entries[0];
    entry.target = Some(id.clone());
    entry.action = "kill_process".into();
    let html = audit(&page(Role::Admin), &shown);
    assert!(html.contains(&format!("href=\"/admin/exec/{id}\"")) && html.contains("kill process<!> \u{d7} 2"), "{html}");
    assert!(html.contains("/admin/audit?person=ada%20%26%20bob&amp;from=2026-11-24&amp;before=7"), "{html}");
    assert!(html.contains("/api/audit?person=ada%20%26%20bob&amp;format=csv&amp;since=2026-11-24T00%3A00%3A00.000000Z"), "{html}");
    assert!(html.contains("value=\"2026-11-24\""), "{html}");
    // What was removed has no page any more, and a token is no process.
    for action in ["remove_process", "revoke_token"] {
        shown.page.entries[0].action = action.into();
        assert!(!audit(&page(Role::Admin), &shown).contains(&format!("/admin/exec/{id}")), "{action}");
    }
}

#[test]
fn of_long_details_four_lines_are_shown_and_refusals_are_counted_in_words() {
    let mut shown = audit_page();
    let show = |shown: &Audit| audit(&page(Role::Admin), shown);
    shown.page.entries[0].details = Some(serde_json::json!({ "a": 1, "b": 2, "c": 3, "d": 4 }));
    let details = |html: &str| html.split_once("<main").and_then(|(_, main)| main.split_once("<details")).map(|(_, rest)| rest.to_owned());
    assert_eq!(details(&show(&shown)), None);
    shown.page.entries[0].details = Some(serde_json::json!({ "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6 }));
    let html = show(&shown);
    let rest = details(&html).unwrap_or_default();
    assert!(rest.contains("2 more") && rest.contains(">5<!></code>") && !rest.contains(">4<!></code>"), "{html}");
    shown.page.entries[0].action = "request".into();
    shown.page.entries[0].details = Some(serde_json::json!({ "sign_in": 2, "foreign_host_or_origin": 1 }));
    let html = show(&shown);
    assert!(html.contains(">sign in<!></span>") && html.contains(">foreign host or origin<!></span>"), "{html}");
}

#[test]
fn the_box_for_stepping_down_is_at_ones_own_role_only() {
    let mine = Person { name: HOSTILE.into(), ..person(Role::Admin, Source::Local) };
    let html = people_page(vec![mine, person(Role::Admin, Source::Local)]);
    assert_eq!(html.matches("name=\"sure\"").count(), 1);
    let without = Person { passkeys: 0, ..person(Role::Viewer, Source::Local) };
    assert!(people_page(vec![without]).contains("signs in with a password, last seen"));
}

#[test]
fn what_can_be_done_about_passkeys_depends_on_where_the_page_is_and_what_there_is() {
    let passkey = |site: &str| {
        let (id, created_at) = (Default::default(), Timestamp::now());
        PasskeyInfo { id, label: "phone".into(), site: site.into(), created_at, last_used: None }
    };
    let show = |sites: &[&str], origin: Option<&str>, has_password, asked| {
        let list = sites.iter().map(|site| passkey(site)).collect();
        let passkeys = Passkeys { list, asked, origin: origin.map(str::to_owned), host: "localhost".into() };
        super::account(&page(Role::Viewer), &Account { has_password, passkeys, ..Account::default() })
    };
    let here = Some("http://localhost");
    let none = show(&[], None, true, false);
    assert!(none.contains("do not work at this address") && !none.contains("Add a passkey") && !none.contains("Ask for a passkey"));
    let first = show(&[], here, true, false);
    assert!(first.contains("Add a passkey") && first.contains("data-usable=\"false\"") && !first.contains("do not work at this address"));
    let usable = show(&["localhost"], here, true, false);
    assert!(
        usable.contains("data-usable=\"true\"")
            && usable.contains("Ask for a passkey after the password")
            && !usable.contains("for localhost")
    );
    let elsewhere = show(&["deck.example"], here, true, true);
    assert!(elsewhere.contains("data-usable=\"false\"") && elsewhere.contains("for deck.example") && elsewhere.contains("Stop asking"));
    // What Enter does is the first button of the form: never to remove one.
    assert!(usable.find("value=\"add\"").unwrap() < usable.find("value=\"remove ").unwrap());
    assert!(show(&["localhost"], here, false, false).contains("Always ask for a passkey"));
}

#[test]
fn what_is_wrong_with_the_server_stands_on_pages_without_a_script_too() {
    assert!(!refusal(&page(Role::Viewer), "No.").contains("problems"));
    let alarmed = refusal(&PageContext { problems: vec![HOSTILE.into()], ..page(Role::Viewer) }, "No.");
    assert!(alarmed.contains("problems") && alarmed.contains("alert(1)") && !alarmed.contains("<img src=x"), "{alarmed}");
}

#[test]
fn an_element_stands_in_a_sentence_where_the_text_has_it() {
    let html = |text: &str| super::fields::sentence(text, view! { <code>"x"</code> }).to_html().replace("<!>", "");
    assert_eq!(html(&format!("with {} only", super::fields::ELEMENT)), "with <code>x</code> only");
    assert_eq!(html("without"), "without<code>x</code>");
}
