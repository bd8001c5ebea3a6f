use crate::{
    common::{TempFolder, eventually, within},
    support::{Server, client, server},
};
use reqwest::Response;
use serde_json::json;

async fn get(url: &str, range: Option<&str>) -> Response {
    let mut request = client().get(url);
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
    for ignored in ["bytes=5-2", "lines=1-2", "bytes=0-1,3-4", "bytes=x"] {
        let response = get(&url, Some(ignored)).await;
        assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (200, "0123456789"), "{ignored}");
    }
    let validated = client().get(&url).header("range", "bytes=2-4").header("if-range", "\"abc\"");
    assert_eq!(within(validated.send()).await.unwrap().status(), 200, "the output has no validator, so it may have changed");
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

/// Reads an answer to its end: how much came, and whether the connection was cut.
async fn read(mut response: Response) -> (u64, bool) {
    let mut length = 0;
    loop {
        match within(response.chunk()).await {
            Ok(Some(bytes)) => length += bytes.len() as u64,
            Ok(None) => return (length, false),
            Err(_) => return (length, true),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_too_slow_to_follow_is_cut_off_at_the_gap() {
    let (server, _folder) = server().await;
    let process = server
        .create(json!({ "program": "sh", "stdin": true, "args": ["-c", "echo first; read go; head -c 200000000 /dev/zero; echo last"],
            "limits": { "output_bytes": 1 << 20 } }))
        .await;
    let mut slow = get(&server.url(&format!("/api/processes/{}/output?follow=true", process.id)), None).await;
    assert_eq!(within(slow.chunk()).await.unwrap().unwrap(), "first\n");
    assert!(!slow.headers().contains_key("content-length"));
    server.call("write_input", json!({ "id": process.id, "text": "go\n" })).await;
    let ended = server.ended(process.id).await;
    assert_eq!(ended.output.end, 200_000_011);
    let (length, cut) = read(slow).await;
    assert!(cut && length < ended.output.start, "{length} bytes, cut: {cut}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_name_their_length_and_are_cut_at_a_gap() {
    let folder = TempFolder::new();
    let log = folder.path().join("log");
    let server = Server::start_after(&format!("exec 2>{}", log.display()), folder.path(), &[("EXECDECK_LOG", "warn")]);
    let mut spec = json!({ "program": "seq", "args": ["100000"], "limits": { "output_bytes": 10 << 20 } });
    let whole = server.create(spec.clone()).await;
    assert_eq!(server.ended(whole.id).await.output.end, 588_895);
    let url = server.url(&format!("/api/processes/{}/output", whole.id));
    for (url, range, length) in [
        (url.clone(), None, 588_895),
        (format!("{url}?from=500000"), None, 88_895),
        (format!("{url}?follow=true"), None, 588_895),
        (url, Some("bytes=500000-500009"), 10),
    ] {
        let response = get(&url, range).await;
        assert_eq!(response.content_length(), Some(length), "{url}");
        assert_eq!(read(response).await, (length, false), "{url}");
    }

    // Segments of 128 KiB, of which the second loses its end.
    spec["limits"]["output_bytes"] = json!(1 << 20);
    let broken = server.create(spec).await;
    let end = server.ended(broken.id).await.output.end;
    let output = folder.path().join("processes").join(broken.id.to_string()).join("output");
    let mut logs: Vec<_> = std::fs::read_dir(output).unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    logs.sort();
    let base = |at: usize| logs[at].file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap();
    std::fs::OpenOptions::new().write(true).open(&logs[1]).unwrap().set_len(1000).unwrap();
    let gap = base(1) + 1000..base(2);
    let url = server.url(&format!("/api/processes/{}/output", broken.id));
    for (url, range, length) in [
        (url.clone(), None, gap.start),
        (format!("{url}?follow=true"), None, gap.start),
        (url.clone(), Some(format!("bytes={}-", gap.start - 10)), 10),
    ] {
        assert_eq!(read(get(&url, range.as_deref()).await).await, (length, true), "{url} {range:?}");
    }
    // Each cut answer is in the log, with where the gap is.
    let gap_fields = format!("from={} to={}", gap.start, gap.end);
    let is_logged = |line: &&str| {
        line.contains("WARN") && line.contains("cut off at a gap") && line.contains(&gap_fields) && line.contains(&broken.id.to_string())
    };
    eventually(async || std::fs::read_to_string(&log).unwrap().lines().filter(is_logged).count() == 3).await;
    // Whoever comes back for the rest is told where it begins.
    let rest = get(&format!("{url}?from={}", gap.start), None).await;
    assert_eq!(rest.headers()["execdeck-output-start"], gap.end.to_string().as_str());
    assert_eq!(read(rest).await, (end - gap.end, false));
}
