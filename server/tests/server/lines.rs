//! Output by lines, over HTTP and through the client.

use crate::{
    client::{deck, sh},
    common::{eventually, within},
    people::add,
    support::{client_with, get, server},
};
use execdeck_wire::{Lines, Stream};
use serde_json::{Value, json};

/// Numbers and texts.
fn texts(lines: &Lines) -> Vec<(u64, &str)> {
    lines.lines.iter().map(|line| (line.number, line.text.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_found_by_their_numbers_from_both_ends_and_have_stream_and_time() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let script = "seq 1 2000; sleep 0.1; echo wrong >&2; sleep 0.1; printf half; sleep 94811";
    let process = within(client.create_process(&sh(script))).await.unwrap();
    let lines = async |from, count| within(client.lines(process.id, from, count)).await.unwrap();
    eventually(async || lines(-1, 1).await.lines.last().is_some_and(|line| line.text == "half")).await;

    let all = lines(1, 10_000).await;
    assert_eq!((all.lines.len(), all.total, all.gaps.len()), (2002, 2002, 0));
    assert!(all.lines[..2000].iter().zip(1..).all(|(line, number)| line.number == number && line.text == number.to_string()));
    assert_eq!(texts(&lines(1999, 2).await), [(1999, "1999"), (2000, "2000")]);
    let last = lines(-3, 100).await;
    assert_eq!(texts(&last), [(2000, "2000"), (2001, "wrong"), (2002, "half")]);
    assert_eq!(last.lines.iter().map(|line| line.stream).collect::<Vec<_>>(), [Stream::Stdout, Stream::Stderr, Stream::Stdout]);
    let times: Vec<_> = last.lines.iter().map(|line| line.time.unwrap()).collect();
    assert!(times.is_sorted() && times[0] >= process.created_at, "{times:?}");
    assert_eq!(lines(-5000, 1).await.lines[0].number, 1, "no more than there are");
    assert_eq!(lines(2003, 1).await, Lines { total: 2002, ..Lines::default() });

    let answer: Value =
        within(get(server.url(&format!("/api/processes/{}/lines?from=-2&count=1", process.id)))).await.unwrap().json().await.unwrap();
    let line = &answer["lines"][0];
    assert_eq!((&line["number"], &line["stream"], &line["text"]), (&json!(2001), &json!("stderr"), &json!("wrong")));
    let offset = (1..=2000).map(|number: u32| number.to_string().len() + 1).sum::<usize>();
    assert!(line["offset"] == json!(offset) && line["time"].is_string() && line.get("cut").is_none(), "{line}");
    within(client.kill_process(process.id, Some("KILL"))).await.unwrap();
    server.ended(process.id).await;
    assert_eq!(lines(1, 10_000).await, all, "nothing changes when it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_one_stream_keep_their_numbers_and_say_where_to_go_on() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let wrong = "sleep 0.1; echo wrong $i >&2; sleep 0.1";
    let script = format!("for i in 1 2 3; do seq 1 1000; {wrong}; done; echo end");
    let process = within(client.create_process(&sh(&script))).await.unwrap();
    server.ended(process.id).await;
    let lines = async |query: &str| -> Lines {
        let path = format!("/api/processes/{}/lines?{query}", process.id);
        within(get(server.url(&path))).await.unwrap().json().await.unwrap()
    };
    let all = lines("stream=stderr").await;
    assert_eq!(texts(&all), [(1001, "wrong 1"), (2002, "wrong 2"), (3003, "wrong 3")]);
    assert_eq!((all.next, all.total), (None, 3004), "all was looked through");
    let two = lines("stream=stderr&count=2&from=2").await;
    assert_eq!((texts(&two), two.next), (vec![(1001, "wrong 1"), (2002, "wrong 2")], Some(3003)));
    let between = lines("stream=stderr&from=1002&before=3003").await;
    assert_eq!((texts(&between), between.next), (vec![(2002, "wrong 2")], None));
    assert_eq!(texts(&lines("stream=stderr&from=-2").await), [(3003, "wrong 3")]);
    assert_eq!(texts(&lines("stream=stdout&from=1000&count=2").await), [(1000, "1000"), (1002, "1")]);
    assert_eq!(texts(&lines("from=3003&before=3004").await), [(3003, "wrong 3")]);
    assert_eq!(lines("stream=terminal").await.lines, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_refused_and_long_lines_are_cut() {
    let (server, folder) = server().await;
    let client = deck(&server);
    let process = within(client.create_process(&sh("printf '%0100000d\\r\\n' 7; printf '\\377 end\\r\\n'"))).await.unwrap();
    server.ended(process.id).await;
    let path = format!("/api/processes/{}/lines", process.id);
    let found = within(client.lines(process.id, 1, 10)).await.unwrap();
    assert_eq!((found.lines[0].text.len(), found.lines[0].cut), (64 << 10, true));
    assert_eq!((found.lines[1].text.as_str(), found.lines[1].cut, found.lines[1].offset), ("\u{fffd} end", false, 100_002));
    for query in ["count=0", "count=10001", "count=some", "from=x", "form=1", "stream=both", "before=-1"] {
        let refused = within(get(server.url(&format!("{path}?{query}")))).await.unwrap();
        assert_eq!(refused.status(), 400, "{query}");
    }
    // Whoever may not read output may not read its lines.
    let vera = client_with(&add(&folder, "vera", "viewer"));
    assert_eq!(within(vera.get(server.url(&path)).send()).await.unwrap().status(), 200);
    assert_eq!(within(crate::people::nobody().get(server.url(&path)).send()).await.unwrap().status(), 401);
}
