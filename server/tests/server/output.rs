use crate::{common::within, support::server};
use reqwest::{Client, Response};
use serde_json::json;

async fn get(url: &str, range: Option<&str>) -> Response {
    let mut request = Client::new().get(url);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    within(request.send()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_output_is_whole_or_any_range_of_it() {
    let (server, _folder) = server().await;
    let process = server.sh("printf 0123456789").await;
    server.ended(process.id).await;
    let url = server.url(&format!("/api/processes/{}/output", process.id));
    let whole = get(&url, None).await;
    assert_eq!(whole.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    assert_eq!(whole.text().await.unwrap(), "0123456789");
    for (range, status, part, content_range) in [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=8-", 206, "89", "bytes 8-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=5-99", 206, "56789", "bytes 5-9/10"),
    ] {
        let response = get(&url, Some(range)).await;
        assert_eq!((response.status().as_u16(), response.headers()["content-range"].to_str().unwrap()), (status, content_range));
        assert_eq!(response.text().await.unwrap(), part, "{range}");
    }
    let beyond = get(&url, Some("bytes=10-")).await;
    assert_eq!((beyond.status().as_u16(), beyond.headers()["content-range"].to_str().unwrap()), (416, "bytes */10"));
    assert_eq!(get(&format!("{url}?follow=true"), Some("bytes=1-")).await.status(), 400);
    assert_eq!(get(&format!("{url}?from=11"), None).await.status(), 400);
    let saved = get(&format!("{url}?download=true&from=9"), None).await;
    assert!(saved.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"sh-"));
    assert_eq!(saved.text().await.unwrap(), "9");
    assert_eq!(get(&server.url("/api/processes/..%2F..%2Fetc/output"), None).await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn following_goes_on_until_the_end() {
    let (server, _folder) = server().await;
    let process =
        server.create(json!({ "program": "sh", "stdin": true, "args": ["-c", "echo first; read line; echo $line; exit 1"] })).await;
    let mut response = get(&server.url(&format!("/api/processes/{}/output?follow=true", process.id)), None).await;
    assert_eq!(within(response.chunk()).await.unwrap().unwrap(), "first\n");
    server.call("write_input", json!({ "id": process.id, "text": "second\n" })).await;
    assert_eq!(within(response.chunk()).await.unwrap().unwrap(), "second\n");
    assert_eq!(within(response.chunk()).await.unwrap(), None);
}
