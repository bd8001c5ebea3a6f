//! The pages of templates, as browsers without JavaScript use them.

use crate::{
    common::within,
    people::{add, nobody, sign_in},
    support::{Server, client, client_with, server},
};
use reqwest::{Client, Response};
use serde_json::{Value, json};

/// The fields of a form.
type Fields<'a> = &'a [(&'a str, &'a str)];

pub const TEMPLATES: &str = "/admin/exec/templates";

/// What a shell, a path or a reader of options would make something of.
const HOSTILE: [&str; 12] = [
    "; id",
    "a|b",
    "a & b",
    "$(id)",
    "`id`",
    "'\"",
    "../../etc/passwd",
    "%2F..%2F",
    "é𝕏ﷺ",
    "{{text}}",
    " padded ",
    "<script>alert(1)</script>",
];

pub async fn save(server: &Server, template: Value) -> Value {
    let (status, saved) = server.call("save_template", json!({ "template": template })).await;
    assert_eq!(status, 200, "{saved}");
    saved
}

/// Prints each of its arguments on a line of its own.
pub fn printing(name: &str, args: &[&str], parameters: &Value) -> Value {
    let args: Vec<_> = ["%s\\n"].iter().chain(args).collect();
    json!({ "name": name, "spec": { "program": "printf", "args": args }, "parameters": parameters })
}

fn start_of(template: &Value) -> String {
    format!("{TEMPLATES}/{}/start", template["id"].as_str().unwrap())
}

pub async fn get(client: &Client, server: &Server, path: &str) -> (u16, String) {
    let response = within(client.get(server.url(path)).send()).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

pub async fn post(client: &Client, server: &Server, path: &str, form: &[(&str, &str)]) -> Response {
    within(client.post(server.url(path)).form(form).send()).await.unwrap()
}

/// The arguments of the process that a response leads to, without the format.
async fn started(server: &Server, response: Response) -> Vec<String> {
    let status = response.status();
    let location = response.headers().get("location").map(|location| location.to_str().unwrap().to_owned());
    let Some(location) = location else { panic!("{status}: {}", response.text().await.unwrap()) };
    let id = location.rsplit('/').next().unwrap().to_owned();
    let (_, process) = server.call("get_process", json!({ "id": id })).await;
    process["spec"]["args"].as_array().unwrap()[1..].iter().map(|arg| arg.as_str().unwrap().to_owned()).collect()
}

async fn count(server: &Server) -> u64 {
    let (_, list) = server.call("list_processes", json!({})).await;
    ["active", "ended"].iter().map(|state| list["counts"][state].as_u64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_answers_each_caller_with_what_they_may_do() {
    let (server, folder) = server().await;
    let (viewer, operator) = (add(&folder, "vera", "viewer"), add(&folder, "olga", "operator"));
    let template = save(&server, printing("Print", &[], &json!([]))).await;
    let other = save(&server, printing("Other", &[], &json!([]))).await;
    let (edit, remove) =
        (format!("{TEMPLATES}/{}", other["id"].as_str().unwrap()), format!("{TEMPLATES}/{}/remove", other["id"].as_str().unwrap()));
    let (new, library) = (format!("{TEMPLATES}/new"), format!("{TEMPLATES}/library"));
    let start = start_of(&template);
    let callers = [nobody(), client_with(&viewer), client_with(&operator), client()];
    let forms: [(&str, Fields<'_>, [u16; 4]); 8] = [
        (&start, &[("do", "start")], [401, 403, 303, 303]),
        (&start, &[("do", "live")], [401, 403, 200, 200]),
        (&new, &[("do", "live"), ("program", "true")], [401, 403, 403, 200]),
        (&new, &[("do", "save"), ("title", "New"), ("program", "true"), ("signal", "TERM"), ("grace", "10")], [401, 403, 403, 303]),
        (&edit, &[("do", "preview"), ("program", "true")], [401, 403, 403, 200]),
        (&remove, &[], [401, 403, 403, 200]),
        (&remove, &[("confirmed", "yes")], [401, 403, 403, 303]),
        (&library, &[("example", "Check a web address")], [401, 403, 403, 303]),
    ];
    for (path, form, answers) in forms {
        for (caller, client) in callers.iter().enumerate() {
            let response = post(client, &server, path, form).await;
            assert_eq!(response.status(), answers[caller], "{path} {form:?} by {caller}: {}", response.text().await.unwrap());
        }
    }
    // Whoever is signed out by now signs in in another tab and sends the form once more.
    let html = post(&nobody(), &server, &start, &[("do", "start")]).await.text().await.unwrap();
    assert!(html.contains("You are signed out") && html.contains("/login?next=%2Fadmin%2Fexec%2Ftemplates%2F"), "{html}");
    let (_, templates) = server.call("list_templates", json!({})).await;
    let names: Vec<_> = templates.as_array().unwrap().iter().map(|template| template["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Check a web address", "New", "Print"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_filled_in_by_form_link_or_preset_is_one_argument() {
    let (server, folder) = server().await;
    let operator = client_with(&add(&folder, "olga", "operator"));
    for value in HOSTILE {
        let mut template = printing(&format!("Print {value:?}"), &["{{text}}", "<{{text}}>"], &json!([{ "name": "text", "type": "text" }]));
        template["presets"] = json!([{ "name": "p & q", "values": { "text": value } }]);
        let template = save(&server, template).await;
        let start = start_of(&template);
        let expected = [value.to_owned(), format!("<{value}>")];
        let sent = post(&operator, &server, &start, &[("value.text", value), ("do", "start")]).await;
        assert_eq!(started(&server, sent).await, expected);
        // The link and the preset fill the form in, character by character, and start nothing.
        let before = count(&server).await;
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("text", value).finish();
        for query in [query.as_str(), "preset=p+%26+q"] {
            let (status, html) = get(&operator, &server, &format!("{start}?{query}")).await;
            let escaped = value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
            assert_eq!(status, 200);
            assert!(html.contains(&format!("value=\"{escaped}\"")), "{html}");
            assert!(!html.contains("<script>alert"), "{html}");
        }
        assert_eq!(count(&server).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_at_its_field_and_the_rest_is_kept() {
    let (server, folder) = server().await;
    let operator = client_with(&add(&folder, "olga", "operator"));
    let parameters = json!([
        { "name": "text", "type": "text", "pattern": "[a-z]+", "required": true },
        { "name": "count", "type": "integer", "min": 1, "max": 5, "default": 2 },
        { "name": "level", "type": "choice", "choices": ["low", "high"] },
        { "name": "hosts", "type": "choices", "choices": ["a", "b"] },
        { "name": "day", "type": "date" },
        { "name": "log", "type": "file", "folder": folder.path() },
        { "name": "token", "type": "secret" },
        { "name": "dry", "type": "flag", "value": "--dry" },
    ]);
    std::fs::write(folder.path().join("one.log"), "").unwrap();
    let args = ["{{text}}", "{{count}}", "{{level}}", "{{hosts}}", "{{day}}", "{{log}}", "{{dry}}"];
    let mut template = printing("Every type", &args, &parameters);
    template["spec"]["secret_env"] = json!({ "TOKEN": "{{token}}" });
    let start = start_of(&save(&server, template).await);
    let right = [
        ("value.text", "abc"),
        ("value.count", "3"),
        ("value.level", "high"),
        ("value.hosts", "a"),
        ("value.hosts", "b"),
        ("value.day", "2026-11-28"),
        ("value.log", "one.log"),
        ("value.token", "hunter2!"),
        ("value.dry", "true"),
    ];
    for (field, wrong) in [
        ("text", "ABC"),
        ("text", ""),
        ("text", "a\nb"),
        ("text", "-a"),
        ("count", "6"),
        ("count", "1; id"),
        ("count", "99999999999999999999"),
        ("level", "medium"),
        ("hosts", "c"),
        ("day", "2026-02-30"),
        ("day", "tomorrow"),
        ("log", "../deck.db"),
        ("log", "/etc/passwd"),
        ("log", "none.log"),
        ("token", "two\nlines"),
    ] {
        let name = format!("value.{field}");
        let form: Vec<_> = right.iter().map(|(key, value)| (*key, if **key == name { wrong } else { value })).collect();
        let response = post(&operator, &server, &start, &form).await;
        let status = response.status();
        let html = response.text().await.unwrap();
        assert_eq!(status, 400, "{field} {wrong:?}: {html}");
        let place = format!("id=\"field-start-{field}-error\" role=\"alert\" class=\"field-error\"");
        assert!(html.contains(&place), "{field} {wrong:?}: {html}");
        assert!(html.contains("value=\"2026-11-28\"") || field == "day");
        assert!(html.contains("value=\"abc\"") || field == "text");
        assert!(!html.contains("hunter2!"), "no page contains a secret");
    }
    assert_eq!(count(&server).await, 0);
    let sent = post(&operator, &server, &start, &right).await;
    assert_eq!(started(&server, sent).await, ["abc", "3", "high", "a", "b", "2026-11-28", "one.log", "--dry"]);
    // Emptied fields do not become their defaults, and drop their arguments.
    let sent = post(&operator, &server, &start, &[("value.text", "abc"), ("value.count", "")]).await;
    assert_eq!(started(&server, sent).await, ["abc"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_starts_once_however_often_it_is_sent() {
    let (server, _folder) = server().await;
    let start = start_of(&save(&server, printing("Print", &["{{text}}"], &json!([{ "name": "text", "type": "text" }]))).await);
    let key = uuid::Uuid::now_v7().to_string();
    let sent = [("key", key.as_str()), ("value.text", "a"), ("do", "start")];
    let client = client();
    let (first, second) = tokio::join!(post(&client, &server, &start, &sent), post(&client, &server, &start, &sent));
    assert_eq!(first.headers()["location"], second.headers()["location"]);
    assert_eq!(count(&server).await, 1);
    let other = post(&client, &server, &start, &[("key", key.as_str()), ("value.text", "b"), ("do", "start")]).await;
    assert_ne!(first.headers()["location"], other.headers()["location"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_comes_first_and_keeps_the_secret_to_the_server() {
    let (server, folder) = server().await;
    let operator = client_with(&add(&folder, "olga", "operator"));
    let mut template = printing(
        "Ask",
        &["{{text}}"],
        &json!([{ "name": "text", "type": "text" }, { "name": "token", "type": "secret", "required": true }]),
    );
    template["spec"] = json!({ "program": "sh", "args": ["-c", "test ${#TOKEN} = 8 && printf '%s' \"$1\"", "sh", "{{text}}"], "secret_env": { "TOKEN": "{{token}}" } });
    template["confirm"] = json!("Really?");
    template["reason"] = json!("required");
    let start = start_of(&save(&server, template).await);
    let key = uuid::Uuid::now_v7().to_string();
    let form = [("key", key.as_str()), ("value.text", "a \"b\""), ("value.token", "hunter2!"), ("do", "start")];
    let without_reason = post(&operator, &server, &start, &form).await;
    assert_eq!(without_reason.status(), 400);
    assert!(without_reason.text().await.unwrap().contains("id=\"field-start--reason-error\" role=\"alert\" class=\"field-error\""));
    let with_reason: Vec<_> = form.into_iter().chain([("reason", "a test")]).collect();
    let asked = post(&operator, &server, &start, &with_reason).await;
    assert_eq!(asked.status(), 200);
    let html = asked.text().await.unwrap();
    assert!(html.contains("Really?") && html.contains("value=\"a &quot;b&quot;\"") && !html.contains("hunter2!"), "{html}");
    assert_eq!(count(&server).await, 0);
    let yes = [("key", key.as_str()), ("value.text", "a \"b\""), ("reason", "a test"), ("do", "confirmed")];
    // Nobody else's confirmation gets the secret.
    let stranger = post(&client(), &server, &start, &yes).await;
    assert_eq!(stranger.status(), 400);
    let response = post(&operator, &server, &start, &yes).await;
    let id: uuid::Uuid = response.headers()["location"].to_str().unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let process = server.ended(id).await;
    assert_eq!((process.started_by.as_str(), process.output.end), ("olga", 5));
    // The same confirmation once more is the same start, although the secret is not kept any longer.
    let again = post(&operator, &server, &start, &yes).await;
    assert_eq!((again.headers()["location"].clone(), count(&server).await), (response.headers()["location"].clone(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_after_signing_in_and_never_fills_in_a_secret() {
    let (server, folder) = server().await;
    add(&folder, "olga", "operator");
    let parameters = json!([{ "name": "url", "type": "text" }, { "name": "token", "type": "secret" }]);
    let mut template = printing("Linked", &["{{url}}"], &parameters);
    template["spec"]["secret_env"] = json!({ "TOKEN": "{{token}}" });
    let start = start_of(&save(&server, template).await);
    let link = format!("{start}?url=https://example.org/a&token=hunter2!&other=1");
    let refused = within(nobody().get(server.url(&link)).send()).await.unwrap();
    let login = refused.headers()["location"].to_str().unwrap().to_owned();
    let next: String =
        url::form_urlencoded::parse(login.split_once('?').unwrap().1.as_bytes()).find(|(name, _)| name == "next").unwrap().1.into();
    let signed_in = post(&nobody(), &server, "/login", &[("name", "olga"), ("password", crate::support::PASSWORD), ("next", &next)]).await;
    assert_eq!(signed_in.headers()["location"].to_str().unwrap(), link);
    let cookie = sign_in(&server, "olga").await;
    let response = crate::people::with_cookie(&server, &cookie, &link).await;
    let html = response.text().await.unwrap();
    assert!(html.contains("value=\"https://example.org/a\"") && !html.contains("hunter2!"), "{html}");
    assert!(html.contains("is no parameter of this template") && html.contains("links are stored in many places"), "{html}");
    assert_eq!(count(&server).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_filled_in_from_a_process_says_what_has_changed_since_and_what_to_enter() {
    let (server, _folder) = server().await;
    let parameters = json!([
        { "name": "old", "type": "text" },
        { "name": "kept", "type": "text" },
        { "name": "token", "type": "secret", "required": true },
    ]);
    let mut template = printing("Again", &["{{old}}", "{{kept}}"], &parameters);
    template["spec"]["secret_env"] = json!({ "TOKEN": "{{token}}" });
    template["reason"] = json!("required");
    let saved = save(&server, template.clone()).await;
    let start = start_of(&saved);
    let form = [("value.old", "first"), ("value.kept", "ABC"), ("value.token", "hunter2!"), ("reason", "a test"), ("do", "start")];
    let sent = post(&client(), &server, &start, &form).await;
    let from = sent.headers()["location"].to_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let again = async || get(&client(), &server, &format!("{start}?from={from}")).await.1;
    let html = again().await;
    assert!(html.contains("Enter the secret and the reason once more.") && !html.contains("The template has changed"), "{html}");
    assert!(html.contains("value=\"first\"") && html.contains(">first<") && !html.contains("hunter2!"), "{html}");
    let focused = html.split("autofocus").next().unwrap().rsplit("<input").next().unwrap();
    assert!(focused.contains("id=\"field-start-token\""), "{focused}");

    template["id"] = saved["id"].clone();
    template["spec"]["args"] = json!(["%s\\n", "{{kept}}", "{{new}}"]);
    template["parameters"] = json!([
        { "name": "kept", "type": "text", "pattern": "[a-z]+" },
        { "name": "new", "type": "text", "label": "The new one", "default": "x" },
        { "name": "token", "type": "secret", "required": true },
    ]);
    save(&server, template).await;
    let html = again().await.replace("&quot;", "\"");
    for part in [
        "have no place any more: old was “first”.",
        "are new; look at their values before you start: The new one.",
        "The earlier value “ABC” of “kept” does not fit any more.",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    // What does not fit stays a placeholder in the preview, and stays in its field.
    assert!(html.contains("<mark>kept<!></mark>") && html.contains("<code>x<!>") && html.contains("value=\"ABC\""), "{html}");
}
