//! Searching output, over HTTP and through the client.

use crate::{
    client::{deck, sh},
    common::{eventually, within},
    people::{add, nobody, save},
    support::{client_with, get, run, server},
};
use execdeck_client::{Client, ClientError, SearchQuery};
use execdeck_wire::{RestartPolicy, RestartSpec, SearchEnd, SearchHit, SearchLine, Stream};
use futures_util::StreamExt;
use serde_json::{Value, json};
use uuid::Uuid;

/// All hits and the end of a search.
async fn search(client: &Client, id: Option<Uuid>, query: SearchQuery) -> Result<(Vec<SearchHit>, SearchEnd), ClientError> {
    let mut search = match id {
        Some(id) => within(client.search(id, &query)).await?,
        None => within(client.search_all(&query)).await?,
    };
    let (mut hits, mut end) = (Vec::new(), None);
    while let Some(line) = within(search.next()).await? {
        match line {
            SearchLine::Hit(hit) => hits.push(hit),
            SearchLine::Progress(progress) => assert!(progress.progress),
            SearchLine::End(last) => end = Some(last),
        }
    }
    Ok((hits, end.unwrap()))
}

fn text(text: &str) -> SearchQuery {
    SearchQuery { text: text.into(), ..SearchQuery::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_match_are_found_with_number_stream_time_and_ranges() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let script = "seq 1 100000; printf '\\033[31mEr\\033[0mror 7 error\\n' >&2; sleep 94821";
    let process = within(client.create_process(&sh(script))).await.unwrap();
    eventually(async || search(&client, Some(process.id), text("Error")).await.unwrap().0.len() == 1).await;
    let find = async |query| search(&client, Some(process.id), query).await.unwrap();

    let (hits, end) = find(text("99999")).await;
    assert_eq!(hits.iter().map(|hit| (hit.line, hit.text.as_str())).collect::<Vec<_>>(), [(99_999, "99999")]);
    assert_eq!((hits[0].offset, hits[0].id, &hits[0].ranges), (588_882, process.id, &vec![(0, 5)]));
    assert!(hits[0].time.is_some_and(|time| time >= process.created_at) && hits[0].stream == Stream::Stdout);
    let size = within(client.get_process(process.id)).await.unwrap().output.end;
    assert_eq!(end, SearchEnd { done: true, hits: 1, searched: size, processes: 1, ..SearchEnd::default() });

    let error = find(SearchQuery { ignore_case: true, ..text("ERROR") }).await.0;
    assert_eq!((error[0].text.as_str(), &error[0].ranges, error[0].stream), ("Error 7 error", &vec![(0, 5), (8, 13)], Stream::Stderr));
    let sevens = SearchQuery { regex: true, stream: Some(Stream::Stderr), ..text("[7]") };
    assert_eq!(find(sevens).await.0.len(), 1);
    let (hits, end) = find(SearchQuery { limit: Some(3), from: Some(50_000), ..text("7") }).await;
    assert_eq!(hits.iter().map(|hit| hit.line).collect::<Vec<_>>(), [50_007, 50_017, 50_027]);
    assert!(end.limited && end.hits == 3);
    assert_eq!(find(SearchQuery { from: Some(-2), ..text("0") }).await.0.iter().map(|hit| hit.line).collect::<Vec<_>>(), [100_000]);
    within(client.kill_process(process.id, Some("KILL"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_of_all_processes_is_searched_the_newest_first_as_far_as_rights_and_filters_reach() {
    let (server, folder) = server().await;
    let client = deck(&server);
    let mut ids = Vec::new();
    for (number, team) in [(1, "web"), (2, "ops"), (3, "web")] {
        let spec =
            execdeck_wire::ProcessSpec { labels: [("team".to_owned(), team.to_owned())].into(), ..sh(&format!("echo needle {number}")) };
        let process = within(client.create_process(&spec)).await.unwrap();
        server.ended(process.id).await;
        ids.push(process.id);
    }
    let found = |hits: Vec<SearchHit>| hits.into_iter().map(|hit| (hit.id, hit.text)).collect::<Vec<_>>();
    let all = [(ids[2], "needle 3".to_owned()), (ids[1], "needle 2".to_owned()), (ids[0], "needle 1".to_owned())];
    let (hits, end) = search(&client, None, text("needle")).await.unwrap();
    assert_eq!(found(hits), all);
    assert_eq!((end.hits, end.processes, end.searched), (3, 3, 27));
    let (hits, end) = search(&client, None, SearchQuery { limit: Some(2), ..text("needle") }).await.unwrap();
    assert_eq!((found(hits).as_slice(), end.limited), (&all[..2], true));

    // One process does not take the place of the others.
    let spec = sh("echo needle 4; echo needle 5; echo needle 6");
    let noisy = within(client.create_process(&spec)).await.unwrap().id;
    server.ended(noisy).await;
    let lines = async |path: &str| -> Vec<Value> {
        let answer = within(get(server.url(path))).await.unwrap().text().await.unwrap();
        answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    for (per_process, hits, cut) in [(1, 4, json!([noisy])), (2, 5, json!([noisy])), (3, 6, Value::Null)] {
        let lines = lines(&format!("/api/search?q=needle&per_process={per_process}")).await;
        let end = lines.last().unwrap();
        assert_eq!((&end["hits"], &end["cut"], lines.len()), (&json!(hits), &cut, hits + 1), "{lines:?}");
        assert_eq!((&end["limited"], &end["processes"]), (&json!(false), &json!(4)));
    }
    for bad in ["/api/search?q=a&per_process=0".to_owned(), format!("/api/processes/{noisy}/search?q=a&per_process=2")] {
        assert_eq!(lines(&bad).await[0]["field"], "per_process");
    }
    within(client.remove_process(noisy)).await.unwrap();

    // Whoever is limited to a label finds nothing of others.
    let vera = add(&folder, "vera", "viewer");
    save(&server, &json!({ "name": "vera", "grants": { "labels": { "team": "web" } } }));
    let path = server.url("/api/search?q=needle");
    let answer = within(client_with(&vera).get(&path).send()).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = answer.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<_> = lines.iter().map(|line| line["text"].as_str().unwrap_or("done")).collect();
    assert_eq!(texts, ["needle 3", "needle 1", "done"]);
    assert_eq!(lines[2], json!({ "done": true, "hits": 2, "searched": 18, "processes": 2, "limited": false }));
    // How much there is in all of them is not known while they are being searched.
    let told = async |path: &str| {
        let text = within(get(server.url(path))).await.unwrap().text().await.unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.into_iter().filter(|line| line["progress"] == true).collect::<Vec<_>>()
    };
    let (of_all, of_one) =
        (told("/api/search?q=needle&progress=true").await, told(&format!("/api/processes/{}/search?q=needle&progress=true", ids[0])).await);
    assert!(of_all.len() == 3 && of_all.iter().all(|line| line.get("total").is_none()), "{of_all:?}");
    assert!(!of_one.is_empty() && of_one.iter().all(|line| line["total"] == 9), "{of_one:?}");

    let hidden = server.url(&format!("/api/processes/{}/search?q=needle", ids[1]));
    assert_eq!(within(client_with(&vera).get(hidden).send()).await.unwrap().status(), 404);

    let filtered = within(get(server.url("/api/search?q=needle&label=team=ops"))).await.unwrap().text().await.unwrap();
    assert_eq!(filtered.lines().count(), 2);
    assert_eq!(within(nobody().get(path).send()).await.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_of_all_says_of_whom_each_hit_is_and_how_many_processes_there_are() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let mut ids = Vec::new();
    for (number, code) in [(1, 0), (2, 3)] {
        let restart = RestartSpec { policy: RestartPolicy::OnFailure, max_restarts: 1, backoff_seconds: 0, ..RestartSpec::default() };
        let command = sh(&format!("echo needle {number}; exit {code}"));
        let spec = execdeck_wire::ProcessSpec { name: Some(format!("job {number}")), restart, ..command };
        let process = within(client.create_process(&spec)).await.unwrap();
        server.ended(process.id).await;
        ids.push(process.id);
    }
    let lines = async |path: &str| -> Vec<Value> {
        let answer = within(get(server.url(path))).await.unwrap().text().await.unwrap();
        answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = lines("/api/search?q=needle&progress=true").await;
    let mut processes: Vec<_> = all.iter().filter_map(|line| line.get("process")).collect();
    // The one that failed has printed the line twice.
    processes.dedup();
    let known = |process: &Value| ["name", "state", "exit", "unsuccessful", "gave_up"].map(|field| process[field].clone());
    assert_eq!(
        processes.iter().map(|process| known(process)).collect::<Vec<_>>(),
        [
            [json!("job 2"), json!("exited"), json!({ "code": 3 }), json!(true), json!(true)],
            [json!("job 1"), json!("exited"), json!({ "code": 0 }), json!(false), Value::Null],
        ]
    );
    assert!(processes[0]["created_at"].is_string());
    let progress: Vec<_> = all.iter().filter(|line| line["progress"] == true).collect();
    assert!(progress.iter().all(|line| line["of"] == 2 && line["total"].is_null()), "{all:?}");
    assert!(!progress.is_empty());
    // Of one process, that is known; and its bytes can be told.
    let one = lines(&format!("/api/processes/{}/search?q=needle&progress=true", ids[0])).await;
    assert!(one[0]["text"] == "needle 1" && one[0].get("process").is_none(), "{one:?}");
    assert!(one[1]["total"] == 9 && one[1].get("of").is_none(), "{one:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_search_is_for_those_who_may_read_output() {
    let (server, folder) = server().await;
    let seeing = run(folder.path(), &["token", "add", "ada", "--label", "seeing", "--rights", "view"], "");
    let page = server.url("/admin/exec/search?q=%3Cb%3E&case=true&state=active");
    let refused = within(client_with(seeing.trim()).get(&page).send()).await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(refused.text().await.unwrap().contains("Searching the output of processes needs the right"));
    let vera = add(&folder, "vera", "viewer");
    let html = within(client_with(&vera).get(&page).send()).await.unwrap().text().await.unwrap();
    assert!(html.contains("value=\"&lt;b&gt;\"") && html.contains("value=\"active\" selected"), "{html}");
    assert!(
        html.contains("/admin/exec/search\" rel=\"external\" aria-current=\"page\">Search<!></a>") && html.contains("without-script"),
        "{html}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_searched_for_is_refused_and_says_which_field_is_wrong() {
    let (server, _folder) = server().await;
    let process = within(deck(&server).create_process(&sh("echo x"))).await.unwrap();
    let queries = [("q=", "q"), ("q=a(&regex=true", "q"), ("q=a%0Ab", "q"), ("q=a&limit=0", "limit"), ("q=a&limit=10001", "limit")];
    for (query, field) in queries {
        for path in [format!("/api/processes/{}/search?{query}", process.id), format!("/api/search?{query}")] {
            let refused = within(get(server.url(&path))).await.unwrap();
            assert_eq!(refused.status(), 400, "{path}");
            assert_eq!(refused.json::<Value>().await.unwrap()["field"], json!(field), "{path}");
        }
    }
    for query in ["", "q=a&stream=4", "q=a&regex=perhaps", "q=a&form=1", "q=a&state=ended"] {
        let refused = within(get(server.url(&format!("/api/processes/{}/search?{query}", process.id)))).await.unwrap();
        assert_eq!(refused.status(), 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_read_nothing_hold_nobody_up_and_end_their_search_by_leaving() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let process = within(client.create_process(&sh("yes needle | head -n 3000000"))).await.unwrap();
    server.ended(process.id).await;
    let path = server.url(&format!("/api/processes/{}/search?q=needle&limit=10000", process.id));
    let mut held = Vec::new();
    for _ in 0..20 {
        let mut body = within(get(path.clone())).await.unwrap().bytes_stream();
        body.next().await.unwrap().unwrap();
        held.push(body);
    }
    let (hits, end) = search(&client, Some(process.id), SearchQuery { limit: Some(10), ..text("needle") }).await.unwrap();
    assert!(hits.len() == 10 && end.limited);
    drop(held);
    within(client.remove_process(process.id)).await.unwrap();
}
