//! `examples/client.rs`, as whoever reads it would run it.

use crate::{
    common::{EXECDECK, eventually},
    support::{Server, ada, server},
};
use serde_json::json;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

fn run(server: &Server, script: &str) -> Child {
    // `cargo test --workspace` builds it beside the server.
    let program = Path::new(EXECDECK).with_file_name("examples").join("client");
    let mut command = Command::new(&program);
    command.args([&server.url(""), "sh", "-c", script]).env("EXECDECK_TOKEN", &ada().token);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    child.unwrap_or_else(|error| panic!("{}: {error}; run the tests of the whole workspace", program.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_on_the_server_looks_as_if_it_ran_here() {
    let (server, _folder) = server().await;
    let output = run(&server, "echo hello; echo oh >&2; exit 7").wait_with_output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(7), b"hello\n".as_slice()), "{complaints}");
    assert!(complaints.ends_with("oh\n"), "{complaints}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_stops_the_command_on_the_server_and_its_last_words_are_printed() {
    let (server, _folder) = server().await;
    let child = run(&server, "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done");
    let filter = json!({ "filter": { "state": "running" } });
    let runs = async || server.call("list_processes", filter.clone()).await.1["processes"][0]["output"]["end"].as_u64() == Some(6);
    eventually(runs).await;
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), b"ready\nbye\n".as_slice()), "{complaints}");
}
