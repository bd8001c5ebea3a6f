//! What processes use, over HTTP and through the client.

use crate::{
    client::{deck, sh},
    common::{eventually, within},
    support::{get, server},
};
use execdeck_client::ClientError;
use execdeck_wire::{ErrorCode, UsageSamples};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_there_while_a_process_runs_and_afterwards() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let process = within(client.create_process(&sh("sleep 94801 & sleep 94802"))).await.unwrap();
    let path = format!("/api/processes/{}/usage", process.id);
    eventually(async || within(client.process_usage(process.id)).await.unwrap().len() >= 2).await;
    let answer: Value = within(get(server.url(&path))).await.unwrap().json().await.unwrap();
    let sample = &answer["samples"][0];
    assert_eq!(sample["processes"], 3, "{answer}");
    assert!(sample["memory_bytes"].as_u64().unwrap() > 0 && sample["cpu_ms"].is_u64() && sample["time"].is_string());
    let live = within(client.get_process(process.id)).await.unwrap().usage.unwrap();
    assert_eq!(live.processes, 3);
    let page = server.call("list_processes", json!({})).await.1;
    assert_eq!(page["processes"][0]["usage"]["processes"], 3);
    within(client.kill_process(process.id, Some("KILL"))).await.unwrap();
    let ended = server.ended(process.id).await.usage.unwrap();
    let UsageSamples { samples } = within(get(server.url(&path))).await.unwrap().json().await.unwrap();
    let last = samples.last().unwrap();
    assert_eq!((last.cpu_ms, last.processes), (ended.cpu_ms, 0));
    assert!(samples.iter().all(|sample| sample.memory_bytes <= ended.peak_memory_bytes));
    let unknown = within(client.process_usage(Uuid::nil())).await.unwrap_err();
    assert!(matches!(&unknown, ClientError::Api(error) if error.code == ErrorCode::NotFound), "{unknown}");
}
