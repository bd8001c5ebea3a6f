use crate::support::server;
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt};

/// What the server embeds: empty, if `scripts/keep.sh` has not been run.
const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/execdeck-keep"));

fn parent(pid: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_kept_by_the_small_program_that_the_server_carries() {
    let (mut server, folder) = server().await;
    let process = server.sh("sleep 94011").await;
    let keeper = parent(process.pid.unwrap());
    let command = fs::read_to_string(format!("/proc/{keeper}/cmdline")).unwrap();
    let expected = format!("execdeck\0keep\0{}/processes/{}\0", folder.path().display(), process.id);
    assert_eq!(command, expected);
    if !PROGRAM.is_empty() {
        let running = format!("/proc/{keeper}/exe");
        let path = fs::read_link(&running).unwrap();
        assert!(path.starts_with(folder.path().join("keeper")), "{}", path.display());
        assert!(fs::read(running).unwrap() == PROGRAM, "another program than was embedded");
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
    }
    server.call("kill_process", json!({ "id": process.id, "signal": "KILL" })).await;
    server.ended(process.id).await;
    server.kill();
}
