//! What the list shows of processes beyond what they are, over HTTP.

use crate::{
    common::{eventually, within},
    people::{add, save},
    support::{client_with, get, server},
};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn usage_progress_and_the_last_runs_are_told_of_what_was_asked_for() {
    let (server, _folder) = server().await;
    let first = server.create(json!({ "name": "copy", "program": "sh", "args": ["-c", "exit 3"] })).await;
    server.ended(first.id).await;
    let live = server.create(json!({ "name": "copy", "program": "sh", "args": ["-c", "printf '\\r42 %%'; sleep 94911"] })).await;
    let activity =
        async |query: String| -> Value { within(get(server.url(&format!("/api/activity?{query}")))).await.unwrap().json().await.unwrap() };
    let of = |answer: &Value| {
        answer["processes"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let both = format!("ids={},{}&runs={}", live.id, Uuid::nil(), live.id);
    eventually(async || {
        let answer = activity(both.clone()).await;
        answer["processes"][0]["progress"] == 42 && answer["processes"][0]["usage"]["processes"] == 2
    })
    .await;
    let answer = activity(both).await;
    assert_eq!(of(&answer), [live.id.to_string()]);
    let runs = answer["processes"][0]["runs"].as_array().unwrap();
    assert_eq!(runs.iter().map(|run| run["id"].as_str().unwrap()).collect::<Vec<_>>(), [live.id.to_string(), first.id.to_string()]);
    assert_eq!((&runs[1]["exit"]["code"], &runs[1]["unsuccessful"], &runs[0]["state"]), (&json!(3), &json!(true), &json!("running")));
    // What has ended does nothing now.
    assert_eq!(of(&activity(format!("ids={}", first.id)).await), Vec::<String>::new());
    assert_eq!(of(&activity(format!("runs={}", first.id)).await), [first.id.to_string()]);
    assert_eq!(of(&activity(String::new()).await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_of_what_they_may_not_see_or_read() {
    let (server, folder) = server().await;
    let spec = |team: &str| json!({ "name": "shared", "program": "sh", "args": ["-c", "printf '42 %%'; sleep 94912"], "labels": { "team": team } });
    let (ops, dev) = (server.create(spec("ops")).await, server.create(spec("dev")).await);
    let token = add(&folder, "grace", "viewer");
    let ask = async |token: &str, ids: &[Uuid]| -> (u16, Value) {
        let ids = ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(",");
        let response = within(client_with(token).get(server.url(&format!("/api/activity?ids={ids}&runs={ids}"))).send()).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    };
    eventually(async || ask(&token, &[dev.id]).await.1["processes"][0]["progress"] == 42).await;
    save(&server, &json!({ "name": "grace", "grants": { "labels": { "team": "ops" } } }));
    eventually(async || ask(&token, &[dev.id]).await.1 == json!({ "processes": [] })).await;
    let (_, answer) = ask(&token, &[ops.id]).await;
    assert_eq!(
        (&answer["processes"][0]["progress"], answer["processes"][0]["runs"].as_array().unwrap().len()),
        (&json!(42), 1),
        "{answer}"
    );
    let seeing =
        within(client_with(&token).post(server.url("/api/create_token")).json(&json!({ "label": "seeing", "rights": ["view"] })).send());
    let seeing: Value = seeing.await.unwrap().json().await.unwrap();
    let (_, answer) = ask(seeing["token"].as_str().unwrap(), &[ops.id]).await;
    assert!(answer["processes"][0]["id"] == json!(ops.id) && answer["processes"][0].get("progress").is_none(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_refused() {
    let (server, _folder) = server().await;
    let many = vec![Uuid::nil().to_string(); 101].join(",");
    for query in [format!("ids={many}"), format!("runs={many}"), "ids=x".into(), "id=x".into()] {
        let refused = within(get(server.url(&format!("/api/activity?{query}")))).await.unwrap();
        assert_eq!(refused.status(), 400, "{query}");
    }
}
