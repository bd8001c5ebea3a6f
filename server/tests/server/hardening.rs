//! What strangers learn, and what they may send.

use crate::{
    common::{TempFolder, within},
    people::{add, call, nobody, sign_in, with_cookie},
    support::{Server, ada, client, server},
};
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_learn_which_release_it_is() {
    let (server, _folder) = server().await;
    let release = env!("CARGO_PKG_VERSION");
    for path in ["/login", "/setup", "/healthz", "/admin/exec", "/api/events", "/api/nothing", "/nothing", "/pkg/x/y.js"] {
        let response = within(nobody().get(server.url(path)).send()).await.unwrap();
        for header in ["execdeck-version", "server", "x-powered-by", "via"] {
            assert!(!response.headers().contains_key(header), "{path}: {header}");
        }
        let text = response.text().await.unwrap();
        assert!(!text.contains(release) && !text.contains("data-version"), "{path}: {text}");
    }
    let known = within(client().get(server.url("/healthz")).send()).await.unwrap();
    assert!(known.headers().contains_key("execdeck-version"));
    assert_eq!(known.text().await.unwrap(), "ok\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_a_policy_for_its_content() {
    let (server, _folder) = server().await;
    let id = server.sh("echo '<script>alert(1)</script>'").await.id;
    server.ended(id).await;
    let cookie = sign_in(&server, "ada").await;
    let output = format!("/api/processes/{id}/output");
    let page = format!("/admin/exec/{id}");
    for (path, is_page) in [
        ("/admin/exec", true),
        ("/admin/exec/new", true),
        (&page, true),
        ("/admin/account", true),
        ("/admin/people", true),
        ("/admin/nothing", true),
        ("/", false),
        (&output, false),
        ("/api/events", false),
        ("/api/nothing", false),
        ("/metrics", false),
        ("/healthz", false),
        ("/login", false),
    ] {
        let response = with_cookie(&server, &cookie, path).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && headers["x-content-type-options"] == "nosniff", "{path}: {policy}");
        assert_eq!(policy.contains("script-src"), is_page, "{path}: {policy}");
        if is_page {
            for part in ["base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            let scripts = policy.split(';').find(|part| part.contains("script-src")).unwrap();
            // What compiles the app is not what runs texts as scripts.
            let scripts = scripts.replace("'wasm-unsafe-eval'", "");
            assert!(!scripts.contains("'unsafe-inline'") && !scripts.contains("'unsafe-eval'"), "{path}: {policy}");
        }
    }
    for path in ["/login", "/admin/account", "/admin/people"] {
        let client = if path == "/login" { nobody() } else { client() };
        let response = within(client.get(server.url(path)).send()).await.unwrap();
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
}

async fn send(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let request = request.replace("HOST", &server.address).replace("TOKEN", &ada().token);
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = String::new();
    let _ = within(stream.read_to_string(&mut answer)).await;
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_bounded_and_one_says_who_it_is() {
    let (server, _folder) = server().await;
    let get = |headers: &str| format!("GET /api/nothing HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n{headers}\r\n");
    let many = "X-More: y\r\n".repeat(200);
    for (headers, status) in [
        (format!("X-Big: {}\r\n", "x".repeat(20_000)), 401),
        (format!("X-Big: {}\r\n", "x".repeat(70_000)), 431),
        (many, 431),
        ("Authorization: Bearer TOKEN\r\n".into(), 404),
        ("authorization: bEARER  TOKEN \r\n".into(), 404),
        ("Authorization: Bearer\tTOKEN\r\n".into(), 401),
        ("Authorization: BearerTOKEN\r\n".into(), 401),
        ("Authorization: Bearer\r\n".into(), 401),
        ("Authorization: Bearer TOKEN\r\nAuthorization: Bearer TOKEN\r\n".into(), 400),
        ("Authorization: Basic YTpi\r\nAuthorization: Bearer TOKEN\r\n".into(), 400),
    ] {
        let answer = send(&server, &get(&headers)).await;
        let shown = &headers[..headers.len().min(60)];
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {}", answer.lines().next().unwrap_or_default());
    }
    // A cookie does not make up for a token that is not valid.
    let cookie = sign_in(&server, "ada").await;
    let answer = send(&server, &get(&format!("Authorization: Bearer\tTOKEN\r\nCookie: {cookie}\r\n"))).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_to_go_back_to_is_bounded() {
    let (server, _folder) = server().await;
    let long = format!("/admin/exec?q={}", "x".repeat(10_000));
    let response = within(nobody().get(server.url(&long)).send()).await.unwrap();
    assert_eq!(response.headers()["location"], "/login");
    let form = [("name", "ada"), ("password", "wrong"), ("next", &format!("/admin/exec?q={}", "x".repeat(50_000)))];
    let html = within(nobody().post(server.url("/login")).form(&form).send()).await.unwrap().text().await.unwrap();
    assert!(html.len() < 10_000 && html.contains("value=\"/admin/exec\""), "{}", html.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_is_told_when_to_go_on() {
    let (server, folder) = server().await;
    add(&folder, "vera", "viewer");
    let (mut call_limited, mut form_limited) = (None, None);
    for _ in 0..10 {
        let response = call(&nobody(), &server, "sign_in", &json!({ "name": "vera", "password": "wrong password" })).await;
        call_limited = call_limited.or_else(|| (response.status() == 429).then(|| response.headers().get("retry-after").cloned()));
        let form = [("name", "vera"), ("password", "wrong password")];
        let response = within(nobody().post(server.url("/login")).form(&form).send()).await.unwrap();
        form_limited = form_limited.or_else(|| (response.status() == 429).then(|| response.headers().get("retry-after").cloned()));
    }
    for header in [call_limited, form_limited] {
        let seconds: u64 = header.expect("guessing was refused").expect("with a time").to_str().unwrap().parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_together_hold_little_and_somebody_can_still_sign_in() {
    let (server, _folder) = server().await;
    let head = "POST /api/sign_in HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 65000\r\n\r\n";
    let request = format!("{}{}", head.replace("HOST", &server.address), "x".repeat(64_000));
    let mut open = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        open.push(stream);
    }
    let mut refused = 0;
    for stream in &mut open {
        let mut answer = [0; 12];
        let read = tokio::time::timeout(std::time::Duration::from_millis(10), stream.read_exact(&mut answer)).await;
        if matches!(read, Ok(Ok(_))) {
            assert_eq!(&answer, b"HTTP/1.1 503");
            refused += 1;
        }
    }
    // 16 MiB, with 60,000 bytes of each.
    assert!((10..=60).contains(&refused), "{refused}");
    sign_in(&server, "ada").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_on_this_machine_is_believed_only_with_its_secret() {
    let folder = TempFolder::new();
    let (secret, log) = ("0123456789abcdef0123456789abcdef", folder.path().join("log"));
    let file = folder.path().join("secret");
    fs::write(&file, secret).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let variables = [
        ("EXECDECK_SERVER_TRUSTED_PROXIES", "127.0.0.1"),
        ("EXECDECK_SERVER_PROXY_SECRET_FILE", file.to_str().unwrap()),
        ("EXECDECK_ACCESS_PROXY_HEADER", "X-Remote-User"),
        ("EXECDECK_ACCESS_PROXY_DEFAULT_ROLE", "admin"),
        ("EXECDECK_ACCESS_PROXY_CREATE", "true"),
        ("EXECDECK_LOG", "warn"),
    ];
    let server = Server::start_after(&format!("exec 2>{}", log.display()), &folder.path().join("data"), &variables);
    let whoami = async |given: Option<&str>| {
        let mut request = nobody().post(server.url("/api/whoami")).header("x-remote-user", "mallory");
        if let Some(given) = given {
            request = request.header("execdeck-proxy-secret", given);
        }
        within(request.json(&json!({})).send()).await.unwrap().status().as_u16()
    };
    for wrong in [None, Some(""), Some("0123456789abcdef0123456789abcdee")] {
        assert_eq!(whoami(wrong).await, 401, "{wrong:?}");
    }
    assert_eq!(whoami(Some(secret)).await, 200);
    let said = fs::read_to_string(&log).unwrap();
    assert!(!said.contains("every user of this machine") && !said.contains(secret), "{said}");
    drop(server);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let mut command = std::process::Command::new(crate::common::EXECDECK);
    let failed =
        command.args(["serve", "--address", "127.0.0.1:0", "--data"]).arg(folder.path().join("data")).envs(variables).output().unwrap();
    let error = String::from_utf8(failed.stderr).unwrap();
    assert!(!failed.status.success() && error.contains("server.proxy_secret_file") && error.contains("chmod 600"), "{error}");
}
