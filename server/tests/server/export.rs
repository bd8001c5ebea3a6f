//! Output as plain text and as a recording.

use crate::{
    client::{deck, sh},
    common::within,
    people::{add, nobody},
    support::{client_with, get, server},
};
use execdeck_wire::{ProcessSpec, TerminalSize, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

fn path(id: Uuid, query: &str) -> String {
    format!("/api/processes/{id}/output?{query}")
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_what_lines_show_with_times_if_wanted() {
    let (server, folder) = server().await;
    let client = deck(&server);
    let script = r"printf '\033[32mgreen\033[0m\r\n 5 %%\r95 %%\r\n'; sleep 0.2; echo wrong >&2";
    let process = within(client.create_process(&ProcessSpec { name: Some("build it".into()), ..sh(script) })).await.unwrap();
    server.ended(process.id).await;
    let answer = within(get(server.url(&path(process.id, "format=text&download=true")))).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    assert_eq!(disposition, format!("attachment; filename=\"build_it-{}.txt\"", process.id));
    assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'");
    assert_eq!(answer.text().await.unwrap(), "green\n95 %\nwrong\n");

    let stamped = within(get(server.url(&path(process.id, "format=times")))).await.unwrap().text().await.unwrap();
    let lines: Vec<_> = stamped.lines().map(|line| line.split_once(' ').unwrap()).collect();
    assert_eq!(lines.iter().map(|(_, text)| *text).collect::<Vec<_>>(), ["green", "95 %", "wrong"]);
    let times: Vec<Timestamp> = lines.iter().map(|(time, _)| time.parse().unwrap()).collect();
    assert!(times[0] >= process.created_at && times[2].as_micros() - times[0].as_micros() > 100_000, "{times:?}");

    for query in ["format=html", "format=text&follow=true", "format=text&from=0"] {
        assert_eq!(within(get(server.url(&path(process.id, query)))).await.unwrap().status(), 400, "{query}");
    }
    let ranged = crate::support::client().get(server.url(&path(process.id, "format=text"))).header("range", "bytes=0-1");
    assert_eq!(within(ranged.send()).await.unwrap().status(), 400);
    let vera = client_with(&add(&folder, "vera", "viewer"));
    assert_eq!(within(vera.get(server.url(&path(process.id, "format=text"))).send()).await.unwrap().status(), 200);
    assert_eq!(within(nobody().get(server.url(&path(process.id, "format=text"))).send()).await.unwrap().status(), 401);
    assert_eq!(within(get(server.url(&path(Uuid::nil(), "format=asciicast")))).await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_has_everything_at_its_time() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let terminal = Some(TerminalSize { cols: 90, rows: 20 });
    let spec = ProcessSpec { terminal, ..sh("printf 'one\\n'; sleep 1; printf '\\033[1mtwo'; exit 4") };
    let process = within(client.create_process(&spec)).await.unwrap();
    let ended = server.ended(process.id).await;
    let answer = within(get(server.url(&path(process.id, "format=asciicast")))).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-asciicast");
    let lines: Vec<Value> = answer.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["version"], &lines[0]["term"]), (&json!(3), &json!({ "cols": 90, "rows": 20 })));
    let output: String = lines.iter().filter(|line| line[1] == "o").map(|line| line[2].as_str().unwrap()).collect();
    assert_eq!(output, "one\r\n\u{1b}[1mtwo");
    let at: Vec<f64> = lines[1..].iter().map(|line| line[0].as_f64().unwrap()).collect();
    assert!(at[0] < 1.0 && at[1] > 0.9 && at[1] < 3.0, "{at:?}");
    assert_eq!(lines.last().unwrap()[2], "4");
    let length: f64 = at.iter().sum();
    let took = ended.duration_ms.unwrap() as f64 / 1000.0;
    assert!((length - took).abs() < 0.5, "{length} {took}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_output_is_sent_while_it_is_made() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let process = within(client.create_process(&sh("seq 1 1000000"))).await.unwrap();
    server.ended(process.id).await;
    let text = within(get(server.url(&path(process.id, "format=text")))).await.unwrap().text().await.unwrap();
    assert!(text.lines().zip(1..).all(|(line, number)| line == number.to_string()) && text.lines().count() == 1_000_000);
}
