//! What is the host's own, what is Execdeck's, and two Execdecks in one host.

use super::host::{Host, SESSION, SignIn, open, pages, release};
use crate::{
    common::{TempFolder, within},
    people::nobody,
};
use execdeck_server::User;
use execdeck_wire::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_functions_are_not_below_the_path_and_execdecks_not_at_the_root() {
    let folder = TempFolder::new();
    let host = Host::start(folder.path()).await;
    host.people.sign_in("ada", User::new("ada", Role::Admin));
    let post = async |path: &str| {
        let request = nobody().post(host.url(path)).header(SESSION, "ada").header("content-type", "application/x-www-form-urlencoded");
        let response = within(request.body("").send()).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(post("/api/release_of_the_host").await, (200, json!(release().await.unwrap()).to_string()));
    let (status, text) = post("/deck/api/release_of_the_host").await;
    assert!(status == 404 && text.contains("not_found"), "{status} {text}");

    for (function, arguments, message) in [
        ("create_process", json!({ "spec": { "program": "true" } }), "This server runs no processes."),
        ("list_templates", json!({}), "This server has no templates."),
        ("whoami", json!({}), "This server does not know people."),
    ] {
        let (status, error) = host.call_at("", "ada", function, arguments).await;
        assert_eq!((status, &error["code"], &error["message"]), (500, &json!("unavailable"), &json!(message)), "{function}");
    }
    let (_, page) = host.call("ada", "list_processes", json!({})).await;
    assert_eq!(page["processes"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_execdecks_in_one_host_share_nothing() {
    let (folder, other_folder) = (TempFolder::new(), TempFolder::new());
    let (deck, lab) = (open("/deck", folder.path()).await, open("/lab", other_folder.path()).await);
    let (people, people_of_lab) = (SignIn::default(), SignIn::default());
    let app = pages().nest("/deck", deck.router(people.clone())).nest("/lab", lab.router(people_of_lab.clone()));
    let host = Host::serve(app, people, vec![deck, lab]).await;
    host.people.sign_in("ada", User::new("ada", Role::Admin));
    assert_eq!(host.call_at("/lab", "ada", "whoami", json!({})).await.0, 401, "each has the sign-in that it was given");
    people_of_lab.sign_in("ada", User::new("ada", Role::Admin));

    let mut events = host.get("ada", "/lab/api/events").await;
    let spec = json!({ "spec": { "program": "true" } });
    let (_, here) = host.call("ada", "create_process", spec.clone()).await;
    let (_, there) = host.call_at("/lab", "ada", "create_process", spec).await;
    let (here, there) = (here["id"].as_str().unwrap(), there["id"].as_str().unwrap());
    let mut text = String::new();
    while !text.contains(there) {
        text.push_str(&String::from_utf8_lossy(&within(events.chunk()).await.unwrap().unwrap()));
    }
    assert!(!text.contains(here), "{text}");
    for (base, own, other) in [("/deck", here, there), ("/lab", there, here)] {
        let (_, page) = host.call_at(base, "ada", "list_processes", json!({})).await;
        assert!(page["processes"].as_array().unwrap().len() == 1 && page["processes"][0]["id"] == own, "{base}: {page}");
        assert_eq!(host.call_at(base, "ada", "get_process", json!({ "id": other })).await.0, 404, "{base}");
    }

    let template = json!({ "template": { "name": "True", "spec": { "program": "true" } } });
    assert_eq!(host.call("ada", "save_template", template).await.0, 200);
    assert_eq!(host.call_at("/lab", "ada", "list_templates", json!({})).await, (200, json!([])));
    let (_, page) = host.call_at("/lab", "ada", "list_audit", json!({})).await;
    let actions: Vec<_> = page["entries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"create_process") && !actions.contains(&"save_template"), "{actions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn below_another_path_than_it_was_told_execdeck_serves_nothing() {
    let folder = TempFolder::new();
    let (execdeck, people) = (open("/deck", folder.path()).await, SignIn::default());
    let routes = execdeck.router(people.clone());
    let app =
        pages().nest("/tools", routes.clone()).nest("/outer", axum::Router::new().nest("/deck", routes.clone())).nest("/deck", routes);
    let host = Host::serve(app, people, vec![execdeck]).await;
    host.people.sign_in("ada", User::new("ada", Role::Admin));
    for (base, status) in [("/tools", 503), ("/outer/deck", 503), ("/deck", 200)] {
        for path in ["/healthz", "/admin/exec", "/api/openapi.json"] {
            assert_eq!(host.get("ada", &format!("{base}{path}")).await.status(), status, "{base}{path}");
        }
        assert_eq!(host.call_at(base, "ada", "whoami", json!({})).await.0, status, "{base}");
    }
}
