//! Retention, and the file to ship entries from.

use super::*;
use execdeck_wire::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const DAY: u64 = 24 * 3600 * 1_000_000;

/// Entries of so many days ago.
fn with_ages(folder: &Folder, days: &[u64]) {
    let audit = folder.audit();
    for days in days {
        let time = Timestamp::from_micros(Timestamp::now().as_micros() - days * DAY);
        audit.record_blocking(Draft { time, ..entry(*days) }).unwrap();
    }
}

fn keep(folder: &Folder, keep_days: u64) -> Audit {
    folder.audit_with(Settings { keep_days, ..Settings::default() })
}

#[test]
fn old_entries_go_and_leave_a_cut_that_the_chain_vouches_for() {
    let folder = Folder::new();
    with_ages(&folder, &[30, 20, 11, 9, 15, 1]);
    assert!(!keep(&folder, 0).inner.remove_old(Timestamp::now()));
    assert_eq!(folder.verify().unwrap().entries, 6);
    assert!(!keep(&folder, 10).inner.remove_old(Timestamp::now()));
    let verified = folder.verify().unwrap();
    // What is old but stands behind something newer stays: the chain has no holes.
    assert_eq!((verified.entries, verified.cut, verified.last), (4, 3, 7));
    let told = folder.entries().pop().unwrap();
    assert_eq!((told.action.as_str(), told.via.as_str()), ("remove_old_entries", "server"));
    assert_eq!((&told.details.as_ref().unwrap()["up_to"], &told.details.as_ref().unwrap()["entries"]), (&3.into(), &3.into()));
    // Again, and again nothing to do.
    keep(&folder, 5).inner.remove_old(Timestamp::now());
    let verified = folder.verify().unwrap();
    assert_eq!((verified.entries, verified.cut), (3, 5));
    keep(&folder, 5).inner.remove_old(Timestamp::now());
    assert_eq!(folder.verify().unwrap(), verified);
    // Everything may be older.
    folder.tamper("UPDATE audit_cuts SET hash = zeroblob(32)");
    assert_eq!(folder.verify().unwrap_err().seq, 6);
}

#[test]
fn a_cut_that_no_entry_tells_of_is_found_and_so_is_what_should_have_gone() {
    let folder = Folder::new();
    with_ages(&folder, &[30, 20, 1]);
    keep(&folder, 10).inner.remove_old(Timestamp::now());
    let before = folder.entries();
    folder.tamper("INSERT INTO audit SELECT 2, time, person, via, token, address, action, target, target_name, template, details, reason, outcome, error, count, of, hash FROM audit WHERE seq = 3");
    assert_eq!(folder.verify().unwrap_err().seq, 2);
    assert_eq!(before.len(), 2);
}

#[test]
fn all_entries_may_be_too_old() {
    let folder = Folder::new();
    with_ages(&folder, &[30, 20, 15]);
    keep(&folder, 10).inner.remove_old(Timestamp::now());
    let verified = folder.verify().unwrap();
    assert_eq!((verified.entries, verified.cut, verified.last), (1, 3, 4));
}

#[test]
fn the_writer_removes_nothing_while_the_clock_may_be_wrong() {
    let folder = Folder::new();
    with_ages(&folder, &[30, 20, 1]);
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let audit = keep(&folder, 10);
    let yesterday = Timestamp::from_micros(Timestamp::now().as_micros() - DAY);
    assert!(audit.newest().is_some_and(|newest| newest.as_micros().abs_diff(yesterday.as_micros()) < DAY / 2));
    // It is trusted from the third time on.
    audit.start(move || (counted.fetch_add(1, Ordering::SeqCst) >= 2).then(Timestamp::now)).unwrap();
    let mut entries = folder.entries().len();
    while entries == 3 {
        std::thread::sleep(Duration::from_millis(10));
        entries = folder.entries().len();
    }
    assert!(asked.load(Ordering::SeqCst) >= 3);
    assert_eq!(folder.verify().unwrap().cut, 2);
}

#[test]
fn the_file_gets_each_entry_once_whoever_writes_it() {
    let folder = Folder::new();
    folder.with_entries(2);
    let file = folder.0.join("shipped.jsonl");
    let settings = || Settings { file: file.clone(), ..Settings::default() };
    let (first, second) = (folder.audit_with(settings()), folder.audit_with(settings()));
    for number in 0..10 {
        [&first, &second][number as usize % 2].record_blocking(entry(number)).unwrap();
    }
    let seqs = || {
        let text = fs::read_to_string(&file).unwrap();
        let entries = text.lines().map(|line| serde_json::from_str::<AuditEntry>(line).unwrap());
        entries.map(|entry| entry.seq).collect::<Vec<_>>()
    };
    // From when it was asked for.
    assert_eq!(seqs(), (3..=12).collect::<Vec<_>>());
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    // A line that was cut short by a crash is completed, and what was missed is added.
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.len() - 30]).unwrap();
    folder.with_entries(1);
    folder.audit_with(settings()).record_blocking(entry(0)).unwrap();
    assert_eq!(seqs(), (3..=14).collect::<Vec<_>>());
    // Moved away, as by logrotate.
    first.record_blocking(entry(0)).unwrap();
    fs::rename(&file, file.with_extension("1")).unwrap();
    first.record_blocking(entry(0)).unwrap();
    assert_eq!(seqs(), [16]);
}
