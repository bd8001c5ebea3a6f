//! What lists ask of many processes at a time.

use crate::common::{ME, TestEngine, close, database, eventually, reopen, sh, spec, within};
use execdeck_engine::{Engine, Scope};
use execdeck_wire::{Exit, Process, ProcessSpec, ProcessState, Run, TerminalSize};
use uuid::Uuid;

fn named(name: &str, script: &str) -> ProcessSpec {
    ProcessSpec { name: Some(name.into()), ..sh(script) }
}

async fn runs(engine: &Engine, scope: Scope, process: &Process) -> Vec<Run> {
    let mut found = engine.last_runs(scope, vec![process.id], 10).await.unwrap();
    assert_eq!((found.len(), found[0].0), (1, process.id));
    found.remove(0).1
}

fn ids(runs: &[Run]) -> Vec<Uuid> {
    runs.iter().map(|run| run.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_runs_of_a_name_begin_with_the_process_itself() {
    let test = TestEngine::new().await;
    let mut ran = Vec::new();
    for code in 0..12 {
        ran.push(test.run(named("nightly", &format!("exit {}", code % 2))).await.0);
    }
    test.run(named("nightly backup", "exit 0")).await;
    let live = test.start(named("nightly", "sleep 94901")).await;
    let all = runs(&test.engine, Scope::All, &live).await;
    let expected: Vec<_> = [live.id].into_iter().chain(ran.iter().rev().map(|process| process.id)).take(10).collect();
    assert_eq!(ids(&all), expected);
    assert_eq!((all[0].state, all[0].unsuccessful, &all[0].exit), (ProcessState::Running, false, &None));
    assert_eq!((all[1].state, all[1].unsuccessful, &all[1].exit), (ProcessState::Exited, true, &Some(Exit::Code(1))));
    assert!(all[1].duration_ms.is_some() && !all[2].unsuccessful && all[2].created_at == ran[10].created_at);
    assert_eq!(ids(&runs(&test.engine, Scope::All, &ran[1]).await), [ran[1].id, ran[0].id], "not the later ones");
    // One that is removed is no run any more.
    test.engine.remove(ran[0].id).await.unwrap();
    assert_eq!(ids(&runs(&test.engine, Scope::All, &ran[1]).await), [ran[1].id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_runs_are_within_a_scope_and_tell_nothing_beyond_it() {
    let test = TestEngine::new().await;
    let of = |team: &str| ProcessSpec { labels: [("team".into(), team.into())].into(), ..named("shared", "exit 0") };
    let (first, _) = test.run(of("ops")).await;
    let (other, _) = test.run(of("dev")).await;
    let (last, _) = test.run(of("ops")).await;
    let ops = || Scope::Narrowed { labels: [("team".into(), "ops".into())].into(), templates: None };
    assert_eq!(ids(&runs(&test.engine, ops(), &last).await), [last.id, first.id]);
    assert_eq!(runs(&test.engine, ops(), &other).await, []);
    assert_eq!(runs(&test.engine, Scope::Nothing, &last).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_a_history_from_before_are_found() {
    let test = TestEngine::new().await;
    let (first, _) = test.run(named("upgraded", "exit 0")).await;
    let (damaged, _) = test.run(named("upgraded", "exit 0")).await;
    let (last, _) = test.run(named("upgraded", "exit 0")).await;
    let TestEngine { engine, folder } = test;
    close(engine, &folder).await;
    let older = database(folder.path());
    older.execute("UPDATE processes SET process = '{' WHERE id = ?", [damaged.id.to_string()]).unwrap();
    let undo = "DROP TABLE outbox; DROP TABLE outbox_of; DROP INDEX processes_by_name; ALTER TABLE processes DROP COLUMN name;
        PRAGMA user_version = 7";
    older.execute_batch(undo).unwrap();
    drop(older);
    let engine = reopen(&folder).await;
    assert_eq!(ids(&runs(&engine, Scope::All, &last).await), [last.id, first.id]);
    let again = engine.create(ME, named("upgraded", "exit 0")).await.unwrap();
    within(engine.wait(again.id)).await.unwrap();
    assert_eq!(ids(&runs(&engine, Scope::All, &again).await), [again.id, last.id, first.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_line_is_what_was_shown_last_of_whichever_stream() {
    let test = TestEngine::new().await;
    let last = async |process: &Process, expected: &str| {
        eventually(async || test.engine.last_line(process.id, 4096).await.unwrap() == expected).await;
    };
    let process = test.start(named("bar", "printf 'start\\n\\r\\033[2K 41 %%\\r\\033[32m 42 %%\\033[0m'; read x")).await;
    last(&process, " 42 %").await;
    let process = test.start(named("lines", "seq 1 5000; printf '70%%\\n\\n'; sleep 94902")).await;
    last(&process, "70%").await;
    let process = test.start(named("streams", "printf out; sleep 0.2; printf '9 %%' >&2; sleep 94903")).await;
    last(&process, "9 %").await;
    let terminal =
        ProcessSpec { terminal: Some(TerminalSize { cols: 80, rows: 24 }), ..named("terminal", "printf '\\r 5%%'; sleep 94904") };
    let process = test.start(terminal).await;
    last(&process, " 5%").await;
    let process = test.start(named("silent", "sleep 94905")).await;
    last(&process, "").await;
    let (ended, _) = test.run(spec(&["echo", "over"])).await;
    last(&ended, "").await;
    assert!(test.engine.peek(ended.id).is_none() && test.engine.peek(process.id).is_some());
}
