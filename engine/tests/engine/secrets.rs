//! Secrets: kept out of the output, and at rest encrypted.

use crate::common::{ME, TempFolder, TestEngine, close, config, database, eventually, read_output, read_stream, reopen, sh, spec, within};
use execdeck_engine::{
    Engine, Error, SECRET_KEY_VARIABLE, Vault,
    store::{Resealed, StoreError, reseal_secrets},
};
use execdeck_wire::{Exit, MASK, Process, ProcessSpec, ProcessState, Stream, TerminalSize};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

const SECRET: &str = "correct-horse-7";
const LINES: &str = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkq\n-----END KEY-----\n";

fn with_secrets(spec: ProcessSpec) -> ProcessSpec {
    let secret_env = [("TOKEN".to_owned(), SECRET.to_owned()), ("KEY".to_owned(), LINES.to_owned())];
    ProcessSpec { secret_env: secret_env.into(), ..spec }
}

fn in_terminal(spec: ProcessSpec) -> ProcessSpec {
    ProcessSpec { terminal: Some(TerminalSize { cols: 80, rows: 24 }), ..spec }
}

/// All files below a folder that contain the bytes.
fn files_with(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if fs::read(&path).unwrap_or_default().windows(needle.len()).any(|bytes| bytes == needle) {
            found.push(path);
        }
    }
    found
}

fn assert_nowhere(folder: &Path) {
    for needle in [SECRET, "MIIEvQIBADANBg", "END KEY"] {
        assert_eq!(files_with(folder, needle.as_bytes()), Vec::<PathBuf>::new(), "{needle}");
    }
}

async fn restarts(engine: &Engine, process: &Process) -> Result<(), Error> {
    let again = engine.restart(ME, process.id).await?;
    let ended = within(engine.wait(again.id)).await?;
    assert_eq!(ended.exit, Some(Exit::Code(0)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_pipes_are_masked_however_they_are_written() {
    let test = TestEngine::new().await;
    let script = r#"
        echo "all: $TOKEN"; echo "error: $TOKEN" >&2; printf '%s\n' "$KEY" | grep -v KEY
        rest=${TOKEN#?????}; printf 'cut: %s' "${TOKEN%"$rest"}"; sleep 0.05; echo "$rest"
        printf 'colours: '; printf '%s' "$TOKEN" | sed 's/./\x1b[1;31m&\x1b[0m/g'; echo; printf '%s' "$KEY"; printf 'last: corr'"#;
    let process = test.start(with_secrets(sh(script))).await;
    let mut ended = within(test.engine.wait(process.id)).await.unwrap();
    let errors = String::from_utf8(read_stream(&test.engine, process.id, Stream::Stderr).await).unwrap();
    assert_eq!(errors, format!("error: {MASK}\n"));
    let output = String::from_utf8(read_stream(&test.engine, process.id, Stream::Stdout).await).unwrap();
    for line in [format!("all: {MASK}\n"), format!("cut: {MASK}\n"), format!("{MASK}\nkq\n"), format!("\n{MASK}\nlast: corr")] {
        assert!(output.contains(&line), "{line:?} in {output:?}");
    }
    assert!(output.contains("colours: \x1b[1;31m\x1b[0m\x1b[1;31m"), "{output:?}");
    assert!(output.contains(&format!("\x1b[0m\x1b[1;31m{MASK}\x1b[0m\n")), "{output:?}");
    assert_eq!(ended.output.end, (output.len() + errors.len()) as u64);
    assert_nowhere(test.folder.path());
    ended.spec.secret_env.clear();
    assert!(!format!("{ended:?}").contains(SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_in_a_terminal_are_masked_also_when_they_are_typed() {
    let test = TestEngine::new().await;
    let script =
        r#"printf '%s' "$KEY"; tput setaf 1 2>/dev/null; echo "$TOKEN"; echo ready; read line; test "$line" = "$TOKEN" && echo same"#;
    let process = test.start(in_terminal(with_secrets(sh(script)))).await;
    test.output_contains(&process, "ready").await;
    for piece in ["corr", "ect-hor", "se-7"] {
        test.engine.write_input(process.id, piece.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    test.engine.write_input(process.id, b"\n").await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
    let output = String::from_utf8(read_output(&test.engine, process.id).await).unwrap();
    assert!(output.starts_with(&format!("{MASK}\r\n")), "{output:?}");
    assert!(output.ends_with(&format!("ready\r\n{MASK}\r\nsame\r\n")), "{output:?}");
    assert_nowhere(test.folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_the_beginning_of_a_secret_appears_within_a_second_and_a_secret_at_once() {
    let test = TestEngine::new().await;
    for spec in [ProcessSpec { stdin: true, ..sh("printf 'token? c'; read line") }, in_terminal(sh("printf 'token? c'; read line"))] {
        let started = Instant::now();
        let process = test.start(with_secrets(spec)).await;
        test.output_contains(&process, "token? ").await;
        let seen = Instant::now();
        test.output_contains(&process, "token? c").await;
        assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
        // The machine may be busy.
        assert!(seen.elapsed() < Duration::from_secs(5), "{:?}", seen.elapsed());
        test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
        within(test.engine.wait(process.id)).await.unwrap();
    }
    let shown = ProcessSpec { stdin: true, ..sh(r#"printf '%s' "$TOKEN"; read line"#) };
    let process = test.start(with_secrets(shown)).await;
    test.output_contains(&process, MASK).await;
    test.engine.close_input(process.id).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_a_start_shows_no_secret() {
    let test = TestEngine::new().await;
    let process = test.start(with_secrets(ProcessSpec { cwd: Some(format!("/no/{SECRET}/x")), ..spec(&["true"]) })).await;
    let error = format!("No such file or directory: /no/{MASK}/x (working directory)");
    assert_eq!((process.state, process.exit), (ProcessState::Failed, Some(Exit::Error(error))));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_output_with_secrets_in_it_loses_nothing_else() {
    let test = TestEngine::new().await;
    let script = r#"i=0; while [ $i -lt 200 ]; do seq 10000; echo "c$TOKEN"; i=$((i+1)); done"#;
    let (process, output) = test.run(with_secrets(sh(script))).await;
    assert_eq!(process.exit, Some(Exit::Code(0)));
    let numbers: Vec<String> = (1..=10_000).map(|number| number.to_string()).collect();
    assert!(output == format!("{}\nc{MASK}\n", numbers.join("\n")).repeat(200).into_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_data_folder_holds_a_secret_in_the_clear() {
    let test = TestEngine::new().await;
    let folder = test.folder.path();
    let process = test.start(with_secrets(sh("echo up; sleep 30"))).await;
    test.output_contains(&process, "up").await;
    assert_nowhere(folder);
    let sealed: Vec<u8> = database(folder).query_row("SELECT sealed FROM secrets", [], |row| row.get(0)).unwrap();
    assert!(!files_with(folder, &sealed[..33]).is_empty());
    test.engine.kill(process.id, Some("KILL".into())).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
    restarts_and_removes(&test, &process).await;
    assert_nowhere(folder);
    // Not even encrypted, within a few seconds.
    eventually(async || files_with(folder, &sealed[..33]).is_empty()).await;
    assert_eq!(fs::metadata(folder.join("execdeck.db-wal")).map_or(0, |wal| wal.len()), 0);
    close(test.engine, &test.folder).await;
    assert_nowhere(test.folder.path());
}

async fn restarts_and_removes(test: &TestEngine, process: &Process) {
    let again = test.engine.restart(ME, process.id).await.unwrap();
    test.engine.kill(again.id, Some("KILL".into())).await.unwrap();
    within(test.engine.wait(again.id)).await.unwrap();
    for id in [process.id, again.id] {
        test.engine.remove(id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_an_earlier_version_stored_in_the_clear_are_encrypted_and_no_trace_is_left() {
    let test = TestEngine::new().await;
    let (process, _) = test.run(with_secrets(sh(&format!("test $TOKEN = {}", SECRET.replace('7', "''7"))))).await;
    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    let earlier = database(folder.path());
    let clear = serde_json::to_string(&with_secrets(ProcessSpec::default()).secret_env).unwrap();
    earlier
        .execute_batch(
            "PRAGMA secure_delete = OFF; DROP TABLE secrets; PRAGMA user_version = 3;
             DROP TRIGGER search_row_new; DROP TRIGGER search_row_gone; DROP TABLE search; DROP TABLE search_rows;
             DROP TABLE search_new; DROP TABLE search_gone;
             DROP TRIGGER disk_use_changed; DROP TRIGGER disk_use_gone; DROP TABLE disk_use;
             DROP INDEX processes_by_end; DROP INDEX processes_to_measure; DROP INDEX processes_to_compress;
             ALTER TABLE processes DROP COLUMN ended_at; ALTER TABLE processes DROP COLUMN disk_bytes;
             ALTER TABLE processes DROP COLUMN compressed;
             DROP TABLE outbox; DROP TABLE outbox_of;
             DROP INDEX processes_by_name; ALTER TABLE processes DROP COLUMN name;
             DROP TABLE origins; DROP INDEX processes_by_template; ALTER TABLE processes DROP COLUMN template;
             CREATE TABLE secrets (id TEXT PRIMARY KEY, secret_env TEXT NOT NULL) STRICT, WITHOUT ROWID;",
        )
        .unwrap();
    for id in ["removed", &process.id.to_string(), "removed too"] {
        earlier.execute("INSERT INTO secrets VALUES (?, ?)", [id, &clear]).unwrap();
    }
    earlier.execute("DELETE FROM secrets WHERE id LIKE 'removed%'", []).unwrap();
    drop(earlier);
    assert_eq!(files_with(folder.path(), SECRET.as_bytes()), [folder.path().join("execdeck.db")]);
    let engine = reopen(&folder).await;
    assert_nowhere(folder.path());
    restarts(&engine, &process).await.unwrap();
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('traces', 'clear_secrets')";
    assert_eq!(database(folder.path()).query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_makes_running_again_a_clear_refusal_until_the_right_one_is_back() {
    let test = TestEngine::new().await;
    let (process, _) = test.run(with_secrets(spec(&["true"]))).await;
    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    let key = folder.path().join("secret.key");
    let right = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let engine = reopen(&folder).await;
    let error = restarts(&engine, &process).await.unwrap_err();
    assert!(matches!(&error, Error::Conflict(why) if why.contains("another key") && why.contains("secret.key")), "{error}");
    let other = engine.create(ME, with_secrets(spec(&["true"]))).await.unwrap();
    restarts(&engine, &other).await.unwrap();
    fs::write(&key, [&right[..], &fs::read(&key).unwrap()].concat()).unwrap();
    restarts(&engine, &process).await.unwrap();
    restarts(&engine, &other).await.unwrap();
    let database = database(folder.path());
    database.execute("UPDATE secrets SET sealed = x'0102' WHERE id = ?", [process.id.to_string()]).unwrap();
    assert!(matches!(restarts(&engine, &process).await, Err(Error::Conflict(_))));
    let mut done = Resealed::default();
    let rotated: Result<(), StoreError> = Vault::open(folder.path()).unwrap().rotate(|vault| {
        done = reseal_secrets(folder.path(), vault)?;
        Ok(())
    });
    rotated.unwrap();
    // The other process, and the three that ran again.
    assert_eq!((done.unreadable, done.resealed), (1, 4));
    restarts(&engine, &other).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_others_may_read_keeps_the_engine_from_opening() {
    let folder = TempFolder::new();
    let key = folder.path().join("secret.key");
    fs::write(&key, "0".repeat(64)).unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let error = Engine::open(config(folder.path())).await.err().unwrap();
    assert!(error.to_string().contains("chmod 600"), "{error}");
    let answer = execdeck_wire::ApiError::from(error).message;
    assert!(!answer.contains("secret.key"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_rotated_beside_a_running_engine_that_stores_secrets_all_the_time() {
    let TestEngine { engine, folder } = TestEngine::new().await;
    let starting = engine.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let starts = tokio::spawn(async move {
        let mut processes = Vec::new();
        while stopped.is_empty() {
            processes.push(starting.create(ME, with_secrets(spec(&["true"]))).await.unwrap());
        }
        processes
    });
    let path = folder.path().to_owned();
    let rotations = tokio::task::spawn_blocking(move || {
        let before = fs::read_to_string(path.join("secret.key")).unwrap();
        for _ in 0..5 {
            // As another process does it.
            let vault = Vault::open(&path).unwrap();
            vault.rotate(|vault| reseal_secrets(&path, vault).map(drop)).unwrap();
        }
        let after = fs::read_to_string(path.join("secret.key")).unwrap();
        assert!(after.lines().count() == 1 && after != before);
    });
    within(rotations).await.unwrap();
    stop.send(()).unwrap();
    let processes = within(starts).await.unwrap();
    for process in &processes {
        within(engine.wait(process.id)).await.unwrap();
    }
    restarts(&engine, &processes[0]).await.unwrap();
    close(engine, &folder).await;
    let (vault, database) = (Vault::open(folder.path()).unwrap(), database(folder.path()));
    let mut rows = database.prepare("SELECT sealed FROM secrets").unwrap();
    let sealed: Vec<Vec<u8>> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(sealed.len(), processes.len() + 1);
    assert!(sealed.iter().all(|sealed| vault.knows_key_of(sealed)));
    let engine = reopen(&folder).await;
    restarts(&engine, processes.last().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_fails_leaves_everything_readable() {
    let TestEngine { engine, folder } = TestEngine::new().await;
    let process = engine.create(ME, with_secrets(spec(&["true"]))).await.unwrap();
    within(engine.wait(process.id)).await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON secrets BEGIN SELECT RAISE(FAIL, 'disk is full'); END";
    database(folder.path()).execute_batch(refuse).unwrap();
    let rotate = || {
        let vault = Vault::open(folder.path())?;
        vault.rotate(|vault| reseal_secrets(folder.path(), vault).map(drop))
    };
    let failed: Result<(), StoreError> = rotate();
    assert!(failed.unwrap_err().to_string().contains("disk is full"));
    restarts(&engine, &process).await.unwrap();
    close(engine, &folder).await;
    let engine = reopen(&folder).await;
    restarts(&engine, &process).await.unwrap();
    database(folder.path()).execute_batch("DROP TRIGGER refuse").unwrap();
    rotate().unwrap();
    restarts(&engine, &process).await.unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("secret.key")).unwrap().lines().count(), 1);
}

/// Set for a test that runs itself again with a key in its environment.
const KEY: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_the_environment_needs_no_file_and_reaches_no_process() {
    if std::env::var_os(SECRET_KEY_VARIABLE).is_none() {
        let name = "secrets::a_key_from_the_environment_needs_no_file_and_reaches_no_process";
        let mut again = Command::new(std::env::current_exe().unwrap());
        let done = again.args(["--exact", name, "--nocapture"]).env(SECRET_KEY_VARIABLE, KEY).output().unwrap();
        let output = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && output.contains("1 passed"), "{output}{}", String::from_utf8_lossy(&done.stderr));
        return;
    }
    let test = TestEngine::new().await;
    let process = test.start(with_secrets(sh("env; cat /proc/$PPID/environ; true"))).await;
    within(test.engine.wait(process.id)).await.unwrap();
    let output = String::from_utf8_lossy(&read_output(&test.engine, process.id).await).into_owned();
    assert!(output.contains(&format!("TOKEN={MASK}")), "{output}");
    assert!(!output.contains("c0ffee") && !output.contains(SECRET_KEY_VARIABLE), "{output}");
    assert!(!test.folder.path().join("secret.key").exists());
    restarts(&test.engine, &process).await.unwrap();
}
