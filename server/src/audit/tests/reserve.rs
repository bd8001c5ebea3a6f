//! What always happens, while the database cannot be written.

use super::{
    super::{Effects, Refusal},
    *,
};
use rusqlite::Transaction;
use serde_json::{Value, json};
use std::{
    os::unix::fs::FileExt,
    sync::{Arc, Mutex},
};

/// Remembers what is asked of it.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Effects for Told {
    fn hold(&self, effect: &Value) {
        self.0.lock().unwrap().push(format!("hold {effect}"));
    }

    fn apply(&self, _: &Transaction<'_>, effect: &Value) -> Result<(), rusqlite::Error> {
        self.0.lock().unwrap().push(format!("apply {effect}"));
        Ok(())
    }

    fn release(&self) {
        self.0.lock().unwrap().push("release".into());
    }
}

/// Nobody can write as long as this lives.
fn locked(folder: &Folder) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.0.join("deck.db")).unwrap();
    connection.execute_batch("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END").unwrap();
    connection
}

fn unlock(connection: &rusqlite::Connection) {
    connection.execute_batch("DROP TRIGGER broken").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_always_happens_is_on_record_later_and_its_effect_holds_at_once() {
    let folder = Folder::new();
    let (audit, told) = (folder.with_entries(1), Arc::new(Told::default()));
    audit.set_effects(told.clone());
    told.take();
    let lock = locked(&folder);
    audit.record(entry(2)).await.unwrap_err();
    assert_eq!(audit.record_always(entry(3)).await, None);
    audit.keep(entry(4), Some(json!(4))).await;
    assert_eq!(told.take(), ["hold 4"]);
    audit.inner.try_drain();
    assert_eq!(told.take(), ["hold 4"], "nothing is done or forgotten as long as it cannot be written");
    drop(audit);
    // Another program finds it.
    unlock(&lock);
    let audit = folder.audit();
    audit.set_effects(told.clone());
    assert_eq!(told.take(), ["hold 4", "apply 4", "release"]);
    assert_eq!(folder.entries().iter().map(|entry| entry.count.unwrap()).collect::<Vec<_>>(), [1, 3, 4]);
    folder.verify().unwrap();
    // Once.
    audit.inner.try_drain();
    assert_eq!(told.take(), ["release"]);
    assert_eq!(folder.entries().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_chain_and_the_reserve_records_nothing_twice() {
    let folder = Folder::new();
    let audit = folder.with_entries(1);
    let lock = locked(&folder);
    for number in 2..5 {
        audit.record_always(entry(number)).await;
    }
    let reserve = fs::read(folder.0.join("audit.reserve")).unwrap();
    unlock(&lock);
    audit.inner.try_drain();
    assert_eq!(folder.entries().len(), 4);
    fs::write(folder.0.join("audit.reserve"), &reserve).unwrap();
    folder.audit().inner.try_drain();
    assert_eq!(folder.entries().len(), 4);
    assert!(audit.inner.reserve_is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reserve_takes_no_room_that_it_does_not_have_already_and_what_is_cut_short_is_no_entry() {
    let folder = Folder::new();
    let audit = folder.with_entries(1);
    let path = folder.0.join("audit.reserve");
    let size = fs::metadata(&path).unwrap().len();
    assert_eq!(size, 256 << 10);
    let lock = locked(&folder);
    for number in 2..2000 {
        audit.record_always(entry(number)).await;
    }
    assert_eq!(fs::metadata(&path).unwrap().len(), size);
    // The last one that is in the file is damaged.
    let file = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let text = fs::read(&path).unwrap();
    let end = text.iter().rposition(|byte| *byte == b'\n').unwrap();
    file.write_all_at(b"x", end as u64 - 1).unwrap();
    unlock(&lock);
    audit.inner.try_drain();
    let counts: Vec<_> = folder.entries().iter().map(|entry| entry.count.unwrap()).collect();
    // All others are there, those included that had to be kept in memory.
    assert_eq!(counts.len(), 1998);
    assert!(counts.is_sorted());
    folder.verify().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_thread_moves_the_reserve_into_the_chain_by_itself() {
    let folder = Folder::new();
    let audit = folder.with_entries(1);
    audit.start(|| None).unwrap();
    let lock = locked(&folder);
    audit.record_always(entry(2)).await;
    unlock(&lock);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while folder.entries().len() < 2 {
        assert!(std::time::Instant::now() < deadline, "it never came");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(audit.inner.reserve_is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_a_crash_has_cut_short_is_cleared_away() {
    let folder = Folder::new();
    let audit = folder.with_entries(1);
    let path = folder.0.join("audit.reserve");
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"1234abcd {\"id\":\"01a2", 0).unwrap();
    assert!(!audit.inner.reserve_is_empty());
    audit.inner.try_drain();
    assert!(audit.inner.reserve_is_empty());
    assert_eq!(folder.entries().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_entries_are_not_in_the_way_of_those_with_an_effect() {
    let folder = Folder::new();
    let audit = folder.with_entries(1);
    let lock = locked(&folder);
    for number in 2..3000 {
        audit.keep(entry(number), None).await;
    }
    audit.keep(entry(3000), Some(json!("end a session"))).await;
    // What is in the file survives a crash.
    drop(audit);
    unlock(&lock);
    let (audit, told) = (folder.audit(), Arc::new(Told::default()));
    audit.set_effects(told.clone());
    assert_eq!(told.take(), ["hold \"end a session\"", "apply \"end a session\"", "release"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_records_nothing_twice_either_if_there_were_entries_in_memory() {
    let folder = Folder::new();
    let audit = folder.with_entries(1);
    let lock = locked(&folder);
    for number in 2..2000 {
        audit.keep(entry(number), None).await;
    }
    let reserve = fs::read(folder.0.join("audit.reserve")).unwrap();
    unlock(&lock);
    audit.inner.try_drain();
    assert_eq!(folder.entries().len(), 1999);
    fs::write(folder.0.join("audit.reserve"), &reserve).unwrap();
    folder.audit().inner.try_drain();
    assert_eq!(folder.entries().len(), 1999);
}

#[tokio::test(flavor = "multi_thread")]
async fn counted_refusals_wait_until_they_can_be_recorded() {
    let folder = Folder::new();
    let audit = folder.with_entries(1);
    let lock = locked(&folder);
    for _ in 0..5 {
        audit.count_refusal(Draft::new("nothing", "request"), Refusal::SignIn);
    }
    audit.flush();
    assert_eq!(folder.entries().len(), 1);
    unlock(&lock);
    audit.flush();
    assert_eq!(folder.entries().last().unwrap().count, Some(5));
}
