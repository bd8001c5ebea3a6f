use super::*;

#[test]
fn a_chain_is_whole_as_it_was_written() {
    let folder = Folder::new();
    folder.with_entries(0);
    assert_eq!(folder.verify().unwrap().entries, 0);
    folder.with_entries(20);
    let verified = folder.verify().unwrap();
    assert_eq!((verified.entries, verified.last, verified.cut), (20, 20, 0));
    assert_eq!(folder.entries()[19].hash, verified.hash);
}

#[test]
fn whatever_is_done_to_a_chain_its_first_broken_entry_is_named() {
    let swap = "UPDATE audit SET seq = -7 WHERE seq = 7; UPDATE audit SET seq = 7 WHERE seq = 8; UPDATE audit SET seq = 8 WHERE seq = -7";
    let renumber = "DELETE FROM audit WHERE seq = 7; UPDATE audit SET seq = seq - 1 WHERE seq > 7; UPDATE audit_head SET seq = 19";
    let cut_off = "DELETE FROM audit WHERE seq > 15";
    let head = "(SELECT hash FROM audit WHERE seq = 15)";
    let hide = format!("{cut_off}; UPDATE audit_head SET seq = 15, hash = {head}");
    let cut = "INSERT INTO audit_cuts SELECT seq, hash, time, 5 FROM audit WHERE seq = 5; DELETE FROM audit WHERE seq <= 5";
    for (what, sql, seq) in [
        ("changed", "UPDATE audit SET person = 'eve' WHERE seq = 7", 7),
        ("changed hash", "UPDATE audit SET hash = zeroblob(32) WHERE seq = 7", 7),
        ("changed last", "UPDATE audit SET outcome = 'refused' WHERE seq = 20", 20),
        ("removed", "DELETE FROM audit WHERE seq = 7", 7),
        ("removed and renumbered", renumber, 7),
        ("reordered", swap, 7),
        (
            "added",
            "INSERT INTO audit SELECT 21, time, person, via, token, address, action, target, target_name, template, details, reason, outcome, error, count, of, hash FROM audit WHERE seq = 20",
            21,
        ),
        ("truncated at the end", cut_off, 16),
        ("truncated at the end, with the head", &hide, 16),
        ("truncated at the start", "DELETE FROM audit WHERE seq <= 5", 1),
        ("truncated at the start, with a cut", cut, 6),
        ("emptied", "DELETE FROM audit", 1),
        ("emptied, with the head", "DELETE FROM audit; UPDATE audit_head SET seq = 0, hash = zeroblob(32)", 1),
    ] {
        let folder = Folder::new();
        folder.with_entries(20);
        folder.tamper(sql);
        let broken = folder.verify().map(|verified| verified.to_string()).unwrap_err();
        assert_eq!(broken.seq, seq, "{what}: {broken}");
        assert!(broken.to_string().contains(&format!("entry {seq}")), "{broken}");
    }
}

#[test]
fn an_end_that_was_replaced_as_a_whole_is_found() {
    let folder = Folder::new();
    folder.with_entries(15);
    let copy = fs::read(folder.0.join("deck.db")).unwrap();
    let head = fs::read(folder.0.join("audit.head")).unwrap();
    folder.with_entries(5);
    let original = fs::read(folder.0.join("audit.head")).unwrap();
    // A copy of the database from before, onto which as many other entries are written.
    for file in ["deck.db", "deck.db-wal", "deck.db-shm"] {
        let _ = fs::remove_file(folder.0.join(file));
    }
    fs::write(folder.0.join("deck.db"), copy).unwrap();
    fs::write(folder.0.join("audit.head"), head).unwrap();
    folder.with_entries(6);
    folder.verify().unwrap();
    fs::write(folder.0.join("audit.head"), original).unwrap();
    assert_eq!(folder.verify().unwrap_err().seq, 20);
}

#[test]
fn a_head_that_is_behind_after_a_crash_is_no_damage_and_one_that_is_missing_is() {
    let folder = Folder::new();
    folder.with_entries(3);
    let behind = fs::read(folder.0.join("audit.head")).unwrap();
    folder.with_entries(2);
    fs::write(folder.0.join("audit.head"), behind).unwrap();
    assert_eq!(folder.verify().unwrap().last, 5);
    fs::remove_file(folder.0.join("audit.head")).unwrap();
    assert!(folder.verify().unwrap_err().what.contains("audit.head"));
    // The next program goes on, and that is on record.
    folder.with_entries(0);
    assert_eq!(folder.verify().unwrap().last, 6);
    assert_eq!(folder.entries()[5].action, "replace_missing_head");
    fs::write(folder.0.join("audit.head"), "nonsense").unwrap();
    assert!(folder.verify().is_err());
}

#[test]
fn the_database_itself_refuses_to_change_what_is_on_record() {
    let folder = Folder::new();
    folder.with_entries(3);
    let connection = rusqlite::Connection::open(folder.0.join("deck.db")).unwrap();
    for sql in [
        "UPDATE audit SET person = 'eve'",
        "DELETE FROM audit WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 3",
        "INSERT INTO audit SELECT 9, time, person, via, token, address, action, target, target_name, template, details, reason, outcome, error, count, of, hash FROM audit WHERE seq = 3",
        "INSERT OR REPLACE INTO audit SELECT 2, time, 'eve', via, token, address, action, target, target_name, template, details, reason, outcome, error, count, of, hash FROM audit WHERE seq = 3",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET seq = 1",
    ] {
        connection.execute(sql, []).unwrap_err();
    }
    assert_eq!(folder.verify().unwrap().entries, 3);
}

#[test]
fn programs_that_write_at_once_make_one_chain() {
    let folder = Folder::new();
    folder.audit();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let audit = folder.audit();
                for number in 0..25 {
                    audit.record_blocking(entry(number)).unwrap();
                }
            });
        }
    });
    assert_eq!(folder.verify().unwrap().entries, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_caller_gets_the_number_of_its_own_entry() {
    let folder = Folder::new();
    let audit = folder.audit();
    audit.start(|| None).unwrap();
    let writes = (0..500).map(|number| {
        let audit = audit.clone();
        tokio::spawn(async move { (number, audit.record(entry(number)).await.unwrap()) })
    });
    let entries = futures_util::future::join_all(writes).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    let stored = folder.entries();
    for (number, seq) in entries {
        assert_eq!(stored[seq as usize - 1].count, Some(number));
    }
    assert_eq!(folder.verify().unwrap().entries, 500);
}
