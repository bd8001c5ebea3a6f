use crate::{common::within, support::server};
use reqwest::{Client, Response, redirect::Policy};

async fn post(url: String, form: &str) -> Response {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
    within(request.send()).await.unwrap()
}

async fn page(url: String) -> (u16, String) {
    let response = within(reqwest::get(url)).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_do_without_javascript_what_the_page_does_with_it() {
    let (server, _folder) = server().await;
    let wrong = post(server.url("/admin/exec/new"), "command=echo+%27open&name=keep+me&signal=TERM&grace=soon").await;
    assert_eq!(wrong.status(), 422);
    let text = wrong.text().await.unwrap();
    for words in ["A quote is not closed", "keep me", "echo 'open", "no whole number"] {
        assert!(text.contains(words) || text.contains(&words.replace('\'', "&#x27;")), "{words}");
    }
    let started = post(server.url("/admin/exec/new"), "command=sleep+94004&name=nap&terminal=no&signal=TERM&grace=5&timeout=").await;
    assert_eq!(started.status(), 303);
    let location = started.headers()["location"].to_str().unwrap().to_owned();
    let (status, text) = page(server.url(&location)).await;
    assert!(status == 200 && text.contains("running") && text.contains("sleep 94004"));
    let (_, list) = page(server.url("/admin/exec?q=state%3Arunning+nap")).await;
    assert!(list.contains(&location));
    assert_eq!(post(server.url(&format!("{location}/stop")), "signal=KILL").await.status(), 303);
    server.ended(location.rsplit('/').next().unwrap().parse().unwrap()).await;
    let (_, text) = page(server.url(&location)).await;
    assert!(text.contains("killed by KILL"));
    assert_eq!(post(server.url(&format!("{location}/remove")), "").await.headers()["location"], "/admin/exec");
    let (status, text) = page(server.url(&location)).await;
    assert!(status == 404 && text.contains("No such process"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_let_nothing_run_but_the_sites_own_files() {
    let (server, _folder) = server().await;
    server.sh("exit 0 # <script>alert(1)</script>").await;
    let response = within(reqwest::get(server.url("/admin/exec"))).await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("'nonce-")
            && !policy.contains("unsafe-eval'") | policy.contains("wasm-unsafe-eval")
    );
    assert!(!response.text().await.unwrap().contains("<script>alert"));
    let (status, text) = page(server.url("/nowhere")).await;
    assert!(status == 404 && text.contains("There is nothing here"));
}
