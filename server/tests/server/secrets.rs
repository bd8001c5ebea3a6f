use crate::{
    common::{EXECDECK, TempFolder},
    support::{Server, Viewer, get},
};
use serde_json::json;
use std::process::Command;

const SECRET: &str = "correct+horse+battery";

async fn text(server: &Server, id: uuid::Uuid, query: &str) -> String {
    let url = server.url(&format!("/api/processes/{id}/output{query}"));
    get(url).await.unwrap().text().await.unwrap()
}

async fn streamed(server: &Server, id: uuid::Uuid) -> String {
    let mut viewer = Viewer::open(server, id, "from=0&mode=full").await;
    let mut text = Vec::new();
    while let Some(bytes) = viewer.next().await {
        text.extend(bytes);
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_masked_live_in_a_replay_and_in_a_download_wherever_it_is_cut() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    // Each line is cut in two at another byte, the second time with a colour between the halves.
    let script = r#"sleep 0.5; n=1; while [ $n -lt ${#TOKEN} ]; do
        a=$(printf %s "$TOKEN" | cut -c-$n); b=$(printf %s "$TOKEN" | cut -c$((n+1))-)
        printf "<$a"; sleep 0.01; printf "$b>\n"; printf "<$a\033[31m$b\033[m>\n"; n=$((n+1)); done; echo over >&2"#;
    for terminal in [json!(null), json!({ "cols": 80, "rows": 24 })] {
        let spec = json!({ "program": "sh", "args": ["-c", script], "secret_env": { "TOKEN": SECRET }, "terminal": terminal });
        let process = server.create(spec).await;
        let live = streamed(&server, process.id).await;
        assert_eq!(live.matches("••••••").count(), 2 * (SECRET.len() - 1), "{live}");
        assert!(live.contains("over"));
        let half = |at: usize| (&SECRET[..at], &SECRET[at..]);
        for text in [&live, &streamed(&server, process.id).await, &text(&server, process.id, "?download=true").await] {
            for (first, second) in (6..SECRET.len() - 6).map(half) {
                assert!(!text.contains(first) && !text.contains(second), "{text}");
            }
            assert_eq!(text, &live);
        }
    }
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_replaced_beside_a_running_server_and_secrets_stay_usable() {
    let folder = TempFolder::new();
    let mut server = Server::start(folder.path());
    let spec = json!({ "program": "sh", "args": ["-c", "printf %s \"$TOKEN\" | sha256sum"], "secret_env": { "TOKEN": SECRET } });
    let first = server.create(spec).await;
    server.ended(first.id).await;
    let key = std::fs::read_to_string(folder.path().join("secret.key")).unwrap();
    let rotate = || Command::new(EXECDECK).args(["secret", "rotate", "--data"]).arg(folder.path()).output().unwrap();
    let rotated = rotate();
    assert_eq!(String::from_utf8_lossy(&rotated.stdout), "the key was replaced; the stored secrets of 1 process were encrypted anew\n");
    assert_ne!(std::fs::read_to_string(folder.path().join("secret.key")).unwrap(), key);
    let (status, again) = server.call("restart_process", json!({ "id": first.id })).await;
    assert_eq!(status, 200, "{again}");
    let again: execdeck_wire::Process = serde_json::from_value(again).unwrap();
    server.ended(again.id).await;
    assert_eq!(text(&server, again.id, "").await, text(&server, first.id, "").await);
    server.kill();
    std::fs::write(folder.path().join("secret.key"), "damaged").unwrap();
    let failed = rotate();
    assert!(!failed.status.success() && String::from_utf8_lossy(&failed.stderr).contains("secret.key"), "{failed:?}");
}
