//! Signing in by a proxy.

use crate::{
    common::{TempFolder, within},
    people::nobody,
    support::Server,
};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_names_people_and_nobody_else_does() {
    let folder = TempFolder::new();
    let proxied = [
        ("EXECDECK_SERVER_TRUSTED_PROXIES", "127.0.0.1"),
        ("EXECDECK_ACCESS_PROXY_HEADER", "X-Remote-User"),
        ("EXECDECK_ACCESS_PROXY_GROUPS_HEADER", "X-Remote-Groups"),
        ("EXECDECK_ACCESS_PROXY_VIEWER_GROUPS", "watchers"),
        ("EXECDECK_ACCESS_PROXY_CREATE", "true"),
    ];
    let server = Server::start_with(folder.path(), &proxied);
    let whoami = async |server: &Server, groups: &str| {
        let request = nobody().post(server.url("/api/whoami")).header("x-remote-user", "Paula").header("x-remote-groups", groups);
        within(request.json(&json!({})).send()).await.unwrap()
    };
    let me: Value = whoami(&server, "x, watchers").await.json().await.unwrap();
    assert_eq!((me["name"].as_str(), me["role"].as_str(), me["via"].as_str()), (Some("paula"), Some("viewer"), Some("proxy")));
    assert_eq!(whoami(&server, "others").await.status(), 403);
    // Browsers get a page that says so.
    let page = within(nobody().get(server.url("/admin/exec")).header("x-remote-user", "eve").send()).await.unwrap();
    assert_eq!((page.status().as_u16(), page.headers()["content-type"].to_str().unwrap()), (403, "text/html; charset=utf-8"));
    assert!(page.text().await.unwrap().contains("You are in no group that may use it."));
    drop(server);
    let server = Server::start(folder.path());
    assert_eq!(whoami(&server, "watchers").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_believes_everybody_on_its_machine_says_so() {
    let folder = TempFolder::new();
    let log = folder.path().with_extension("log");
    for (header, warned) in [("X-Remote-User", true), ("", false)] {
        let variables =
            [("EXECDECK_SERVER_TRUSTED_PROXIES", "127.0.0.1"), ("EXECDECK_ACCESS_PROXY_HEADER", header), ("EXECDECK_LOG", "warn")];
        let server = Server::start_after(&format!("exec 2>{}", log.display()), folder.path(), &variables);
        let said = std::fs::read_to_string(&log).unwrap();
        assert_eq!(said.contains("every user of this machine can sign in as anybody"), warned, "{header:?}: {said}");
        drop(server);
    }
    std::fs::remove_file(&log).unwrap();
}
