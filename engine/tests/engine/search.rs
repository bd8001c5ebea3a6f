//! Words are found in a long history as they are in a short one.

use crate::common::{TempFolder, eventually, reopen};
use execdeck_engine::{Engine, store::Store};
use execdeck_wire::{Process, ProcessFilter};
use std::path::Path;
use uuid::Uuid;

/// More than are looked through without the index.
const MANY: usize = 700;

fn process(number: usize) -> Process {
    let name = match number % 100 {
        0 => format!("Sauvegarde-été {number}"),
        50 => format!("begin\0rest {number}"),
        _ => format!("backup {number}"),
    };
    let state = if number.is_multiple_of(3) { "failed" } else { "exited" };
    let json = serde_json::json!({
        "id": Uuid::now_v7(), "revision": 1, "name": name, "state": state, "restarts": 0, "created_at": "2026-01-01T00:00:00Z", "started_by": "tester",
        "spec": { "program": "sh", "args": ["-c", format!("run \"{}\"", number % 10)] }, "output": { "start": 0, "end": 0 },
    });
    serde_json::from_value(json).unwrap()
}

async fn history(path: &Path, number: usize) -> (Store, Vec<Process>) {
    let store = Store::open(path).unwrap();
    let mut processes = Vec::new();
    for number in 0..number {
        let process = process(number);
        store.save(process.clone()).await.unwrap();
        processes.push(process);
    }
    processes.reverse();
    (store, processes)
}

/// All that is found, page by page.
async fn found(engine: &Engine, filter: &ProcessFilter) -> Vec<Uuid> {
    let (mut all, mut filter) = (Vec::new(), ProcessFilter { limit: Some(40), ..filter.clone() });
    loop {
        let page = engine.list(filter.clone()).await.unwrap();
        all.extend(page.processes.iter().map(|process| process.id));
        filter.before = page.next;
        if page.next.is_none() {
            return all;
        }
    }
}

fn named(words: &str) -> ProcessFilter {
    ProcessFilter { name: Some(words.to_owned()), ..ProcessFilter::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_what_contains_each_word() {
    let folder = TempFolder::new();
    let (store, processes) = history(&folder.path().join("execdeck.db"), MANY).await;
    drop(store);
    let engine = reopen(&folder).await;
    let words = [
        "backup",
        "BACKUP 6",
        "garde-été",
        "ÉTÉ",
        "sauvegarde 0",
        "backup 1",
        "p",
        "run",
        "\"3\"",
        "un \"3",
        "-c",
        "sh -c backup 77",
        "nothing",
        "a%b",
        "ba*",
        "back*",
        "\"",
        "'",
        "AND",
        "backup\0",
        "rest",
        "pup",
    ];
    for words in words {
        let contains = |process: &&Process| {
            let text = format!("{}\n{}", process.name, process.spec.command_line()).to_lowercase();
            words.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
        };
        let expected: Vec<_> = processes.iter().filter(contains).map(|process| process.id).collect();
        assert_eq!(found(&engine, &named(words)).await, expected, "{words}");
        let failed = ProcessFilter { state: Some("failed".parse().unwrap()), ..named(words) };
        let expected: Vec<_> =
            processes.iter().filter(contains).filter(|process| process.state.as_str() == "failed").map(|process| process.id).collect();
        assert_eq!(found(&engine, &failed).await, expected, "failed {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_removed_is_not_found_and_leaves_the_index() {
    let folder = TempFolder::new();
    let path = folder.path().join("execdeck.db");
    let (store, processes) = history(&path, MANY).await;
    for process in processes.iter().filter(|process| process.name.starts_with("Sauvegarde")) {
        store.remove(process.id).await.unwrap();
    }
    let database = rusqlite::Connection::open(&path).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    eventually(async || count("SELECT count(*) FROM search_gone") == 0).await;
    assert_eq!(count("SELECT count(*) FROM search WHERE search MATCH '\"été\"'"), 0);
    assert_eq!(count("SELECT count(*) FROM search_rows"), count("SELECT count(*) FROM processes"));
    drop(store);
    let engine = reopen(&folder).await;
    assert!(found(&engine, &named("été")).await.is_empty());
    let oldest = processes.iter().rfind(|process| process.name.starts_with("backup")).unwrap();
    assert_eq!(found(&engine, &named("backup 1")).await.last(), Some(&oldest.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_cannot_be_used_leaves_nothing_unfound() {
    let folder = TempFolder::new();
    let path = folder.path().join("execdeck.db");
    let (store, processes) = history(&path, MANY).await;
    rusqlite::Connection::open(&path).unwrap().execute_batch("DROP TABLE search").unwrap();
    drop(store);
    let engine = reopen(&folder).await;
    assert_eq!(found(&engine, &named("été 0")).await.last(), Some(&processes.last().unwrap().id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_not_read_for_a_word_that_few_processes_have() {
    let folder = TempFolder::new();
    let path = folder.path().join("execdeck.db");
    let (store, processes) = history(&path, MANY).await;
    let database = rusqlite::Connection::open(&path).unwrap();
    let waiting = || database.query_row("SELECT count(*) FROM search_new", [], |row| row.get::<_, i64>(0)).unwrap();
    eventually(async || waiting() == 0).await;
    // The index does not have this word, so only a look at the row itself would find it.
    let oldest = processes.last().unwrap().id.to_string();
    database.execute("UPDATE processes SET search_text = 'unindexed' WHERE id = ?", [oldest]).unwrap();
    drop(store);
    let engine = reopen(&folder).await;
    assert!(found(&engine, &named("unindexed")).await.is_empty());
}
