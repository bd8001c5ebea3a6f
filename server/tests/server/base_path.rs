use crate::{
    common::{TempFolder, within},
    support::{Server, Viewer, client},
};
use reqwest::{Client, Response};

fn below_tools_deck() -> (Server, TempFolder) {
    let folder = TempFolder::new();
    (Server::start_with(folder.path(), &[("EXECDECK_SERVER_BASE_PATH", "/tools/deck")]), folder)
}

async fn ask(request: impl FnOnce(Client) -> reqwest::RequestBuilder) -> Response {
    let client = client();
    within(request(client).send()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_served_below_the_base_path() {
    let (server, _folder) = below_tools_deck();
    let process = server.sh("echo hello; exit 3").await;
    server.ended(process.id).await;
    let output = ask(|client| client.get(server.url(&format!("/api/processes/{}/output", process.id)))).await;
    assert_eq!(output.text().await.unwrap(), "hello\n");
    let mut viewer = Viewer::open(&server, process.id, "from=0").await;
    while viewer.next().await.is_some() {}
    assert_eq!(viewer.end, Some(6));
    let events = ask(|client| client.get(server.url("/api/events"))).await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    for path in ["/healthz", "/metrics", "/admin/exec", "/admin/exec/new"] {
        assert_eq!(ask(|client| client.get(server.url(path))).await.status(), 200, "{path}");
    }
    let page = ask(|client| client.get(server.url(&format!("/admin/exec/{}", process.id)))).await;
    let (status, text) = (page.status(), page.text().await.unwrap());
    assert!(status == 200 && text.contains("data-base=\"/tools/deck\"") && text.contains(&process.id.to_string()), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_and_redirects_stay_below_the_base_path() {
    let (server, _folder) = below_tools_deck();
    let at = |path: &str| format!("http://{}{path}", server.address);
    for path in ["/", "/tools/deck", "/tools/deck/"] {
        let response = ask(|client| client.get(at(path))).await;
        assert_eq!(
            (response.status().as_u16(), response.headers()["location"].to_str().unwrap()),
            (303, "/tools/deck/admin/exec"),
            "{path}"
        );
    }
    let form = |path: String, body: &'static str| {
        ask(move |client| client.post(path).header("content-type", "application/x-www-form-urlencoded").body(body))
    };
    let started = form(server.url("/admin/exec/new"), "command=true&terminal=no&signal=TERM&grace=5").await;
    let location = started.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.starts_with("/tools/deck/admin/exec/"), "{location}");
    server.ended(location.rsplit('/').next().unwrap().parse().unwrap()).await;
    let wrong = form(server.url("/admin/exec/new"), "command=&signal=TERM&grace=5").await;
    assert_eq!(wrong.status(), 422);
    assert!(wrong.text().await.unwrap().contains("Type the command to run"));
    let removed = form(at(&format!("{location}/remove")), "confirmed=yes").await;
    assert_eq!(removed.headers()["location"], "/tools/deck/admin/exec");
    let gone = form(at(&format!("{location}/stop")), "signal=KILL").await;
    assert!(gone.status() == 404 && gone.text().await.unwrap().contains("It may have been removed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_health_is_served_outside_of_the_base_path() {
    let (server, _folder) = below_tools_deck();
    for (path, status) in
        [("/healthz", 200), ("/metrics", 200), ("/admin/exec", 404), ("/tools", 404), ("/tools/deckhand", 404), ("/api/events", 404)]
    {
        let response = ask(|client| client.get(format!("http://{}{path}", server.address))).await;
        assert_eq!(response.status(), status, "{path}");
    }
    let posted = ask(|client| client.post(format!("http://{}/api/list_processes", server.address)).json(&serde_json::json!({}))).await;
    assert_ne!(posted.status(), 200);
    for path in ["/", "/tools/deck/admin/exec", "/tools/deck/api/events", "/healthz"] {
        let url = format!("http://{}{path}", server.address);
        assert_eq!(ask(|client| client.get(url).header("origin", "http://evil.example")).await.status(), 403, "{path}");
    }
}
