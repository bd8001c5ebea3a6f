//! A data folder that version 0.1.0 has written: all of it is there after an upgrade.

use crate::common::{TempFolder, close, config, eventually, read_output, within};
use execdeck_engine::{Engine, check};
use execdeck_wire::{Exit, Process, ProcessFilter, ProcessState};
use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/folder-0.1.0");

/// Copies a folder, for its user alone.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_the_first_release_has_left_is_there_after_an_upgrade() {
    let folder = TempFolder::new();
    copy(Path::new(FIXTURE), folder.path());
    // git keeps no folder that is empty, such as that of a process that has printed nothing.
    for process in fs::read_dir(folder.path().join("processes")).unwrap() {
        fs::create_dir_all(process.unwrap().path().join("output")).unwrap();
    }
    let engine = Engine::open(config(folder.path())).await.unwrap();
    // A start on a slow machine does not wait until it is on record that what ran was interrupted.
    eventually(async || engine.active() == 0).await;
    let page = engine.list(ProcessFilter::default()).await.unwrap();
    let processes: BTreeMap<String, Process> = page.processes.into_iter().map(|process| (process.name.clone(), process)).collect();
    let code = |code| Some(Exit::Code(code));
    for (name, state, exit, output) in [
        ("exited", ProcessState::Exited, code(3), "out\nerr\n"),
        ("timed out", ProcessState::TimedOut, Some(Exit::Signal("TERM".into())), "begun\n"),
        ("killed", ProcessState::Killed, Some(Exit::Signal("KILL".into())), "begun\n"),
        ("terminal", ProcessState::Exited, code(0), "in a terminal\r\n"),
        ("secret", ProcessState::Exited, code(0), "it is \u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\n"),
        ("from a template", ProcessState::Exited, code(0), "templated\n"),
    ] {
        let process = &processes[name];
        assert_eq!((process.state, &process.exit), (state, &exit), "{name}");
        assert_eq!(String::from_utf8(read_output(&engine, process.id).await).unwrap(), output, "{name}");
        assert!(process.duration_ms.is_some() && process.attempts.len() == 1, "{process:?}");
    }
    assert!(matches!(&processes["failed"].exit, Some(Exit::Error(_))) && processes["failed"].started_by == "olga");
    let interrupted = &processes["running when the machine went down"];
    assert_eq!((interrupted.state, read_output(&engine, interrupted.id).await), (ProcessState::Interrupted, b"begun\n".to_vec()));
    let segments = &processes["segments"];
    let all = (1..=20000).map(|number| format!("{number}\n")).collect::<Vec<_>>().concat();
    assert!(segments.output.start > 0 && segments.output.end == all.len() as u64);
    assert_eq!(read_output(&engine, segments.id).await, all.as_bytes()[segments.output.start as usize..]);
    // What it had sealed can be opened.
    let origin = engine.origin(processes["from a template"].id).await.unwrap().unwrap();
    assert_eq!(origin.values["day"], "2026-11-28");
    let again = engine.restart("ada", processes["secret"].id).await.unwrap();
    assert_eq!(within(engine.wait(again.id)).await.unwrap().exit, code(0));
    assert_eq!(read_output(&engine, again.id).await, read_output(&engine, processes["secret"].id).await);
    close(engine, &folder).await;
    let findings = check(folder.path()).unwrap().findings;
    assert!(findings.is_empty(), "{findings:#?}");
}
