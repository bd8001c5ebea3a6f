//! What keepers do by themselves and for each other's servers.

use crate::common::{
    KEEPER, ME, TempFolder, TestEngine, config, copy_program, eventually, keeper_of, read_output, reopen, running, sh, signal, spec, within,
};
use execdeck_engine::{Chunk, Engine, Error};
use execdeck_wire::{Exit, Process, ProcessSpec, ProcessState, TerminalSize};
use std::{
    fs,
    io::{Read, Write},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{
            fs::{MetadataExt, chown},
            net::UnixStream,
            process::CommandExt,
        },
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const TERMINAL: Option<TerminalSize> = Some(TerminalSize { cols: 80, rows: 24 });

/// A folder as a server makes it for its keeper.
fn folder_for(spec: &ProcessSpec, parent: &Path) -> PathBuf {
    let folder = parent.join(uuid::Uuid::now_v7().to_string());
    fs::create_dir_all(folder.join("output")).unwrap();
    fs::write(folder.join("spec.json"), serde_json::to_vec(spec).unwrap()).unwrap();
    fs::write(folder.join("status.json"), r#"{"state":"starting"}"#).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_was_left_and_opened_again_loses_no_output() {
    let test = TestEngine::new().await;
    let script = sh("exec <&- >&- 2>&-; sleep .5; head -c 300000 /dev/zero > /dev/tty");
    let (ended, output) = test.run(ProcessSpec { terminal: TERMINAL, ..script }).await;
    assert_eq!((ended.exit, output.len()), (Some(Exit::Code(0)), 300_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_is_told_to_end_stops_its_process_and_records_the_exit() {
    let test = TestEngine::new().await;
    let script = "sleep 93101 & trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done";
    let process = test.start(sh(script)).await;
    test.output_contains(&process, "up").await;
    let keeper = keeper_of(&process);
    signal("-HUP", keeper);
    signal("-INT", keeper);
    signal("-TERM", keeper);
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(3))));
    test.output_contains(&process, "bye\n").await;
    assert_eq!(running("sleep 93101"), Vec::<String>::new());
    eventually(async || !Path::new(&format!("/proc/{keeper}")).exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_is_told_to_end_kills_after_the_grace_period() {
    let test = TestEngine::new().await;
    let mut spec = sh("trap '' TERM; echo up; while :; do sleep 0.05; done");
    spec.stop.grace_seconds = 1;
    let process = test.start(spec).await;
    test.output_contains(&process, "up").await;
    signal("-TERM", keeper_of(&process));
    eventually(async || test.engine.get(process.id).await.unwrap().state != ProcessState::Running).await;
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Killed, Some(Exit::Signal("KILL".into()))));
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_fork_the_next_and_exit_do_not_outrun_a_kill() {
    let test = TestEngine::new().await;
    let go = test.folder.path().join("go");
    fs::write(&go, "").unwrap();
    let path = go.to_str().unwrap();
    // Ends by itself when the test's folder goes.
    let process = test.start(sh(&format!("f() {{ [ -e {path} ] && (f &) }}; f; f; f; echo up; sleep 93102"))).await;
    test.output_contains(&process, "up").await;
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!(ended.state, ProcessState::Killed);
    assert!(go.exists());
    assert_eq!(running(path), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_dragged_is_published_a_few_times_and_its_last_size_counts() {
    let test = TestEngine::new().await;
    let process = test.start(ProcessSpec { terminal: TERMINAL, ..spec(&["sleep", "93103"]) }).await;
    let mut events = test.engine.events();
    let viewer = test.engine.view(process.id).await.unwrap();
    let began = Instant::now();
    for cols in 100..1100 {
        viewer.resize(TerminalSize { cols, rows: 30 });
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    eventually(async || test.engine.get(process.id).await.unwrap().terminal == Some(TerminalSize { cols: 1099, rows: 30 })).await;
    let most = began.elapsed().as_millis() / 100 + 2;
    let mut published = 0;
    while events.try_recv().is_ok() {
        published += 1;
    }
    assert!(published <= most, "{published} times, instead of {most}");
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_for_a_new_size_comes_after_the_size() {
    let test = TestEngine::new().await;
    let script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.01; done";
    let process = test.start(ProcessSpec { terminal: TERMINAL, ..sh(script) }).await;
    test.output_contains(&process, "ready").await;
    let mut viewer = test.engine.view(process.id).await.unwrap();
    let mut buffer = vec![0; 1 << 16];
    // One after the other, faster than sizes are given.
    for cols in [90, 91, 92, 93] {
        let size = TerminalSize { cols, rows: 30 };
        viewer.resize(size);
        let (mut seen, wanted) = (String::new(), format!("30 {cols}"));
        while !seen.contains(&wanted) {
            let chunk = within(viewer.read_next(&mut buffer)).await.unwrap();
            let Some(Chunk::Output { length, .. }) = chunk else { panic!("{chunk:?}") };
            seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
        assert_eq!(viewer.peek_process().terminal, Some(size));
    }
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn input_is_taken_whole_or_not_at_all_and_stays_when_its_server_goes() {
    let folder = TempFolder::new();
    let go = folder.path().join("go");
    let engine = Engine::open(config(folder.path())).await.unwrap();
    let script = sh(&format!("until [ -e {} ]; do sleep 0.01; done; wc -c", go.display()));
    let process = engine.create(ME, ProcessSpec { stdin: true, ..script }).await.unwrap();
    let piece = vec![b'x'; 1_500_000];
    engine.write_input(process.id, &piece).await.unwrap();
    let error = engine.write_input(process.id, &piece).await.unwrap_err();
    assert!(matches!(&error, Error::LimitReached(text) if text.contains("nothing was taken")), "{error}");
    let error = engine.write_input(process.id, &vec![b'x'; 3 << 20]).await.unwrap_err();
    assert!(matches!(&error, Error::LimitReached(text) if text.contains("nothing was taken")), "{error}");
    // Nothing of what was refused was queued: this much fits.
    engine.write_input(process.id, &piece[..500_000]).await.unwrap();
    drop(engine);
    let next = reopen(&folder).await;
    // What the first server was told is taken is still there, and counts.
    let error = next.write_input(process.id, &piece).await.unwrap_err();
    assert!(matches!(&error, Error::LimitReached(_)), "{error}");
    fs::write(&go, "").unwrap();
    eventually(async || next.write_input(process.id, b"more").await.is_ok()).await;
    next.close_input(process.id).await.unwrap();
    within(next.wait(process.id)).await.unwrap();
    assert_eq!(String::from_utf8(read_output(&next, process.id).await).unwrap().trim(), "2000004");
}

#[tokio::test(flavor = "multi_thread")]
async fn input_to_a_program_that_has_closed_it_is_refused_from_the_first_byte_on() {
    let test = TestEngine::new().await;
    let process = test.start(ProcessSpec { stdin: true, ..sh("exec <&-; echo closed; exec sleep 93106") }).await;
    test.output_contains(&process, "closed").await;
    let error = test.engine.write_input(process.id, b"first").await.unwrap_err();
    assert!(matches!(&error, Error::Conflict(why) if why.contains("nothing was taken")), "{error}");
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_ends_by_no_signal_but_kill_and_its_process_ignores_none() {
    let test = TestEngine::new().await;
    let mut reader = sh("grep -E '^Sig(Blk|Ign)' /proc/self/status; echo up; read line; exit 6");
    reader.stdin = true;
    let process = test.start(reader).await;
    test.output_contains(&process, "up").await;
    let keeper = keeper_of(&process);
    for number in (1..=64).filter(|number| ![9, 15, 19].contains(number)) {
        signal(&format!("-{number}"), keeper);
    }
    test.engine.write_input(process.id, b"\n").await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(6))));
    let none = "0".repeat(16);
    let output = String::from_utf8(read_output(&test.engine, process.id).await).unwrap();
    assert_eq!(output, format!("SigBlk:\t{none}\nSigIgn:\t{none}\nup\n"));
}

/// User and system time of a process so far, in clock ticks.
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(") ").next().unwrap().split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// Connections to the keeper of a process, which it may not have taken in yet.
fn connect(test: &TestEngine, process: &Process, number: usize) -> Vec<UnixStream> {
    let open = fs::File::open(test.folder.path().join("processes").join(process.id.to_string())).unwrap();
    let socket = format!("/proc/self/fd/{}/keeper.sock", open.as_raw_fd());
    (0..number).map(|_| UnixStream::connect(&socket).unwrap()).collect()
}

/// Whether the keeper at the other end greets within this time.
fn is_greeted(stream: &mut UnixStream, within: Duration) -> bool {
    stream.set_read_timeout(Some(within)).unwrap();
    stream.read_exact(&mut [0; 5]).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_without_descriptors_rests_and_takes_connections_in_when_it_has_some() {
    let test = TestEngine::new().await;
    let process = test.start(spec(&["sleep", "93107"])).await;
    let keeper = keeper_of(&process);
    let limit = |limit: &str| assert!(Command::new("prlimit").args(["--pid", &keeper.to_string(), limit]).status().unwrap().success());
    // As few as its `poll` takes.
    limit("--nofile=8:4096");
    let mut streams = connect(&test, &process, 8);
    let last = streams.last_mut().unwrap();
    assert!(!is_greeted(last, Duration::from_secs(1)));
    let before = ticks(keeper);
    assert!(!is_greeted(last, Duration::from_secs(2)));
    assert!(ticks(keeper) - before < 50, "{} ticks", ticks(keeper) - before);
    limit("--nofile=1024:4096");
    assert!(is_greeted(last, Duration::from_secs(20)));
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_takes_in_a_bounded_number_of_connections_and_the_next_when_one_leaves() {
    let test = TestEngine::new().await;
    let process = test.start(spec(&["sleep", "93108"])).await;
    let mut streams = connect(&test, &process, 20);
    // The engine's own is one of them.
    for (number, stream) in streams.iter_mut().enumerate() {
        let wait = if number < 15 { Duration::from_secs(20) } else { Duration::from_millis(100) };
        assert_eq!(is_greeted(stream, wait), number < 15, "{number}");
    }
    drop(streams.drain(..5));
    for stream in &mut streams[10..] {
        assert!(is_greeted(stream, Duration::from_secs(20)));
    }
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
}

#[test]
fn a_process_gets_the_limit_of_open_files_that_its_server_began_with() {
    let parent = TempFolder::new();
    for (limit, expected) in [(0, "77\n200\n0\n"), (50, "50\n50\n0\n")] {
        let mut spec = sh("ulimit -Sn; ulimit -Hn; env | grep -c EXECDECK_OPEN_FILES");
        spec.limits.open_files = limit;
        let folder = folder_for(&spec, parent.path());
        let keep = "ulimit -n 200; exec \"$0\" keep \"$1\"";
        let mut keeper = Command::new("sh");
        keeper.args(["-c", keep, KEEPER]).arg(&folder).env("EXECDECK_OPEN_FILES", "77").stdin(Stdio::null());
        assert!(keeper.status().unwrap().success());
        let output = fs::read_to_string(folder.join("output/00000000000000000000.log")).unwrap();
        assert_eq!(output, expected);
    }
}

#[tokio::test]
async fn a_keeper_is_closed_to_other_processes_of_its_user_and_works_without_root() {
    let parent = TempFolder::new();
    let spec = sh("sleep 93105 & trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.05; done");
    let folder = folder_for(&spec, parent.path());
    let program = parent.path().join("keep");
    copy_program(KEEPER, &program);
    let mut command = Command::new(&program);
    command.arg("keep").arg(&folder).stdin(Stdio::null());
    if fs::metadata(&folder).unwrap().uid() == 0 {
        command.uid(65534).gid(65534);
        for path in [folder.clone(), folder.join("output"), folder.join("spec.json"), folder.join("status.json")] {
            chown(path, Some(65534), Some(65534)).unwrap();
        }
    }
    let mut keeper = command.spawn().unwrap();
    let log = folder.join("output/00000000000000000000.log");
    eventually(async || fs::read_to_string(&log).unwrap_or_default().contains("up")).await;
    assert_eq!(fs::metadata(format!("/proc/{}/environ", keeper.id())).unwrap().uid(), 0);
    signal("-TERM", keeper.id());
    eventually(async || keeper_has_ended(&folder)).await;
    assert!(keeper.wait().unwrap().success());
    assert!(fs::read_to_string(folder.join("status.json")).unwrap().contains(r#""exit":{"code":4}"#));
    assert_eq!(running("sleep 93105"), Vec::<String>::new());
}

fn keeper_has_ended(folder: &Path) -> bool {
    fs::read_to_string(folder.join("status.json")).unwrap().contains("exited") && !folder.join("keeper.sock").exists()
}

/// The next message from a keeper that is not about its output or state.
fn next_answer(stream: &mut UnixStream) -> (u8, Vec<u8>) {
    loop {
        let mut header = [0; 5];
        stream.read_exact(&mut header).unwrap();
        let mut body = vec![0; u32::from_le_bytes(header[1..].try_into().unwrap()) as usize];
        stream.read_exact(&mut body).unwrap();
        if !b"HES".contains(&header[0]) {
            return (header[0], body);
        }
    }
}

#[tokio::test]
async fn a_keeper_answers_by_id_and_ignores_what_it_does_not_know() {
    let parent = TempFolder::new();
    let folder = folder_for(&ProcessSpec { stdin: true, ..spec(&["cat"]) }, parent.path());
    let mut keeper = Command::new(KEEPER).arg("keep").arg(&folder).stdin(Stdio::null()).spawn().unwrap();
    let open = fs::File::open(&folder).unwrap();
    let socket = format!("/proc/self/fd/{}/keeper.sock", open.as_raw_fd());
    eventually(async || UnixStream::connect(&socket).is_ok()).await;
    let mut stream = UnixStream::connect(&socket).unwrap();
    let request = |id: u8, kind: u8, body: &[u8]| {
        let mut message = vec![b'Q', 9 + body.len() as u8, 0, 0, 0, id, 0, 0, 0, 0, 0, 0, 0, kind];
        message.extend_from_slice(body);
        message
    };
    // An unknown message without an id, an unknown request, a request, and one of the first version.
    stream.write_all(b"?\x02\0\0\0??").unwrap();
    stream.write_all(&request(7, b'?', b"")).unwrap();
    stream.write_all(&request(8, b'I', b"typed")).unwrap();
    stream.write_all(b"C\0\0\0\0").unwrap();
    let (kind, body) = next_answer(&mut stream);
    assert_eq!((kind, &body[..8]), (b'B', 7_u64.to_le_bytes().as_slice()));
    assert!(String::from_utf8_lossy(&body[8..]).contains("does not know"));
    assert_eq!(next_answer(&mut stream), (b'B', 8_u64.to_le_bytes().to_vec()));
    assert_eq!(next_answer(&mut stream), (b'A', Vec::new()));
    assert!(keeper.wait().unwrap().success());
    assert_eq!(fs::read(folder.join("output/00000000000000000000.log")).unwrap(), b"typed");
}

#[test]
fn a_keeper_that_begins_only_after_its_server_is_gone_starts_nothing() {
    let parent = TempFolder::new();
    let folder = folder_for(&spec(&["touch", &parent.path().join("began").display().to_string()]), parent.path());
    let (server, end) = UnixStream::pair().unwrap();
    drop(server);
    let mut keeper = Command::new(KEEPER).arg("keep").arg(&folder).stdin(Stdio::from(OwnedFd::from(end))).spawn().unwrap();
    keeper.wait().unwrap();
    // The next server may have looked for the keeper before it was there, and written the process off.
    assert!(!parent.path().join("began").exists());
    let status = fs::read_to_string(folder.join("status.json")).unwrap();
    assert!(status.contains(r#""state":"failed""#) && status.contains("server"), "{status}");
    assert!(!folder.join("keeper.sock").exists());
}
