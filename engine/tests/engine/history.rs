use crate::common::{ME, TempFolder, TestEngine, close, database, eventually, read_output, reopen, sh, spec, within};
use execdeck_engine::{Error, Event, Origin, Scope};
use execdeck_wire::{ApiError, ErrorCode, Exit, Process, ProcessFilter, ProcessSpec, ProcessState};
use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::PermissionsExt,
};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_shown_as_such_and_can_be_removed() {
    let test = TestEngine::new().await;
    let (damaged, _) = test.run(spec(&["true"])).await;
    let (newer, _) = test.run(spec(&["echo", "newer"])).await;
    let database = database(test.folder.path());
    database.execute("UPDATE processes SET process = '{' WHERE id = ?", [damaged.id.to_string()]).unwrap();
    let add = "UPDATE processes SET process = json_set(process, '$.color', 'blue') WHERE id = ?";
    database.execute(add, [newer.id.to_string()]).unwrap();
    let page = test.engine.list(ProcessFilter::default()).await.unwrap();
    assert_eq!(page.processes.iter().map(|process| process.id).collect::<Vec<_>>(), [newer.id, damaged.id]);
    assert_eq!(page.processes[0].name, "echo");
    let Some(Exit::Error(error)) = &page.processes[1].exit else { panic!("{:?}", page.processes[1]) };
    assert!(error.contains("cannot be read"), "{error}");
    assert_eq!((page.processes[1].state, page.processes[1].name.as_str()), (ProcessState::Exited, "true"));
    test.engine.remove(damaged.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_true_end_is_known_and_recorded_later_when_neither_file_nor_row_can_be_written() {
    let test = TestEngine::new().await;
    let mut spec = sh("read go; exit 7");
    spec.stdin = true;
    let process = test.start(spec).await;
    // The keeper writes the status through this name: a folder in its place stands for a full disk.
    std::fs::create_dir(test.folder.path().join("processes").join(process.id.to_string()).join("status.json.new")).unwrap();
    let database = database(test.folder.path());
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON processes BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
    database.execute_batch(refuse).unwrap();
    test.engine.write_input(process.id, b"go\n").await.unwrap();
    let ended = within(test.engine.wait(process.id)).await.unwrap();
    assert_eq!((ended.state, ended.exit), (ProcessState::Exited, Some(Exit::Code(7))));
    let listed = test.engine.list(ProcessFilter::default()).await.unwrap().processes.remove(0);
    assert_eq!(listed.state, ProcessState::Exited);
    assert_eq!(test.engine.active(), 0);
    database.execute_batch("DROP TRIGGER refuse").unwrap();
    eventually(async || database.query_row("SELECT state FROM processes", [], |row| row.get::<_, String>(0)).unwrap() == "exited").await;
    test.engine.remove(process.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_counts_as_ended_also_while_its_row_cannot_be_written() {
    let test = TestEngine::new().await;
    let labelled =
        |label: &str, script: &str| ProcessSpec { labels: [("team".to_owned(), label.to_owned())].into(), stdin: true, ..sh(script) };
    let ended = test.start(labelled("ops", "read go; exit 7")).await.id;
    let fine = test.start(labelled("web", "read go")).await.id;
    let runs = test.start(labelled("ops", "read go; exec true")).await.id;
    let database = database(test.folder.path());
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON processes BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
    database.execute_batch(refuse).unwrap();
    for id in [ended, fine] {
        test.engine.write_input(id, b"go\n").await.unwrap();
        within(test.engine.wait(id)).await.unwrap();
    }
    let look = async |scope: &Scope, state: &str| {
        let filter = ProcessFilter { state: Some(state.parse().unwrap()), ..ProcessFilter::default() };
        let page = test.engine.list_within(scope.clone(), filter).await.unwrap();
        let counts = (page.counts.active, page.counts.ended, page.counts.unsuccessful);
        (page.processes.iter().map(|process| process.id).collect::<Vec<_>>(), counts)
    };
    let ops = Scope::Narrowed { labels: [("team".into(), "ops".into())].into(), templates: None };
    let check = async || {
        for (state, all, narrowed) in [
            ("active", vec![runs], vec![runs]),
            ("running", vec![runs], vec![runs]),
            ("ended", vec![fine, ended], vec![ended]),
            ("exited", vec![fine, ended], vec![ended]),
            ("unsuccessful", vec![ended], vec![ended]),
        ] {
            assert_eq!(look(&Scope::All, state).await, (all, (1, 2, 1)), "{state}");
            assert_eq!(look(&ops, state).await, (narrowed, (1, 1, 1)), "{state}");
        }
    };
    check().await;
    database.execute_batch("DROP TRIGGER refuse").unwrap();
    let active = "SELECT count(*) FROM processes WHERE outcome = 'active'";
    eventually(async || database.query_row(active, [], |row| row.get::<_, i64>(0)).unwrap() == 1).await;
    check().await;
    test.engine.kill(runs, Some("KILL".into())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_set_aside_and_rebuilt_from_the_folders() {
    let test = TestEngine::new().await;
    let (process, _) = test.run(sh("echo kept; exit 4")).await;
    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    let path = folder.path().join("execdeck.db");
    std::fs::write(&path, vec![0x5a; 20_000]).unwrap();
    let engine = reopen(&folder).await;
    let found = engine.get(process.id).await.unwrap();
    assert_eq!((found.exit, found.started_by.as_str()), (Some(Exit::Code(4)), "tester"));
    assert!(found.revision > process.revision);
    assert_eq!(read_output(&engine, process.id).await, b"kept\n");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.starts_with("execdeck.db.corrupt-")), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_release_is_read() {
    let folder = TempFolder::new();
    std::fs::create_dir_all(folder.path().join("processes")).unwrap();
    let database = database(folder.path());
    database.execute_batch(include_str!("../fixtures/history-0.1.0.sql")).unwrap();
    drop(database);
    let engine = reopen(&folder).await;
    let page = engine.list(ProcessFilter::default()).await.unwrap();
    let found: Vec<_> = page.processes.iter().map(|process| (process.name.as_str(), process.state)).collect();
    assert_eq!(found, [("failing", ProcessState::Exited), ("nightly", ProcessState::Exited)]);
    assert_eq!((page.counts.active, page.counts.ended, page.counts.unsuccessful), (0, 2, 1));
    let ok = engine.list(ProcessFilter { name: Some("NIGHTLY".into()), ..ProcessFilter::default() }).await.unwrap();
    assert_eq!(ok.processes.len(), 1);
    engine.remove(ok.processes[0].id).await.unwrap();
    let counts = engine.list(ProcessFilter::default()).await.unwrap().counts;
    assert_eq!((counts.ended, counts.unsuccessful), (1, 1));
}

/// Of the long second argument, the beginning is there.
fn is_cut(process: &Process) -> bool {
    let [first, second] = process.spec.args.as_slice() else { return false };
    process.spec_shortened && first == "first" && second.starts_with("xxx") && second.ends_with('\u{2026}') && second.len() < 5000
}

#[tokio::test(flavor = "multi_thread")]
async fn large_commands_do_not_make_a_large_list() {
    let test = TestEngine::new().await;
    let long = "x".repeat(100_000);
    let mut sent = spec(&["echo", "first"]);
    sent.args.push(long);
    let mut whole = None;
    for _ in 0..5 {
        let (process, _) = test.run(sent.clone()).await;
        whole = Some(process.id);
    }
    let page = test.engine.list(ProcessFilter::default()).await.unwrap();
    assert!(serde_json::to_vec(&page).unwrap().len() < 50_000);
    assert!(page.processes.iter().all(is_cut));
    let process = test.engine.get(whole.unwrap()).await.unwrap();
    assert_eq!((process.spec.args, process.spec_shortened), (sent.args, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_commands_do_not_make_large_events() {
    let test = TestEngine::new().await;
    let mut events = test.engine.events();
    let mut sent = spec(&["echo", "first"]);
    sent.args.push("x".repeat(100_000));
    test.run(sent).await;
    for _ in 0..2 {
        let Event::Process(seen) = within(events.recv()).await.unwrap() else { panic!("nothing was removed") };
        assert!(is_cut(&seen));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_longer_than_any_path_is_a_bad_request() {
    let test = TestEngine::new().await;
    let long = "x".repeat(1_900_000);
    let error = execdeck_wire::ApiError::from(test.engine.create(crate::common::ME, spec(&[&long])).await.unwrap_err());
    assert_eq!((error.code.status(), error.field.as_deref()), (400, Some("program")));
    assert!(error.message.len() < 100, "{error}");
    assert!(test.engine.list(ProcessFilter::default()).await.unwrap().processes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_has_a_higher_revision_also_over_a_restart() {
    let test = TestEngine::new().await;
    let mut events = test.engine.events();
    let process = test.start(spec(&["sleep", "91103"])).await;
    let TestEngine { engine, folder } = test;
    let mut last = 0;
    while last < process.revision {
        let Event::Process(seen) = within(events.recv()).await.unwrap() else { continue };
        assert!(seen.revision > last);
        last = seen.revision;
    }
    drop((engine, events));
    // The last server may have given out higher revisions than it has recorded.
    let seconds = execdeck_wire::Timestamp::now().as_micros() / 1_000_000;
    let engine = reopen(&folder).await;
    let reattached = engine.get(process.id).await.unwrap();
    assert!(reattached.revision > last.max(seconds - 1) && reattached.pid == process.pid);
    engine.kill(process.id, Some("KILL".into())).await.unwrap();
    let ended = within(engine.wait(process.id)).await.unwrap();
    assert!(ended.revision > reattached.revision);
    assert_eq!(engine.get(process.id).await.unwrap().revision, ended.revision);
    assert_eq!(ended.attempts.len(), 1);
    assert_eq!((ended.attempts[0].pid, &ended.attempts[0].exit), (ended.pid, &ended.exit));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_can_read_the_history_or_the_output() {
    let test = TestEngine::new().await;
    let (process, _) = test.run(spec(&["echo", "secret"])).await;
    let folder = test.folder.path().join("processes").join(process.id.to_string());
    for (path, mode) in [
        (test.folder.path().join("execdeck.db"), 0o600),
        (test.folder.path().join("execdeck.db-wal"), 0o600),
        (test.folder.path().join("processes"), 0o700),
        (folder.clone(), 0o700),
        (folder.join("spec.json"), 0o600),
        (folder.join("status.json"), 0o600),
        (folder.join("output/00000000000000000000.log"), 0o600),
    ] {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_search_keeps_no_other_reader_waiting() {
    let test = TestEngine::new().await;
    let (process, _) = test.run(spec(&["true"])).await;
    let database = database(test.folder.path());
    // Each place of the text matches all of the needle but its end.
    let (haystack, needle) = ("a".repeat(64 << 10), "a".repeat(32 << 10) + "b");
    let copy = "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 60)
        INSERT INTO processes (id, state, outcome, search_text, started_by, labels, process)
        SELECT printf('00000000-0000-7000-8000-%012d', n), state, outcome, ?, started_by, labels, process FROM processes, n";
    assert_eq!(database.execute(copy, [haystack]).unwrap(), 60);
    let engine = test.engine.clone();
    let filter = ProcessFilter { name: Some(needle), ..ProcessFilter::default() };
    let search = tokio::spawn(async move { engine.list(filter).await.unwrap() });
    for _ in 0..20 {
        test.engine.get(process.id).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert!(!search.is_finished(), "no process was found before the search was over");
    assert!(within(search).await.unwrap().processes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_row_cannot_be_removed_stays_whole_and_can_be_removed_later() {
    let test = TestEngine::new().await;
    let (process, _) = test.run(sh("echo kept")).await;
    let database = database(test.folder.path());
    let refuse = "CREATE TRIGGER refuse BEFORE DELETE ON processes BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
    database.execute_batch(refuse).unwrap();
    let error = ApiError::from(test.engine.remove(process.id).await.unwrap_err());
    assert!(error.code == ErrorCode::Unavailable && !error.message.contains("disk is full"), "{error}");
    assert_eq!(read_output(&test.engine, process.id).await, b"kept\n");
    database.execute_batch("DROP TRIGGER refuse").unwrap();
    test.engine.remove(process.id).await.unwrap();
    assert!(matches!(test.engine.get(process.id).await, Err(Error::NotFound(_))));
    assert_eq!(std::fs::read_dir(test.folder.path().join("processes")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_cut_short_is_finished_or_undone_at_the_next_start() {
    let test = TestEngine::new().await;
    let (removed, _) = test.run(sh("echo removed")).await;
    let (kept, _) = test.run(sh("echo kept")).await;
    let TestEngine { engine, folder } = test;
    drop(engine);
    let processes = folder.path().join("processes");
    for process in [&removed, &kept] {
        let path = processes.join(process.id.to_string());
        eventually(async || !path.join("keeper.sock").exists()).await;
        std::fs::rename(&path, path.with_extension("removed")).unwrap();
    }
    database(folder.path()).execute("DELETE FROM processes WHERE id = ?", [removed.id.to_string()]).unwrap();
    let engine = reopen(&folder).await;
    assert!(matches!(engine.get(removed.id).await, Err(Error::NotFound(_))));
    assert_eq!(read_output(&engine, kept.id).await, b"kept\n");
    eventually(async || std::fs::read_dir(&processes).unwrap().count() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_too_many_words_is_refused_by_its_field() {
    let test = TestEngine::new().await;
    for (words, fine) in [(20, true), (5000, false)] {
        let filter = ProcessFilter { name: Some("word ".repeat(words)), ..ProcessFilter::default() };
        let listed = test.engine.list(filter).await.map_err(ApiError::from);
        assert_eq!(listed.is_ok(), fine);
        if let Err(error) = listed {
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadRequest, Some("name")));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_names_no_path_of_the_server() {
    let test = TestEngine::new().await;
    let (process, _) = test.run(spec(&["true"])).await;
    std::fs::remove_dir_all(test.folder.path().join("processes").join(process.id.to_string())).unwrap();
    let error = ApiError::from(test.engine.restart("tester", process.id).await.unwrap_err());
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Unavailable, "Reading the spec failed. The server's log says why."));
}

fn narrowed(labels: &[(&str, &str)], templates: Option<BTreeSet<Uuid>>) -> Scope {
    let labels: BTreeMap<_, _> = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Scope::Narrowed { labels, templates }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_template_of_a_process_outlives_a_lost_history_and_its_values_do_not_outlive_the_process() {
    let test = TestEngine::new().await;
    let origin = Origin { template: Uuid::from_u128(7), values: serde_json::json!({ "token": "correct-horse-7" }) };
    let process = test.engine.create_from(ME, origin.clone(), spec(&["true"])).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
    let count =
        |folder: &TempFolder| database(folder.path()).query_row("SELECT count(*) FROM origins", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(&test.folder), 1);
    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    assert!(!std::fs::read(folder.path().join("execdeck.db")).unwrap().windows(15).any(|bytes| bytes == b"correct-horse-7"));
    let engine = reopen(&folder).await;
    assert_eq!(engine.origin(process.id).await.unwrap(), Some(origin.clone()));
    engine.remove(process.id).await.unwrap();
    assert_eq!(count(&folder), 0);
    let process = engine.create_from(ME, origin.clone(), spec(&["true"])).await.unwrap();
    within(engine.wait(process.id)).await.unwrap();
    close(engine, &folder).await;
    std::fs::write(folder.path().join("execdeck.db"), vec![0x5a; 20_000]).unwrap();
    let engine = reopen(&folder).await;
    assert_eq!(engine.get(process.id).await.unwrap().template, Some(origin.template));
    assert_eq!(engine.origin(process.id).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_lists_and_counts_what_is_within_it_only() {
    let test = TestEngine::new().await;
    for (name, labels) in [("a", &[("team", "ops"), ("host", "x")][..]), ("b", &[("team", "ops")]), ("c", &[("team", "dev")]), ("d", &[])] {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        test.run(ProcessSpec { name: Some(name.into()), labels, ..spec(&["true"]) }).await;
    }
    let template = Uuid::from_u128(7);
    let origin = Origin { template, values: serde_json::json!({ "day": "today" }) };
    let started = test.engine.create_from(ME, origin.clone(), ProcessSpec { name: Some("e".into()), ..spec(&["true"]) }).await.unwrap();
    within(test.engine.wait(started.id)).await.unwrap();
    assert_eq!((started.template, test.engine.origin(started.id).await.unwrap()), (Some(template), Some(origin)));
    let labels = |pairs: &[(&str, &str)]| narrowed(pairs, None);
    let from = |ids: &[u128]| Some(ids.iter().map(|id| Uuid::from_u128(*id)).collect());
    for (scope, names) in [
        (Scope::All, &["e", "d", "c", "b", "a"][..]),
        (labels(&[("team", "ops")]), &["b", "a"]),
        (labels(&[("team", "ops"), ("host", "x")]), &["a"]),
        (labels(&[("team", "' OR 1")]), &[]),
        (labels(&[]), &["e", "d", "c", "b", "a"]),
        (narrowed(&[], from(&[1, 7])), &["e"]),
        (narrowed(&[("team", "ops")], from(&[7])), &[]),
        (narrowed(&[], from(&[1])), &[]),
        (narrowed(&[], from(&[])), &[]),
        (Scope::Nothing, &[]),
    ] {
        let page = test.engine.list_within(scope.clone(), ProcessFilter::default()).await.unwrap();
        let found: Vec<_> = page.processes.iter().map(|process| process.name.as_str()).collect();
        assert_eq!((found.as_slice(), page.counts.ended), (names, names.len() as u64), "{scope:?}");
    }
}
