use crate::{
    common::{TempFolder, within},
    support::{Server, ada, client, get, server},
};
use reqwest::Response;
use std::time::Duration;
use tokio::{io::AsyncWriteExt, net::TcpStream};

async fn post(url: String, form: &str) -> Response {
    let client = client();
    let request = client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
    within(request.send()).await.unwrap()
}

async fn page(url: String) -> (u16, String) {
    let response = within(get(url)).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_do_without_javascript_what_the_page_does_with_it() {
    let (server, _folder) = server().await;
    let wrong = post(server.url("/admin/exec/new"), "command=echo+%27open&name=keep+me&signal=TERM&grace=soon").await;
    assert_eq!(wrong.status(), 422);
    let text = wrong.text().await.unwrap();
    for words in ["Unclosed quote", "keep me", "echo 'open", "isn't a whole number"] {
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
    // Nothing but a form that says that it was confirmed removes.
    let asked = post(server.url(&format!("{location}/remove")), "").await;
    assert!(asked.status() == 200 && asked.text().await.unwrap().contains("Remove nap?"));
    assert_eq!(page(server.url(&location)).await.0, 200);
    assert_eq!(post(server.url(&format!("{location}/remove")), "confirmed=yes").await.headers()["location"], "/admin/exec");
    let (status, text) = page(server.url(&location)).await;
    assert!(status == 404 && text.contains("Process not found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_let_nothing_run_but_the_sites_own_files() {
    let (server, _folder) = server().await;
    server.sh("exit 0 # <script>alert(1)</script>").await;
    let response = within(get(server.url("/admin/exec"))).await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let sources = |directive: &str| -> Vec<String> {
        let found = policy.split(';').find_map(|part| part.trim().strip_prefix(directive)?.strip_prefix(' ').map(str::to_owned));
        found.unwrap_or_else(|| panic!("no {directive} in {policy}")).split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(sources("default-src"), ["'none'"]);
    let scripts = sources("script-src");
    assert!(scripts.iter().any(|source| source.starts_with("'nonce-")), "{scripts:?}");
    let allowed = |source: &String| source == "'self'" || source == "'wasm-unsafe-eval'" || source.starts_with("'nonce-");
    assert!(scripts.iter().all(allowed), "{scripts:?}");
    assert!(!response.text().await.unwrap().contains("<script>alert"));
    let (status, text) = page(server.url("/nowhere")).await;
    assert!(status == 404 && text.contains("Page not found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_text_in_every_field_of_the_form() {
    let (server, _folder) = server().await;
    let evil = "</textarea><script>alert(1)</script>";
    let process = server.sh(&format!("exit 0 # {evil}")).await;
    let (_, again) = page(server.url(&format!("/admin/exec/new?from={}", process.id))).await;
    let (_, detail) = page(server.url(&format!("/admin/exec/{}", process.id))).await;
    let encoded = "%3C%2Ftextarea%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E";
    let fields =
        ["command", "program", "args", "name", "cwd", "labels", "variable", "value", "timeout", "signal", "grace", "output", "files"];
    let body = fields.map(|field| format!("{field}={encoded}")).join("&") + "&mode=apart&value=x&cwd=wrong";
    let wrong = post(server.url("/admin/exec/new"), &body).await.text().await.unwrap();
    for text in [again, detail, wrong] {
        assert!(text.contains("alert(1)") && !text.contains("<script>alert") && !text.contains(evil), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_process_is_text_in_the_title() {
    let (server, _folder) = server().await;
    let name = "a & b</title><meta http-equiv=refresh content=0;url=http://evil.example>";
    let process = server.create(serde_json::json!({ "program": "true", "name": name })).await;
    server.ended(process.id).await;
    let path = format!("/admin/exec/{}", process.id);
    let question = post(server.url(&format!("{path}/remove")), "").await.text().await.unwrap();
    for html in [page(server.url(&path)).await.1, question, page(server.url("/admin/exec")).await.1] {
        let (_, after) = html.split_once("<title>").unwrap();
        let (title, rest) = after.split_once("</title>").unwrap();
        assert!(!title.contains('<'), "{title}");
        assert!(!rest.contains("<meta http-equiv=refresh"), "{html}");
    }
    let title = page(server.url(&path)).await.1;
    assert!(title.contains("<title>a &amp; b&lt;/title&gt;&lt;meta"), "{title}");
}

#[tokio::test(flavor = "multi_thread")]
async fn program_and_arguments_may_be_sent_apart() {
    let (server, _folder) = server().await;
    // Browsers send line ends as CR LF.
    let body = "mode=apart&command=&program=printf&args=%25s-%25s%0D%0Aa+b%0D%0Ac&terminal=no&signal=TERM&grace=5";
    let started = post(server.url("/admin/exec/new"), body).await;
    let id = started.headers()["location"].to_str().unwrap().rsplit('/').next().unwrap().parse().unwrap();
    server.ended(id).await;
    assert_eq!(page(server.url(&format!("/api/processes/{id}/output"))).await.1, "a b-c");
    let again = post(server.url(&format!("/admin/exec/{id}/start")), "").await;
    let location = again.headers()["location"].to_str().unwrap().to_owned();
    assert!(again.status() == 303 && !location.ends_with(&id.to_string()), "{location}");
    let wrong = post(server.url("/admin/exec/new"), "mode=apart&program=&args=x&signal=TERM&grace=5").await;
    assert!(wrong.status() == 422 && wrong.text().await.unwrap().contains("Enter a program to run"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_button_says_why_on_a_page() {
    let (server, _folder) = server().await;
    let running = server.sh("sleep 94005").await;
    let refused = post(server.url(&format!("/admin/exec/{}/remove", running.id)), "confirmed=yes").await;
    assert_eq!((refused.status().as_u16(), refused.headers()["content-type"].to_str().unwrap()), (409, "text/html; charset=utf-8"));
    let text = refused.text().await.unwrap();
    assert!(text.contains("That didn't work") && text.contains("Stop it before you remove it"), "{text}");
    let unknown = post(server.url(&format!("/admin/exec/{}/stop", running.id)), "signal=NONE").await;
    assert!(unknown.status() == 400 && unknown.text().await.unwrap().contains("a signal; use one of TERM"));
    post(server.url(&format!("/admin/exec/{}/stop", running.id)), "signal=KILL").await;
    server.ended(running.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_say_no_have_the_chosen_theme() {
    let (server, _folder) = server().await;
    let client = client();
    let form = "application/x-www-form-urlencoded";
    let id = uuid::Uuid::nil();
    for (request, status) in [
        (client.get(server.url("/nowhere")), 404),
        (client.get(server.url(&format!("/admin/exec/{id}"))), 404),
        (client.post(server.url("/admin/exec/new")).header("content-type", form).body("command=&signal=TERM&grace=5"), 422),
        (client.post(server.url(&format!("/admin/exec/{id}/remove"))).header("content-type", form).body("confirmed=yes"), 404),
    ] {
        let response = within(request.header("cookie", "theme=dark").send()).await.unwrap();
        let (url, found) = (response.url().clone(), response.status().as_u16());
        let text = response.text().await.unwrap();
        assert!(found == status && text.contains("data-theme=\"dark\""), "{url} {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_comes_back_without_the_values_of_its_secrets() {
    let (server, _folder) = server().await;
    let variables = "variable=TOKEN&value=hunter2&secret=yes&variable=PLAIN&value=shown&variable=LAST&value=swordfish&secret=yes";
    // Refused by the form itself, and by the deck, which refuses the program.
    for fields in ["command=true&grace=soon", "mode=apart&program=&grace=5", "command=true&grace=5&cwd=%2Fno%00where"] {
        let refused = post(server.url("/admin/exec/new"), &format!("{fields}&{variables}&signal=TERM")).await;
        assert_eq!(refused.status(), 422, "{fields}");
        let text = refused.text().await.unwrap();
        for kept in ["TOKEN", "PLAIN", "shown", "LAST"] {
            assert!(text.contains(kept), "{fields}: {kept}");
        }
        for secret in ["hunter2", "swordfish"] {
            assert!(!text.contains(secret), "{fields}: {secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_leave_while_a_page_is_rendered_leave_no_panic_behind() {
    let folder = TempFolder::new();
    let log = folder.path().join("stderr");
    let server = Server::start_after(&format!("exec 2>'{}'", log.display()), folder.path(), &[]);
    let mut id = None;
    for _ in 0..20 {
        id = Some(server.sh("exit 0").await.id);
    }
    let process = format!("/admin/exec/{}", id.unwrap());
    let form = format!("/admin/exec/new?from={}", id.unwrap());
    for round in 0..600_u64 {
        let path = ["/admin/exec", &process, "/admin/exec/new", &form][round as usize % 4];
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        let (host, token) = (&server.address, &ada().token);
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nSec-Fetch-Site: none\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_micros(round * 20)).await;
        stream.set_zero_linger().unwrap();
    }
    assert_eq!(page(server.url("/admin/exec")).await.0, 200);
    assert_eq!(std::fs::read_to_string(log).unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_readers_at_once_all_get_their_page() {
    let (server, _folder) = server().await;
    let id = server.sh("exit 0").await.id;
    let process = format!("/admin/exec/{id}");
    let form = format!("/admin/exec/new?from={id}");
    let unknown = format!("/admin/exec/{}", uuid::Uuid::nil());
    let client = client();
    let readers = (0..20).map(|_| async {
        for round in 0..40 {
            let (path, status) = [("/admin/exec", 200), (&process, 200), (&form, 200), (&process, 200), (&unknown, 404)][round % 5];
            let response = client.get(server.url(path)).send().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{path}: {}", response.text().await.unwrap());
        }
    });
    futures_util::future::join_all(readers).await;
}
