use crate::{
    common::{TempFolder, eventually, within},
    support::{Server, ada, get, server},
};
use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends a piece of a request and reads what comes until the server closes.
async fn send(server: &Server, request: &str) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    stream
        .write_all(request.replace("HOST", &format!("{}\r\nAuthorization: Bearer {}", server.address, ada().token)).as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    // A reset after the answer ends it as well.
    let _ = within(stream.read_to_string(&mut answer)).await;
    (answer, began.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_announced_as_too_large_is_refused_at_once() {
    let (server, _folder) = server().await;
    for path in ["/api/write_input", "/admin/exec/new", "/nowhere"] {
        let request =
            format!("POST {path} HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{{");
        let (answer, took) = send(&server, &request).await;
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"too_large\""), "{path}: {answer}");
        assert!(took < Duration::from_secs(10), "{path}: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_not_signed_in_sends_little() {
    let (server, _folder) = server().await;
    let nobody = reqwest::Client::new();
    for (size, status) in [(60_000, 401), (70_000, 413)] {
        for (path, body) in [
            ("/login", format!("name=x&password={}", "x".repeat(size))),
            ("/api/sign_in", format!(r#"{{"name":"x","password":"{}"}}"#, "x".repeat(size))),
        ] {
            let kind = if path == "/login" { "application/x-www-form-urlencoded" } else { "application/json" };
            let request = nobody.post(server.url(path)).header("content-type", kind).body(body);
            let answer = within(request.send()).await.unwrap();
            assert_eq!(answer.status(), status, "{path} {size}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_finishes_its_request_is_cut_off() {
    let (server, _folder) = server().await;
    let (nothing, headers, body) = tokio::join!(
        send(&server, ""),
        send(&server, "GET / HTTP/1.1\r\nHost: HOST\r\nX-Slow: "),
        send(&server, "POST /api/list_processes HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"),
    );
    assert!(!nothing.0.contains(" 200 ") && !headers.0.contains(" 200 "), "{nothing:?} {headers:?}");
    // 15 s for the headers, 20 s for the body; the rest is for a busy machine.
    for (took, after) in [(nothing.1, 15), (headers.1, 15), (body.1, 20)] {
        assert!((after - 1..after + 10).contains(&took.as_secs()), "cut off after {took:?} instead of {after} s");
    }
    assert!(body.0.starts_with("HTTP/1.1 400") && body.0.contains("did not arrive"), "{}", body.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_descriptors_neither_spin_nor_stop_the_server() {
    let folder = TempFolder::new();
    let server = Server::start_after("ulimit -n 64", folder.path(), &[]);
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(TcpStream::connect(&server.address).await.unwrap());
    }
    let (before, began) = (cpu_ticks(server.child.id()), Instant::now());
    tokio::time::sleep(Duration::from_secs(2)).await;
    // 100 ticks are a second of CPU time (proc_pid_stat(5)): far less than what a spinning thread uses.
    let share = (cpu_ticks(server.child.id()) - before) as f64 / 100.0 / began.elapsed().as_secs_f64();
    assert!(share < 0.3, "{share} of a CPU while waiting for descriptors");
    drop(idle);
    eventually(async || get(server.url("/healthz")).await.is_ok_and(|response| response.status() == 200)).await;
}

fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn open_to_others(path: &Path, found: &mut Vec<String>) {
    let mode = std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        found.push(format!("{} {mode:o}", path.display()));
    }
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            open_to_others(&entry.unwrap().path(), found);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_creates_is_for_its_user_alone_and_what_programs_create_is_as_usual() {
    let folder = TempFolder::new();
    let data = folder.path().join("data");
    let server = Server::start_after("umask 022", &data, &[]);
    let process = server.sh("umask; env | grep -c EXECDECK_UMASK; echo to the log >&2").await;
    server.ended(process.id).await;
    let output = within(get(server.url(&format!("/api/processes/{}/output", process.id)))).await.unwrap();
    assert!(output.text().await.unwrap().contains("0022\n0\n"));
    let running = server.sh("sleep 94011").await;
    let mut found = Vec::new();
    open_to_others(&data, &mut found);
    assert!(found.is_empty() && data.join("execdeck.db").exists(), "{found:?}");
    server.call("kill_process", serde_json::json!({ "id": running.id, "signal": "KILL" })).await;
    server.ended(running.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_refused_and_half_a_preface_is_cut_off() {
    let (server, _folder) = server().await;
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let (one, half, whole) = tokio::join!(send(&server, "P"), send(&server, &preface[..9]), send(&server, preface));
    for (answer, took) in [one, half, whole] {
        assert!(!answer.starts_with("HTTP/2") && !answer.contains(" 200 "), "{answer}");
        assert!(took < Duration::from_secs(19), "{took:?}");
    }
}
