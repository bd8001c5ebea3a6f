//! Checking a data folder: each kind of damage is found and named, and a folder in use has none.

use crate::common::{TempFolder, TestEngine, close, config, database, eventually, sh, within};
use execdeck_engine::{Engine, check};
use execdeck_wire::{Process, ProcessSpec};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// What a check says, a line for each finding, without the folder's own path.
fn findings(folder: &TempFolder) -> Vec<String> {
    let prefix = format!("{}/", folder.path().display());
    let checked = check(folder.path()).unwrap();
    checked.findings.iter().map(|finding| finding.to_string().replace(&prefix, "")).collect()
}

/// A folder that no engine uses, with a process that has ended and left two segments.
struct Left {
    folder: TempFolder,
    process: Process,
}

impl Left {
    async fn new() -> Self {
        let TestEngine { engine, folder } = TestEngine::new().await;
        let spec = ProcessSpec { secret_env: [("TOKEN".to_owned(), "not-for-the-log".to_owned())].into(), ..sh("seq 10000") };
        let limits = execdeck_wire::Limits { output_bytes: 64 << 10, ..spec.limits };
        let process = engine.create("tester", ProcessSpec { limits, ..spec }).await.unwrap();
        let process = within(engine.wait(process.id)).await.unwrap();
        close(engine, &folder).await;
        let left = Self { folder, process };
        assert_eq!(findings(&left.folder), [""; 0]);
        assert!(left.segments("log").len() > 1);
        left
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("processes").join(self.process.id.to_string()).join(file)
    }

    /// The files of the segments, oldest first.
    fn segments(&self, extension: &str) -> Vec<PathBuf> {
        let mut found: Vec<_> = fs::read_dir(self.path("output")).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.retain(|path| path.extension().is_some_and(|other| other == extension));
        found.sort();
        found
    }

    /// There must be one finding, which begins with this file of the process and contains the text.
    fn finds(&self, file: &str, text: &str) {
        self.finds_at(&format!("processes/{}{}{file}", self.process.id, if file.is_empty() { "" } else { "/" }), text);
    }

    fn finds_at(&self, path: &str, text: &str) {
        let found = findings(&self.folder);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{path}: ")) && found[0].contains(text), "{path} {text}: {found:#?}");
    }
}

fn shorten(path: &Path, by: u64) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() - by).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_has_nothing_wrong_with_it() {
    let test = TestEngine::new().await;
    let limits = execdeck_wire::Limits { output_bytes: 64 << 10, ..execdeck_wire::Limits::default() };
    let mut running = Vec::new();
    for _ in 0..3 {
        running.push(test.start(ProcessSpec { limits: limits.clone(), ..sh("n=0; while :; do n=$((n + 1)); echo line $n; done") }).await);
    }
    let ended = test.start(sh("echo done")).await;
    within(test.engine.wait(ended.id)).await.unwrap();
    for process in &running {
        eventually(async || test.engine.get(process.id).await.unwrap().output.start > 0).await;
    }
    // A terminal that somebody has begun to watch leaves its state.
    let terminal = Some(execdeck_wire::TerminalSize { cols: 80, rows: 24 });
    let watched = test.start(ProcessSpec { terminal, ..sh("seq 300000; echo ready; sleep 94841") }).await;
    test.output_contains(&watched, "ready").await;
    let screen = test.engine.view(watched.id).await.unwrap().begin_screen().unwrap().finish().await.unwrap();
    assert!(screen.is_some() && test.folder.path().join(format!("processes/{}/output/screen", watched.id)).exists());
    // Starts, ends and removals happen meanwhile.
    let engine = test.engine.clone();
    let churn = tokio::spawn(async move {
        loop {
            let process = engine.create("tester", sh("echo x")).await.unwrap();
            engine.wait(process.id).await.unwrap();
            engine.remove(process.id).await.unwrap();
        }
    });
    for _ in 0..3 {
        let (folder, checking) = (test.folder.path().to_owned(), tokio::task::spawn_blocking);
        let checked = within(checking(move || check(&folder).unwrap())).await.unwrap();
        assert!(checked.findings.is_empty() && checked.processes >= 4, "{:#?}", checked.findings);
    }
    churn.abort();
    for process in running {
        test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
        within(test.engine.wait(process.id)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_the_samples_of_a_process_is_found() {
    let sample = |micros: i64, cpu: u64| [&micros.to_le_bytes()[..], &cpu.to_le_bytes(), &[0; 16]].concat();
    let whole: Vec<_> = [(1_000_000, 5), (2_000_000, 6), (3_000_000, 7)].into_iter().flat_map(|(at, cpu)| sample(at, cpu)).collect();
    let left = Left::new().await;
    for (bytes, what) in [
        (whole.clone(), None),
        (whole[..80].to_vec(), Some("it ends with 16 bytes that are no whole sample; nothing needs to")),
        ([&whole[..32], &[0; 32], &whole[64..]].concat(), Some("1 of its 3 samples are damaged; nothing needs to")),
        ([&whole[..], &sample(3_500_000, 6)].concat(), Some("1 of its 4 samples are damaged")),
        // The clock was set back, or was ahead by years.
        ([&whole[..], &sample(2_500_000, 7)].concat(), None),
        ([&whole[..], &sample(9_000_000_000_000_000, 8), &sample(3_500_000, 9)].concat(), None),
        (whole.repeat(3000), Some("it has 9000 samples, and a keeper writes 8192 at most")),
    ] {
        fs::write(left.path("usage"), bytes).unwrap();
        match what {
            None => assert_eq!(findings(&left.folder), [""; 0]),
            Some(what) => left.finds("usage", what),
        }
    }
    fs::remove_file(left.path("usage")).unwrap();
    fs::write(left.path("usage.new"), "").unwrap();
    left.finds("usage.new", "ended while it wrote");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_what_is_started_again_at_boot_is_found() {
    let left = Left::new().await;
    let path = left.folder.path().join("boot.json");
    let whole = fs::read_to_string(&path).unwrap();
    let pending =
        |old: uuid::Uuid| serde_json::json!({ "boot_id": "one", "pending": [{ "old": old, "new": uuid::Uuid::now_v7() }] }).to_string();
    for (text, what) in [
        (whole.clone(), None),
        (pending(left.process.id), None),
        (whole[..whole.len() / 2].to_owned(), Some("it cannot be read: EOF while parsing")),
        (
            pending(uuid::Uuid::nil()),
            Some("00000000-0000-0000-0000-000000000000 is to be started again, and the history does not have it; "),
        ),
    ] {
        fs::write(&path, text).unwrap();
        match what {
            None => assert_eq!(findings(&left.folder), [""; 0]),
            Some(what) => left.finds_at("boot.json", what),
        }
    }
    fs::write(&path, whole).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    left.finds_at("boot.json", "other users may use it (mode 644)");
    fs::remove_file(&path).unwrap();
    fs::write(path.with_extension("json.new"), "").unwrap();
    left.finds_at("boot.json.new", "a server was ended while it wrote this");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_the_files_of_a_process_is_found() {
    let left = Left::new().await;
    fs::write(left.path("status.json"), r#"{"state":"exi"#).unwrap();
    left.finds("status.json", "cannot be read");
    let left = Left::new().await;
    fs::write(left.path("spec.json"), "").unwrap();
    left.finds("spec.json", "cannot be read");
    let left = Left::new().await;
    fs::write(left.path("status.json.new"), "{").unwrap();
    left.finds("status.json.new", "ended while it wrote");
    let left = Left::new().await;
    fs::remove_dir_all(left.path("")).unwrap();
    left.finds("", "its folder is gone");
    let left = Left::new().await;
    fs::rename(left.path(""), left.path("").with_extension("removed")).unwrap();
    left.finds_at(&format!("processes/{}.removed", left.process.id), "the server finishes that");
    let left = Left::new().await;
    fs::create_dir(left.folder.path().join("processes/lost+found")).unwrap();
    left.finds_at("processes/lost+found", "not a folder of Execdeck's");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_the_output_is_found() {
    let output = |path: &Path| format!("output/{}", path.file_name().unwrap().to_string_lossy());
    let left = Left::new().await;
    shorten(left.segments("log").last().unwrap(), 5);
    let end = left.process.output.end;
    let found = findings(&left.folder).join("\n");
    assert!(found.contains(&format!("5 bytes are missing, {} to {end}", end - 5)), "{found}");
    let left = Left::new().await;
    let first = &left.segments("log")[0];
    fs::OpenOptions::new().append(true).open(first).and_then(|mut file| std::io::Write::write_all(&mut file, b"more")).unwrap();
    left.finds("output", "are there twice");
    let left = Left::new().await;
    let log = &left.segments("log")[0];
    fs::remove_file(log).unwrap();
    left.finds(&output(&log.with_extension("idx")), "its log is gone");
    let left = Left::new().await;
    let index = &left.segments("idx")[0];
    fs::remove_file(index).unwrap();
    left.finds(&output(index), "cannot be read");
    let left = Left::new().await;
    let index = &left.segments("idx")[0];
    shorten(index, 7);
    left.finds(&output(index), "its last record is cut short");
    let left = Left::new().await;
    let index = &left.segments("idx")[0];
    let length = fs::metadata(index).unwrap().len();
    fs::write(index, vec![0; length as usize]).unwrap();
    left.finds(&output(index), "record 1 is not one");
    let left = Left::new().await;
    let index = &left.segments("idx")[0];
    let mut bytes = fs::read(index).unwrap();
    bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    fs::write(index, bytes).unwrap();
    left.finds(&output(index), "which the segment does not have");
    let left = Left::new().await;
    fs::write(left.path("output/notes.txt"), "").unwrap();
    left.finds("output/notes.txt", "no part of the output");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_to_the_history_is_found() {
    let left = Left::new().await;
    fs::remove_file(left.folder.path().join("execdeck.db")).unwrap();
    left.finds_at("execdeck.db", "there is no history");
    let left = Left::new().await;
    fs::write(left.folder.path().join("execdeck.db"), vec![7; 8192]).unwrap();
    left.finds_at("execdeck.db", "cannot be read");
    let left = Left::new().await;
    let path = left.folder.path().join("execdeck.db");
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    for page in 2..pages {
        bytes[page * 4096..page * 4096 + 200].fill(0xff);
    }
    fs::write(&path, bytes).unwrap();
    assert!(findings(&left.folder).iter().any(|line| line.starts_with("execdeck.db: ")), "{:#?}", findings(&left.folder));
    let left = Left::new().await;
    database(left.folder.path()).execute("DELETE FROM processes", []).unwrap();
    left.finds("", "the history does not have this process; the server enters it when it starts");
    let left = Left::new().await;
    database(left.folder.path()).execute("UPDATE processes SET process = '{', whole = NULL", []).unwrap();
    left.finds("", "its record in the history cannot be read");
    let left = Left::new().await;
    database(left.folder.path()).pragma_update(None, "user_version", 999).unwrap();
    left.finds_at("execdeck.db", "a newer version of Execdeck (schema 999)");
    let left = Left::new().await;
    fs::write(left.folder.path().join("execdeck.db.corrupt-1"), "").unwrap();
    left.finds_at("execdeck.db.corrupt-1", "set aside");
    let left = Left::new().await;
    fs::remove_file(left.folder.path().join("secret.key")).unwrap();
    left.finds_at("secret.key", "the secrets of 1 processes");
    let left = Left::new().await;
    let key = left.folder.path().join("secret.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let found = findings(&left.folder);
    assert!(found.iter().any(|line| line.contains("chmod 600")), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_while_no_server_ran_is_left_for_the_next_one_and_found() {
    let TestEngine { engine, folder } = TestEngine::new().await;
    let go = folder.path().join("processes").with_file_name("go");
    let process = engine.create("tester", sh(&format!("until [ -e {} ]; do sleep 0.01; done", go.display()))).await.unwrap();
    close(engine, &folder).await;
    assert_eq!(findings(&folder), [""; 0], "its keeper lives");
    fs::write(&go, "").unwrap();
    let socket = folder.path().join("processes").join(process.id.to_string()).join("keeper.sock");
    eventually(async || !socket.exists()).await;
    let found = findings(&folder);
    assert!(found.len() == 1 && found[0].contains("it has ended, which the history does not know"), "{found:#?}");
    // As its message says, a server that starts mends it.
    let engine = Engine::open(config(folder.path())).await.unwrap();
    close(engine, &folder).await;
    assert_eq!(findings(&folder), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_findings_are_looked_at_again_together() {
    let TestEngine { engine, folder } = TestEngine::new().await;
    close(engine, &folder).await;
    for number in 0..200 {
        fs::create_dir(folder.path().join(format!("processes/stray-{number}"))).unwrap();
    }
    let began = Instant::now();
    assert_eq!(findings(&folder).len(), 200);
    // One after the other they would take almost three minutes.
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_changes_nothing() {
    let left = Left::new().await;
    fs::write(left.path("status.json"), "{").unwrap();
    let before = snapshot(left.folder.path());
    findings(&left.folder);
    assert_eq!(snapshot(left.folder.path()), before);
}

/// All files with their content, but those that SQLite shares memory through.
fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(snapshot(&path));
        } else if !path.to_string_lossy().ends_with("-shm") && !path.to_string_lossy().ends_with("-wal") {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}
