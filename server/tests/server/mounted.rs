//! Execdeck below a path of an application, with the application's own sign-in.

mod apart;
mod host;
mod streams;

use crate::{
    common::{TempFolder, within},
    people::nobody,
};
use axum::http::request::Parts;
use execdeck_server::{Answer, Authenticate, User, listen::ClientAddr};
use execdeck_wire::{Grants, Right, Role};
use host::{Host, SESSION, SignIn, open, pages};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

/// A sign-in without a page.
struct WithoutPage;

impl Authenticate for WithoutPage {
    fn authenticate<'a>(&'a self, _: &'a Parts) -> Answer<'a, Option<User>> {
        Box::pin(async { Ok(None) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_is_led_to_the_hosts_page_or_refused() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    let page = host.get("", "/deck/admin/exec?state=active").await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["location"]),
        (303, &"/enter?back=%2Fdeck%2Fadmin%2Fexec%3Fstate%3Dactive".parse().unwrap())
    );
    for path in ["/deck/api/events", "/deck/api/openapi.json", "/deck/metrics", &format!("/deck/api/processes/{}/output", Uuid::nil())] {
        assert_eq!(host.get("nobody's", path).await.status(), 401, "{path}");
    }
    for function in ["whoami", "list_processes", "create_process"] {
        let (status, error) = host.call("", function, json!({})).await;
        assert_eq!((status, &error["code"]), (401, &json!("unauthorized")), "{function}");
    }
    let form =
        nobody().post(host.url("/deck/admin/exec/new")).header("content-type", "application/x-www-form-urlencoded").body("command=true");
    let answer = within(form.send()).await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status == 401 && text.contains("/enter?back=%2Fdeck%2Fadmin%2Fexec%2Fnew"), "{status} {text}");
    assert_eq!(host.view("", Uuid::nil(), "").await.read_to_end().await.close, Some(4401));
    assert_eq!(host.get("", "/deck/healthz").await.status(), 200);

    let folder = TempFolder::new();
    let execdeck = open("/deck", folder.path()).await;
    let app = pages().nest("/deck", execdeck.router(WithoutPage));
    let host = Host::serve(app, SignIn::default(), vec![execdeck]).await;
    let page = host.get("", "/deck/admin/exec").await;
    assert!(page.status() == 401 && page.headers().get("location").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn people_may_do_what_the_host_says_and_no_more_than_their_role() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    for (name, role) in [("vera", Role::Viewer), ("otto", Role::Operator), ("ada", Role::Admin)] {
        host.people.sign_in(name, User::new(name, role));
    }
    let (ops, other) =
        (json!({ "program": "sleep", "args": ["1000"], "labels": { "team": "ops" } }), json!({ "program": "sleep", "args": ["1000"] }));
    let (ops, other) = (host.create("ada", ops).await.id, host.create("ada", other).await.id);
    let template = |name: &str| json!({ "template": { "name": name, "spec": { "program": "true" } } });
    let (_, saved) = host.call("ada", "save_template", template("True")).await;
    for (function, arguments, expected) in [
        ("get_process", json!({ "id": other }), [200, 200, 200]),
        ("list_templates", json!({}), [200, 200, 200]),
        ("start_template", json!({ "id": saved["id"] }), [403, 200, 200]),
        ("kill_process", json!({ "id": other, "signal": "CONT" }), [403, 200, 200]),
        ("create_process", json!({ "spec": { "program": "true" } }), [403, 403, 200]),
        ("save_template", template("Another"), [403, 403, 200]),
        ("list_audit", json!({}), [403, 403, 200]),
    ] {
        for (name, expected) in ["vera", "otto", "ada"].into_iter().zip(expected) {
            let (status, answer) = host.call(name, function, arguments.clone()).await;
            assert_eq!(status, expected, "{name} {function}: {answer}");
        }
    }

    let labels = [("team".to_owned(), "ops".to_owned())].into();
    let narrowed = Grants { labels: Some(labels), ..Grants::default() };
    host.people.sign_in("nils", User { grants: narrowed, ..User::new("nils", Role::Operator) });
    let (_, page) = host.call("nils", "list_processes", json!({})).await;
    assert!(page["processes"].as_array().unwrap().len() == 1 && page["processes"][0]["id"] == json!(ops), "{page}");
    for function in ["get_process", "kill_process"] {
        assert_eq!(host.call("nils", function, json!({ "id": other })).await.0, 404, "{function}");
    }
    let fewer = [Right::View].into_iter().collect();
    host.people.sign_in("ole", User { rights: fewer, ..User::new("ole", Role::Operator) });
    let output = format!("/deck/api/processes/{ops}/output");
    assert_eq!(
        (host.get("ole", &output).await.status().as_u16(), host.call("ole", "kill_process", json!({ "id": ops })).await.0),
        (403, 403)
    );

    host.people.sign_in("eve", User { rights: Role::Admin.rights(), ..User::new("eve", Role::Viewer) });
    let (_, me) = host.call("eve", "whoami", json!({})).await;
    assert_eq!([&me["name"], &me["role"], &me["via"]], ["eve", "viewer", "application"]);
    assert_eq!((&me["rights"], &me["free_commands"]), (&json!(["view", "read_output"]), &json!(false)));
    assert_eq!(host.call("eve", "create_process", json!({ "spec": { "program": "true" } })).await.0, 403);
    for id in [ops, other] {
        host.kill("ada", id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused_on_every_route_and_method_below_the_path_and_nowhere_else() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    host.people.sign_in("ada", User::new("ada", Role::Admin));
    let client = nobody();
    let process = Uuid::nil();
    let send = async |method: Method, path: &str, header: &'static str, value: &str| {
        let request = client.request(method, host.url(path)).header(SESSION, "ada").header(header, value);
        within(request.send()).await.unwrap().status().as_u16()
    };
    for path in [
        "/deck",
        "/deck/admin/exec",
        "/deck/admin/exec/new",
        "/deck/admin/audit",
        "/deck/admin/people",
        "/deck/login",
        "/deck/api/list_processes",
        "/deck/api/sign_in",
        "/deck/api/events",
        "/deck/api/openapi.json",
        "/deck/api/nothing",
        "/deck/healthz",
        "/deck/metrics",
        "/deck/pkg/x/embed.css",
        "/deck/no/such/page",
        &format!("/deck/api/processes/{process}/output"),
        &format!("/deck/api/processes/{process}/stream"),
        &format!("/deck/api/processes/{process}/usage"),
        &format!("/deck/admin/exec/{process}/stop"),
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::HEAD] {
            for (header, value) in [
                ("origin", "http://evil.example"),
                ("origin", "null"),
                ("origin", "http://127.0.0.1:1"),
                ("host", "evil.example"),
                ("sec-fetch-site", "cross-site"),
            ] {
                assert_eq!(send(method.clone(), path, header, value).await, 403, "{method} {path} {header}: {value}");
            }
        }
    }
    assert_eq!(send(Method::GET, "/deck/api/openapi.json", "origin", &host.url("")).await, 200);
    assert_eq!(send(Method::GET, "/", "origin", "http://evil.example").await, 200, "the host's own page");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_accounts_and_signing_in_is_at_the_host() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    host.people.sign_in("ada", User::new("ada", Role::Admin));
    for function in [
        "sign_in",
        "setup",
        "sign_out",
        "change_password",
        "list_people",
        "save_person",
        "list_sessions",
        "end_session",
        "end_other_sessions",
        "list_tokens",
        "create_token",
        "revoke_token",
        "passkey_sign_in_options",
        "sign_in_with_passkey",
        "passkey_proof_options",
        "passkey_options",
        "add_passkey",
        "list_passkeys",
        "remove_passkey",
        "ask_for_passkey",
    ] {
        assert_eq!(host.call("ada", function, json!({})).await.0, 404, "{function}");
    }
    assert_eq!(host.call("", "sign_in", json!({ "name": "ada", "password": "x" })).await.0, 404);
    for path in
        ["logout", "setup", "admin/account", "admin/account/tokens", "admin/people", "admin/people/add", "login/oidc", "login/passkey"]
    {
        for method in [Method::GET, Method::POST] {
            let request = nobody().request(method.clone(), host.url(&format!("/deck/{path}"))).header(SESSION, "ada");
            let status = within(request.send()).await.unwrap().status();
            assert_eq!(status, 404, "{method} {path}");
        }
    }
    for (session, next, location) in [
        ("", "/admin/exec/new", "/enter?back=%2Fdeck%2Fadmin%2Fexec%2Fnew"),
        ("", "//evil.example", "/enter?back=%2Fdeck%2Fadmin%2Fexec"),
        ("ada", "/admin/exec/new", "/deck/admin/exec/new"),
    ] {
        let answer = host.get(session, &format!("/deck/login?next={next}")).await;
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, location), "{session} {next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_the_hosts_people_and_where_they_are() {
    let folder = TempFolder::new();
    let (execdeck, people) = (open("/deck", folder.path()).await, SignIn::default());
    // As a host does it that knows its proxy.
    let behind_proxy = axum::middleware::map_request(async |mut request: axum::extract::Request| {
        if request.headers().contains_key("x-client") {
            let client = ClientAddr { address: [203, 0, 113, 7].into(), https: false, exposed: false, proxied: false };
            request.extensions_mut().insert(client);
        }
        request
    });
    let app = pages().nest(execdeck.base_path(), execdeck.router(people.clone())).layer(behind_proxy);
    let host = Host::serve(app, people, vec![execdeck]).await;
    host.people.sign_in("1", User::new("Ada <ada@corp.example>", Role::Admin));
    host.people.sign_in("2", User::new("vera", Role::Viewer));
    let process = host.create("1", json!({ "program": "true" })).await;
    let refused = nobody().post(host.url("/deck/api/create_process")).header(SESSION, "2").header("x-client", "");
    let refused = within(refused.json(&json!({ "spec": { "program": "true" } })).send()).await.unwrap();
    assert_eq!((process.started_by.as_str(), refused.status().as_u16()), ("Ada <ada@corp.example>", 403));

    let (_, page) = host.call("1", "list_audit", json!({})).await;
    let entries: Vec<_> = page["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == "create_process").collect();
    let of = |outcome: &str| entries.iter().find(|entry| entry["outcome"] == outcome).unwrap_or_else(|| panic!("{page}"));
    let (allowed, refused) = (of("allowed"), of("refused"));
    assert_eq!([&allowed["person"], &allowed["via"], &allowed["address"]], ["Ada <ada@corp.example>", "application", "127.0.0.1"]);
    assert_eq!(allowed["target"], json!(process.id));
    assert_eq!([&refused["person"], &refused["via"], &refused["address"]], ["vera", "application", "203.0.113.7"]);
}
