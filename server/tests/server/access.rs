//! Who may do what, on a running server.

use crate::{
    common::{EXECDECK, TempFolder, eventually, within},
    people::{add, call, nobody, save, sign_in, with_cookie},
    support::{PASSWORD, Server, client, client_with, run, server},
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Lets all sessions expire, as time does.
fn expire_sessions(folder: &TempFolder) {
    let database = rusqlite::Connection::open(folder.path().join("deck.db")).unwrap();
    assert!(database.execute("UPDATE sessions SET expires_at = 1", []).unwrap() > 0);
}

/// Each route, and what it answers: to nobody, a viewer, an operator, an administrator, and a token that may only view.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_each_caller_with_what_they_may_do() {
    let (server, folder) = server().await;
    let (viewer, operator) = (add(&folder, "vera", "viewer"), add(&folder, "olga", "operator"));
    let view_only = run(folder.path(), &["token", "add", "ada", "--label", "view", "--rights", "view"], "").trim().to_owned();
    let revoked = add(&folder, "rita", "admin");
    run(folder.path(), &["user", "disable", "rita"], "");
    let cookie = sign_in(&server, "ada").await;
    let out =
        within(client().post(server.url("/api/sign_out")).header("authorization", "").header("cookie", &cookie).json(&json!({})).send());
    assert_eq!(out.await.unwrap().status(), 200);
    let ended = server.sh("echo hello").await.id;
    server.ended(ended).await;
    let running = server.create(json!({ "program": "sleep", "args": ["100"], "stdin": true })).await.id;
    let (process, unknown) = (json!({ "id": running }), json!({ "id": Uuid::nil() }));
    let output = format!("/api/processes/{ended}/output");
    let usage = format!("/api/processes/{ended}/usage");
    let page = format!("/admin/exec/{ended}");
    let person = json!({ "person": { "name": "vera", "role": "viewer" } });
    let listed = json!({ "name": "List", "spec": { "program": "ls" } });
    let saved = server.call("save_template", json!({ "template": listed })).await.1;
    let template = json!({ "id": saved["id"] });
    let other = json!({ "name": "Other", "spec": { "program": "ls" } });
    let functions: [(&str, Value, [u16; 5]); 36] = [
        ("create_process", json!({ "spec": { "program": "true" } }), [401, 403, 403, 200, 403]),
        ("list_processes", json!({}), [401, 200, 200, 200, 200]),
        ("get_process", process.clone(), [401, 200, 200, 200, 200]),
        ("write_input", json!({ "id": running, "text": "x" }), [401, 403, 403, 200, 403]),
        ("restart_process", json!({ "id": ended }), [401, 403, 403, 200, 403]),
        ("kill_process", json!({ "id": running, "signal": "CONT" }), [401, 403, 200, 200, 403]),
        ("remove_process", unknown.clone(), [401, 403, 404, 404, 403]),
        ("list_audit", json!({}), [401, 403, 403, 200, 403]),
        ("get_health", json!({}), [401, 200, 200, 200, 200]),
        ("sign_in", json!({ "name": "vera", "password": "wrong" }), [401, 401, 401, 401, 401]),
        ("setup", json!({ "code": "x", "name": "eve", "password": PASSWORD }), [409, 409, 409, 409, 409]),
        ("sign_out", json!({}), [401, 200, 200, 200, 200]),
        ("whoami", json!({}), [401, 200, 200, 200, 200]),
        ("change_password", json!({ "current": "wrong", "new": PASSWORD }), [401, 400, 400, 400, 403]),
        ("list_people", json!({}), [401, 403, 403, 200, 403]),
        ("save_person", person, [401, 403, 403, 200, 403]),
        ("list_sessions", json!({}), [401, 200, 200, 200, 403]),
        ("end_session", unknown.clone(), [401, 404, 404, 404, 403]),
        ("end_other_sessions", json!({}), [401, 200, 200, 200, 403]),
        ("list_tokens", json!({}), [401, 200, 200, 200, 403]),
        ("create_token", json!({ "label": "more" }), [401, 200, 200, 200, 403]),
        ("revoke_token", unknown.clone(), [401, 404, 404, 404, 403]),
        ("list_templates", json!({}), [401, 200, 200, 200, 200]),
        ("get_template", template.clone(), [401, 200, 200, 200, 200]),
        ("save_template", json!({ "template": other }), [401, 403, 403, 200, 403]),
        ("preview_template", json!({ "template": listed }), [401, 403, 403, 200, 403]),
        ("start_template", template, [401, 403, 200, 200, 403]),
        ("remove_template", unknown.clone(), [401, 403, 403, 404, 403]),
        ("passkey_sign_in_options", json!({}), [400, 400, 400, 400, 400]),
        ("sign_in_with_passkey", json!({ "credential": {} }), [400, 400, 400, 400, 400]),
        ("passkey_proof_options", json!({}), [401, 403, 403, 403, 403]),
        ("passkey_options", json!({}), [401, 403, 403, 403, 403]),
        ("add_passkey", json!({ "label": "x", "credential": {} }), [401, 403, 403, 403, 403]),
        ("list_passkeys", json!({}), [401, 200, 200, 200, 403]),
        ("remove_passkey", unknown, [401, 403, 403, 403, 403]),
        ("ask_for_passkey", json!({ "ask": true }), [401, 403, 403, 403, 403]),
    ];
    let templates = format!("/admin/exec/templates/{}", saved["id"].as_str().unwrap());
    let start = format!("{templates}/start");
    let again = format!("{page}/form");
    let pages: [(&str, [u16; 5]); 30] = [
        ("/", [303, 303, 303, 303, 303]),
        ("/admin/exec", [303, 200, 200, 200, 200]),
        ("/admin/exec/new", [303, 403, 403, 200, 403]),
        (&page, [303, 200, 200, 200, 200]),
        (&again, [303, 303, 303, 303, 303]),
        ("/admin/account", [303, 200, 200, 200, 403]),
        ("/admin/people", [303, 403, 403, 200, 403]),
        ("/admin/audit", [303, 403, 403, 200, 403]),
        ("/api/audit?format=csv", [401, 403, 403, 200, 403]),
        ("/api/openapi.json", [401, 200, 200, 200, 200]),
        ("/admin/exec/templates", [303, 200, 200, 200, 200]),
        ("/admin/exec/templates/new", [303, 403, 403, 200, 403]),
        ("/admin/exec/templates/export", [303, 403, 403, 200, 403]),
        (&templates, [303, 403, 403, 200, 403]),
        (&start, [303, 403, 200, 200, 403]),
        ("/admin/exec/templates/nonsense/start", [303, 403, 404, 404, 403]),
        ("/admin/nothing", [303, 404, 404, 404, 404]),
        ("/login", [200, 303, 303, 303, 303]),
        ("/login/passkey", [200, 200, 200, 200, 200]),
        ("/setup", [303, 303, 303, 303, 303]),
        // Without a provider; with one, see the tests of their own.
        ("/login/oidc", [404, 404, 404, 404, 404]),
        ("/login/oidc/callback", [404, 404, 404, 404, 404]),
        ("/healthz", [200, 200, 200, 200, 200]),
        ("/metrics", [401, 200, 200, 200, 200]),
        ("/api/nothing", [401, 404, 404, 404, 404]),
        (&output, [401, 200, 200, 200, 403]),
        ("/api/processes/nonsense/output", [401, 404, 404, 404, 404]),
        (&usage, [401, 200, 200, 200, 200]),
        ("/api/processes/nonsense/usage", [401, 404, 404, 404, 404]),
        ("/pkg/0/execdeck.js", [404, 404, 404, 404, 404]),
    ];
    let callers = [nobody(), client_with(&viewer), client_with(&operator), client(), client_with(&view_only)];
    for (caller, client) in callers.iter().enumerate() {
        for (name, arguments, answers) in &functions {
            let response = call(client, &server, name, arguments).await;
            assert_eq!(response.status(), answers[caller], "{name} by {caller}: {}", response.text().await.unwrap());
        }
        for (path, answers) in &pages {
            let response = within(client.get(server.url(path)).send()).await.unwrap();
            assert_eq!(response.status(), answers[caller], "{path} by {caller}: {}", response.text().await.unwrap());
        }
    }
    // What is not valid any more is as good as nothing.
    let expired = sign_in(&server, "olga").await;
    expire_sessions(&folder);
    // The server looks every quarter of a second for what other programs have changed.
    eventually(async || with_cookie(&server, &expired, "/admin/exec").await.status() == 303).await;
    let useless = [
        ("authorization", format!("Bearer {revoked}")),
        ("authorization", "Bearer nonsense".into()),
        ("cookie", cookie),
        ("cookie", expired),
    ];
    for (header, value) in &useless {
        // Wrong passwords are slowed down, whoever sends them.
        for (name, arguments, answers) in functions.iter().filter(|(name, ..)| *name != "sign_in") {
            let request = nobody().post(server.url(&format!("/api/{name}"))).header(*header, value).json(arguments);
            let response = within(request.send()).await.unwrap();
            assert_eq!(response.status(), answers[0], "{name} with {header}: {}", response.text().await.unwrap());
        }
        for (path, answers) in &pages {
            // A browser is led to where one signs in, a program gets an error.
            let answer = if *header == "authorization" && answers[0] == 303 && !matches!(*path, "/setup") { 401 } else { answers[0] };
            let response = within(nobody().get(server.url(path)).header(*header, value).send()).await.unwrap();
            assert_eq!(response.status(), answer, "{path} with {header}: {}", response.text().await.unwrap());
        }
    }
    // From our own page it is the same as without a page, and from any other nothing is answered at all.
    let own = server.url("");
    let foreign = [
        ("origin", "https://evil.example".to_owned()),
        ("origin", own.replace("//", "//sub.")),
        ("origin", "http://127.0.0.1:1".into()),
        ("origin", own.replace("http:", "https:").replace("127.0.0.1", "localhost")),
        ("origin", "null".into()),
        ("host", "evil.example".into()),
        ("sec-fetch-site", "cross-site".into()),
        ("sec-fetch-site", "same-site".into()),
    ];
    for (caller, client) in callers.iter().enumerate() {
        for (path, answers) in &pages {
            let response = within(client.get(server.url(path)).header("origin", &own).send()).await.unwrap();
            assert_eq!(response.status(), answers[caller], "{path} by {caller} from our own page");
        }
        // These two do not answer the same a second time.
        for (name, arguments, answers) in functions.iter().filter(|(name, ..)| !matches!(*name, "sign_in" | "save_template")) {
            let request = client.post(server.url(&format!("/api/{name}"))).header("origin", &own).json(arguments);
            assert_eq!(within(request.send()).await.unwrap().status(), answers[caller], "{name} by {caller} from our own page");
        }
        for (header, value) in &foreign {
            for (name, arguments, _) in &functions {
                let request = client.post(server.url(&format!("/api/{name}"))).header(*header, value).json(arguments);
                assert_eq!(within(request.send()).await.unwrap().status(), 403, "{name} by {caller} with {header}: {value}");
            }
            for (path, _) in &pages {
                let request = client.get(server.url(path)).header(*header, value);
                assert_eq!(within(request.send()).await.unwrap().status(), 403, "{path} by {caller} with {header}: {value}");
            }
        }
    }
    // Every function is in the table: the list of paths is the binary's own.
    let known: Vec<_> = functions.iter().map(|(name, ..)| *name).collect();
    for name in include_str!("../../src/web/api.rs").lines().filter_map(|line| line.trim().strip_prefix("function::<")?.split('>').next()) {
        let path: String = name.chars().fold(String::new(), |path, c| {
            if c.is_uppercase() && !path.is_empty() {
                format!("{path}_{}", c.to_ascii_lowercase())
            } else {
                format!("{path}{}", c.to_ascii_lowercase())
            }
        });
        assert!(name == "F" || known.contains(&path.as_str()), "{path} is not in the table");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_begins_with_the_password_and_its_cookie_is_useless_after_signing_out() {
    let (server, folder) = server().await;
    add(&folder, "vera", "viewer");
    for (name, password) in [("vera", "wrong password!"), ("nobody", PASSWORD), ("", "")] {
        let response = call(&nobody(), &server, "sign_in", &json!({ "name": name, "password": password })).await;
        assert_eq!((response.status().as_u16(), response.headers().get("set-cookie")), (401, None));
        assert!(response.text().await.unwrap().contains("The name or the password is wrong."));
    }
    let cookie = sign_in(&server, " VERA ").await;
    let page = with_cookie(&server, &cookie, "/admin/exec").await;
    assert_eq!((page.status().as_u16(), page.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
    let out = within(nobody().post(server.url("/logout")).header("cookie", &cookie).send()).await.unwrap();
    assert_eq!((out.status().as_u16(), out.headers()["location"].to_str().unwrap()), (303, "/login?out=true"));
    let after = with_cookie(&server, &cookie, "/admin/exec?state=active").await;
    assert_eq!(
        (after.status().as_u16(), after.headers()["location"].to_str().unwrap()),
        (303, "/login?next=%2Fadmin%2Fexec%3Fstate%3Dactive")
    );
    assert_eq!(with_cookie(&server, &cookie, "/api/events").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_signs_in_and_leads_to_a_page_of_this_server_only() {
    let (server, _folder) = server().await;
    for (next, location) in [("/admin/exec/new", "/admin/exec/new"), ("//evil.example/admin/", "/admin/exec"), ("", "/admin/exec")] {
        let form = [("name", "ada"), ("password", PASSWORD), ("next", next)];
        let response = within(nobody().post(server.url("/login")).form(&form).send()).await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["location"].to_str().unwrap()), (303, location));
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    }
    let wrong = [("name", "ada"), ("password", "a wrong password"), ("next", "/admin/exec/new")];
    let response = within(nobody().post(server.url("/login")).form(&wrong).send()).await.unwrap();
    assert_eq!(response.status(), 401);
    let html = response.text().await.unwrap();
    assert!(
        html.contains("The name or the password is wrong.") && html.contains("value=\"ada\"") && html.contains("value=\"/admin/exec/new\"")
    );
    assert!(!html.contains("a wrong password"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_is_set_up_with_the_printed_code_once() {
    let folder = TempFolder::new();
    let mut server = Server::start_anew("true", folder.path(), &[]);
    let mut printed = || server.lines.next().unwrap().unwrap();
    assert!(printed().contains("nobody has an account yet"));
    let link = printed().trim().to_owned();
    let code = link.strip_prefix(&format!("{}#", server.url("/setup"))).unwrap_or_else(|| panic!("{link}")).to_owned();
    // Everything leads to the page that asks for the code.
    for (path, location) in [("/", "/login"), ("/admin/exec", "/login"), ("/login", "/setup")] {
        let response = within(nobody().get(server.url(path)).send()).await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["location"].to_str().unwrap()), (303, location), "{path}");
    }
    let setup = async |code: &str, password: &str| {
        let form = [("code", code), ("name", "Ada"), ("password", password), ("repeat", password)];
        within(nobody().post(server.url("/setup")).form(&form).send()).await.unwrap()
    };
    assert_eq!(setup("AAAA-AAAA", PASSWORD).await.status(), 400);
    let short = setup(&code, "short").await;
    assert_eq!(short.status(), 400);
    let html = short.text().await.unwrap();
    assert!(html.contains("at least 10 characters") && html.contains(&code) && !html.contains("value=\"short\""), "{html}");
    let done = setup(&code, PASSWORD).await;
    assert_eq!((done.status().as_u16(), done.headers()["location"].to_str().unwrap()), (303, "/admin/exec"));
    let cookie = done.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let me = within(nobody().post(server.url("/api/whoami")).header("cookie", cookie).json(&json!({})).send()).await.unwrap();
    let me: Value = me.json().await.unwrap();
    assert_eq!((me["name"].as_str(), me["role"].as_str(), me["via"].as_str()), (Some("ada"), Some("admin"), Some("session")));
    assert_eq!(setup(&code, PASSWORD).await.status(), 409);
    // Nor is the code printed again.
    server.kill();
    let mut again = Server::start_anew("true", folder.path(), &[]);
    again.child.kill().unwrap();
    assert!(again.lines.next().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_may_not_see_looks_like_what_does_not_exist() {
    let (server, folder) = server().await;
    let token = add(&folder, "vera", "viewer");
    save(&server, &json!({ "name": "vera", "grants": { "labels": { "team": "ops" } } }));
    let vera = client_with(&token);
    let labelled = |team: &str| json!({ "program": "sh", "args": ["-c", "echo x"], "labels": { "team": team } });
    let mut events = within(vera.get(server.url("/api/events")).send()).await.unwrap();
    let (own, other) = (server.create(labelled("ops")).await.id, server.create(labelled("dev")).await.id);
    for id in [own, other] {
        server.ended(id).await;
    }
    let list: Value = call(&vera, &server, "list_processes", &json!({})).await.json().await.unwrap();
    let ids: Vec<_> = list["processes"].as_array().unwrap().iter().map(|process| process["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((ids, &list["counts"]["ended"]), (vec![own.to_string()], &json!(1)));
    for id in [other, Uuid::now_v7()] {
        let expected =
            format!("{}", json!({ "code": "not_found", "message": format!("There is no process {id}. It may have been removed.") }));
        for (function, status) in [("get_process", 404), ("kill_process", 404), ("remove_process", 404), ("restart_process", 404)] {
            let response = call(&vera, &server, function, &json!({ "id": id })).await;
            assert_eq!(response.status(), status, "{function}");
            assert_eq!(response.text().await.unwrap(), expected, "{function}");
        }
        for what in ["output", "usage"] {
            let response = within(vera.get(server.url(&format!("/api/processes/{id}/{what}"))).send()).await.unwrap();
            assert_eq!((response.status().as_u16(), response.text().await.unwrap()), (404, expected.clone()), "{what}");
        }
        let page = within(vera.get(server.url(&format!("/admin/exec/{id}"))).send()).await.unwrap();
        assert_eq!(page.status(), 404);
    }
    assert_eq!(within(vera.get(server.url("/metrics")).send()).await.unwrap().status(), 403);
    for id in [other, own] {
        assert_eq!(server.call("remove_process", json!({ "id": id })).await.0, 200);
    }
    let mut text = String::new();
    while !text.contains("event: removed") {
        text.push_str(&String::from_utf8_lossy(&within(events.chunk()).await.unwrap().unwrap()));
    }
    assert!(text.contains(&own.to_string()) && !text.contains(&other.to_string()), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_say_what_is_wrong_and_keep_the_last_administrator() {
    let folder = TempFolder::new();
    let fails = |args: &[&str], input: &str| {
        let mut command = std::process::Command::new(EXECDECK);
        let command = command.args(args).arg("--data").arg(folder.path()).stdin(std::process::Stdio::piped());
        let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let elsewhere =
        ["user list", "user disable ada", "token add ada --label x", "template export", "template import --library", "secret rotate"];
    for command in elsewhere {
        let args: Vec<&str> = command.split(' ').collect();
        assert!(fails(&args, "").contains("there is no deck.db in"), "{command}");
    }
    assert!(!folder.path().join("deck.db").exists());
    assert!(fails(&["user", "add", "ada", "--role", "admin"], "").contains("standard input"));
    assert!(fails(&["user", "add", "ada", "--role", "admin"], "\n").contains("execdeck user add ada --role admin < password.txt"));
    assert!(fails(&["user", "passwd", "ada"], "").contains("execdeck user passwd ada < password.txt"));
    assert!(fails(&["user", "add", "ada", "--role", "admin"], &format!("{PASSWORD}\nmore")).contains("one line"));
    assert!(fails(&["user", "add", "ada", "--role", "admin"], "short").contains("at least 10 characters"));
    assert!(fails(&["user", "add", "ada", "--role", "king"], PASSWORD).contains("viewer, operator, admin"));
    assert_eq!(run(folder.path(), &["user", "add", "ada", "--role", "admin"], &format!("{PASSWORD}\n")), "ada was created as admin\n");
    assert!(fails(&["user", "add", "ada", "--role", "admin"], PASSWORD).contains("already an account"));
    for args in [&["user", "disable", "ada"][..], &["user", "role", "ada", "viewer"]] {
        assert!(fails(args, "").contains("last administrator"), "{args:?}");
    }
    assert!(fails(&["user", "enable", "bob"], "").contains("no account named bob"));
    assert!(fails(&["token", "add", "bob", "--label", "x"], "").contains("no account named bob"));
    run(folder.path(), &["user", "add", "bob", "--role", "viewer"], PASSWORD);
    run(folder.path(), &["user", "role", "bob", "--role", "admin"], "");
    run(folder.path(), &["user", "disable", "ada"], "");
    assert_eq!(run(folder.path(), &["user", "list"], ""), "ada  admin  disabled\nbob  admin\n");
    let token = run(folder.path(), &["token", "add", "bob", "--label", "ci", "--rights", "view,read_output", "--days", "30"], "");
    assert!(token.ends_with('\n') && token.lines().count() == 1, "{token}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_can_neither_sign_in_nor_out() {
    let (server, _folder) = server().await;
    for path in ["/login", "/logout", "/setup", "/admin/people", "/api/sign_in"] {
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
            let request = client().request(Method::POST, server.url(path)).header("origin", origin).form(&[("name", "ada")]);
            assert_eq!(within(request.send()).await.unwrap().status(), 403, "{path} {origin}");
        }
    }
}
