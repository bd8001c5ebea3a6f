//! The pages of one's own account and of people, as browsers without JavaScript use them.

use crate::{
    common::within,
    people::{add, call},
    support::{client_with, server},
};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_a_token_makes_one_however_often_it_is_sent() {
    let (server, folder) = server().await;
    let operator = client_with(&add(&folder, "olga", "operator"));
    let key = Uuid::now_v7().to_string();
    let send = async |label: &str| {
        let form = [("key", key.as_str()), ("label", label), ("rights", "view"), ("expires", "30")];
        let response = within(operator.post(server.url("/admin/account/tokens")).form(&form).send()).await.unwrap();
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    };
    let tokens =
        async || call(&operator, &server, "list_tokens", &json!({})).await.json::<Value>().await.unwrap().as_array().unwrap().len();
    let before = tokens().await;
    let first = send("once").await;
    assert!(first.contains("Copy it now") && first.contains("name=\"key\""), "{first}");
    let second = send("once").await;
    assert!(second.contains("was created already, and is not shown again") && !second.contains("Copy it now"), "{second}");
    assert_eq!(tokens().await, before + 1);
    // Another label is another token.
    assert!(send("twice").await.contains("Copy it now"));
    assert_eq!(tokens().await, before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_steps_down_is_asked_first_and_led_to_what_they_may_see() {
    let (server, folder) = server().await;
    let rita = client_with(&add(&folder, "rita", "admin"));
    let send = async |sure: &str| {
        let form = [("name", "rita"), ("role", "viewer"), ("sure", sure)];
        within(rita.post(server.url("/admin/people/role")).form(&form).send()).await.unwrap()
    };
    let page = within(rita.get(server.url("/admin/people")).send()).await.unwrap().text().await.unwrap();
    assert_eq!(page.matches("name=\"sure\"").count(), 1, "{page}");
    let asked = send("").await;
    assert_eq!(asked.status(), 400);
    assert!(asked.text().await.unwrap().contains("takes your own administrator rights away"));
    assert_eq!(call(&rita, &server, "whoami", &json!({})).await.json::<Value>().await.unwrap()["role"], "admin");
    let done = send("yes").await;
    assert_eq!((done.status().as_u16(), done.headers()["location"].to_str().unwrap()), (303, "/admin/account?done=role"));
    let account = within(rita.get(server.url("/admin/account?done=role")).send()).await.unwrap();
    assert_eq!(account.status(), 200);
    assert!(account.text().await.unwrap().contains("Your role was changed."));
}
