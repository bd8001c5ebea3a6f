//! Answers as clients that take compressed ones get them.

use crate::{
    common::within,
    support::{Server, client, server},
};
use reqwest::{RequestBuilder, Response, header};
use serde_json::json;
use std::{
    io::Write,
    process::{Command, Stdio},
};

async fn ask(request: RequestBuilder, encodings: &str) -> Response {
    within(request.header(header::ACCEPT_ENCODING, encodings).send()).await.unwrap()
}

fn get(server: &Server, path: &str) -> RequestBuilder {
    client().get(server.url(path))
}

fn encoding(response: &Response) -> Option<&str> {
    response.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap())
}

/// Whether caches are told that the answer depends on what the client takes.
fn varies(response: &Response) -> bool {
    let values = response.headers().get_all(header::VARY);
    values.iter().any(|value| value.to_str().unwrap().to_ascii_lowercase().contains("accept-encoding"))
}

fn gunzip(bytes: &[u8]) -> String {
    let mut gzip = Command::new("gzip").arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = gzip.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = gzip.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_json_are_compressed_for_those_who_take_it() {
    let (server, _folder) = server().await;
    for at in 0..20 {
        let process = server.create(json!({ "program": "true", "name": format!("number {at}") })).await;
        server.ended(process.id).await;
    }
    let list = client().post(server.url("/api/list_processes")).json(&json!({}));
    let pages = ["/admin/exec", "/admin/exec/new", "/nowhere"].map(|path| get(&server, path));
    for request in pages.into_iter().chain([list]) {
        let again = || request.try_clone().unwrap();
        let plain = ask(again(), "identity").await;
        assert!(encoding(&plain).is_none() && varies(&plain), "{}: {:?}", plain.url(), plain.headers());
        let plain = plain.text().await.unwrap();
        let brotli = ask(again(), "gzip, br").await;
        assert_eq!((encoding(&brotli), varies(&brotli)), (Some("br"), true), "{}", brotli.url());
        assert!(brotli.bytes().await.unwrap().len() < plain.len() / 2);
        let gzip = ask(again(), "gzip").await;
        assert_eq!((encoding(&gzip), varies(&gzip)), (Some("gzip"), true), "{}", gzip.url());
        let url = gzip.url().clone();
        let text = gunzip(&gzip.bytes().await.unwrap());
        // Pages differ in their nonces.
        assert!(text.len().abs_diff(plain.len()) < 100 && text.ends_with(&plain[plain.len() - 5..]), "{url}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn output_events_and_small_answers_go_out_as_they_are() {
    let (server, _folder) = server().await;
    let process = server.sh("seq 10000").await;
    server.ended(process.id).await;
    let output = ask(get(&server, &format!("/api/processes/{}/output", process.id)), "gzip, br").await;
    assert_eq!((encoding(&output), output.content_length()), (None, Some(48_894)));
    let follow = ask(get(&server, &format!("/api/processes/{}/output?follow=true", process.id)), "gzip, br").await;
    assert_eq!(encoding(&follow), None);
    let events = ask(get(&server, "/api/events"), "gzip, br").await;
    assert_eq!(encoding(&events), None);
    let health = ask(get(&server, "/healthz"), "gzip, br").await;
    assert_eq!(encoding(&health), None);
    let error = ask(get(&server, "/api/nowhere"), "gzip, br").await;
    assert_eq!((encoding(&error), error.status().as_u16()), (None, 404));
}
